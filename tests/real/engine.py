"""Real events through the program: send, run until idle, ask for figures at an instant."""

import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import case_events  # noqa: E402
import program  # noqa: E402

RUN_SECONDS = 900


class Loaded:
    """A data directory with events sent into it, each record stamped with its event's own time."""

    def __init__(self, folder, events):
        self.data = os.path.join(folder, "data")
        path = os.path.join(folder, "events.jsonl")
        with open(path, "w", encoding="utf-8") as out:
            case_events.write_lines(events, out)
        program.expect(program.DONE, "send", path, "--timestamps", "occurred", "--data", self.data,
                       seconds=RUN_SECONDS)
        self._run = ["run", "--data", self.data, "--until-idle", "--clock", "log"]

    def run(self):
        """Answers what the engine says it took: {"records": …, "duplicates": …}."""
        said = program.expect(program.DONE, *self._run, seconds=RUN_SECONDS).err
        counts = re.findall(r"([0-9,]+) (records|events|rejects|duplicates)", said)
        return {name: int(count.replace(",", "")) for count, name in counts}

    def run_with_kills(self, kills, seed):
        """Starts it again and again, each time killed (kill -9) at a random instant, then lets it
        finish. Answers how many kills met a running program, and what was left for the last run."""
        chance = random.Random(seed)
        met = 0
        for _ in range(kills):
            process = subprocess.Popen([program.PROGRAM, *self._run], env=program.ENVIRONMENT,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            try:
                process.wait(chance.uniform(0.02, 0.8))
            except subprocess.TimeoutExpired:
                met += 1
            process.kill()
            process.wait()
        return met, self.run()["records"]

    def backlogs(self, queues, instant, known, *options):
        return program.ask("backlog", "--data", self.data, "--queue", queues, "--at", instant,
                           "--known", known, *options, seconds=RUN_SECONDS)

    def rollup(self, queues, instant, known):
        """One result over all the queues."""
        found = self.backlogs(queues, instant, known, "--rollup")
        return found[0] if isinstance(found, list) else found

    def open_by_queue(self, queues, instant, known):
        return without_zeros({b["queue"]: b["open"]
                              for b in self.backlogs(queues, instant, known)})

    def verify(self):
        program.expect(program.DONE, "state", "verify", "--data", self.data, seconds=RUN_SECONDS)

    def rejects(self):
        return program.ask("rejects", "list", "--data", self.data)


def without_zeros(counts):
    return {name: count for name, count in counts.items() if count}

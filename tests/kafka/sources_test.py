"""A source that falls silent under two engines on a real broker: the one that watches sources is
killed, and the other one takes the watch over. Each silence is told once, whether the first had
told it or not, and ends once when the source sends again. Time is that of the log.
"""

import contextlib
import datetime
import os
import re
import shutil
import subprocess
import sys
import unittest
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engines_test import PATIENCE, POLICIES, Engine, address, kafka, program  # noqa: E402
from group import NO_LATER, need_kcat, restored  # noqa: E402
from program import expect, folder, until  # noqa: E402

PARTITIONS = 4
SESSION = "6s"
BEGIN = datetime.datetime(2026, 3, 2, tzinfo=datetime.timezone.utc)


@unittest.skipIf(need_kcat(), need_kcat())
class Sources(unittest.TestCase):
    def setUp(self):
        self.folder = folder()
        self.base = self.folder.__enter__()
        self.prefix = "q" + uuid.uuid4().hex[:12]
        self.topics = ("--brokers", address(), "--topic-prefix", self.prefix)
        self.member = (*self.topics, "--group", self.prefix)
        self.engines = {}
        policies = os.path.join(self.base, "policies")
        shutil.copytree(POLICIES, policies)
        with open(os.path.join(policies, "queues.yaml"), "a", encoding="utf-8") as out:
            out.write("sources:\n  - {source: rms, silence: PT90M}\n")
        expect(program.DONE, "topics", "create", *self.topics, "--partitions", str(PARTITIONS),
               "--event-time", "created")
        expect(program.DONE, "policy", "activate", policies, *self.topics)
        self.start("a")
        self.start("b")
        until("both engines to have partitions", lambda: all(
            restored(engine) for engine in self.engines.values()), PATIENCE)

    def tearDown(self):
        for engine in self.engines.values():
            engine.kill()
        self.folder.__exit__(None, None, None)

    def start(self, name):
        self.engines[name] = Engine(self.member, name, os.path.join(self.base, name), *NO_LATER,
                                    session=SESSION)
        self.engines[name].until_said("engine started")

    def send(self, source, hour, cases):
        at = (BEGIN + datetime.timedelta(hours=hour)).isoformat()
        expect(program.DONE, "send", "-", *self.topics, "--timestamps", "occurred",
               stdin=program.lines([
                   program.event(f"{hour}-{case}", f"{source}-{case}", at, source=source,
                                 referred={"queue": "demo/marac", "risk": "high"})
                   for case in range(cases)]))

    def until_hour(self, hour):
        """Another source goes on sending, so it becomes so late in all partitions."""
        self.send("hr", hour, 10 * PARTITIONS)

    def tellings(self):
        """What was told of each silence: the numbers of its transitions."""
        read = subprocess.run(
            ["kcat", "-b", address(), "-C", "-e", "-q", "-o", "beginning", "-X",
             "isolation.level=read_committed", "-t", self.prefix + ".alerts", "-f", "%h\n"],
            capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
        told = {}
        for line in read.splitlines():
            if re.search(r"ce_subject=rms\b(?!-)", line):
                alert, number = re.search(r"ce_id=([0-9a-f]+)/\d+/(\d+)", line).groups()
                told.setdefault(alert, []).append(int(number))
        return list(told.values())

    def until_told(self, *expected):
        with contextlib.suppress(AssertionError):
            until("silences", lambda: sum(map(len, self.tellings())) >= sum(map(len, expected)),
                  PATIENCE)
        self.assertEqual(self.tellings(), list(expected),
                         "".join(engine.log() for engine in self.engines.values()))

    def watcher(self):
        """Which engine has the first partition, as the group knows it; None while it does not."""
        said = kafka("groups", "--describe", "--group", self.prefix)
        holder = re.search(rf"{self.prefix}\.events +0 .* (\w+)-\d+-[0-9a-f-]{{36}} ", said)
        return holder and holder[1]

    def kill_the_watcher(self):
        name = until("an engine to watch", self.watcher, PATIENCE)
        self.engines.pop(name).kill()
        return name

    def test_the_watch_is_taken_over(self):
        self.send("rms", 1, 1)
        self.until_hour(3)
        self.until_told([1])
        killed = self.kill_the_watcher()
        survivor, = self.engines
        until("the watch to be taken over", lambda: self.watcher() == survivor, PATIENCE)
        self.send("rms", 4, 1)
        self.until_hour(4)
        self.until_told([1, 2])

        # Again, before the silence is told.
        self.start(killed)
        until("both to have partitions", lambda: restored(self.engines[killed]), PATIENCE)
        self.kill_the_watcher()
        self.until_hour(6)
        self.until_told([1, 2], [1])
        self.assertEqual(self.watcher(), *self.engines)
        self.send("rms", 7, 1)
        self.until_hour(7)
        self.until_told([1, 2], [1, 2])
        engine, = self.engines.values()
        self.assertEqual(engine.stop(), 0, engine.log())
        self.until_told([1, 2], [1, 2])


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""`caseclock migrate` from a data directory of 8 partitions to 24 on a real broker."""

import os
import re
import signal
import subprocess
import sys
import unittest
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engines_test import (PATIENCE, POLICIES, Engine, address, program, standing,  # noqa: E402
                          without_offsets)
from program import expect, folder, until  # noqa: E402

END, LATER = "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"


class MigrateToKafka(unittest.TestCase):
    def setUp(self):
        self.prefix = "m" + uuid.uuid4().hex[:12]
        self.topics = ("--brokers", address(), "--topic-prefix", self.prefix)
        self.member = (*self.topics, "--group", self.prefix)

    def engine(self, state, until_time):
        """Lets an engine work until all is done."""
        with Engine(self.member, "a", state, "--clock", "log", "--until", until_time,
                    "--until-idle") as engine:
            self.assertEqual(engine.process.wait(PATIENCE), 0, engine.log())
            return engine.log()

    def expect_same(self, data, at):
        self.assertEqual(without_offsets(program.ask("backlog", *self.topics, "--at", at,
                                                     "--known", "now")),
                         without_offsets(program.ask("backlog", "--data", data, "--at", at,
                                                     "--known", "now")))
        cases = program.ask("cases", "--data", data, "--limit", "10000")
        self.assertGreater(len(cases), 50)
        self.assertEqual(program.ask("cases", *self.topics, "--limit", "10000"), cases)
        here, there = (standing(program.ask("alerts", "list", *where, "--standing", "--limit",
                                            "100000"))
                       for where in (self.topics, ("--data", data)))
        self.assertGreater(len(here), 50)
        self.assertEqual(here, there)

    def told(self):
        """How many records the topic of alerts holds."""
        read = subprocess.run(
            ["kcat", "-b", address(), "-C", "-e", "-q", "-o", "beginning", "-X",
             "isolation.level=read_committed", "-t", self.prefix + ".alerts", "-f", "%h\n"],
            capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
        ids = re.findall(r"ce_id=([0-9a-f]+/\d+/\d+)", read)
        self.assertEqual(len(ids), len(set(ids)), "an alert was told twice")
        return len(ids)

    def test_same_answers_killed_on_the_way_and_going_on_there(self):
        with folder() as base:
            path, data = base + "/history.jsonl", base + "/data"
            expect(program.DONE, "simulate", "--seed", "11", "--cases", "400", "--end", END,
                   "--quiet", "--out", path)
            with open(path, "rb") as file:
                lines = file.readlines()
            cut = len(lines) * 2 // 3

            def send(part, *where):
                expect(program.DONE, "send", "--timestamps", "occurred", "--quiet", "-", *where,
                       stdin=b"".join(part), seconds=PATIENCE)

            def run(at):
                expect(program.DONE, "run", "--data", data, "--policy", POLICIES, "--until-idle",
                       "--clock", "log", "--until", at, "--quiet", seconds=PATIENCE)

            middle = "2026-05-15T00:00:00Z"
            send(lines[:cut], "--data", data)
            run(middle)
            arguments = ("migrate", "--data", data, *self.member, "--partitions", "24",
                         "--event-time", "created", "--format", "json")
            self.assertIn('"dry_run":true', expect(program.DONE, *arguments, "--dry-run").out)
            with open(base + "/killed.log", "w+", encoding="utf-8") as said:
                killed = subprocess.Popen([program.PROGRAM, *arguments, "--step-bytes", "4K"],
                                          env=program.ENVIRONMENT, stdout=said, stderr=said,
                                          preexec_fn=program.die_with_parent)
                until("some of it", lambda: killed.poll() is not None or
                      self.end_of_cases() > 200, PATIENCE)
                killed.kill()
                said.seek(0)
                self.assertEqual(killed.wait(), -signal.SIGKILL, said.read())
            with Engine(self.member, "early", base + "/early") as engine:
                self.assertEqual(engine.process.wait(PATIENCE), program.CONFIGURATION)
                self.assertIn("caseclock migrate", engine.log())
            done = expect(program.DONE, *arguments, "--wait", "120s", seconds=PATIENCE)
            self.assertIn('"resumed":true', done.out)
            self.assertIn('"partitions":24', done.out)
            self.assertIn('"was_done":true', expect(program.DONE, *arguments).out)
            expect(program.DONE, "topics", "check", *self.topics, "--event-time", "created")

            # Nobody has told figures there: that is not the same as that there are none.
            done_nothing = expect(program.DONE, "backlog", *self.topics)
            self.assertIn("There are cases, but no figures", done_nothing.err)
            self.assertTrue(program.ask("backlog", *self.topics, "--at", "now"))

            before = self.told()
            clock = re.search('"clock":"([^"]+)"', done.out)[1]
            self.engine(base + "/state", clock)
            self.assertEqual(self.told(), before)
            self.expect_same(data, clock)
            expect(program.DONE, "state", "verify", *self.member, seconds=PATIENCE)
            case = program.ask("cases", "--data", data)[0]["case_id"]
            here, there = (program.ask("explain", case, *where)
                           for where in (self.topics, ("--data", data)))
            # Where a record stands says of which log: the same place, another name for it.
            self.assertEqual({entry.pop("log") for entry in here["ledger"]}, {"source"})
            self.assertEqual({entry.pop("log") for entry in there["ledger"]}, {"own"})
            for part in ("ledger", "alerts"):
                self.assertEqual(here[part], there[part])

            send(lines[cut:], "--data", data)
            send(lines[cut:], *self.topics)
            run(LATER)
            self.engine(base + "/state", LATER)
            self.expect_same(data, LATER)
            self.assertGreater(self.told(), before)
            expect(program.DONE, "state", "verify", *self.member, seconds=PATIENCE)

    def end_of_cases(self):
        """Offsets of `cases`, all partitions together: they rise by each commit."""
        said = subprocess.run(
            ["kcat", "-Q", "-b", address(),
             *[word for number in range(24)
               for word in ("-t", f"{self.prefix}.cases:{number}:-1")]],
            capture_output=True, text=True, timeout=60, check=False).stdout
        return sum(int(line.rsplit(" ", 1)[1]) for line in said.splitlines() if " " in line)

    def test_topics_that_hold_something_are_refused(self):
        with folder() as base:
            data = base + "/data"
            expect(program.DONE, "simulate", "--cases", "20", "--end", END, "--quiet", "--data",
                   data)
            expect(program.DONE, "run", "--data", data, "--policy", POLICIES, "--until-idle",
                   "--clock", "log", "--quiet", seconds=PATIENCE)
            expect(program.DONE, "topics", "create", *self.topics, "--partitions", "3")
            migrate = ("migrate", "--data", data, *self.member)
            other = expect(program.CONFIGURATION, *migrate, "--partitions", "4")
            self.assertIn("for ever", other.err)
            expect(program.DONE, "policy", "activate", POLICIES, *self.topics)
            done = expect(program.CONFIGURATION, *migrate)
            self.assertIn("Expected an empty log", done.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)

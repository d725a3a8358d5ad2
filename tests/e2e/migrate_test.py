#!/usr/bin/env python3
"""`caseclock migrate` between data directories: the same answers from 8 partitions and from 24."""

import json
import os
import re
import resource
import signal
import subprocess
import unittest

import program
from program import expect, folder, until

END, LATER = "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"
LOG_TIME = ("--until-idle", "--clock", "log", "--until")
POLICIES = os.path.join(program.ROOT, "deploy", "policies")


def run(data, *arguments):
    """Lets an engine work until all is done; what it says at its end."""
    return expect(program.DONE, "run", "--data", data, "--policy", POLICIES, *arguments,
                  seconds=300).err


def send(data, lines):
    expect(program.DONE, "send", "--timestamps", "occurred", "--quiet", "-", "--data", data,
           stdin=b"".join(lines))


def figures(data, at):
    """The figures of all queues, without what depends on the partitions in which cases lie."""
    return [{key: value for key, value in queue.items() if key not in ("offsets", "watermark")}
            for queue in program.ask("backlog", "--data", data, "--at", at, "--known", "now")]


def cases(data):
    return program.ask("cases", "--data", data, "--limit", "10000")


def alerts(data, *arguments):
    found = program.ask("alerts", "list", "--data", data, "--limit", "100000", *arguments)
    return sorted(found, key=lambda alert: alert["alert_id"])


def standing(data):
    return [(a["alert_id"], a["state"], a["due_at"], a["revision"])
            for a in alerts(data, "--standing")]


def die_at(bytes):
    """What makes the kernel end a program (SIGXFSZ, not ignored in a child) in the middle of the
    write by which a file grows beyond so many bytes: a death that waits for no clock."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes, bytes))
    return limit


class Migrate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with folder() as base:
            path = base + "/history.jsonl"
            expect(program.DONE, "simulate", "--seed", "11", "--cases", "500", "--end", END,
                   "--quiet", "--out", path)
            with open(path, "rb") as file:
                lines = file.readlines()
        cut = len(lines) * 2 // 3
        cls.first, cls.rest = lines[:cut], lines[cut:]

    def source(self, base):
        data = base + "/source"
        send(data, self.first)
        run(data, "--until-idle", "--clock", "log", "--quiet")
        return data

    def migrate(self, source, target, *arguments):
        return program.ask("migrate", "--data", source, "--to-data", target, *arguments)

    def expect_same(self, source, target, at):
        self.assertEqual(figures(target, at), figures(source, at))
        self.assertEqual(cases(target), cases(source))
        self.assertEqual(standing(target), standing(source))
        self.assertGreater(len(cases(source)), 50)
        self.assertGreater(len(standing(source)), 50)

    def test_eight_partitions_become_twenty_four(self):
        with folder() as base:
            source, target = self.source(base), base + "/target"
            planned = self.migrate(source, target, "--partitions", "24", "--dry-run")
            self.assertFalse(os.path.exists(target), "a dry run makes nothing")
            carried = self.migrate(source, target, "--partitions", "24")
            # What is known of handlers lies in each partition, and is no case.
            events = [json.loads(line) for line in self.first]
            self.assertEqual(planned["cases"],
                             len({e["case_id"] for e in events if "case_id" in e}))
            self.assertEqual(sum(planned["cases_by_partition"]), planned["cases"])
            self.assertEqual(planned["handlers"],
                             len({e[kind]["handler"] for e in events
                                  for kind in ("qualified", "absent") if kind in e}))
            for count in ("cases", "pages", "handlers", "alerts", "rejects", "policies", "bytes",
                          "clock"):
                self.assertEqual(carried[count], planned[count], count)
            self.assertEqual((carried["source_partitions"], carried["partitions"]), (8, 24))
            self.assertEqual(len(carried["cases_by_partition"]), 24)
            self.assertEqual(sum(carried["cases_by_partition"]), carried["cases"])

            clock = carried["clock"]
            said = run(target, *LOG_TIME, clock)
            self.assertIn("0 records: 0 events, 0 rejects, 0 duplicates, 0 conflicts; "
                          "0 tellings", said)
            self.expect_same(source, target, clock)
            # All that was ever told, with its proof.
            self.assertEqual(alerts(target), alerts(source))
            expect(program.DONE, "state", "verify", "--data", target)
            case = cases(source)[0]["case_id"]
            was = expect(program.DONE, "explain", case, "--data", source).out
            now = expect(program.DONE, "explain", case, "--data", target).out
            # The same, but for where its records are.
            self.assertIn(" of the source\n", now)
            now = re.sub(r"This log was migrated.*\n", "", now.replace(" of the source\n", "\n"))
            self.assertEqual(now, was)

            for data in (source, target):
                send(data, self.rest)
                run(data, *LOG_TIME, LATER)
            self.expect_same(source, target, LATER)
            expect(program.DONE, "state", "verify", "--data", target)

    def test_killed_and_gone_on_with(self):
        with folder() as base:
            source, target = self.source(base), base + "/target"
            arguments = ("migrate", "--data", source, "--to-data", target, "--partitions", "24",
                         "--step-bytes", "8K")
            # A plan opens the source, which has nothing long left to write at its next opening.
            self.migrate(source, target, "--dry-run")
            for _ in range(3):  # each start begins another file, and gets as far again
                ended = subprocess.run([program.PROGRAM, *arguments], env=program.ENVIRONMENT,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       preexec_fn=die_at(200_000), timeout=120)
                self.assertEqual(ended.returncode, -signal.SIGXFSZ)
            refused = expect(program.CONFIGURATION, "run", "--data", target, "--until-idle")
            self.assertIn("caseclock migrate", refused.err)
            carried = program.ask(*arguments)
            self.assertTrue(carried["resumed"])
            self.assertTrue(program.ask(*arguments)["was_done"])
            run(target, *LOG_TIME, carried["clock"])
            self.expect_same(source, target, carried["clock"])
            self.assertEqual(alerts(target), alerts(source))
            expect(program.DONE, "state", "verify", "--data", target)

    def test_what_is_refused(self):
        with folder() as base:
            source, target = base + "/source", base + "/target"
            migrate = ("migrate", "--data", source, "--to-data")
            expect(program.NO_INPUT, *migrate, target)
            expect(program.USAGE, "migrate", "--to-data", target)
            expect(program.USAGE, "migrate", "--data", source)
            send(source, self.first[:200])
            self.assertIn("run --until-idle", expect(program.TRY_AGAIN, *migrate, target).err)
            run(source, "--until-idle", "--clock", "log", "--quiet")
            send(source, self.first[200:250])
            left = expect(program.TRY_AGAIN, *migrate, target)
            self.assertIn("50 records of caseclock.events are not", left.err)
            self.assertFalse(os.path.exists(target))
            with program.Server(source):
                held = expect(program.TRY_AGAIN, *migrate, target)
                self.assertIn("Expected to be the only process", held.err)
            run(source, "--until-idle", "--clock", "log", "--quiet")
            self.assertIn("another directory", expect(program.CONFIGURATION, *migrate, source).err)
            expect(program.DONE, "policy", "activate", POLICIES, "--data", target)
            self.assertIn("Expected an empty log",
                          expect(program.CONFIGURATION, *migrate, target).err)
            other = base + "/other"
            expect(program.DONE, *migrate, other, "--quiet")
            self.assertIn("for ever",
                          expect(program.CONFIGURATION, *migrate, other, "--partitions", "3").err)


if __name__ == "__main__":
    unittest.main(verbosity=2)

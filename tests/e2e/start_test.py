#!/usr/bin/env python3
"""What a start does before anything is written, after a clock was ahead, without rights and without
standard streams."""

import json
import os
import socket
import stat
import subprocess
import unittest

import program
from program import Server, ago, event, expect

LATER = "2099-01-01T00:00:00Z"
NOBODY = 65534
OWN_POLICIES = {
    "queues": "queues: [{queue: own/a, workflow: own, team: a, calendar: always}]\n",
    "always": "calendar: always\nversion: '1'\nzone: UTC\n"
              "covers: {from: 2020-01-01, to: 2040-12-31}\nsource: made up\n"
              "week: {mon-sun: 00:00-24:00}\n",
    "own": "workflow: own\nversions:\n  - version: v1\n    stages: [open]\n    risks: [high]\n"
           "    clocks:\n      seen: {starts_on: referred, stops_on: assigned, deadline: elapsed,\n"
           "             limit: P1D, ladder: [breach], source: made up}\n",
}


def referral(number):
    return program.lines([event(f"{number}/referred", f"C-{number}", ago(days=1),
                                referred={"queue": "demo/start", "risk": "high"})])


class Arguments(unittest.TestCase):
    """All of them are looked at first: a directory and policies in force are not to be undone."""

    def test_nothing_is_made_for_a_wrong_command_line(self):
        with program.folder() as folder:
            data = folder + "/data"
            for code, *arguments in (
                    (program.USAGE, "--listen", "8080"),
                    (program.USAGE, "--listen", "999.1.1.1:80"),
                    (program.USAGE, "--allow-host", "https://caseclock.example/"),
                    (program.USAGE, "--until", "now"),
                    (program.CONFIGURATION, "--policy", folder + "/none")):
                done = expect(code, "run", "--data", data, *arguments, seconds=10)
                self.assertIn("Expected", done.err)
                self.assertFalse(os.path.exists(data), arguments)

    def test_nor_are_policies_in_force_where_the_port_is_taken(self):
        with program.folder() as folder, socket.create_server(("127.0.0.1", 0)) as taken:
            data, own = folder + "/data", folder + "/own"
            os.mkdir(own)
            for name, text in OWN_POLICIES.items():
                with open(f"{own}/{name}.yaml", "w", encoding="utf-8") as file:
                    file.write(text)
            done = expect(program.UNAVAILABLE, "run", "--data", data, "--listen",
                          f"127.0.0.1:{taken.getsockname()[1]}", seconds=10)
            self.assertIn("--listen names another address", done.err)
            expect(program.DONE, "run", "--data", data, "--policy", own, "--until-idle")

    def test_who_holds_the_directory_is_told_before_the_port(self):
        with program.folder() as folder:
            data = folder + "/data"
            with Server(data) as server:
                done = expect(program.TRY_AGAIN, "run", "--data", data, "--listen",
                              f"127.0.0.1:{server.port}", seconds=10)
                self.assertIn("the only process", done.err)

    def test_nor_by_an_engine(self):
        with program.folder() as folder:
            state = folder + "/state"
            for code, *arguments in (
                    (program.USAGE, "--listen", "8080"), (program.USAGE, "--allow-host", "a b"),
                    (program.USAGE, "--until", "now"),
                    (program.CONFIGURATION, "--kafka", "none.such=1"),
                    (program.CONFIGURATION, "--session-timeout", "PT0.1S")):
                expect(code, "engine", "--brokers", "127.0.0.1:1", "--instance", "a",
                       "--state", state, *arguments)
                self.assertFalse(os.path.exists(state), arguments)

    def test_nor_for_events_that_are_not_there(self):
        with program.folder() as folder:
            data = folder + "/data"
            expect(program.NO_INPUT, "send", folder + "/none.jsonl", "--data", data)
            self.assertFalse(os.path.exists(data))


class ClockAhead(unittest.TestCase):
    def test_what_was_judged_ahead_of_the_clock_keeps_nobody_from_starting(self):
        with program.folder() as folder:
            data = folder + "/data"
            expect(program.DONE, "send", "-", "--data", data, stdin=referral(1))
            expect(program.DONE, "run", "--data", data, "--until-idle")
            expect(program.DONE, "run", "--data", data, "--until-idle", "--clock", "log",
                   "--until", LATER)
            told = program.ask("alerts", "list", "--data", data)
            done = expect(program.DONE, "run", "--data", data, "--until-idle", seconds=10)
            self.assertEqual(done.err.count("judged_to=" + LATER), 1, done.err)
            self.assertNotIn("trying again", done.err)
            self.assertEqual(program.ask("alerts", "list", "--data", data), told)
            with Server(data) as server:
                expect(program.DONE, "send", "-", "--data", data, stdin=referral(2))
                program.until("the case", lambda: server.get("/v1/cases/C-2")[0] == 200)
                ready = json.loads(server.get("/readyz")[1])
                self.assertGreater(ready["ahead_seconds"], 86400)
                self.assertTrue(ready["ready"])
                self.assertIn("caseclock_clock_ahead_seconds ", server.get("/metrics")[1])
            expect(program.DONE, "state", "verify", "--data", data)


class Rights(unittest.TestCase):
    """To read is enough for what reads."""

    def expect(self, code, *arguments):
        if os.geteuid() != 0:
            return expect(code, *arguments)
        return expect(code, *arguments, user=NOBODY, group=NOBODY, extra_groups=[])

    @staticmethod
    def allow_to_read(folder):
        for path, _, files in os.walk(folder):
            os.chmod(path, 0o555)
            for name in files:
                full = os.path.join(path, name)
                os.chmod(full, stat.S_IMODE(os.stat(full).st_mode) | 0o444)

    def test_to_read_is_enough_for_what_reads(self):
        with program.folder() as folder:
            data = folder + "/data"
            expect(program.DONE, "send", "-", "--unchecked", "--data", data,
                   stdin=referral(1) + "no event\n")
            expect(program.DONE, "run", "--data", data, "--until-idle")
            self.allow_to_read(folder)
            try:
                for command in (("backlog",), ("explain", "C-1"), ("alerts", "list"), ("cases",),
                                ("rejects", "list"), ("rejects", "list", "--raw"),
                                ("backlog", "--at", "now"), ("state", "verify")):
                    done = self.expect(program.DONE, *command, "--data", data)
                    self.assertNotEqual(done.out + done.err, "", command)
                done = self.expect(program.INPUT_OUTPUT, "run", "--data", data, "--until-idle")
                self.assertIn("Expected to read and write", done.err)
            finally:
                for path, _, _ in os.walk(folder):
                    os.chmod(path, 0o755)

    def test_a_process_that_holds_the_directory_is_asked(self):
        with program.folder() as folder:
            data = folder + "/data"
            expect(program.DONE, "send", "-", "--data", data, stdin=referral(1))
            os.chmod(folder, 0o755)
            with Server(data) as server:
                program.until("the case", lambda: server.get("/v1/cases/C-1")[0] == 200)
                for command in (("backlog",), ("explain", "C-1")):
                    self.assertIn("1", self.expect(program.DONE, *command, "--data", data).out)
                # Bytes are not handed out.
                done = self.expect(program.TRY_AGAIN, "rejects", "list", "--raw", "--data", data)
                self.assertIn(f"process {server.process.pid}, listening on", done.err)


class StandardStreams(unittest.TestCase):
    """One that was closed must not become a file of the log, or what ends the process."""

    # A shell closes them: subprocess has no way to.
    CLOSED = 'exec <&- >&- 2>&-; exec "$0" "$@"'

    def test_a_server_without_any(self):
        with program.folder() as folder:
            data = folder + "/data"
            expect(program.DONE, "send", "-", "--data", data, stdin=referral(1))
            address = f"127.0.0.1:{program.free_port()}"
            process = subprocess.Popen(
                ["sh", "-c", self.CLOSED, program.PROGRAM, "run", "--data", data, "--listen",
                 address], env=program.ENVIRONMENT)
            try:
                program.until("its address", lambda: os.path.exists(data + "/run.json"))
                for stream in range(3):
                    self.assertEqual(os.readlink(f"/proc/{process.pid}/fd/{stream}"), "/dev/null")
            finally:
                process.terminate()
            self.assertEqual(process.wait(60), program.DONE)

    def test_one_that_is_needed(self):
        with program.folder() as folder:
            data = folder + "/data"
            expect(program.DONE, "send", "-", "--data", data, stdin=referral(1))
            expect(program.DONE, "run", "--data", data, "--until-idle")
            for which, what, *arguments in (
                    ("<&-", "to read (standard input), but: Bad file descriptor", "send", "-"),
                    (">&-", "to write the output", "backlog")):
                done = subprocess.run(
                    ["sh", "-c", f'exec {which}; exec "$0" "$@"', program.PROGRAM, *arguments,
                     "--data", data],
                    env=program.ENVIRONMENT, stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual(done.returncode, program.INPUT_OUTPUT)
                self.assertIn("Expected " + what, done.stderr)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""kill -9, restarts, and two processes on one directory: nothing is lost, nothing is told twice."""

import contextlib
import glob
import json
import os
import unittest

import program
from program import ago, event, until

QUEUE = "demo/crash"


def referrals(names):
    return [event(f"{name}/referred", name, ago(days=2),
                  referred={"queue": QUEUE, "risk": "moderate"}) for name in names]


def standing(server):
    """alert id → (revision, state, transitions): what has been told."""
    return {a["alert_id"]: (a["revision"], a["state"], len(a["transitions"]))
            for a in server.json("/v1/alerts?limit=100000")}


class Crash(unittest.TestCase):
    def setUp(self):
        folder = contextlib.ExitStack()
        self.addCleanup(folder.close)
        self.data = folder.enter_context(program.folder()) + "/data"

    def until_open(self, server, count):
        def found():
            backlog = server.backlog(QUEUE)
            return backlog and backlog["open"] == count

        until(f"{count} open cases", found, 60)

    def test_what_was_told_stands_after_kill_9_and_is_not_told_again(self):
        names = [f"K-{n}" for n in range(200)]
        with program.Server(self.data) as server:
            server.send(*referrals(names))
            self.until_open(server, len(names))
            until("every breach", lambda: len(standing(server)) >= 2 * len(names), 60)
            before = standing(server)
            backlog = server.backlog(QUEUE)
            server.kill()
        with program.Server(self.data) as server:
            self.until_open(server, len(names))
            self.assertEqual(standing(server), before)
            again = server.backlog(QUEUE)
            for figure in ("open", "by_stage", "by_risk", "offsets"):
                self.assertEqual(again[figure], backlog[figure], figure)
            self.assertEqual(server.stop(), program.DONE)
        done = program.expect(program.DONE, "state", "verify", "--data", self.data)
        self.assertEqual(done.returncode, program.DONE)

    def test_the_number_of_a_killed_process_may_be_another_ones_by_now(self):
        with program.Server(self.data) as server:
            server.send(*referrals(["N-1"]))
            self.until_open(server, 1)
            server.kill()
        left = os.path.join(self.data, "run.json")
        with open(left, encoding="utf-8") as file:
            holder = json.load(file)
        holder["pid"] = os.getpid()
        with open(left, "w", encoding="utf-8") as file:
            json.dump(holder, file, separators=(",", ":"))
        found = program.ask("backlog", "--data", self.data, "--queue", QUEUE)
        self.assertEqual([backlog["open"] for backlog in found], [1])

    def test_commands_read_what_a_killed_process_left_before_its_first_checkpoint(self):
        with program.Server(self.data) as server:
            server.send(*referrals(["E-1"]))
            self.until_open(server, 1)
            server.kill()
        backlogs = program.ask("backlog", "--data", self.data)
        self.assertEqual([b["open"] for b in backlogs if b["queue"] == QUEUE], [1])
        explained = program.expect(program.DONE, "explain", "E-1", "--data", self.data).out
        self.assertNotIn("1970", explained)
        self.assertIn(QUEUE, explained)
        program.expect(program.DONE, "state", "verify", "--data", self.data)

    def test_what_was_accepted_survives_kill_9_at_any_moment(self):
        accepted = 0
        for round_number in range(8):
            names = [f"R-{round_number}-{n}" for n in range(100)]
            with program.Server(self.data) as server:
                server.send(*referrals(names))
                accepted += len(names)
                server.kill()
        with program.Server(self.data) as server:
            self.until_open(server, accepted)
            until("every breach", lambda: len(standing(server)) >= 1000, 60)
            told = [(t["revision"], t["state"]) for a in server.json("/v1/alerts?limit=100000")
                    for t in a["transitions"]]
            self.assertEqual(set(told), {(1, "raised")}, "each told once")
            self.assertEqual(server.stop(), program.DONE)
        program.expect(program.DONE, "state", "verify", "--data", self.data)

    def test_damage_anywhere_in_the_log_is_found(self):
        with program.folder() as folder:
            data = folder + "/data"
            program.expect(program.DONE, "simulate", "--seed", "7", "--cases", "300", "--quiet",
                           "--data", data)
            program.expect(program.DONE, "run", "--data", data, "--until-idle", "--quiet")
            program.expect(program.DONE, "state", "verify", "--data", data)
            blobs = glob.glob(data + "/log/*.blob")
            largest = max(blobs, key=os.path.getsize)
            size = os.path.getsize(largest)
            for at in range(1000, size - 1000, max(size // 8, 1)):
                with open(largest, "r+b") as file:
                    file.seek(at)
                    whole = file.read(8)
                    file.seek(at)
                    file.write(b"damaged!")
                done = program.command("state", "verify", "--data", data)
                self.assertNotEqual(done.returncode, program.DONE, f"damaged at {at} of {size}")
                with open(largest, "r+b") as file:
                    file.seek(at)
                    file.write(whole)
            program.expect(program.DONE, "state", "verify", "--data", data)

    def test_a_second_process_is_turned_away_with_a_message(self):
        with program.Server(self.data) as server:
            second = program.command("run", "--data", self.data, "--listen",
                                     f"127.0.0.1:{program.free_port()}")
            self.assertIn(second.returncode, (program.UNAVAILABLE, program.TRY_AGAIN), second.err)
            self.assertIn(str(server.process.pid), second.err, "names the process that holds it")
            self.assertEqual(server.get("/healthz")[0], 200, "the first one goes on")

    def test_a_taken_port_is_said(self):
        with program.Server(self.data) as server:
            other = program.command("run", "--data", self.data + "-other", "--listen",
                                    f"127.0.0.1:{server.port}")
            self.assertIn(other.returncode, (program.UNAVAILABLE, program.TRY_AGAIN), other.err)
            self.assertIn(str(server.port), other.err)

    def test_ctrl_c_ends_cleanly_and_the_next_start_goes_on(self):
        with program.Server(self.data) as server:
            server.send(*referrals(["S-1"]))
            self.until_open(server, 1)
            self.assertEqual(server.stop(), program.DONE)
        self.assertEqual(
            program.ask("backlog", "--data", self.data, "--queue", QUEUE)[0]["open"], 1)
        with program.Server(self.data) as server:
            server.send(*referrals(["S-2"]))
            self.until_open(server, 2)

    def test_run_until_idle_ends_by_itself(self):
        program.expect(program.DONE, "send", "-", "--data", self.data,
                       stdin=program.lines(referrals(["I-1", "I-2"])))
        program.expect(program.DONE, "run", "--data", self.data, "--until-idle")
        figures = program.ask("backlog", "--data", self.data, "--queue", QUEUE)
        self.assertEqual(figures[0]["open"], 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)

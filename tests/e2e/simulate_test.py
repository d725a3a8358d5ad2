#!/usr/bin/env python3
"""`simulate`: the same from the same seed, and a force that is slow or in time."""

import contextlib
import json
import os
import signal
import subprocess
import unittest

import program
from program import expect


def hint(told, before):
    """The settings that a line ends with."""
    return told.split("; ")[-1].split(before)[0].split()


END = "2026-03-02T00:00:00Z"


class Simulate(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.folder = stack.enter_context(program.folder())

    def test_simulate_is_the_same_from_the_same_seed(self):
        def simulated(seed):
            path = self.folder + f"/simulated-{seed}.jsonl"
            expect(program.DONE, "simulate", "--seed", seed, "--cases", "50", "--out", path)
            with open(path, "rb") as content:
                return content.read()

        first = simulated("7")
        self.assertEqual(first, simulated("7"))
        self.assertNotEqual(first, simulated("8"))
        json.loads(first.splitlines()[0])

    def test_simulate_says_how_to_make_the_same_again(self):
        def simulated(*options):
            done = expect(program.DONE, "simulate", "--out", "-", *options)
            return done.out, done.err

        first, told = simulated("--cases", "20")
        again = hint(told, " makes")
        self.assertEqual(again[0::2], ["--seed", "--cases", "--end"])
        self.assertEqual(simulated(*again)[0], first)
        other, told = simulated("--cases", "30", "--days", "12", "--waits", "40", "--force", "gmp")
        again = hint(told, " makes")
        self.assertEqual(again[0::2],
                         ["--seed", "--cases", "--days", "--waits", "--force", "--end"])
        self.assertEqual(simulated(*again)[0], other)

    def interrupted(self, made, *arguments):
        """What is said by one that is told to stop once `made` is there."""
        process = subprocess.Popen([program.PROGRAM, "simulate", "--quiet", *arguments],
                                   stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                   env=program.ENVIRONMENT)
        try:
            program.until(f"{made} to be made", lambda: os.path.exists(made))
            process.send_signal(signal.SIGINT)
            told = process.communicate(timeout=60)[1]
        finally:
            process.kill()
            process.wait()
        self.assertEqual(process.returncode, program.TRY_AGAIN, told)
        self.assertIn("was told to stop", told)
        self.assertNotIn("makes the same again", told)
        return hint(told, " sends all of it")

    def test_one_that_is_stopped_says_so(self):
        out, data = self.folder + "/out.jsonl", self.folder + "/data"
        again = self.interrupted(out, "--cases", "50000", "--out", out)
        self.assertEqual(again[0::2], ["--seed", "--cases", "--end"])
        again = self.interrupted(data + "/log", "--cases", "50000", "--end", END, "--data", data)
        # A part of a history is gone on with by its own settings alone.
        for other in (["--cases", "50000"], ["--cases", "50000", "--live"]):
            said = expect(program.CONFIGURATION, "simulate", *other, "--data", data).err
            self.assertIn("a part of one", said)
            self.assertIn(" ".join(again), said)
        expect(program.DONE, "simulate", "--quiet", *again, "--data", data)

    def test_a_directory_takes_one_history(self):
        data = self.folder + "/data"
        first = ["--cases", "20", "--end", END, "--data", data]
        expect(program.DONE, "simulate", *first)
        # Case ids do not go by the seed, nor by anything else.
        for other in (["--seed", "2"], ["--force", "demo"], ["--waits", "30"], ["--days", "9"]):
            said = expect(program.CONFIGURATION, "simulate", *first, *other).err
            self.assertIn(f"--seed 1 --cases 20 --end {END}", said)
        expect(program.DONE, "run", "--data", data, "--until-idle", "--clock", "log", "--quiet")
        before = expect(program.DONE, "rejects", "list", "--data", data).err
        # The same once more changes nothing.
        expect(program.DONE, "simulate", *first)
        expect(program.DONE, "run", "--data", data, "--until-idle", "--clock", "log", "--quiet")
        self.assertEqual(expect(program.DONE, "rejects", "list", "--data", data).err, before)
        expect(program.DONE, "simulate", "--live", "--live-for", "PT1S", "--data", data)

    def test_a_pace_is_a_number_and_nothing_else(self):
        for pace in ("2x", "1e", "x", "0", "-1", "1001", "nan"):
            with self.subTest(pace=pace):
                said = expect(program.USAGE, "simulate", "--live", "--no-history", "--live-for",
                              "PT1S", "--data", self.folder + "/paced", f"--pace={pace}").err
                self.assertIn("Expected --pace", said)
        expect(program.DONE, "simulate", "--live", "--no-history", "--live-for", "PT1S",
               "--data", self.folder + "/paced", "--pace", "0.5")

    def test_a_force_with_shorter_waits_closes_more(self):
        def closed(waits):
            path = self.folder + f"/waits-{waits}.jsonl"
            expect(program.DONE, "simulate", "--cases", "100", "--end", END,
                   "--waits", waits, "--out", path)
            with open(path, encoding="utf-8") as content:
                return sum("closed" in json.loads(line) for line in content)

        self.assertGreater(closed("30"), closed("100"))
        expect(program.USAGE, "simulate", "--waits", "0", "--out", "-")


if __name__ == "__main__":
    unittest.main(verbosity=2)

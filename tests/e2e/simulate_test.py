#!/usr/bin/env python3
"""`simulate`: the same from the same seed, and a force that is slow or in time."""

import contextlib
import json
import unittest

import program
from program import expect


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
            done = expect(program.DONE, "simulate", "--cases", "20", "--out", "-", *options)
            return done.out, done.err

        first, told = simulated()
        again = told.split("; ")[-1].split(" makes")[0].split()
        self.assertEqual(again[0::2], ["--seed", "--end"])
        self.assertEqual(simulated(*again)[0], first)

    def test_a_force_with_shorter_waits_closes_more(self):
        def closed(waits):
            path = self.folder + f"/waits-{waits}.jsonl"
            expect(program.DONE, "simulate", "--cases", "100", "--end", "2026-03-02T00:00:00Z",
                   "--waits", waits, "--out", path)
            with open(path, encoding="utf-8") as content:
                return sum("closed" in json.loads(line) for line in content)

        self.assertGreater(closed("30"), closed("100"))
        expect(program.USAGE, "simulate", "--waits", "0", "--out", "-")


if __name__ == "__main__":
    unittest.main(verbosity=2)

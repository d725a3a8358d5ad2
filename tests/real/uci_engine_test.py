#!/usr/bin/env python3
"""UCI incidents through the engine: every figure of the truths, at the three instants.

In the file's order, as known then and as known now; and as known now shuffled, with a tenth of the
rows sent twice, and with kill -9 twenty times on the way.
"""

import unittest

import case_events
import engine
import program
import real_data
import scan
import truths
import uci_incidents

SEED = "20160229"
QUEUES = "uci/*"


@real_data.needed
class UciThroughTheEngine(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        rows = list(uci_incidents.read_rows(real_data.uci_file()))
        cls.expected = {instant: real_data.uci_expected(scan.uci_at(rows, instant))
                        for instant in truths.UCI_INSTANTS}
        cls.batches = uci_incidents.convert(rows)

    def figures(self, loaded, instant, known):
        all_queues = loaded.rollup(QUEUES, instant, known)
        return {
            "open": all_queues["open"],
            "closed": all_queues["closed"],
            "older_than": {p: all_queues["older_than"][p] for p in ("P7D", "P30D")},
            "by_stage": engine.without_zeros(all_queues["by_stage"]),
            "by_risk": engine.without_zeros(all_queues["by_risk"]),
            "by_queue": loaded.open_by_queue(QUEUES, instant, known),
            "unassigned": all_queues["unassigned"]["count"],
            "closed_with_sla_missed": all_queues["closed_by_outcome"].get("sla_missed", 0),
        }

    def check(self, loaded, *knowns):
        for instant, expected in self.expected.items():
            truth = real_data.uci_expected(truths.UCI_INSTANTS[instant])
            for known in knowns:
                with self.subTest(instant=instant, known=known):
                    found = self.figures(loaded, instant, known)
                    self.assertEqual(found, expected)
                    largest = {q: found["by_queue"].get(q) for q in truth["by_queue"]}
                    self.assertEqual({**found, "by_queue": largest}, truth)
        self.assertEqual(loaded.rejects(), [])
        loaded.verify()

    def test_in_the_files_order(self):
        with program.folder() as folder:
            loaded = engine.Loaded(folder, case_events.shaken(self.batches))
            loaded.run()
            self.check(loaded, "then", "now")

    def test_shuffled_and_a_tenth_twice(self):
        with program.folder() as folder:
            loaded = engine.Loaded(folder, case_events.shaken(self.batches, SEED, 10))
            loaded.run()
            self.check(loaded, "now")

    def test_shuffled_and_killed_twenty_times(self):
        with program.folder() as folder:
            events = case_events.shaken(self.batches, SEED, 10)
            loaded = engine.Loaded(folder, events)
            met, left = loaded.run_with_kills(20, SEED)
            print(f"{met} of 20 kills met it running; {left} of {len(events)} records were left")
            self.assertGreaterEqual(met, 5)
            self.assertLess(left, len(events), "what was committed before a kill stays")
            self.check(loaded, "now")


if __name__ == "__main__":
    real_data.main()

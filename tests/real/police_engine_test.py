#!/usr/bin/env python3
"""City of London crimes through the engine: open at 18 month ends, by crime type at three, outcomes
by type, exact repeats, outcomes before their crime, crimes that are not in the files."""

import collections
import unittest

import case_events
import city_of_london
import engine
import fold
import program
import real_data
import scan
import truths

QUEUES = "police/*"
END = "2017-07-01T00:00:00Z"


@real_data.needed
class PoliceThroughTheEngine(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = real_data.police_folder()
        cls.scanned = scan.Police(city_of_london.read_files(folder, "street"),
                                  city_of_london.read_files(folder, "outcomes"))
        batches, _ = city_of_london.convert(folder)
        cls.ledgers = fold.ledgers(case_events.shaken(batches))
        place = program.folder()
        cls.loaded = engine.Loaded(place.__enter__(), case_events.shaken(batches))
        cls.addClassCleanup(place.__exit__, None, None, None)
        cls.sent = sum(map(len, batches))
        cls.taken = cls.loaded.run()

    def test_open_at_every_month_end(self):
        for month, total in truths.POLICE_OPEN_AT_MONTH_END.items():
            for known in ("then", "now"):
                with self.subTest(month=month, known=known):
                    found = self.loaded.rollup(QUEUES, real_data.end_of(month), known)
                    self.assertEqual(found["open"], total)

    def test_open_by_crime_type(self):
        for month, by_type in truths.POLICE_OPEN_BY_CRIME_TYPE.items():
            with self.subTest(month=month):
                self.assertEqual(
                    self.loaded.open_by_queue(QUEUES, real_data.end_of(month), "now"),
                    real_data.police_queues(by_type))

    def test_last_outcome_of_every_crime(self):
        views = fold.views_at(self.ledgers, END).values()
        expected = collections.Counter(v["outcome"] for v in views if v["outcome"])
        found = self.loaded.rollup(QUEUES, END, "now")
        self.assertEqual(engine.without_zeros(found["outcomes_by_code"]), expected)
        self.assertEqual(sum(expected.values()), truths.POLICE_OF_THOSE_KNOWN)

    def test_every_ledger(self):
        """Outcomes by type, orphans and unknown crimes, from the cases themselves."""
        outcomes, early, unknown = collections.Counter(), 0, set()
        with program.Server(self.loaded.data, "--clock", "log") as server:
            for case_id, ledger in self.ledgers.items():
                case = server.case(case_id)
                self.assertIsNotNone(case, case_id)
                entries = case["ledger"]
                self.assertEqual([entry["event_id"] for entry in entries],
                                 [event["event_id"] for event in ledger])
                found = [entry for entry in entries if entry["event"] == "outcome"]
                outcomes.update(entry["code"] for entry in found)
                if "opened_at" not in case:
                    unknown.add(case_id)
                else:
                    early += sum(entry["disposition"] == "orphan" for entry in found)
        self.assertEqual(outcomes + self.repeated_by_type(),
                         {case_events.slug(name): count
                          for name, count in truths.POLICE_OUTCOMES_BY_TYPE.items()})
        self.assertEqual(unknown, self.scanned.unknown_crimes())
        self.assertEqual(early, truths.POLICE_OUTCOMES_BEFORE_THEIR_CRIME)

    def repeated_by_type(self):
        """Outcome rows beyond the first of each, by type: the engine takes none of them."""
        counts = collections.Counter()
        for rows, sign in ((self.scanned.outcome_rows, 1), (self.scanned.distinct.values(), -1)):
            for row in rows:
                counts[case_events.slug(row["Outcome type"])] += sign
        return counts

    def test_exact_repeats_are_duplicates(self):
        self.assertEqual(self.taken["records"], self.sent)
        self.assertEqual(self.taken["duplicates"], truths.POLICE_OUTCOME_ROWS_REPEATED)

    def test_nothing_was_rejected_and_the_state_is_sound(self):
        self.assertEqual(self.loaded.rejects(), [])
        self.loaded.verify()


if __name__ == "__main__":
    real_data.main()

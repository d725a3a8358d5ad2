#!/usr/bin/env python3
"""The converters against the truths, without the engine: rows → events → a plain fold → figures."""

import collections
import copy
import unittest

import case_events
import city_of_london
import fold
import real_data
import scan
import truths
import uci_incidents


class Small(unittest.TestCase):
    """What a row becomes, on rows written here; needs no data."""

    @staticmethod
    def row(number, at, state, **changes):
        row = {"number": "INC1", "row": number, "at": at, "incident_state": state,
               "made_sla": "true", "caller_id": "Caller 1", "contact_type": "Phone",
               "priority": "3 - Moderate", "assignment_group": "Group 1", "assigned_to": "?",
               "closed_code": "code 5"}
        row.update(changes)
        return row

    def kinds(self, *rows):
        batches = uci_incidents.convert(rows)
        return [[fold.kind_of(event) for event in batch] for batch in batches]

    def test_a_row_tells_what_changed(self):
        self.assertEqual(
            self.kinds(self.row(1, "2016-01-01T00:00:00Z", "New"),
                       self.row(2, "2016-01-01T01:00:00Z", "Active", assigned_to="Resolver 2"),
                       self.row(3, "2016-01-01T02:00:00Z", "Active", assigned_to="Resolver 2"),
                       self.row(4, "2016-01-01T03:00:00Z", "Awaiting Vendor", assigned_to="?",
                                priority="1 - Critical", assignment_group="?"),
                       self.row(5, "2016-01-01T04:00:00Z", "Closed", made_sla="false",
                                priority="1 - Critical", assignment_group="?")),
            [["referred", "staged"], ["assigned", "screened", "staged"], [],
             ["transferred", "unassigned", "assessed", "staged", "paused"],
             ["resumed", "outcome", "closed"]])

    def test_a_closed_incident_tells_its_other_changes_when_it_is_opened_again(self):
        self.assertEqual(
            self.kinds(self.row(1, "2016-01-01T00:00:00Z", "New"),
                       self.row(2, "2016-01-01T01:00:00Z", "Closed"),
                       self.row(3, "2016-01-01T02:00:00Z", "Closed", assignment_group="Group 2",
                                made_sla="false"),
                       self.row(4, "2016-01-01T03:00:00Z", "Active", assignment_group="Group 2",
                                made_sla="false")),
            [["referred", "staged"], ["outcome", "closed"], ["outcome"],
             ["reopened", "transferred", "screened", "staged"]])

    def test_rows_out_of_time_order_are_read_in_time_order(self):
        self.assertEqual(self.kinds(self.row(1, "2016-01-01T01:00:00Z", "Active"),
                                    self.row(2, "2016-01-01T00:00:00Z", "New")),
                         [["screened", "staged"], ["referred", "staged"]])

    def test_codes(self):
        self.assertEqual(case_events.slug("Investigation complete; no suspect identified"),
                         "investigation-complete-no-suspect-identified")
        self.assertEqual(uci_incidents.queue_of({"assignment_group": "?"}), "uci/none")
        self.assertEqual(uci_incidents.queue_of({"assignment_group": "Group 70"}), "uci/group-70")

    def test_the_same_seed_gives_the_same_disorder(self):
        batches = [[{"n": n}, {"n": -n}] for n in range(200)]
        once = case_events.shaken(batches, "7", 10)
        self.assertEqual(once, case_events.shaken(batches, "7", 10))
        self.assertNotEqual(once, case_events.shaken(batches, "8", 10))
        self.assertGreater(len(once), 400)
        self.assertLess(len(once), 480)

    def test_an_outcome_closes_once_and_a_repeat_is_the_same_event(self):
        def row(month, outcome):
            return {"Crime ID": "c", "Month": month, "Outcome type": outcome}

        rows = [row("2016-02", "Suspect charged"), row("2016-03", "Offender fined"),
                row("2016-02", "Suspect charged")]
        batches = list(city_of_london.outcome_batches(rows))
        self.assertEqual([[fold.kind_of(e) for e in batch] for batch in batches],
                         [["outcome", "closed"], ["outcome"], ["outcome"]])
        self.assertEqual(batches[0][0], batches[2][0])
        self.assertEqual(batches[0][0]["occurred_at"], "2016-02-29T00:00:00Z")


@real_data.needed
class Uci(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = list(uci_incidents.read_rows(real_data.uci_file()))
        cls.batches = uci_incidents.convert(copy.deepcopy(cls.rows))
        cls.cases = fold.ledgers(case_events.shaken(cls.batches, "1", 10))

    def test_the_file_is_the_one_the_truths_were_counted_in(self):
        self.assertEqual(real_data.sha256_of_unzipped(real_data.uci_file()), truths.UCI_SHA256)
        self.assertEqual(len(self.rows), truths.UCI_ROWS)
        self.assertEqual(len(self.cases), truths.UCI_CASES)

    def test_event_ids_are_unique(self):
        ids = collections.Counter(e["event_id"] for batch in self.batches for e in batch)
        self.assertEqual(max(ids.values()), 1)

    def test_truths_scan_and_fold_agree(self):
        for instant, truth in truths.UCI_INSTANTS.items():
            with self.subTest(instant=instant):
                scanned = scan.uci_at(self.rows, instant)
                groups = scanned["by_group"]
                self.assertEqual({**scanned, "by_group": {g: groups.get(g)
                                                          for g in truth["by_group"]}}, truth)
                self.assertEqual(self.folded(instant), real_data.uci_expected(scanned))

    def folded(self, instant):
        views = fold.views_at(self.cases, instant).values()
        still_open = [v for v in views if not v["closed"]]

        def count(name):
            return dict(collections.Counter(v[name] for v in still_open))

        return {
            "open": len(still_open),
            "closed": sum(v["closed"] for v in views),
            "older_than": {p: sum(real_data.older(v["opened_at"], instant, p) for v in still_open)
                           for p in ("P7D", "P30D")},
            "by_stage": count("stage"),
            "by_risk": count("risk"),
            "by_queue": count("queue"),
            "unassigned": sum(not v["handler"] for v in still_open),
            "closed_with_sla_missed": sum(v["closed"] and v["outcome"] == "sla_missed"
                                          for v in views),
        }


@real_data.needed
class CityOfLondon(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = real_data.police_folder()
        cls.scanned = scan.Police(city_of_london.read_files(folder, "street"),
                                  city_of_london.read_files(folder, "outcomes"))
        cls.batches, cls.without_id = city_of_london.convert(folder)
        cls.cases = fold.ledgers(case_events.shaken(cls.batches, "1", 10))

    def test_the_scan_gives_the_truths(self):
        police = self.scanned
        self.assertEqual(len(police.street_rows), truths.POLICE_CRIME_ROWS)
        self.assertEqual(len(police.crimes), truths.POLICE_CASES)
        self.assertEqual(len(police.outcome_rows), truths.POLICE_OUTCOME_ROWS)
        self.assertEqual(len(police.outcome_rows) - len(police.distinct),
                         truths.POLICE_OUTCOME_ROWS_REPEATED)
        self.assertEqual(len(police.decided), truths.POLICE_CRIMES_WITH_AN_OUTCOME)
        self.assertEqual(len(police.decided) - len(police.unknown_crimes()),
                         truths.POLICE_OF_THOSE_KNOWN)
        self.assertEqual(police.crimes_with_two_outcomes(), truths.POLICE_CRIMES_WITH_TWO_OUTCOMES)
        self.assertEqual(len(police.outcomes_before_their_crime()),
                         truths.POLICE_OUTCOMES_BEFORE_THEIR_CRIME)
        self.assertEqual(police.outcomes_by_type(), truths.POLICE_OUTCOMES_BY_TYPE)
        for month, total in truths.POLICE_OPEN_AT_MONTH_END.items():
            self.assertEqual(sum(police.open_at_end_of(month).values()), total, month)
        for month, by_type in truths.POLICE_OPEN_BY_CRIME_TYPE.items():
            self.assertEqual(police.open_at_end_of(month), by_type, month)

    def test_the_converter_keeps_every_row(self):
        self.assertEqual(self.without_id, truths.POLICE_CRIME_ROWS_WITHOUT_ID)
        sent = [e for batch in self.batches for e in batch]
        outcomes = [e for e in sent if fold.kind_of(e) == "outcome"]
        self.assertEqual(len(outcomes), truths.POLICE_OUTCOME_ROWS)
        self.assertEqual(len(outcomes) - len({e["event_id"] for e in outcomes}),
                         truths.POLICE_OUTCOME_ROWS_REPEATED)
        self.assertEqual(collections.Counter(e["outcome"]["code"] for e in outcomes),
                         {case_events.slug(name): n
                          for name, n in truths.POLICE_OUTCOMES_BY_TYPE.items()})
        contents = collections.defaultdict(set)
        for each in sent:
            contents[each["event_id"]].add(str(each))
        self.assertEqual(max(map(len, contents.values())), 1, "one id, one content")

    def test_the_fold_agrees_at_every_month_end(self):
        for month in truths.POLICE_OPEN_AT_MONTH_END:
            with self.subTest(month=month):
                views = fold.views_at(self.cases, real_data.end_of(month)).values()
                by_queue = collections.Counter(v["queue"] for v in views if not v["closed"])
                self.assertEqual(by_queue, real_data.police_queues(
                    self.scanned.open_at_end_of(month)))

    def test_unknown_crimes_are_never_referred(self):
        views = fold.views_at(self.cases, "9999")
        self.assertEqual(set(self.cases) - set(views), self.scanned.unknown_crimes())


if __name__ == "__main__":
    real_data.main()

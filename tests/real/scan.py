"""Counts the truths again, straight from the rows, without events: the cross-check of truths.py."""

import collections
import datetime

CLOSED = "Closed"


def _seconds(instant):
    read = datetime.datetime.strptime(instant, "%Y-%m-%dT%H:%M:%SZ")
    return int(read.replace(tzinfo=datetime.timezone.utc).timestamp())


def uci_at(rows, instant):
    """The figures of UCI_INSTANTS at one instant; every group, not the largest ones."""
    first, last = {}, {}
    for row in rows:
        if row["at"] > instant:
            continue
        case_id, key = row["number"], (row["at"], row["row"])
        first[case_id] = min(row["at"], first.get(case_id, row["at"]))
        if case_id not in last or key > last[case_id][0]:
            last[case_id] = (key, row)
    now = _seconds(instant)
    still_open = {c: row for c, (_, row) in last.items() if row["incident_state"] != CLOSED}
    closed = [row for _, row in last.values() if row["incident_state"] == CLOSED]
    ages = [now - _seconds(first[c]) for c in still_open]

    def count(column):
        return dict(collections.Counter(row[column] for row in still_open.values()))

    return {
        "open": len(still_open),
        "closed": len(closed),
        "older_than": {f"P{days}D": sum(age > days * 86400 for age in ages) for days in (7, 30)},
        "by_state": count("incident_state"),
        "by_priority": count("priority"),
        "by_group": count("assignment_group"),
        "unassigned": sum(row["assigned_to"] == "?" for row in still_open.values()),
        "closed_with_sla_missed": sum(row["made_sla"] == "false" for row in closed),
    }


class Police:
    """The police files as rows, and what can be counted in them."""

    def __init__(self, street, outcomes):
        self.street_rows, self.outcome_rows = list(street), list(outcomes)
        self.crimes = {r["Crime ID"]: r for r in self.street_rows if r["Crime ID"]}
        self.distinct = {tuple(r.values()): r for r in self.outcome_rows}
        self.decided = {}  # crime → month of its first outcome
        for row in self.distinct.values():
            crime, month = row["Crime ID"], row["Month"]
            self.decided[crime] = min(month, self.decided.get(crime, month))

    def open_at_end_of(self, month):
        """Open crimes by type at the end of `month`."""
        return dict(collections.Counter(
            row["Crime type"] for crime, row in self.crimes.items()
            if row["Month"] <= month and self.decided.get(crime, "9999") > month))

    def outcomes_by_type(self):
        return dict(collections.Counter(row["Outcome type"] for row in self.outcome_rows))

    def outcomes_before_their_crime(self):
        return [row for row in self.distinct.values()
                if row["Crime ID"] in self.crimes
                and row["Month"] < self.crimes[row["Crime ID"]]["Month"]]

    def unknown_crimes(self):
        return set(self.decided) - set(self.crimes)

    def crimes_with_two_outcomes(self):
        counts = collections.Counter(row["Crime ID"] for row in self.distinct.values())
        return sum(n > 1 for n in counts.values())

#!/usr/bin/env python3
"""UCI incident log (doi:10.24432/C57S4H) to case events, JSON lines on standard output.

    uci_incidents.py FILE.csv.gz [--shuffle SEED] [--duplicate PERCENT]

The file is a log of snapshots: each row is an incident as it stood after one update. An event says
what changed, so the rows of an incident are put in order and each is compared with the one before.

Order and time
    occurred_at   sys_updated_at of the row, read as UTC (the file names no zone)
    sequence      the row's number in the file, from 1: rows with equal times keep the file's
                  order, and the one incident whose rows are out of time order is read in time order
    event_id      uci/<row>/<k>, k = 01, 02, … in the order below; the canonical order of events is
                  (occurred_at, source, sequence, event_id), so k decides within a row

One row gives, in this order, each only where something changed:
    reopened      the incident was closed and the row's state is another one
    referred      its first row. occurred_at is this row's update, not opened_at: an incident is
                  known from its first row on. queue uci/<group>, risk from priority, origin
                  contact_type, subject caller_id
    transferred   assignment_group; no group (`?`) is the queue uci/none
    assigned, unassigned   assigned_to; `?` is nobody
    assessed      priority: critical, high, moderate, low
    resumed       it left an Awaiting … state, by closing too; reason as when it was paused
    screened      New to Active: decision `in`
    staged        incident_state: new, active, awaiting_user_info, awaiting_problem,
                  awaiting_vendor, awaiting_evidence, resolved; -100 is `unknown`. Closed is no
                  stage but an event
    paused        it entered an Awaiting … state; the state is the reason
    outcome       made_sla as the code sla_met or sla_missed: told when it turns false, when it
                  turns back, and at closing. It checks counting; the limits themselves are not in
                  the file
    closed        state Closed; reason closed_code

A closed incident that stays closed may still change its outcome; its other changes are told when it
is opened again. Rows that change nothing of the above give no event.
"""

import argparse
import csv
import datetime
import gzip
import sys

import case_events

SOURCE = "uci"
PRIORITY = {"1 - Critical": "critical", "2 - High": "high", "3 - Moderate": "moderate",
            "4 - Low": "low"}
STAGE = {"New": "new", "Active": "active", "Awaiting User Info": "awaiting_user_info",
         "Awaiting Problem": "awaiting_problem", "Awaiting Vendor": "awaiting_vendor",
         "Awaiting Evidence": "awaiting_evidence", "Resolved": "resolved", "-100": "unknown"}
CLOSED = "Closed"
NONE = "?"


def instant(text):
    """`29/2/2016 01:23` → `2016-02-29T01:23:00Z`."""
    read = datetime.datetime.strptime(text, "%d/%m/%Y %H:%M")
    return read.strftime("%Y-%m-%dT%H:%M:%SZ")


def code_or_none(text):
    return "" if text == NONE else case_events.slug(text)


def queue_of(row):
    return "uci/" + (code_or_none(row["assignment_group"]) or "none")


class Incident:
    """What has been told about one incident so far, and the next thing to tell."""

    def __init__(self):
        self.referred = False
        self.closed = False
        self.queue = self.handler = self.risk = self.stage = self.pause = self.outcome = ""

    def changes(self, row):
        """The (kind, body) pairs that lead from what was told to `row`; updates what was told."""
        out = []
        closing = row["incident_state"] == CLOSED
        if self.closed and not closing:
            out.append(("reopened", {}))
            self.closed = False
        if not self.closed:
            self._place(row, out)
            self._stage(row, closing, out)
        self._outcome(row, closing, out)
        if closing and not self.closed:
            out.append(("closed", {"reason": code_or_none(row["closed_code"])}))
            self.closed = True
        return out

    def _place(self, row, out):
        queue, handler = queue_of(row), code_or_none(row["assigned_to"])
        risk = PRIORITY[row["priority"]]
        if not self.referred:
            out.append(("referred", {"queue": queue, "risk": risk,
                                     "origin": code_or_none(row["contact_type"]),
                                     "subject": code_or_none(row["caller_id"])}))
            self.referred, self.queue, self.risk = True, queue, risk
        if queue != self.queue:
            out.append(("transferred", {"queue": queue}))
            self.queue = queue
        if handler != self.handler:
            out.append(("assigned", {"handler": handler}) if handler else ("unassigned", {}))
            self.handler = handler
        if risk != self.risk:
            out.append(("assessed", {"tool": "priority", "grade": risk}))
            self.risk = risk

    def _stage(self, row, closing, out):
        stage = self.stage if closing else STAGE[row["incident_state"]]
        pause = stage if stage.startswith("awaiting_") and not closing else ""
        if self.pause not in ("", pause):
            out.append(("resumed", {"reason": self.pause}))
        if self.stage == "new" and stage == "active":
            out.append(("screened", {"decision": "in"}))
        if stage != self.stage:
            out.append(("staged", {"stage": stage}))
        if pause not in ("", self.pause):
            out.append(("paused", {"reason": pause}))
        self.stage, self.pause = stage, pause

    def _outcome(self, row, closing, out):
        outcome = "sla_met" if row["made_sla"] == "true" else "sla_missed"
        told_before = self.outcome or ("" if closing else "sla_met")
        if outcome != told_before:
            out.append(("outcome", {"code": outcome}))
            self.outcome = outcome


def read_rows(path):
    """The rows of the file with `row` (from 1) and `at` added."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=1):
            row["row"] = number
            row["at"] = instant(row["sys_updated_at"])
            yield row


def convert(rows):
    """One list of events a row, in the file's order."""
    by_case = {}
    for row in rows:
        by_case.setdefault(row["number"], []).append(row)
    batches = {}
    for case_id, case_rows in by_case.items():
        incident = Incident()
        for row in sorted(case_rows, key=lambda r: (r["at"], r["row"])):
            batches[row["row"]] = [
                case_events.event(SOURCE, f"uci/{row['row']}/{k:02}", case_id, row["at"], kind,
                                  body, sequence=row["row"])
                for k, (kind, body) in enumerate(incident.changes(row), start=1)]
    return [batches[number] for number in sorted(batches)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", metavar="FILE.csv.gz")
    parser.add_argument("--shuffle", metavar="SEED", help="the events in a seeded random order")
    parser.add_argument("--duplicate", metavar="PERCENT", type=float, default=0,
                        help="send this share of the rows twice")
    options = parser.parse_args()
    batches = convert(read_rows(options.file))
    case_events.write_lines(case_events.shaken(batches, options.shuffle, options.duplicate))
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""City of London crimes and outcomes (data.police.uk) to case events, JSON lines on stdout.

    city_of_london.py DIR [--shuffle SEED] [--duplicate PERCENT]

DIR holds YYYY-MM-city-of-london-street.csv.gz and …-outcomes.csv.gz. The case is the Crime ID. The
data knows months only, and a month is a span: a crime comes in at its start and is decided at its
end, so that a crime and its outcome of the same month stand in the right order.

A street row is
    referred   at the first instant of its month, sequence 1. queue police/<crime type>

An outcome row is
    outcome    at the first instant of the last day of its month; code: the outcome type. event_id
               is a hash of the whole row: a row that the files repeat exactly is the same event,
               in every byte. sequence: where the row first stands in the files, so that of two
               outcomes in a month the later one in the file is the last
    closed     once a crime, with its earliest outcome

Kept as they are, because that is what the engine is for: outcomes dated before their crime's month
(orphans that take effect at the referral), outcomes of crimes that are not in the files (cases
never referred), second outcomes, such as a court's after a charge. Street rows without a Crime ID
(antisocial behaviour) name no case: they are left out and counted on standard error.
"""

import argparse
import calendar
import csv
import glob
import gzip
import hashlib
import os
import sys

import case_events

SOURCE = "police"


def first_of(month):
    return f"{month}-01T00:00:00Z"


def last_of(month):
    year, number = map(int, month.split("-"))
    return f"{month}-{calendar.monthrange(year, number)[1]:02}T00:00:00Z"


def read_files(folder, kind):
    """The rows of all files of a kind, month by month."""
    for path in sorted(glob.glob(os.path.join(folder, f"*-{kind}.csv.gz"))):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)


def referral(row):
    return case_events.event(
        SOURCE, "crime/" + row["Crime ID"], row["Crime ID"], first_of(row["Month"]), "referred",
        {"queue": "police/" + case_events.slug(row["Crime type"])}, sequence=1)


def content_hash(row):
    return hashlib.sha256("\x1f".join(row.values()).encode()).hexdigest()[:32]


def outcome_batches(rows):
    """One list of events an outcome row, in the files' order."""
    sequence = {}  # content hash → where it first stands, from 2: after the referral
    for row in rows:
        sequence.setdefault(content_hash(row), len(sequence) + 2)
    earliest = {}  # crime → (month, sequence) of the outcome that closes it
    for row in rows:
        key = (row["Month"], sequence[content_hash(row)])
        earliest[row["Crime ID"]] = min(key, earliest.get(row["Crime ID"], key))
    closed = set()
    for row in rows:
        crime, at, row_hash = row["Crime ID"], last_of(row["Month"]), content_hash(row)
        number = sequence[row_hash]
        batch = [case_events.event(SOURCE, "outcome/" + row_hash, crime, at, "outcome",
                                   {"code": case_events.slug(row["Outcome type"])}, number)]
        if (row["Month"], number) == earliest[crime] and crime not in closed:
            batch.append(case_events.event(SOURCE, "outcome/" + row_hash + "/closed", crime, at,
                                           "closed", {"reason": "outcome"}, number))
            closed.add(crime)
        yield batch


def convert(folder):
    """(batches, street rows without an id)."""
    street = list(read_files(folder, "street"))
    batches = [[referral(row)] for row in street if row["Crime ID"]]
    without_id = len(street) - len(batches)
    batches.extend(outcome_batches(list(read_files(folder, "outcomes"))))
    return batches, without_id


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("--shuffle", metavar="SEED", help="the events in a seeded random order")
    parser.add_argument("--duplicate", metavar="PERCENT", type=float, default=0,
                        help="send this share of the rows twice")
    options = parser.parse_args()
    batches, without_id = convert(options.folder)
    print(f"{without_id} street rows without a Crime ID left out", file=sys.stderr)
    case_events.write_lines(case_events.shaken(batches, options.shuffle, options.duplicate))
    return 0


if __name__ == "__main__":
    sys.exit(main())

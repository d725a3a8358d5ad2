"""Where the public data lies, and the truths in the engine's words.

CASECLOCK_REAL_DATA names a folder with uci_incidents/incident_event_log.csv.gz and
police_city_of_london/*.csv.gz. Without it the tests that need it say so and are skipped.
"""

import calendar
import datetime
import gzip
import hashlib
import os
import sys
import unittest

import case_events
import uci_incidents

# ctest's SKIP_RETURN_CODE: every test of the program was skipped.
SKIPPED = 77

FOLDER = os.environ.get("CASECLOCK_REAL_DATA", "")
SKIP_MESSAGE = "skipped: CASECLOCK_REAL_DATA is not set"

needed = unittest.skipUnless(FOLDER, SKIP_MESSAGE)


def uci_file():
    return os.path.join(FOLDER, "uci_incidents", "incident_event_log.csv.gz")


def police_folder():
    return os.path.join(FOLDER, "police_city_of_london")


def sha256_of_unzipped(path):
    with gzip.open(path, "rb") as content:
        return hashlib.sha256(content.read()).hexdigest()


def older(opened_at, instant, period):
    """Whether age at `instant` is strictly more than `period` (P<n>D)."""
    form = "%Y-%m-%dT%H:%M:%SZ"
    age = (datetime.datetime.strptime(instant, form)
           - datetime.datetime.strptime(opened_at, form))
    return age > datetime.timedelta(days=int(period[1:-1]))


def end_of(month):
    year, number = map(int, month.split("-"))
    return f"{month}-{calendar.monthrange(year, number)[1]:02}T23:59:59Z"


def uci_expected(figures):
    """Figures of scan.py or truths.py with the engine's codes in place of the file's words."""
    out = {k: v for k, v in figures.items() if k not in ("by_state", "by_priority", "by_group")}
    out["by_stage"] = {uci_incidents.STAGE[k]: v for k, v in figures["by_state"].items()}
    out["by_risk"] = {uci_incidents.PRIORITY[k]: v for k, v in figures["by_priority"].items()}
    out["by_queue"] = {uci_incidents.queue_of({"assignment_group": k}): v
                       for k, v in figures["by_group"].items()}
    return out


def police_queues(by_type):
    return {"police/" + case_events.slug(k): v for k, v in by_type.items()}


def main():
    """unittest.main, but a program whose real part was skipped says so with its own exit code."""
    if not FOLDER:
        print(SKIP_MESSAGE)
    result = unittest.main(module="__main__", exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.skipped else 0)

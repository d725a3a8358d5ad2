"""What the converters share: codes, envelopes and JSON lines. Standard library only."""

import json
import random
import re
import sys


def slug(text):
    """A code, [A-Za-z0-9_.:/+-]{1,64}: lower case, runs of anything else become '-'."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:64]


def event(source, event_id, case_id, occurred_at, kind, body, sequence=None):
    """One event in the JSON form of caseclock.v1.CaseEvent."""
    out = {"event_id": event_id, "source": source, "case_id": case_id, "occurred_at": occurred_at}
    if sequence is not None:
        out["sequence"] = sequence
    out[kind] = {name: value for name, value in body.items() if value}
    return out


def shaken(batches, shuffle_seed=None, duplicate_percent=0):
    """The events of `batches` (one list an input row), some batches twice, in order or shuffled.

    A row that is sent twice is sent twice whole. Seeded: the same arguments give the same list.
    """
    chance = random.Random(f"duplicate {shuffle_seed}")
    events = []
    for batch in batches:
        twice = chance.random() * 100 < duplicate_percent
        events.extend(batch * 2 if twice else batch)
    if shuffle_seed is not None:
        random.Random(f"shuffle {shuffle_seed}").shuffle(events)
    return events


def write_lines(events, out=sys.stdout):
    """JSON lines, compact, one event a line."""
    for each in events:
        out.write(json.dumps(each, separators=(",", ":"), ensure_ascii=False))
        out.write("\n")

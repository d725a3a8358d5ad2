"""The meaning of events in forty lines: what the engine must agree with, written without it.

A case is a fold over its events in the order (occurred_at, source, sequence, event_id); the same id
counts once; what lies before the referral takes effect at it.
"""

import collections

ENVELOPE = ("event_id", "source", "sequence", "case_id", "occurred_at", "actor")


def kind_of(event):
    return next(name for name in event if name not in ENVELOPE)


def _apply(view, event):
    kind = kind_of(event)
    body = event[kind]
    if kind == "referred":
        view.update(queue=body["queue"], risk=body.get("risk", ""), opened_at=event["occurred_at"])
    elif kind == "transferred":
        view["queue"] = body["queue"]
    elif kind in ("assigned", "unassigned"):
        view["handler"] = body.get("handler", "")
    elif kind == "assessed":
        view["risk"] = body["grade"]
    elif kind == "staged":
        view["stage"] = body["stage"]
    elif kind == "outcome":
        view["outcome"] = body["code"]
    elif kind in ("closed", "reopened"):
        view["closed"] = kind == "closed"


def ledgers(events):
    """case id → its distinct events in canonical order."""
    cases, seen = collections.defaultdict(list), set()
    for event in events:
        identity = (event["source"], event["event_id"])
        if identity not in seen:
            seen.add(identity)
            cases[event["case_id"]].append(event)
    for ledger in cases.values():
        ledger.sort(key=lambda e: (e["occurred_at"], e["source"], e.get("sequence", 0),
                                   e["event_id"]))
    return cases


def view_at(ledger, instant):
    """The view of a case at `instant`; None before its referral."""
    known = [e for e in ledger if e["occurred_at"] <= instant]
    referred = next((e for e in known if kind_of(e) == "referred"), None)
    if referred is None:
        return None
    view = dict(queue="", risk="", stage="", handler="", outcome="", closed=False, opened_at="")
    _apply(view, referred)
    for event in known:
        if event is not referred:
            _apply(view, event)
    return view


def views_at(cases, instant):
    """The views of all referred cases at `instant`, by case id."""
    views = {case_id: view_at(ledger, instant) for case_id, ledger in cases.items()}
    return {case_id: view for case_id, view in views.items() if view is not None}

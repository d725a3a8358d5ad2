"""The table: one row a measure, as Markdown."""

import statistics


def _at(result, *path):
    for name in path:
        result = result.get(name) if result else None
    return result


# Title, where the figure lies in a run, how it is written, the aim and what is not done, and
# whether both are parts of Kafka Streams' figure (else they are as they stand).
ROWS = (
    ("process CPU-seconds per million events", ("drain", "cpu_per_million"), "{:,.2f}", 0.1, 0.2,
     True),
    ("events/s", ("drain", "rate"), "{:,.0f}", None, None, False),
    ("events/s ÷ bare loop that writes the same bytes", ("drain", "of_same_bytes"), "{:.2f}", 0.6,
     0.3, False),
    ("events/s ÷ bare loop that copies the input", ("drain", "of_input"), "{:.2f}", None, None,
     False),
    ("alert of a breached referral, p99 at half load, ms", ("latency", "p99_ms"), "{:,.0f}", 50,
     100, False),
    ("the same, p50, ms", ("latency", "p50_ms"), "{:,.0f}", None, None, False),
    ("`kill -9` → first new commit, state there, s", ("drain", "kill_s"), "{:.2f}", 2, 5, False),
    ("the same on an empty disk, s", ("drain", "rebuild_first_s"), "{:.2f}", None, None, False),
    ("on an empty disk until all of the state is there, s", ("drain", "rebuild_s"), "{:.2f}", 0.2,
     0.5, True),
    ("peak RSS in the run that gives the rate, MiB", ("drain", "rss_mib"), "{:,.0f}", 512, 768,
     False),
)
SYSTEMS = ("caseclock", "streams", "bare")


def with_ratios(run):
    """Adds what needs more than one system."""
    ceiling = run.get("bare")
    if not ceiling:
        return
    for name in ("caseclock", "streams"):
        drain = _at(run, name, "drain")
        if drain:
            drain["of_input"] = drain["rate"] / ceiling["input"]["rate"]
    drain = run["caseclock"]["drain"]
    drain["of_same_bytes"] = drain["rate"] / ceiling["same_bytes_rate"]
    run["bare"]["drain"] = {**ceiling["input"], "of_input": 1.0}


def medians(runs):
    """{measure: {system: median}} over the runs."""
    result = {}
    for title, path, *_ in ROWS:
        result[title] = {}
        for system in SYSTEMS:
            found = [v for v in (_at(run, system, *path) for run in runs) if v is not None]
            if found:
                result[title][system] = statistics.median(found)
    return result


def markdown(runs, heading, notes):
    figures = medians(runs)
    lines = [heading, "", "| measure | Caseclock | Kafka Streams | bare loop | Caseclock ÷ Kafka "
             "Streams | aim | not done below |", "|---|---|---|---|---|---|---|"]
    for title, _, form, aim, limit, relative in ROWS:
        row = figures[title]
        cells = [form.format(row[s]) if s in row else "–" for s in SYSTEMS]
        ratio = "–"
        if "caseclock" in row and row.get("streams"):
            ratio = f"{row['caseclock'] / row['streams']:.2f}"
        bounds = ["–" if b is None else f"{b:g} of it" if relative else f"{b:g}"
                  for b in (aim, limit)]
        lines.append("| " + " | ".join([title, *cells, ratio, *bounds]) + " |")
    return "\n".join([*lines, "", *notes])

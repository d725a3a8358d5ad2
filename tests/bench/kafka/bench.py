"""The engine on Kafka against others on the same broker: see deploy/bench."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measures  # noqa: E402
import peers  # noqa: E402
import table  # noqa: E402
from ours import EVENTS_A_CASE, METER, PROGRAM, Caseclock  # noqa: E402
from processes import Broker, Failed, Progress, end_all, fresh, say  # noqa: E402

UNAVAILABLE, INTERRUPTED = 69, 130


def parse():
    parser = argparse.ArgumentParser(prog="deploy/bench", description="The engine on Kafka, "
                                     "measured against other programs on the same broker.")
    parser.add_argument("--job", choices=("plain", "force"), default="plain",
                        help="the one of Kafka Streams, two clocks a case (default), or the four "
                        "queues of the shipped policies")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--events", type=int, metavar="N", help="about so many (default: 700,000)")
    size.add_argument("--cases", type=int, metavar="N", help=f"about {EVENTS_A_CASE} events each")
    parser.add_argument("--peers", metavar="DIR", help="folder with kafka-streams and "
                        "bare-librdkafka; without it only the engine is measured")
    parser.add_argument("--runs", type=int, default=1, metavar="N",
                        help="all of it so often, each on a fresh broker; the table has medians")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), metavar="N",
                        help="of each program (default: %(default)s, one a core)")
    parser.add_argument("--partitions", type=int, default=8, metavar="N",
                        help="of the engine's topics; those of Kafka Streams are 8")
    parser.add_argument("--memory", metavar="BYTES", help="the engine's --memory, as 256M")
    parser.add_argument("--waits", type=int, default=30, metavar="PERCENT",
                        help="how slow the simulated force is (default: %(default)s)")
    parser.add_argument("--commit-records", type=int, default=5000, metavar="N",
                        help="of the bare loop (default: 5000)")
    parser.add_argument("--seconds", type=int, default=20, metavar="N",
                        help="that latency is measured; 0 leaves it out (default: 20)")
    parser.add_argument("--warm", type=int, default=5, metavar="N",
                        help="seconds of the same feed before that (default: 5)")
    parser.add_argument("--rate", type=int, metavar="N", help="events/s then (default: half of "
                        "what each program did)")
    parser.add_argument("--dir", metavar="DIR", help="where broker, state and logs go: new, "
                        "kept (default: deleted at the end)")
    parser.add_argument("--format", choices=("markdown", "json"), default="markdown")
    settings = parser.parse_args()
    settings.events = settings.events or (settings.cases or 100_000) * EVENTS_A_CASE
    return settings


def measure_latency(settings, address, directory, drained, events, where=None):
    """Half of the rate that was measured, with a state beside it."""
    rate = settings.rate or int(drained["rate"] / 2)
    if where is None:
        system = Caseclock(settings, address, directory, "live", "force", live=True)
        system.load(min(settings.events, 1_000_000))

        def load(rate, process):
            progress = Progress(METER, address, system.topic, system.group, directory)
            try:
                progress.until(progress.end, process, "Caseclock, what is there before")
            finally:
                progress.stop()
            return system.latency(rate)
    else:
        system = peers.Streams(settings, address, directory, where, live=True)

        def load(rate, _):
            return system.latency(rate, min(events, 1_000_000))
    return measures.latency(system, load, rate)


def measure(settings, built, directory):
    """One run of everything on one broker."""
    say("  starting the broker")
    with Broker(directory) as broker:
        ours = Caseclock(settings, broker.address, directory, "bench", settings.job)
        say(f"  sending {settings.events:,} events")
        ours.load(settings.events)
        events = ours.sizes()["events"]["records"]
        result = {"events": events, "caseclock": {}, "streams": {}}
        mine, theirs = result["caseclock"], result["streams"]
        mine["drain"] = measures.drain(ours, events, broker)
        if "bare-librdkafka" in built:
            bare = peers.Bare(settings, broker.address, directory, built["bare-librdkafka"])
            result["bare"] = measures.ceilings(ours, mine["drain"], bare)
        streams = built.get("kafka-streams")
        if streams:
            peer = peers.Streams(settings, broker.address, directory, streams)
            peer.load(events)
            theirs["drain"] = measures.drain(peer, events, broker)
        if settings.seconds > 0:
            mine["latency"] = measure_latency(settings, broker.address, directory, mine["drain"],
                                              events)
            if streams:
                theirs["latency"] = measure_latency(settings, broker.address, directory,
                                                    theirs["drain"], events, streams)
    table.with_ratios(result)
    return result


def tell(settings, runs, skipped):
    job = {"plain": "two clocks a case", "force": "the shipped policies"}[settings.job]
    heading = (f"{runs[0]['events']:,} events, {job}, {settings.threads} threads each, "
               f"{settings.partitions} partitions, broker on the same {os.cpu_count()} cores")
    if len(runs) > 1:
        heading += f", medians of {len(runs)} runs"
    notes = [f"skipped: {reason}" for reason in skipped]
    for name in ("caseclock", "streams"):
        for run_ in runs:
            found = run_[name].get("latency")
            if found:
                notes.append(f"half load of {name}: {found['rate']:,} events/s, "
                             f"{found['samples']} alerts")
    if settings.format == "json":
        print(json.dumps({"heading": heading, "skipped": skipped, "figures": table.medians(runs),
                          "runs": runs}, indent=1))
    else:
        print(table.markdown(runs, heading, notes))


def main():
    settings = parse()
    skipped, built = [], {}
    for program in (PROGRAM, METER):
        if not os.access(program, os.X_OK):
            raise Failed(f"Expected {program}, but it is not built: deploy/bench builds it")
    if settings.peers:
        built, skipped = peers.find(os.path.abspath(settings.peers))
    else:
        skipped.append("Kafka Streams and the bare loop: no --peers DIR was given")
    if settings.seconds <= 0:
        skipped.append("latency: --seconds 0")
    if settings.dir and os.path.exists(settings.dir) and os.listdir(settings.dir):
        raise Failed(f"Expected --dir {settings.dir} to be new or empty, but it holds something")
    base = os.path.abspath(settings.dir or tempfile.mkdtemp(prefix="caseclock-bench-"))
    try:
        runs = []
        for number in range(1, settings.runs + 1):
            say(f"run {number} of {settings.runs}")
            runs.append(measure(settings, built, fresh(os.path.join(base, f"run-{number}"))))
        tell(settings, runs, skipped)
    finally:
        end_all()
        if not settings.dir:
            shutil.rmtree(base, ignore_errors=True)
    return 0


def interrupt(*_):
    """Once: what is cleared away then is not to be interrupted again."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wanted, interrupt)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("stopped; everything that was started is ended")
        sys.exit(INTERRUPTED)
    except Failed as failed:
        say(f"deploy/bench: {failed}")
        sys.exit(UNAVAILABLE)

"""What is measured, of one system or another alike, from outside."""

import time

from ours import METER
from processes import Failed, Progress, fresh, say

KILLED_AT = 0.8  # of the events
WHOLE_WITHIN = 600  # seconds


def _kill_and_wait(system, process, progress, wiped):
    """kill -9, then a new process: that, when it was started and when its first new commit came."""
    process.kill()
    if wiped:
        fresh(system.state)
    base = progress.settled()
    # A small load is done by now, and there must be something left to do.
    if progress.end - base < 1000:
        system.top_up()
    began = time.time()
    process = system.start()
    at, _ = progress.until(base + 1, process)
    return process, began, at


def _when_whole(system, process):
    """When all of its state was there, as it says itself."""
    for _ in range(WHOLE_WITHIN * 20):
        process.check()
        at = system.whole(process)
        if at is not None:
            return at
        time.sleep(0.05)
    raise Failed(f"Expected {system.name} to have all of its state within {WHOLE_WITHIN} s of its "
                 f"first commit, but: {process.log()[-2000:]}")


def _deaths(system, process, progress, result):
    """Two of them; the process of after the second."""
    process, began, first = _kill_and_wait(system, process, progress, wiped=False)
    result["kill_s"] = first - began
    process, began, first = _kill_and_wait(system, process, progress, wiped=True)
    result["rebuild_first_s"] = first - began
    # What is there and does nothing yet does not count as there.
    result["rebuild_s"] = max(first, _when_whole(system, process)) - began
    say(f"    {result['kill_s']:.2f} s to the first new commit, on an empty disk "
        f"{result['rebuild_first_s']:.2f} s, and {result['rebuild_s']:.2f} s until all is there")
    return process


def drain(system, events, broker):
    """From an empty state to KILLED_AT of the input, then two deaths: with the state directory
    kept, and emptied. {rate, cpu_per_million, rss_mib, kill_s, rebuild_s, …}."""
    say(f"  {system.name}: {events:,} events, then kill -9 with the state there, and without it")
    broker_cpu = broker.cpu_seconds()
    progress = Progress(METER, broker.address, system.topic, system.group, system.directory)
    process = system.start()
    try:
        at, done = progress.until(max(1, int(events * KILLED_AT)), process, system.name)
        cpu, broker_used = process.cpu_seconds(), broker.cpu_seconds() - broker_cpu
        result = {"events": done, "rss_mib": process.peak_rss_mib()}
        began = system.began(process)
        if began is None:
            raise Failed(f"Expected {system.name} to say when it began, but it did not: "
                         f"{process.log()[-2000:]}")
        result["seconds"] = at - began[0]
        result["rate"] = done / result["seconds"]
        result["cpu_per_million"] = (cpu - began[1]) / done * 1e6
        result["broker_cpu_per_million"] = broker_used / done * 1e6
        say(f"    {result['rate']:,.0f} events/s, {result['cpu_per_million']:.1f} CPU-s a million, "
            f"{result['rss_mib']:,.0f} MiB")
        process = _deaths(system, process, progress, result)
        process.stop()
        result["committed"] = progress.settled()
        return result
    finally:
        process.kill()
        progress.stop()


def latency(system, load, rate):
    """At a steady rate, once the events that were there are done: {rate, p50_ms, p99_ms, …}."""
    say(f"  {system.name}: latency at {rate:,.0f} events/s")
    process = system.start()
    try:
        result = load(rate, process)
        say(f"    p50 {result['p50_ms']:.0f} ms, p99 {result['p99_ms']:.0f} ms")
        return result
    finally:
        process.stop()


def ceilings(ours, drained, bare):
    """The bare loop on the same broker: copying the engine's input, and copying its output."""
    say("  bare loop: the engine's input, then its output, copied")
    events = drained["committed"]
    outputs = ours.sizes()
    read = outputs.pop("events")["records"]  # all of them: what it had fetched in vain would count
    written = sum(topic["bytes"] for topic in outputs.values())
    to = ours.prefix + ".rejects"  # of as many partitions; its records are counted by now
    inputs = bare.copy(ours.topic, read, to)
    cases = bare.copy(ours.prefix + ".cases", outputs["cases"]["records"], to)
    share = outputs["cases"]["bytes"] / written
    same_bytes = events / (cases["seconds"] / share)
    say(f"    {inputs['rate']:,.0f} events/s by copying the input; {same_bytes:,.0f} by writing "
        f"the same {written / events:,.0f} bytes an event")
    return {"input": inputs, "same_bytes_rate": same_bytes, "cases_share": share,
            "bytes_an_event": written / events, "outputs": outputs}

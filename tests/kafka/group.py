"""A group of engines on a broker under load, to be cruel to, and how it is judged afterwards.

The load is a simulated history, sent in parts by `caseclock send`. Engines live in log time, so
that the auditor (kafka_audit) works out every byte again from the topics. An undisturbed run of the
same history on the embedded log says what views, figures and standing alerts must be.

A group is also the supervisor of its engines: one that ends with 75, a temporary failure, is
started again, as an init system would; it is told, because on a quiet machine none should.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engines_test import (LONG_SESSION, PATIENCE, POLICIES, Engine, program,  # noqa: E402
                          standing, without_offsets)
from program import expect, until  # noqa: E402

AUDIT = os.environ.get("CASECLOCK_KAFKA_AUDIT", os.path.join(
    program.ROOT, "build", "release", "tests", "kafka_audit"))
# Long past, so that everything is told after the fact whatever the machine's date.
END, LATER = "2025-06-01T00:00:00Z", "2025-06-02T00:00:00Z"
LOG_TIME = ("--clock", "log", "--until", LATER)
NO_LATER = ("--clock", "log")  # no later than the input


def say(text):
    print(text, flush=True)


class History:
    """Simulated events, in parts; and what they come to when nothing disturbs."""

    def __init__(self, base, seed, cases, parts):
        base = tempfile.mkdtemp(dir=base)
        self.path = os.path.join(base, "history.jsonl")
        expect(program.DONE, "simulate", "--seed", str(seed), "--cases", str(cases), "--end", END,
               "--quiet", "--out", self.path)
        with open(self.path, "rb") as file:
            lines = file.readlines()
        self.events = len(lines)
        self.parts = [b"".join(lines[len(lines) * i // parts:len(lines) * (i + 1) // parts])
                      for i in range(parts)]
        data = os.path.join(base, "undisturbed")
        expect(program.DONE, "send", "--timestamps", "occurred", "--quiet", self.path,
               "--data", data)
        expect(program.DONE, "run", "--data", data, "--until-idle", *LOG_TIME, "--quiet",
               "--policy", POLICIES, seconds=PATIENCE)
        self.figures = without_offsets(program.ask("backlog", "--data", data, "--at", LATER,
                                                   "--known", "now"))
        self.standing = standing(program.ask("alerts", "list", "--data", data, "--standing",
                                             "--limit", "100000"))
        self.views = audit("--data", data)[1]
        assert len(self.standing) > 10 and len(self.views) > cases / 2


def differences(expected, found, place=""):
    """Where two answers differ, a line each."""
    if isinstance(expected, dict) and isinstance(found, dict):
        pairs = [(key, expected.get(key), found.get(key)) for key in expected | found]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = list(zip(range(len(expected)), expected, found))
    else:
        return [] if expected == found else [f"{place}: expected {expected}, found {found}"]
    return [line for key, one, other in pairs
            for line in differences(one, other, f"{place}/{key}")]


def audit(*arguments):
    """What kafka_audit counts, and the views; fails with what it says if anything differs."""
    path = os.path.join(tempfile.gettempdir(), f"caseclock-views-{uuid.uuid4().hex}")
    try:
        done = subprocess.run([AUDIT, *arguments, "--views", path], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)
        if done.returncode != 0:
            raise AssertionError(f"Expected kafka_audit to find nothing, but it ended with "
                                 f"{done.returncode}:\n{done.stdout}{done.stderr}")
        with open(path, encoding="utf-8") as file:
            views = file.read().splitlines()
        counts = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
        return {name: int(count) for name, count in counts.items()}, views
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)


class Load:
    """Sends parts in a thread of its own, each once it is released; what fails is sent again."""

    def __init__(self, topics, parts):
        self.topics, self.parts = topics, parts
        self.sent, self.repeats = 0, 0
        self._released, self._over, self._changed = 0, False, threading.Condition()
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        for part in self.parts:
            with self._changed:
                self._changed.wait_for(lambda: self._over or self.sent < self._released)
                if self._over:
                    break
            deadline = time.monotonic() + PATIENCE
            while not self._send(part):
                self.repeats += 1
                if time.monotonic() > deadline:
                    self.ended.set()
                    return
            self.sent += 1
        self.ended.set()

    def _send(self, part):
        try:
            return program.command("send", "--timestamps", "occurred", "--quiet", "-",
                                   *self.topics, stdin=part).returncode == program.DONE
        except subprocess.TimeoutExpired:
            return False

    def release(self, parts):
        with self._changed:
            self._released = min(self._released + parts, len(self.parts))
            self._changed.notify_all()

    def until_sent(self):
        """Waits for what was released."""
        until("the load to be sent", lambda: self.sent >= self._released or self.ended.is_set(),
              PATIENCE)
        assert self.sent >= self._released, f"Expected parts to be sent, but {self.sent} were"

    def finish(self):
        self.release(len(self.parts))
        self.until_sent()

    def stop(self):
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join(PATIENCE)


class Group:
    """Topics and engines of one test on a broker; ends everything with the `with` block."""

    def __init__(self, address, base, history, *options, partitions=6, session=LONG_SESSION,
                 clock=LOG_TIME):
        """options: of every engine."""
        self.prefix = "g" + uuid.uuid4().hex[:12]
        self.partitions = partitions
        self.options, self.session, self.restarts = (*clock, *options), session, 0
        self.restarts_at_work = 0  # those before the stop
        self.finishing = False  # all that is left is to stop
        self.topics = ("--brokers", address, "--topic-prefix", self.prefix)
        self.member = (*self.topics, "--group", self.prefix)
        self.address, self.base, self.history = address, base, history
        self.engines, self._arguments = {}, {}
        expect(program.DONE, "topics", "create", *self.topics, "--partitions", str(partitions),
               "--event-time", "created", seconds=PATIENCE)
        expect(program.DONE, "policy", "activate", POLICIES, *self.topics, seconds=PATIENCE)
        self.load = Load(self.topics, history.parts)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for engine in self.engines.values():
            engine.kill()
        self.load.stop()

    def state(self, name):
        return os.path.join(self.base, self.prefix + "-" + name)

    def start(self, name, *arguments, state=None, standby_of=None):
        """Another process of that name, in place of the one that ended."""
        self._arguments[name] = (arguments, state or self.state(name), standby_of)
        return self._start(name)

    def _start(self, name):
        arguments, state, standby_of = self._arguments[name]
        self.engines[name] = Engine(self.member, name, state, *self.options, *arguments,
                                    session=self.session, standby_of=standby_of)
        return self.engines[name]

    def start_all(self, *names):
        for name in names:
            self.start(name)
        self.until_started(*names)

    def until_started(self, *names):
        def started():
            self.tend()
            return all("engine started" in self.engines[name].log() for name in names)

        until(f"engines {', '.join(names)} to start", started, PATIENCE)

    def tend(self):
        """Starts again what ended with 75; fails when an engine ended otherwise."""
        for name, engine in list(self.engines.items()):
            code = engine.process.poll()
            if code == program.TRY_AGAIN:
                self._again(name, engine)
            elif code is not None:
                raise AssertionError(f"Expected engine {name} to run, but it ended with {code}:\n"
                                     f"{engine.log()}")

    def _again(self, name, engine):
        self.restarts += 1
        say(f"engine {name} ended with {program.TRY_AGAIN} and is started again: "
            f"{engine.log().splitlines()[-1:]}")
        self._start(name)

    def stop(self, name):
        """A clean stop, and the engine that came to it; one that did not come through is made up
        for by another start."""
        def stopped():
            engine = self.engines[name]
            code = engine.stop()
            if code == program.TRY_AGAIN:
                self._again(name, engine)
                self.until_started(name)
                if self.finishing:
                    self.until_told()  # what it was stopped in the midst of
                return False
            assert code == program.DONE, f"Expected engine {name} to end with 0, but got {code}:" \
                                         f"\n{engine.log()}"
            return self.engines.pop(name)

        until(f"engine {name} to stop", stopped, PATIENCE)

    def until_some_commits(self, before):
        """More output than `before`, an earlier end_of_cases()."""
        try:
            until("new commits", lambda: self.tend() or self.end_of_cases() > before, PATIENCE)
        except AssertionError as failed:
            raise AssertionError(f"{failed}\n{self._logs()}") from None

    def _logs(self):
        """The ends of what the engines said."""
        return "\n".join(engine.log()[-30000:] for engine in self.engines.values())

    def end_of_cases(self):
        """Offsets of `cases`, all partitions together: they rise by each commit."""
        return sum(self.ends_of_cases())

    def ends_of_cases(self):
        """The same of each partition."""
        return until("the ends of all partitions", self._ends_of_cases, PATIENCE)

    def _ends_of_cases(self):
        """Of each partition; None while one has no leader."""
        said = subprocess.run(
            ["kcat", "-Q", "-b", self.address,
             *[word for number in range(self.partitions)
               for word in ("-t", f"{self.prefix}.cases:{number}:-1")]],
            capture_output=True, text=True, timeout=60, check=False).stdout
        ends = [int(end) for end in re.findall(r"offset (\d+)$", said, re.MULTILINE)]
        return ends if len(ends) == self.partitions else None

    def finish(self):
        """Sends what is left, waits until all is told, stops all engines, and judges."""
        self.load.finish()
        self.finishing = True
        self.until_told()
        self.restarts_at_work = self.restarts
        for name in list(self.engines):
            self.stop(name)
        return self.judge()

    def until_told(self):
        """Until figures and standing alerts are those of an undisturbed run. Figures may be first:
        they are worked out for an instant at which not every partition has told its alerts."""
        found = {}

        def told():
            self.tend()
            try:
                found["figures"] = without_offsets(program.ask("backlog", *self.topics))
                found["standing"] = self.standing()
            except AssertionError as refused:
                if f"but got {program.UNAVAILABLE}" not in str(refused):
                    raise
                return False  # a broker that is busy: asked again, for as long as there is patience
            return found["figures"] == self.history.figures and \
                found["standing"] == self.history.standing

        try:
            until("the figures and alerts of an undisturbed run", told, PATIENCE)
        except AssertionError as failed:
            lines = differences(self.history.figures, found.get("figures", []))[:50]
            raise AssertionError("\n".join([str(failed), *lines, self._logs()])) from None

    def standing(self):
        return standing(program.ask("alerts", "list", *self.topics, "--standing", "--limit",
                                    "100000"))

    def audit(self):
        """What the auditor counts, and the views; all must be as it works out."""
        counts, views = audit(*self.member)
        assert counts["commits"] > 0 and counts["alerts compared"] == counts["alerts told"], counts
        return counts, views

    def judge(self):
        counts, views = self.audit()
        assert views == self.history.views, "Expected the views of an undisturbed run, but " + \
            str(sorted(set(views) ^ set(self.history.views))[:10]) + " differ"
        alerts = self.standing()
        assert alerts == self.history.standing, "Expected the standing alerts of an undisturbed " \
            "run, but " + str(sorted(set(alerts) ^ set(self.history.standing))[:10]) + " differ"
        assert counts["alerts told"] >= len(alerts), counts
        expect(program.DONE, "state", "verify", *self.member, seconds=PATIENCE)
        say("audited: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
        return counts


class Watch:
    """When records of `cases` became visible, by partition, as a foreign client sees it (kcat)."""

    def __init__(self, group):
        self.seen = []  # (time, partition)
        self.process = subprocess.Popen(
            ["kcat", "-C", "-u", "-q", "-b", group.address, "-t", group.prefix + ".cases", "-o",
             "end", "-X", "isolation.level=read_committed", "-f", "%p\n"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            preexec_fn=program.die_with_parent)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.seen.append((time.monotonic(), int(line)))

    def first_after(self, moment, partitions):
        return next((t for t, number in list(self.seen) if t > moment and number in partitions),
                    None)

    def last_before(self, moment, partitions):
        return max((t for t, number in list(self.seen) if t <= moment and number in partitions),
                   default=None)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()


def restored(engine, since=0):
    """The partitions that an engine says it has restored, from that place of its log on."""
    return {int(word.split("=")[1]) for line in engine.log()[since:].splitlines()
            if "partition restored" in line for word in line.split()
            if word.startswith("partition=")}


def need_kcat():
    return None if shutil.which("kcat") else "kcat is not installed (deploy/install brings it)"

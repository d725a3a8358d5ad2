"""Processes of a bench: started, measured by what the kernel says of them, ended for certain."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
TICKS = os.sysconf("SC_CLK_TCK")
_LIBC = ctypes.CDLL(None)


class Failed(Exception):
    """What was expected and what was found; ends the bench with this message."""


def say(text):
    """Progress: standard output is for the table alone."""
    print(text, file=sys.stderr, flush=True)


def _die_with_parent():
    """A bench that is killed leaves no program behind (prctl PR_SET_PDEATHSIG)."""
    _LIBC.prctl(1, signal.SIGKILL)


def tail(path, lines=15):
    with open(path, encoding="utf-8", errors="replace") as text:
        return "".join(text.readlines()[-lines:])


class Process:
    """A program that runs beside the bench; what it says goes to `log`."""

    running = set()

    def __init__(self, arguments, log, pipe=False, environment=None):
        self.arguments, self.log_path = arguments, log
        with open(log, "ab") as out:
            # A session of its own: Ctrl-C reaches the bench, which ends them in its own order.
            self.popen = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if pipe else out,
                stderr=out, text=pipe, env=environment, start_new_session=True,
                preexec_fn=_die_with_parent)
        self.pid = self.popen.pid
        Process.running.add(self)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as text:
            return text.read()

    def check(self):
        code = self.popen.poll()
        if code is not None:
            raise Failed(f"Expected {' '.join(self.arguments[:2])} to run on, but it ended with "
                         f"{code}:\n{tail(self.log_path)}")

    def cpu_seconds(self):
        """User and system time of all its threads."""
        return cpu_seconds(self.pid)

    def peak_rss_mib(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
        raise Failed(f"Expected a peak of memory of process {self.pid}, but the kernel gives none")

    def kill(self):
        """kill -9."""
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()
        Process.running.discard(self)

    def stop(self, seconds=60):
        """Asks it to end, waits, insists."""
        self.popen.terminate()
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        self.kill()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        # After the name, which may hold anything: utime and stime are fields 14 and 15.
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def end_all():
    for process in list(Process.running):
        process.kill()


def run(arguments, log, environment=None, cwd=None):
    """Runs a command to its end and answers what it printed."""
    with open(log, "ab") as errors:
        done = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=errors, text=True, env=environment, cwd=cwd,
                                start_new_session=True, preexec_fn=_die_with_parent)
        try:
            out, _ = done.communicate()
        except BaseException:
            os.killpg(done.pid, signal.SIGKILL)
            done.wait()
            raise
    if done.returncode != 0:
        raise Failed(f"Expected {' '.join(arguments[:2])} to end with 0, but it ended with "
                     f"{done.returncode}:\n{out[-2000:]}{tail(log)}")
    return out


class Broker:
    """A Kafka broker of the bench's own, by deploy/kafka; gone with the `with` block."""

    def __init__(self, directory):
        self.directory, self.log = os.path.join(directory, "broker"), directory + "/broker.log"
        self.environment = {"CASECLOCK_KAFKA_HEAP": "1g", **os.environ}
        self.address = ""

    def _deploy(self, command):
        return run([os.path.join(ROOT, "deploy", "kafka"), command, "--dir", self.directory],
                   self.log, self.environment).strip()

    def __enter__(self):
        try:
            self.address = self._deploy("start")
        except BaseException:
            if os.path.exists(self.directory):  # else it never began
                self._deploy("remove")
            raise
        with open(os.path.join(self.directory, "1", "pid"), encoding="ascii") as pid:
            self.pid = int(pid.read())
        return self

    def __exit__(self, *unused):
        end_all()
        self._deploy("remove")

    def cpu_seconds(self):
        return cpu_seconds(self.pid)


class Progress:
    """How far a group has come in a topic, as kafka_meter sees it from outside."""

    def __init__(self, meter, address, topic, group, directory):
        self.seen = []  # (seconds since 1970, events committed), rising
        self.end = None  # events of the topic, when this began
        self._changed = threading.Condition()
        self._process = Process([meter, "progress", "--brokers", address, "--topic", topic,
                                 "--group", group], directory + "/progress.log", pipe=True)
        threading.Thread(target=self._read, daemon=True).start()
        self._wait(lambda: self.seen, self._process, None)

    def _read(self):
        for line in self._process.popen.stdout:
            first, second = line.split()
            with self._changed:
                if first == "end":
                    self.end = int(second)
                else:
                    self.seen.append((float(first), int(second)))
                self._changed.notify_all()

    def _wait(self, condition, process, title):
        told = time.monotonic()
        with self._changed:
            while not condition():
                self._changed.wait(0.5)
                process.check()
                self._process.check()
                if title and time.monotonic() - told > 5:
                    told = time.monotonic()
                    say(f"    {title}: {self.committed():,} of {self.end:,} events")

    def committed(self):
        return self.seen[-1][1] if self.seen else 0

    def until(self, events, process, title=None):
        """The first (time, events) with at least so many; fails when the process ends before."""
        self._wait(lambda: self.committed() >= events, process, title)
        return next(seen for seen in self.seen if seen[1] >= events)

    def settled(self):
        """What is committed once nothing is under way any more: of a group that has just died."""
        time.sleep(0.1)
        return self.committed()

    def stop(self):
        self._process.kill()


def fresh(directory):
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    return directory

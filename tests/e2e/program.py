"""The program under test, from outside: commands, a running server, and waiting with a deadline.

CASECLOCK_PROGRAM names the program (default: build/release/caseclock). Standard library only.
"""

import contextlib
import ctypes
import datetime
import http.client
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("CASECLOCK_PROGRAM", os.path.join(ROOT, "build", "release", "caseclock"))

# Settings of whoever runs the tests must not reach the program: every option is a variable too.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if not name.startswith("CASECLOCK_")}

DONE, USAGE, BAD_DATA, NO_INPUT, UNAVAILABLE = 0, 64, 65, 66, 69
DEFECT, INPUT_OUTPUT, TRY_AGAIN, CONFIGURATION = 70, 74, 75, 78


_LIBC = ctypes.CDLL(None)


def die_with_parent():
    """A test that is killed leaves no program behind (prctl PR_SET_PDEATHSIG)."""
    _LIBC.prctl(1, signal.SIGKILL)


def ago(seconds=0, **parts):
    """The instant so long ago, as events write it; negative: so far ahead."""
    then = datetime.datetime.now(datetime.timezone.utc)
    then -= datetime.timedelta(seconds=seconds, **parts)
    return then.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def event(event_id, case_id, occurred_at, source="e2e", **body):
    """An event; the one keyword is its kind: referred={"queue": …}."""
    return {"event_id": event_id, "source": source, "case_id": case_id,
            "occurred_at": occurred_at, **body}


def until(what, condition, seconds=30):
    """Waits until condition() is true and answers it; fails, saying `what`, after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"Expected {what} within {seconds} s, but it did not come about")
        pause.wait(0.02)


def command(*arguments, stdin="", seconds=120, **options):
    """Runs a command to its end. stdin: text or bytes."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run([PROGRAM, *arguments], input=data, capture_output=True, timeout=seconds,
                          env=ENVIRONMENT, check=False, **options)
    done.out = done.stdout.decode(errors="replace")
    done.err = done.stderr.decode(errors="replace")
    return done


def expect(code, *arguments, **options):
    """As command(), but fails with everything said unless the exit code is `code`."""
    done = command(*arguments, **options)
    if done.returncode != code:
        raise AssertionError(f"Expected exit code {code} of {' '.join(arguments)}, but got "
                             f"{done.returncode}:\n{done.err}\n{done.out}")
    return done


def ask(*arguments, **options):
    """The JSON that a command prints."""
    return json.loads(expect(DONE, *arguments, "--format", "json", **options).out)


def lines(events):
    return "".join(json.dumps(event) + "\n" for event in events)


@contextlib.contextmanager
def folder():
    """A new empty folder, gone afterwards."""
    path = tempfile.mkdtemp(prefix="caseclock-test-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`caseclock run` on a data directory. Ends with the `with` block, whatever happens in it."""

    def __init__(self, data, *arguments, ready=True):
        self.data, self.port = data, free_port()
        self.log_path = data.rstrip("/") + ".server-log"
        self._log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [PROGRAM, "run", "--data", data, "--listen", f"127.0.0.1:{self.port}", *arguments],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, env=ENVIRONMENT,
            preexec_fn=die_with_parent)
        if ready:
            try:
                self.until_ready()
            except BaseException:
                self.kill()
                raise

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.kill()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as text:
            return text.read()

    def until_ready(self, seconds=60):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"Expected the server to run, but it ended with "
                                     f"{self.process.returncode}:\n{self.log()}")
            try:
                return self.get("/readyz")[0] == 200
            except OSError:
                return False

        until("the server to be ready", ready, seconds)

    def request(self, method, path, body=None, content_type="application/json", seconds=60,
                headers=()):
        """(status, body as text)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            own = {"Content-Type": content_type} if body is not None else {}
            connection.request(method, path, body=body, headers=own | dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def get(self, path):
        return self.request("GET", path)

    def json(self, path):
        status, body = self.get(path)
        assert status == 200, (status, body)
        return json.loads(body)

    def post(self, body, content_type="application/json"):
        return self.request("POST", "/v1/events", body, content_type)

    def send(self, *events):
        """Posts events that must be accepted."""
        status, body = self.post(json.dumps(list(events)))
        assert status == 202, (status, body)
        return json.loads(body)

    def backlog(self, queue_name):
        """The figures of a queue; None while there are none."""
        status, body = self.get("/v1/backlog/" + urllib.parse.quote(queue_name, safe=""))
        return json.loads(body) if status == 200 else None

    def case(self, case_id):
        status, body = self.get("/v1/cases/" + urllib.parse.quote(case_id, safe=""))
        return json.loads(body) if status == 200 else None

    def stop(self, seconds=30):
        """Asks it to end, as Ctrl-C does; answers its exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(seconds)
        self._log.close()
        return code

    def kill(self):
        """kill -9."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()


class Stream:
    """Server-sent events of /v1/stream, read by a thread."""

    def __init__(self, server):
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._connection.request("GET", "/v1/stream")
        self._socket = self._connection.sock  # the answer may take it over
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.status
        self.content_type = self._answer.headers.get("Content-Type", "")
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException, AttributeError):
            for line in self._answer:
                self._lines.put(line.decode(errors="replace").rstrip("\r\n"))

    def next_matching(self, matches, seconds=30):
        """The first event from now on whose (name, data) matches(name, data)."""
        deadline = time.monotonic() + seconds
        name, data = "message", []
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"Expected an event on the stream in {seconds} s") from None
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                data.append(line[5:].strip())
            elif not line:
                if data and matches(name, "\n".join(data)):
                    return name, "\n".join(data)
                name, data = "message", []

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._connection.close()

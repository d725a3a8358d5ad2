"""A real browser without a window, driven over its debugging pipe (Chrome DevTools Protocol).

CASECLOCK_BROWSER names it; else the first of the usual names that there is. Standard library only.
"""

import base64
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import program  # noqa: E402
from program import until  # noqa: E402

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def found():
    """The browser there is; None without one."""
    names = [os.environ["CASECLOCK_BROWSER"]] if "CASECLOCK_BROWSER" in os.environ else NAMES
    return next((path for path in map(shutil.which, names) if path), None)


class Browser:
    """Ends with the `with` block."""

    def __init__(self, path):
        self._home = tempfile.mkdtemp(prefix="caseclock-browser-")
        to_read, self._to = os.pipe()
        self._from, from_write = os.pipe()
        # It expects its ends as 3 and 4, which may be taken by the ends here.
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (to_read, from_write)]

        def set_up():
            program.die_with_parent()
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [path, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-dev-shm-usage",
             "--remote-debugging-pipe", f"--user-data-dir={self._home}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=set_up)
        for fd in (to_read, from_write, *ends):
            os.close(fd)
        self._last, self._rest = 0, b""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        # Asked to, it ends its helpers and what they write before itself; killed, it leaves them
        # behind, at work in its home.
        with contextlib.suppress(OSError, AssertionError):
            self.ask("Browser.close")
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._to)
        os.close(self._from)

        def gone():
            shutil.rmtree(self._home, ignore_errors=True)
            return not os.path.exists(self._home)

        until(f"{self._home} to be gone", gone)

    def ask(self, method, session=None, **parameters):
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") != self._last:
                continue  # an event, which nobody waits for
            if "error" in answer:
                raise AssertionError(f"Expected {method} to work, but: {answer['error']}")
            return answer["result"]

    def _next(self):
        while b"\0" not in self._rest:
            some = os.read(self._from, 65536)
            if not some:
                raise AssertionError("Expected an answer of the browser, but it has ended")
            self._rest += some
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def open(self, url, width=1280, height=900):
        return Tab(self, url, width, height)


class Tab:
    def __init__(self, browser, url, width, height):
        self._browser = browser
        self.target = browser.ask("Target.createTarget", url="about:blank",
                                  newWindow=True)["targetId"]
        self._session = browser.ask("Target.attachToTarget", targetId=self.target,
                                    flatten=True)["sessionId"]
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)
        self.ask("Page.navigate", url=url)

    def ask(self, method, **parameters):
        return self._browser.ask(method, self._session, **parameters)

    def run(self, expression):
        """The value of a JavaScript expression."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True,
                          awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"Expected {expression} to work, but: "
                                 f"{answer['exceptionDetails']}")
        return answer["result"].get("value")

    def text(self, selector):
        """What can be read there, in one line; None: nothing is there or it is hidden."""
        words = self.run(f"(() => {{ const node = document.querySelector({json.dumps(selector)});"
                         " return node && node.offsetParent ? node.innerText : null; })()")
        return words and " ".join(words.split())

    def until_text(self, selector, condition, seconds=20):
        """Waits until condition(text) is true; answers the text."""
        seen = {}

        def come():
            seen["text"] = self.text(selector)
            return seen["text"] is not None and condition(seen["text"])

        try:
            until(f"another text of {selector}", come, seconds)
        except AssertionError as failed:
            raise AssertionError(f"{failed}; it says {seen['text']!r}") from None
        return seen["text"]

    def screenshot(self, path):
        data = self.ask("Page.captureScreenshot")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        self._browser.ask("Target.closeTarget", targetId=self.target)

#!/usr/bin/env python3
"""The page in a real browser: that it never claims more than it knows.

The engine behind it is made up here, so that it can be slow, silent, behind or refuse to answer.
Without a browser the test is skipped (exit code 77). CASECLOCK_SCREENSHOTS names a folder for
pictures of what was seen.
"""

import http.server
import json
import os
import queue
import sys
import threading
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import browser  # noqa: E402
from program import ROOT, ago, until  # noqa: E402

PAGE = os.path.join(ROOT, "consumers", "http", "page")
SKIPPED = 77
TYPES = {"html": "text/html; charset=utf-8", "js": "text/javascript", "css": "text/css"}
# What the page waits for is shorter here.
SHORTER = {"SILENCE_MS = 25000": "SILENCE_MS = 2500", "RETRY_MS = 3000": "RETRY_MS = 200"}
READY = {"ready": True, "caught_up": True, "lag_seconds": 0, "waiting": 0, "partitions": 2}
STANDBY = ("Expected an engine at work, but this is a standby: ask the one that it stands by for, "
           "or another of the group")


class Engine:
    """What the page hears and asks, as the test says."""

    def __init__(self):
        self.streams = []  # queues of frames, one a listener; the last is the one at work
        self.refused = ""  # why every question is, if it is
        self.standing, self.total = [], None
        self.asked = 0  # for alerts
        self.may_answer = threading.Event()
        self.may_answer.set()
        engine = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *unused):
                pass

            def do_GET(self):
                try:
                    engine.answer(self, urllib.parse.urlsplit(self.path).path)
                except (BrokenPipeError, ConnectionResetError):
                    pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def close(self):
        self.may_answer.set()
        for frames in self.streams:
            frames.put(None)
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler, path):
        if path == "/v1/stream" and not self.refused:
            return self._stream(handler)
        headers = {}
        status, content_type = 200, "application/json"
        if path.startswith("/v1/"):
            if path == "/v1/alerts":
                self.asked += 1
                body = json.dumps(self.standing)
                headers["Caseclock-Total"] = str(self.total or len(self.standing))
                self.may_answer.wait(60)
            else:
                body = "[]"
            if self.refused:
                status, body = 503, json.dumps({"error": self.refused, "kind": "unavailable"})
        else:
            name = path.strip("/") or "page.html"
            content_type = TYPES[name.rsplit(".", 1)[-1]]
            with open(os.path.join(PAGE, name), encoding="utf-8") as file:
                body = file.read()
            for long, short in SHORTER.items():
                body = body.replace(long, short)
        data = body.encode()
        handler.send_response(status)
        headers |= {"Content-Type": content_type, "Content-Length": str(len(data))}
        for key, value in headers.items():
            handler.send_header(key, value)
        handler.end_headers()
        handler.wfile.write(data)

    def _stream(self, handler):
        frames = queue.Queue()
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"retry: 100\n\n")
        handler.wfile.flush()
        handler.close_connection = True
        self.streams.append(frames)
        while (frame := frames.get()) is not None:
            handler.wfile.write(frame.encode())
            handler.wfile.flush()

    def tell(self, name, data):
        until("a listener", lambda: self.streams)
        self.streams[-1].put(f"event: {name}\ndata: {json.dumps(data)}\n\n")


def figures(name, opened=3, **more):
    return {"queue": name, "as_of": ago(), "watermark": ago(), "offsets": {"0": 1, "1": 2},
            "open": opened, "clocks": {}, **more}


def alert(number, state="raised", revision=1, told=1):
    return {"alert_id": f"{number:032x}", "revision": revision, "state": state, "kind": "breach",
            "rung": "breach", "clock": "resolution", "case_id": f"C-{number}", "queue": "demo/a",
            "risk": "high", "due_at": ago(hours=1), "clock_due_at": ago(hours=1),
            "detected_at": ago(minutes=number),
            "transitions": [{"state": state, "at": ago()}] * told}


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser(browser.found())
        cls.addClassCleanup(cls.browser.__exit__)

    def setUp(self):
        self.engine = Engine()
        self.addCleanup(self.engine.close)

    def open(self, **size):
        tab = self.browser.open(self.engine.url, **size)
        self.addCleanup(tab.close)
        return tab

    def live(self):
        """A page that has heard that all is well."""
        tab = self.open()
        self.engine.tell("state", READY)
        self.engine.tell("backlog", figures("demo/a"))
        tab.until_text("#connection", lambda text: text == "Live")
        return tab

    def comes_alive(self, tab):
        """Whichever try it is that gets an answer."""
        def live():
            self.engine.tell("state", READY)
            return tab.text("#connection") == "Live"

        until("the page to be live again", live)

    def picture(self, tab):
        folder = os.environ.get("CASECLOCK_SCREENSHOTS")
        if folder:
            tab.screenshot(os.path.join(folder, self.id().rsplit(".", 1)[-1] + ".png"))

    def cases(self, tab):
        return sorted(tab.run("[...document.querySelectorAll('#alerts tbody tr')]"
                              ".map((row) => row.cells[2].textContent)"))

    def test_is_live_only_when_the_engine_is_up_to_date(self):
        tab = self.open()
        self.engine.tell("state", READY | {"ready": False, "lag_seconds": 7300, "waiting": 12345})
        self.engine.tell("backlog", figures("demo/a"))
        said = tab.until_text("#connection", lambda text: "Catching up" in text)
        self.assertIn("12,345 records wait, 2 h 1 min behind", said)
        self.assertNotIn("Live", said)
        self.picture(tab)
        self.engine.tell("state", READY)
        tab.until_text("#connection", lambda text: text == "Live")

    def test_says_when_nothing_comes_any_more_and_tries_again(self):
        tab = self.live()
        tab.until_text("#connection", lambda text: text.startswith("No news since "))
        self.picture(tab)
        until("another try", lambda: len(self.engine.streams) > 1)
        # Connected again, it still knows nothing.
        self.assertRegex(tab.text("#connection"), "^No news since ")
        self.comes_alive(tab)

    def test_says_when_the_connection_is_lost_and_comes_back(self):
        tab = self.live()
        self.engine.streams[-1].put(None)
        until("another try", lambda: len(self.engine.streams) > 1)
        self.assertNotEqual(tab.text("#connection"), "Live")
        self.comes_alive(tab)

    def test_says_what_a_standby_says(self):
        self.engine.refused = STANDBY
        tab = self.open()
        tab.until_text("#connection", lambda text: "this is a standby" in text)
        # And where the figures and alerts would be: nobody is asked for them any more.
        tab.until_text("#queues-note", lambda text: "this is a standby" in text)
        tab.until_text("#alerts-note", lambda text: text == "No alerts here.")
        self.picture(tab)
        self.engine.refused = ""  # it has taken the place over
        until("another try", lambda: self.engine.streams)
        self.comes_alive(tab)

    def test_says_that_an_engine_has_failed(self):
        tab = self.live()
        self.engine.tell("state", READY | {"ready": False, "error": "the disk is full"})
        tab.until_text("#connection",
                       lambda text: text == "The engine has failed: the disk is full")

    def test_says_of_how_many_partitions_the_figures_are(self):
        tab = self.live()
        self.assertNotIn("partitions", tab.text("#queues-note"))
        self.engine.tell("backlog", figures("demo/b", offsets={"1": 2}))
        tab.until_text("#queues-note", lambda text: text.startswith("Of 1 of 2 partitions: "))

    def test_says_up_to_where_all_is_counted(self):
        tab = self.live()
        self.engine.tell("backlog", figures("demo/b", watermark="2026-03-02T10:15:00Z"))
        tab.until_text("#queues-note", lambda text: "what came in up to 2 Mar" in text)

    def test_says_that_not_every_partition_has_been_read(self):
        tab = self.live()
        self.engine.tell("backlog", figures("demo/b", watermark="1970-01-01T00:00:00Z"))
        tab.until_text("#queues-note", lambda text: "not every partition has been read" in text)
        self.assertNotIn("1970", tab.text("#queues-note"))

    def test_no_heading_leaves_a_unit_in_a_line_of_its_own(self):
        tab = self.live()
        self.engine.tell("backlog", figures(
            "demo/investigation", 12345,
            clocks={"victim_code_update": {
                "running": 12345, "overdue": 2345, "overdue_seconds_max": 9e6,
                "most_overdue_case": "I-000123", "due_24h": 345,
                "next_due_at": ago(days=-3)}},
            age_seconds={"p50": 3e6, "max": 9e6, "oldest_case": "I-000123"},
            flow={"P1D": {"in": 123, "out": 123}, "P7D": {"in": 1234, "out": 1234}}))
        tab.until_text("#queues", lambda text: "demo/investigation" in text)
        self.picture(tab)
        lines = tab.run("""[...document.querySelectorAll('#queues thead th')].map((cell) => {
            const words = document.createRange();
            words.selectNodeContents(cell);
            const tops = [...words.getClientRects()].map((line) => Math.round(line.top));
            return [cell.textContent, new Set(tops).size];
        })""")
        self.assertEqual([[name, count] for name, count in lines if count > 2], [])

    def test_what_is_told_while_alerts_are_loaded_is_not_lost(self):
        self.engine.standing = [alert(1), alert(2), alert(3, "acknowledged", told=2)]
        self.engine.may_answer.clear()
        tab = self.open()
        until("the question", lambda: self.engine.asked)
        self.engine.tell("state", READY)
        self.engine.tell("alert", alert(4))                       # newer than the answer
        self.engine.tell("alert", alert(2, "resolved", told=2))   # the answer has it as it was
        self.engine.tell("alert", alert(3))                       # the answer is newer
        self.engine.tell("backlog", figures("demo/told"))
        tab.until_text("#queues", lambda text: "demo/told" in text)
        self.engine.may_answer.set()
        until("the alerts", lambda: self.cases(tab) == ["C-1", "C-3", "C-4"])
        self.assertIn("acknowledged", tab.text("#alerts"))
        # And again, when it is told to ask again.
        self.engine.may_answer.clear()
        self.engine.standing = [alert(1), alert(4)]
        self.engine.tell("resync", {})
        until("the question", lambda: self.engine.asked > 1)
        self.engine.tell("alert", alert(1, "resolved", told=2))
        self.engine.tell("alert", alert(5))
        self.engine.tell("backlog", figures("demo/again"))
        tab.until_text("#queues", lambda text: "demo/again" in text)
        self.engine.may_answer.set()
        until("the alerts", lambda: self.cases(tab) == ["C-4", "C-5"])
        self.assertIn("C-1", tab.text("#gone"))

    def test_an_older_telling_changes_nothing(self):
        self.engine.standing = [alert(1, "escalated", revision=2, told=3)]
        tab = self.live()
        tab.until_text("#alerts", lambda text: "escalated" in text)
        self.engine.tell("alert", alert(1, "acknowledged", revision=2, told=2))
        self.engine.tell("alert", alert(2))
        until("the other alert", lambda: self.cases(tab) == ["C-1", "C-2"])
        self.assertIn("escalated", tab.text("#alerts"))

    def test_says_why_alerts_could_not_be_loaded(self):
        self.engine.standing = [alert(1)]
        tab = self.live()
        until("the alert", lambda: self.cases(tab) == ["C-1"])
        self.engine.refused = "the broker is away"
        self.engine.tell("resync", {})
        tab.until_text("#alerts-note",
                       lambda text: "could not be loaded: the broker is away" in text)
        self.engine.refused = ""
        until("the note to go", lambda: tab.text("#alerts-note") is None)

    def test_resyncs_while_alerts_cannot_be_loaded_add_no_questions(self):
        tab = self.live()
        # How many questions wait for their turn at most.
        tab.run("""window.due = new Set();
            window.most = 0;
            const set = window.setTimeout;
            const clear = window.clearTimeout;
            window.setTimeout = (what, pause) => {
              if (what !== loadAlerts) return set(what, pause);
              const id = set(() => { due.delete(id); what(); }, pause);
              most = Math.max(most, due.add(id).size);
              return id;
            };
            window.clearTimeout = (id) => { due.delete(id); clear(id); };
            void 0""")
        self.engine.refused = "the broker is away"
        # As each resync does, faster than it is tried again.
        tab.run("(async () => { for (let n = 0; n < 5; ++n) await loadAlerts(); })()")
        before = self.engine.asked
        until("another question", lambda: self.engine.asked > before + 2)
        self.assertEqual(tab.run("most"), 1)

    def test_says_that_more_alerts_stand_than_it_shows(self):
        self.engine.standing, self.engine.total = [alert(n) for n in range(1, 4)], 7000
        tab = self.live()
        tab.until_text("#alerts-note", lambda text: text == "The latest 3 of 7,000.")
        self.assertIn("/v1/alerts", tab.text("#alerts-rest"))
        self.assertEqual(tab.text("#alerts-count"), "(about 7,000)")
        self.picture(tab)

    def test_shows_what_is_due_next_whether_anybody_was_warned_or_not(self):
        tab = self.live()
        first, second = ago(hours=-3), ago(hours=-50)
        self.engine.tell("backlog", figures("demo/a", clocks={
            "resolution": {"next_due_at": second}, "first_response": {"next_due_at": first},
            "unassigned": {"overdue": 1, "overdue_seconds_max": 60, "most_overdue_case": "C-9"}}))
        cell = "#queues tbody td[data-label='Next overdue']"
        said = tab.until_text(cell, lambda text: "first_response" in text)
        self.assertEqual(said, "in 2 h 59 min first_response")
        # Whose it is, is known where somebody was warned.
        warning = alert(3) | {"kind": "warning", "rung": "warning_75", "clock": "first_response",
                              "clock_due_at": first}
        self.engine.tell("alert", warning)
        tab.until_text(cell, lambda text: text == "in 2 h 59 min C-3 first_response")
        self.picture(tab)

    def test_what_is_selected_stays_when_something_else_changes(self):
        self.engine.standing = [alert(1)]
        tab = self.live()
        self.engine.tell("backlog", figures("demo/b"))
        until("the alert", lambda: self.cases(tab) == ["C-1"])
        for selector in ("#queues tbody tr th", "#alerts tbody tr"):
            tab.until_text(selector, lambda text: True)
            tab.run(f"getSelection().selectAllChildren(document.querySelector('{selector}'))")
            before = tab.run("String(getSelection())")
            self.assertTrue(before)
            self.engine.tell("backlog", figures("demo/a", opened=41))
            self.engine.tell("backlog", figures("demo/b", opened=42))
            self.engine.tell("backlog", figures("demo/0" + selector[1], opened=43))
            self.engine.tell("alert", alert(2, told=len(selector)))
            tab.until_text("#queues", lambda text, new="demo/0" + selector[1]: new in text)
            until("the other alert", lambda: "C-2" in self.cases(tab))
            self.assertEqual(tab.run("String(getSelection())"), before, selector)

    def test_a_narrow_window_has_lists(self):
        self.engine.standing = [alert(1)]
        tab = self.open(width=400, height=900)
        self.engine.tell("state", READY)
        self.engine.tell("backlog", figures("demo/a"))
        tab.until_text("#alerts", lambda text: "C-1" in text)
        self.assertLessEqual(tab.run("document.documentElement.scrollWidth"), 400)
        self.picture(tab)


if __name__ == "__main__":
    if browser.found() is None:
        print("skipped: there is no browser (chromium, say)")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""HTTP at its edges: who answers, what is refused and how."""

import contextlib
import http.server
import json
import threading
import unittest

import program
from program import ago, event, expect

QUEUE = "demo/http"


@contextlib.contextmanager
def other_server(status, content_type, body):
    """A web server that is no caseclock and answers everything alike; its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class NoCaseclock(unittest.TestCase):
    ANSWERS = ((200, "text/html", b"<html>hello</html>"), (200, "application/json", b"[]"),
               (200, "application/json", b"{}"), (202, "application/json", b"[]"),
               (404, "text/html", b"nothing here"), (502, "text/html", b"bad gateway"))

    def test_its_answers_are_not_taken_for_ours(self):
        for answer in self.ANSWERS:
            with other_server(*answer) as url:
                for command in (["backlog"], ["backlog", "--format", "json"], ["cases"],
                                ["alerts", "list"], ["explain", "C-1"], ["sources"],
                                ["rejects", "list"], ["policy", "show"],
                                ["alerts", "ack", "0" * 32, "--by", "U-7"]):
                    with self.subTest(answer=answer, command=command):
                        done = expect(program.UNAVAILABLE, *command, "--from", url)
                        self.assertIn(f"Expected a caseclock at {url}", done.err)
                        self.assertIn(str(answer[0]), done.err)
                        self.assertFalse(done.out)

    def test_nothing_counts_as_sent_there(self):
        events = program.lines([event("1", "C-1", ago(), referred={"queue": QUEUE})])
        for answer in self.ANSWERS:
            with other_server(*answer) as url, self.subTest(answer=answer):
                done = expect(program.UNAVAILABLE, "send", "-", "--to", url, stdin=events)
                self.assertIn(f"Expected a caseclock at {url}", done.err)
                self.assertNotIn("sent to", done.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)

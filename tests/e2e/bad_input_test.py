#!/usr/bin/env python3
"""Input that cannot be used: a clear message, the right exit code, and neighbours go on.

Two ways in: `send` checks first and names file, line and reason; what reaches the log unchecked
becomes a reject with its bytes.
"""

import contextlib
import json
import os
import resource
import shutil
import signal
import unittest

import program
from program import ago, event

QUEUE = "demo/bad-input"
AT = "2026-03-02T10:15:00Z"


def good(name):
    return json.dumps(event(f"{name}/referred", name, ago(hours=1),
                            referred={"queue": QUEUE, "risk": "high"}))


def changed(**fields):
    """A good event with some fields of its envelope replaced; None removes one."""
    out = event("id", "case", AT, referred={"queue": QUEUE}) | fields
    return json.dumps({name: value for name, value in out.items() if value is not None})


# (what, line, reason code). Lines hold no line break, else any bytes.
UNUSABLE = [
    ("neither JSON nor protobuf", b"\x07\xff\xff\xff not an event", "unparsable"),
    ("JSON that breaks off", b'{"event_id": "x", "sou', "unparsable"),
    ("an unknown field", changed(colour="blue"), "unknown_field"),
    ("an unknown event", changed(referred=None, vanished={"queue": QUEUE}), "no_event"),
    ("an envelope without an event", changed(referred=None), "no_event"),
    ("no event id", changed(event_id=None), "missing_field"),
    ("no source", changed(source=None), "missing_field"),
    ("no instant", changed(occurred_at=None), "missing_field"),
    ("no case id", changed(case_id=None), ("missing_field", "bad_case_id")),
    ("an empty case id", changed(case_id=""), ("missing_field", "bad_case_id")),
    ("a case id of 10 kB", changed(case_id="x" * 10240), "bad_case_id"),
    ("the year 1800", changed(occurred_at="1800-01-01T00:00:00Z"), "bad_instant"),
    ("the year 2300", changed(occurred_at="2300-01-01T00:00:00Z"), "bad_instant"),
    ("no instant at all", changed(occurred_at="yesterday"), "bad_instant"),
    ("prose where a code belongs", changed(referred=None, paused={"reason": "he is away"}),
     "bad_code"),
    ("broken UTF-8", changed(case_id="case").encode().replace(b'"case"', b'"c\xff\xfe"'),
     ("bad_text", "unparsable")),
    ("prose for a case id", changed(case_id="the case of last week"), "bad_case_id"),
    ("prose for an actor", changed(actor="the officer on duty"), "bad_text"),
    ("a decision that is none", changed(referred=None, screened={"decision": "perhaps"}),
     "bad_code"),
    ("a merger into no case", changed(referred=None, closed={"reason": "merged"}),
     "missing_field"),
    ("an unknown grade", changed(referred={"queue": "demo/marac", "risk": "purple"}),
     "unknown_grade"),
    ("an unknown queue", changed(referred={"queue": "nobody/knows"}), "unknown_queue"),
]


class BadInput(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.folder = stack.enter_context(program.folder())
        self.data = self.folder + "/data"

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        return path

    def run_until_idle(self):
        program.expect(program.DONE, "run", "--data", self.data, "--until-idle")

    def open_cases(self):
        found = program.ask("backlog", "--data", self.data)
        return sum(figures["open"] for figures in found if figures["queue"] == QUEUE)

    def rejects(self):
        return program.ask("rejects", "list", "--data", self.data)

    def test_each_becomes_a_reject_with_its_reason_and_neighbours_go_on(self):
        content, expected = b"", []
        for number, (_, line, reason) in enumerate(UNUSABLE):
            content += good(f"N-{number}").encode() + b"\n"
            content += (line if isinstance(line, bytes) else line.encode()) + b"\n"
            expected.append(reason)
        path = self.file("mixed.jsonl", content)
        program.expect(program.DONE, "send", path, "--unchecked", "--data", self.data)
        self.run_until_idle()
        self.assertEqual(self.open_cases(), len(UNUSABLE))
        rejects = self.rejects()
        self.assertEqual(len(rejects), len(UNUSABLE), rejects)
        found = sorted(reject["reason"] for reject in rejects)
        for reason in expected:
            choices = (reason,) if isinstance(reason, str) else reason
            match = next((choice for choice in choices if choice in found), None)
            self.assertIsNotNone(match, f"no reject {choices} left in {found}")
            found.remove(match)
        for reject in rejects:
            self.assertTrue(reject["message"].startswith("Expected"), reject)
            self.assertGreater(reject["value_size"], 0)

    def test_rejects_of_one_instant_stand_newest_first_too(self):
        program.expect(program.DONE, "send", "-", "--unchecked", "--data", self.data,
                       stdin="".join(f"no event {n}\n" for n in range(40)))
        self.run_until_idle()
        rejects = self.rejects()
        self.assertEqual(len(rejects), 40)
        places = [(r["timestamp"], r["offset"]) for r in rejects]
        self.assertLess(len({at for at, _ in places}), 40, "some share an instant")
        self.assertEqual(places, sorted(places, reverse=True))
        newest = program.ask("rejects", "list", "--limit", "2", "--data", self.data)
        self.assertEqual(newest, rejects[:2])

    def test_send_names_file_line_and_reason_and_sends_the_rest(self):
        for what, line, reason in UNUSABLE:
            if reason in ("unknown_queue", "unknown_grade"):  # policies are the engine's to know
                continue
            with self.subTest(what=what):
                raw = line if isinstance(line, bytes) else line.encode()
                path = self.file("one.jsonl", good("A").encode() + b"\n" + raw + b"\n")
                done = program.expect(program.BAD_DATA, "send", path, "--data", self.data)
                self.assertIn("one.jsonl:2:", done.err)
                self.assertIn("Expected", done.err)
        self.run_until_idle()
        self.assertEqual(self.open_cases(), 1)

    def test_strict_sends_nothing(self):
        path = self.file("two.jsonl", good("A") + "\nnonsense\n")
        program.expect(program.BAD_DATA, "send", path, "--strict", "--data", self.data)
        program.expect(program.DONE, "send", self.file("none.jsonl", ""), "--data", self.data)
        self.run_until_idle()
        self.assertEqual(self.open_cases(), 0)

    def test_an_empty_file_is_no_fault(self):
        done = program.expect(program.DONE, "send", self.file("empty.jsonl", ""), "--data",
                              self.data)
        self.assertIn("0 events", done.err)

    def test_a_ragged_csv_line(self):
        path = self.file("cases.csv", "event_id,source,case_id,occurred_at,event,queue,risk\n"
                         f"1,csv,C-1,{AT},referred,{QUEUE},high\n"
                         f"2,csv,C-2,{AT},referred\n"
                         f"3,csv,C-3,{AT},referred,{QUEUE},high,and,more\n"
                         f"4,csv,C-4,{AT},referred,{QUEUE},low\n")
        done = program.expect(program.BAD_DATA, "send", path, "--data", self.data)
        self.assertIn("cases.csv:3:", done.err)
        self.assertIn("cases.csv:4:", done.err)
        self.run_until_idle()
        self.assertEqual(self.open_cases(), 2)

    def test_a_csv_column_that_is_no_field(self):
        path = self.file("cases.csv", f"event_id,source,case_id,occurred_at,event,colour\n"
                         f"1,csv,C-1,{AT},referred,blue\n")
        done = program.expect(program.BAD_DATA, "send", path, "--data", self.data)
        self.assertIn("colour", done.err)
        self.assertIn("the nearest is", done.err)
        text = program.expect(program.DONE, "send", "--help").out
        for column in ("voided.event_id", "linked.case_id", "repeat_of", "merged_into"):
            self.assertIn(column, text)

    def test_an_event_with_several_faults_is_told_all(self):
        bad = changed(event_id=None, source="the records system", actor="the officer on duty")
        done = program.expect(program.BAD_DATA, "send", "-", "--data", self.data, stdin=bad)
        self.assertIn("1 bad", done.err)
        program.expect(program.DONE, "send", "-", "--unchecked", "--data", self.data, stdin=bad)
        self.run_until_idle()
        reject, = self.rejects()
        for text in (done.err, reject["message"]):
            for field in ("in source", "in actor", "event_id, but it is missing"):
                self.assertIn(field, text)

    def test_a_record_of_50_mb(self):
        huge = changed(referred={"queue": QUEUE, "subject": "x" * (50 << 20)})
        path = self.file("huge.jsonl", good("A") + "\n" + huge + "\n" + good("B") + "\n")
        done = program.expect(program.BAD_DATA, "send", path, "--data", self.data)
        self.assertIn("huge.jsonl:2:", done.err)
        self.run_until_idle()
        self.assertEqual(self.open_cases(), 2)

    def test_a_record_of_50_mb_over_http(self):
        with program.Server(self.data) as server:
            huge = changed(referred={"queue": QUEUE, "subject": "x" * (50 << 20)})
            with contextlib.suppress(ConnectionError, BrokenPipeError):  # it may hang up early
                status, _ = server.post(huge)
                self.assertIn(status, (400, 413))
            server.send(json.loads(good("A")))
            program.until("the neighbour", lambda: (server.backlog(QUEUE) or {}).get("open") == 1)

    def test_a_large_record_in_the_log_becomes_a_reject(self):
        large = changed(referred={"queue": QUEUE, "subject": "x" * (3 << 20)})
        path = self.file("large.jsonl", good("A") + "\n" + large + "\n" + good("B") + "\n")
        program.expect(program.DONE, "send", path, "--unchecked", "--data", self.data)
        self.run_until_idle()
        self.assertEqual(self.open_cases(), 2)
        reject, = self.rejects()
        self.assertEqual(reject["reason"], "too_large")
        self.assertGreater(reject["value_size"], 3 << 20)

    def test_a_reused_event_id_with_other_content_is_counted_not_added(self):
        first = event("same", "C-1", AT, referred={"queue": QUEUE, "risk": "high"})
        other = event("same", "C-1", AT, referred={"queue": QUEUE, "risk": "low"})
        program.expect(program.DONE, "send", "-", "--data", self.data,
                       stdin=program.lines([first, other, first]))
        self.run_until_idle()
        self.assertEqual(self.open_cases(), 1)
        with program.Server(self.data) as server:
            self.assertGreaterEqual(server.case("C-1")["conflicts"], 1)

    def test_an_instant_a_year_ahead_does_not_carry_the_clock_away(self):
        program.expect(program.DONE, "send", "-", "--data", self.data, stdin=program.lines(
            [event("ahead", "C-1", ago(days=-365), referred={"queue": QUEUE}),
             event("now", "C-2", ago(hours=1), referred={"queue": QUEUE})]))
        self.run_until_idle()
        self.assertEqual(self.open_cases(), 1)
        alerts = program.ask("alerts", "list", "--data", self.data)
        self.assertNotIn("C-1", {alert["case_id"] for alert in alerts})

    def unprivileged(self):
        """Options of a command run without root's rights, and a folder it may not enter."""
        closed = os.path.join(self.folder, "closed")
        os.mkdir(closed, 0o700)
        os.chmod(self.folder, 0o755)
        if os.geteuid() != 0:
            os.chmod(closed, 0)
            self.addCleanup(os.chmod, closed, 0o700)
            return {}, closed
        return {"user": 65534, "group": 65534, "extra_groups": [], "cwd": "/"}, closed

    def test_a_directory_without_rights(self):
        options, closed = self.unprivileged()
        copy = shutil.copy(program.PROGRAM, os.path.join(self.folder, "program"))
        os.chmod(copy, 0o755)
        original, program.PROGRAM = program.PROGRAM, copy
        try:
            done = program.command("send", "-", "--data", closed + "/data", stdin=good("A"),
                                   **options)
        finally:
            program.PROGRAM = original
        self.assertEqual(done.returncode, program.INPUT_OUTPUT, done.err)
        self.assertIn(closed, done.err)

    def test_a_file_where_a_directory_belongs(self):
        path = self.file("file", "not a directory")
        done = program.command("send", "-", "--data", path, stdin=good("A"))
        self.assertEqual(done.returncode, program.INPUT_OUTPUT, done.err)
        self.assertIn(path, done.err)

    def test_a_disk_that_takes_no_more(self):
        """A limit on file size stands in for a full disk: writes fail, here with EFBIG."""
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (32 << 10, 32 << 10))

        many = "\n".join(good(f"F-{n}-{os.urandom(40).hex()}") for n in range(2000)) + "\n"
        done = program.command("send", "-", "--data", self.data, stdin=many, preexec_fn=limit,
                               restore_signals=False)
        self.assertEqual(done.returncode, program.INPUT_OUTPUT, done.err)
        self.assertIn(self.data, done.err)
        program.expect(program.DONE, "send", "-", "--data", self.data, stdin=good("after"))
        self.run_until_idle()
        self.assertGreaterEqual(self.open_cases(), 1, "it works again once there is room")


if __name__ == "__main__":
    unittest.main(verbosity=2)

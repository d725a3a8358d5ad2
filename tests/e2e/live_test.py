#!/usr/bin/env python3
"""A running program as its users see it: events in over HTTP; figures, alerts, the stream out."""

import json
import os
import re
import subprocess
import unittest

import program
from program import ago, event, until

AUDIT = os.environ.get("CASECLOCK_AUDIT", os.path.join(
    program.ROOT, "build", "release", "tests", "kafka_audit"))


class Live(unittest.TestCase):
    """One server for all tests; each has a queue and cases of its own."""

    @classmethod
    def setUpClass(cls):
        cls.data = cls.enterClassContext(program.folder()) + "/data"
        cls.server = program.Server(cls.data)
        cls.addClassCleanup(cls.server.kill)

    @classmethod
    def tearDownClass(cls):
        """All that was told live is just what follows from the input and the commit schedule."""
        cls.server.stop()
        audit = subprocess.run([AUDIT, "--data", cls.data], capture_output=True, text=True)
        told = re.search(r"alerts compared (\d+)", audit.stdout)
        if audit.returncode != 0 or not told or int(told[1]) == 0:
            raise AssertionError("Expected an audit of what was told to find nothing, but got\n"
                                 + audit.stdout + audit.stderr)

    def setUp(self):
        self.name = self.id().rsplit(".", 1)[-1].removeprefix("test_").replace("_", "-")
        self.queue = f"demo/{self.name}"
        self.case = f"C-{self.name}"

    def refer(self, occurred_at, case=None, **fields):
        case = case or self.case
        self.server.send(event(f"{case}/referred", case, occurred_at,
                               referred={"queue": self.queue, **fields}))

    def alerts(self, **filters):
        query = "&".join(f"{k}={v}" for k, v in filters.items())
        found = self.server.json(f"/v1/alerts?queue={self.queue.replace('/', '%2F')}&{query}")
        return {(a["case_id"], a["clock"], a["rung"]): a for a in found}

    def until_alert(self, clock, rung, state, case=None):
        def found():
            alert = self.alerts().get((case or self.case, clock, rung))
            return alert if alert and alert["state"] == state else None

        return until(f"{clock}/{rung} to be {state}", found)

    def until_backlog(self, what, condition):
        def found():
            backlog = self.server.backlog(self.queue)
            return backlog if backlog and condition(backlog) else None

        return until(what, found)

    def metric(self, name):
        for line in self.server.get("/metrics")[1].splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise AssertionError(f"Expected the metric {name}, but there is none")

    def test_referrals_make_a_backlog(self):
        for number, risk in enumerate(("high", "high", "low")):
            self.refer(ago(hours=number + 1), case=f"{self.case}-{number}", risk=risk)
        backlog = self.until_backlog("three open cases", lambda b: b["open"] == 3)
        self.assertEqual(backlog["by_risk"], {"high": 2, "low": 1} | {
            risk: 0 for risk in backlog["by_risk"] if risk not in ("high", "low")})
        self.assertEqual(backlog["unassigned"]["count"], 3)
        self.assertGreaterEqual(backlog["age_seconds"]["max"], 3 * 3600)
        self.assertEqual(backlog["age_seconds"]["oldest_case"], f"{self.case}-2")
        self.assertIn(self.queue, [b["queue"] for b in self.server.json("/v1/backlog")])
        cases = self.server.json(f"/v1/cases?queue={self.queue.replace('/', '%2F')}")
        self.assertEqual({c["case_id"] for c in cases}, {f"{self.case}-{n}" for n in range(3)})

    def test_acceptance_names_partition_and_offset(self):
        status, body = self.server.post(json.dumps(
            event("one", self.case, ago(), referred={"queue": self.queue})))
        self.assertEqual(status, 202, body)
        self.assertIn("partition", body)
        self.assertIn("offset", body)

    def test_a_late_event_retracts_a_breach(self):
        self.refer(ago(days=2), risk="moderate")
        raised = self.until_alert("unassigned", "breach", "raised")
        self.server.send(event(f"{self.case}/assigned", self.case, ago(days=1, hours=12),
                               assigned={"handler": "pc-1"}))
        retracted = self.until_alert("unassigned", "breach", "retracted")
        self.assertEqual(retracted["alert_id"], raised["alert_id"])
        self.assertEqual([t["state"] for t in retracted["transitions"]], ["raised", "retracted"])
        self.assertIn("offset", retracted["transitions"][-1]["cause"], "names the event")

    def test_an_event_in_time_order_resolves_a_breach(self):
        self.refer(ago(days=2), risk="moderate")
        raised = self.until_alert("unassigned", "breach", "raised")
        self.assertIn("proof", raised)
        self.server.send(event(f"{self.case}/assigned", self.case, ago(),
                               assigned={"handler": "pc-1"}))
        self.until_alert("unassigned", "breach", "resolved")

    def test_the_same_event_again_changes_nothing(self):
        self.refer(ago(hours=1), risk="high")
        before = self.until_backlog("one open case", lambda b: b["open"] == 1)
        duplicates = self.metric("caseclock_duplicates_total")
        same = event(f"{self.case}/again", self.case, ago(minutes=30), assessed={"grade": "low"})
        for _ in range(3):
            self.server.send(same)
        after = self.until_backlog("the new grade", lambda b: b["by_risk"].get("low") == 1)
        self.assertEqual(after["open"], before["open"])
        until("the repeats to be counted",
              lambda: self.metric("caseclock_duplicates_total") == duplicates + 2)

    def test_an_event_dated_ahead_waits_for_its_time(self):
        self.refer(ago(hours=1), risk="high")
        self.server.send(
            event(f"{self.case}/later", self.case, ago(hours=-1), closed={"reason": "done"}),
            event(f"{self.case}/soon", self.case, ago(seconds=-2), assigned={"handler": "pc-1"}))
        backlog = self.until_backlog("the assignment to take effect",
                                     lambda b: b["open"] == 1 and b["unassigned"]["count"] == 0)
        self.assertEqual(backlog["open"], 1, "closing lies an hour ahead")

    def test_an_alert_is_acknowledged(self):
        self.refer(ago(days=2), risk="moderate")
        raised = self.until_alert("unassigned", "breach", "raised")
        status, body = self.server.request(
            "POST", f"/v1/alerts/{raised['alert_id']}/ack",
            json.dumps({"by": "sgt-7", "until": ago(days=-1)}))
        self.assertIn(status, (200, 202), body)
        self.until_alert("unassigned", "breach", "acknowledged")
        status, body = self.server.request("POST", f"/v1/alerts/{'0' * 32}/ack",
                                           json.dumps({"by": "sgt-7"}))
        self.assertEqual(status, 404, body)

    def test_the_command_acknowledges_through_the_server(self):
        self.refer(ago(days=2), risk="moderate")
        raised = self.until_alert("unassigned", "breach", "raised")
        program.expect(program.DONE, "alerts", "ack", raised["alert_id"], "--by", "sgt-8",
                       "--until", ago(days=-1), "--data", self.data)
        self.until_alert("unassigned", "breach", "acknowledged")

    def test_the_stream_tells_alerts_as_they_come(self):
        stream = program.Stream(self.server)
        self.addCleanup(stream.close)
        self.assertIn("text/event-stream", stream.content_type)
        self.refer(ago(days=2), risk="moderate")
        _, data = stream.next_matching(lambda name, text: self.case in text and "breach" in text)
        self.assertEqual(json.loads(data)["case_id"], self.case)
        stream.next_matching(lambda name, text: name == "backlog" and self.queue in text)

    def test_the_stream_begins_with_how_the_engine_stands(self):
        stream = program.Stream(self.server)
        self.addCleanup(stream.close)
        name, data = stream.next_matching(lambda name, text: True)
        self.assertEqual(name, "state")
        self.assertEqual(json.loads(data).keys(), self.server.json("/readyz").keys())
        self.assertTrue(json.loads(data)["ready"])
        stream.next_matching(lambda name, text: name == "state")  # a sign of life

    def test_figures_say_what_falls_due_next_before_anybody_is_warned(self):
        for number, hours in enumerate((1, 3, 30)):
            self.refer(ago(hours=hours), case=f"{self.case}-{number}", risk="low")
        backlog = self.until_backlog("one overdue", lambda b: b["open"] == 3
                                     and b["clocks"]["unassigned"]["overdue"] == 1)
        case = self.server.case(f"{self.case}-1")
        due = next(c["due_at"] for c in case["clocks"] if c["clock"] == "unassigned")
        self.assertEqual(backlog["clocks"]["unassigned"]["next_due_at"][:19], due[:19])
        self.assertNotIn((f"{self.case}-1", "unassigned"), [key[:2] for key in self.alerts()])

    def test_lists_that_are_cut_say_so(self):
        for number in range(3):
            self.refer(ago(days=2), case=f"{self.case}-{number}", risk="low")
        self.until_backlog("three", lambda b: b["clocks"]["unassigned"]["overdue"] == 3)
        until("the alerts", lambda: len(self.alerts(standing=1)) >= 3)
        ask = ("--data", self.data, "--queue", self.queue)
        done = program.expect(program.DONE, "cases", *ask, "--limit", "2")
        self.assertIn("these are the first 2 of 3 open cases; --limit shows more", done.err)
        done = program.expect(program.DONE, "cases", *ask, "--limit", "3")
        self.assertEqual(done.err, "")
        done = program.expect(program.DONE, "alerts", "list", *ask, "--limit", "1")
        self.assertRegex(done.err, r"these are the first 1 of \d+ alerts; --limit shows more")
        for _ in range(2):
            program.expect(program.DONE, "send", "-", "--data", self.data, "--unchecked",
                           stdin="no event of " + self.case + "\n")
        until("the rejects", lambda: "first 1 of" in program.expect(
            program.DONE, "rejects", "list", "--data", self.data, "--limit", "1").err)

    def test_commands_on_held_data_ask_its_holder(self):
        self.refer(ago(days=2), risk="moderate")
        self.until_alert("unassigned", "breach", "raised")
        backlogs = program.ask("backlog", "--data", self.data, "--queue", self.queue)
        self.assertEqual([b["open"] for b in backlogs], [1])
        alerts = program.ask("alerts", "list", "--data", self.data, "--queue", self.queue,
                             "--standing")
        self.assertIn("unassigned", {a["clock"] for a in alerts})
        cases = program.ask("cases", "--data", self.data, "--queue", self.queue)
        self.assertEqual([c["case_id"] for c in cases], [self.case])
        explained = program.expect(program.DONE, "explain", self.case, "--data", self.data).out
        for word in (self.case, "unassigned", "referred"):
            self.assertIn(word, explained)
        done = program.expect(program.NO_INPUT, "explain", "no-such-case", "--data", self.data)
        self.assertIn("no-such-case", done.err)

    def test_sending_to_held_data_goes_through_its_holder(self):
        program.expect(program.DONE, "send", "-", "--data", self.data, stdin=program.lines(
            [event("by-command", self.case, ago(hours=1), referred={"queue": self.queue})]))
        self.until_backlog("the case sent by command", lambda b: b["open"] == 1)

    def test_what_a_pipe_holds_back_holds_back_nothing_sent(self):
        """As from `tail -f`: each event is there once its line is, long before the pipe ends."""
        def csv(number, case):
            header = "event_id,source,case_id,occurred_at,queue,risk\n" if number == 0 else ""
            return header + f"{case}/1,e2e,{case},{ago(days=1)},{self.queue},high\n"

        def json_line(_, case):
            return program.lines([event(f"{case}/1", case, ago(days=1),
                                        referred={"queue": self.queue, "risk": "high"})])

        for form in (csv, json_line):
            with subprocess.Popen(
                    [program.PROGRAM, "send", "-", "--data", self.data], text=True,
                    stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=program.ENVIRONMENT) as sent:
                for number in range(2):
                    case = f"{self.case}-{form.__name__}-{number}"
                    sent.stdin.write(form(number, case))
                    sent.stdin.flush()
                    until(f"case {case}", lambda case=case:
                          self.server.get(f"/v1/cases/{case}")[0] == 200)
                sent.stdin.close()
                self.assertIn("2 events sent", sent.stderr.read())
            self.assertEqual(sent.returncode, program.DONE)

    def test_unchecked_records_reach_the_rejects_of_a_running_engine(self):
        program.expect(program.DONE, "send", "-", "--data", self.data, "--unchecked",
                       stdin="no event of " + self.case + "\n")
        program.until("the reject", lambda: any(
            reject["reason"] == "unparsable" for reject in program.ask(
                "rejects", "list", "--data", self.data)))

    def test_a_conflict_is_told(self):
        for risk in ("high", "low"):
            program.expect(program.DONE, "send", "-", "--data", self.data, stdin=program.lines(
                [event("twice", self.case, ago(hours=1),
                       referred={"queue": self.queue, "risk": risk})]))
        def explained():
            return program.command("explain", self.case, "--data", self.data)
        program.until("the conflict", lambda: "1 record came with the id of another event"
                      in explained().out)
        listed = program.expect(program.DONE, "rejects", "list", "--data", self.data)
        self.assertIn("came with the id of another event", listed.err)

    def test_a_rollup_is_of_the_same_instant(self):
        self.refer(ago(hours=1))
        self.until_backlog("one open case", lambda b: b["open"] == 1)
        def both():
            one = program.ask("backlog", "--data", self.data)
            rollup = program.ask("backlog", "--rollup", "--data", self.data)
            return one[0]["as_of"] == rollup[0]["as_of"] and rollup[0]["age_seconds"]["oldest_case"]
        program.until("both within one second", both)
        text = program.expect(program.DONE, "backlog", "--data", self.data, "--format", "text").out
        self.assertRegex(text, r"\nAs of \S+Z; everything that came in up to \S+Z is counted\.\n$")

    def test_probes_and_metrics(self):
        self.assertEqual(self.server.get("/healthz")[0], 200)
        self.assertEqual(self.server.get("/readyz")[0], 200)
        self.refer(ago(hours=1))
        self.until_backlog("one open case", lambda b: b["open"] == 1)
        status, text = self.server.get("/metrics")
        self.assertEqual(status, 200)
        commit = program.expect(program.DONE, "--version").out.split("commit ")[1].rstrip(")\n")
        self.assertIn(f'commit="{commit}"', text)
        self.assertRegex(text, r"(?m)^caseclock_[a-z_]+_total(\{[^}]*\})? [0-9]")
        for line in text.splitlines():
            if line and not line.startswith("#"):
                self.assertRegex(line, r"^[a-z_:]+[a-z0-9_:]*(\{.*\})? [-+0-9.eE]+(nan|inf)?$")

    def test_page_and_description(self):
        status, page = self.server.get("/")
        self.assertEqual(status, 200)
        self.assertIn("<html", page.lower())
        description = self.server.json("/openapi.json")
        self.assertIn("/v1/events", description["paths"])

    def test_what_is_not_there(self):
        self.assertEqual(self.server.get("/v1/nothing")[0], 404)
        self.assertEqual(self.server.get("/v1/cases/no-such-case")[0], 404)
        self.assertEqual(self.server.get("/v1/backlog/demo%2Fno-such-queue")[0], 404)
        self.assertEqual(self.server.request("DELETE", "/v1/events")[0], 405)

    def test_cloud_events_in_binary_mode(self):
        headers = {"Ce-Specversion": "1.0", "Ce-Id": "by-header", "Ce-Source": "rms",
                   "Ce-Type": "caseclock.case.referred.v1", "Ce-Time": ago(hours=1),
                   "Ce-Subject": self.case.replace("-", "%2D")}
        data = json.dumps({"referred": {"queue": self.queue}})
        status, body = self.server.request("POST", "/v1/events", data, headers=headers)
        self.assertEqual(status, 202, body)
        until("the case of the header", lambda: self.server.case(self.case))
        status, body = self.server.request(
            "POST", "/v1/events", data, headers=headers | {"Ce-Type": "caseclock.case.closed.v1"})
        self.assertEqual(status, 400)
        self.assertIn("CloudEvents type", body)

    def test_a_refused_acknowledgement_says_why(self):
        self.refer(ago(days=2), risk="moderate")
        raised = self.until_alert("unassigned", "breach", "raised")
        done = program.expect(program.BAD_DATA, "alerts", "ack", raised["alert_id"], "--by",
                              "sergeant Seven", "--data", self.data)
        self.assertIn("without spaces in actor", done.err)
        done = program.expect(program.BAD_DATA, "alerts", "ack", "a/b", "--by", "sgt-7", "--data",
                              self.data)
        self.assertIn("32 hex digits, but got a/b", done.err)

    def test_a_case_as_it_is_stored(self):
        self.refer(ago(hours=1), risk="high")
        until("the case", lambda: self.server.case(self.case))
        stored = json.loads(program.expect(program.DONE, "state", "get", self.case, "--data",
                                           self.data).out)
        self.assertEqual(stored["record"]["case_id"], self.case)
        self.assertEqual(stored["record"]["view"]["queue"], self.queue)
        self.assertEqual(stored["pages"], [])

    def test_who_holds_the_data_is_said_once(self):
        done = program.expect(program.TRY_AGAIN, "run", "--data", self.data, "--until-idle")
        self.assertEqual(done.err.count(" holds it"), 1, done.err)
        self.assertIn(f"process {self.server.process.pid}, listening on 127.0.0.1:"
                      f"{self.server.port}, holds it", done.err)
        # What the file says may be old; the lock knows.
        path = self.data + "/run.json"
        with open(path, encoding="utf-8") as file:
            written = file.read()
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write('{"pid":1,"listen":"127.0.0.1:1"}')
            done = program.expect(program.TRY_AGAIN, "run", "--data", self.data, "--until-idle")
            self.assertIn(f"but process {self.server.process.pid} holds it", done.err)
        finally:
            with open(path, "w", encoding="utf-8") as file:
                file.write(written)

    def test_bad_events_are_refused_with_every_reason(self):
        good = event("good", self.case, ago(hours=1), referred={"queue": self.queue})
        status, body = self.server.post(json.dumps([
            good,
            event("prose", self.case, ago(), paused={"reason": "she is on holiday"}),
            event("old", self.case, "1800-01-01T00:00:00Z", closed={"reason": "done"})]))
        self.assertEqual(status, 400, body)
        for reason in ("bad_code", "bad_instant"):
            self.assertIn(reason, body)
        self.assertEqual(self.server.post("not json")[0], 400)
        self.assertEqual(self.server.post(b"\xff\xfe", "application/x-protobuf")[0], 400)


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""Who takes an alert: by the command and over HTTP, with an engine at work and without one."""

import json
import unittest

import program
from program import ago, event, expect, until

QUEUE = "demo/taken"


class Acknowledge(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(program.folder())
        self.data = self.folder + "/data"
        self.send(event("1", "C-1", ago(days=3), referred={"queue": QUEUE}))
        self.run_once()

    def send(self, *events):
        expect(program.DONE, "send", "-", "--data", self.data, stdin=program.lines(events))

    def run_once(self):
        expect(program.DONE, "run", "--data", self.data, "--until-idle")

    def alerts(self, *options):
        return program.ask("alerts", "list", "--data", self.data, *options)

    def test_without_an_engine_it_happens_now(self):
        alert = self.alerts("--standing")[0]["alert_id"]
        before = ago()
        expect(program.DONE, "alerts", "ack", alert, "--by", "U-7", "--until",
               "2099-01-01T00:00:00Z", "--data", self.data)
        self.run_once()
        taken, = [a for a in self.alerts("--standing") if a["alert_id"] == alert]
        self.assertEqual(taken["state"], "acknowledged")
        self.assertGreaterEqual(taken["transitions"][-1]["at"][:19], before[:19])

    def test_what_was_taken_is_told_in_every_form(self):
        alert = self.alerts("--standing")[0]["alert_id"]
        ack = ("alerts", "ack", alert, "--by", "U-7", "--data", self.data)
        said = {form: expect(program.DONE, *ack, "--format", form).out
                for form in ("text", "json", "jsonl", "csv")}
        self.assertEqual(json.loads(said["json"])["alert_id"], alert)
        self.assertEqual(json.loads(said["jsonl"])["alert_id"], alert)
        head, row, end = said["csv"].split("\n")
        self.assertEqual(head.strip(), "alert_id,partition,offset")
        self.assertRegex(row, rf"^{alert},\d+,\d+\r$")
        self.assertEqual(end, "")
        self.assertRegex(said["text"], rf"(?m)^{alert} +\d+ +\d+$")
        self.assertRegex(expect(program.DONE, *ack).out, rf"(?m)^{alert} +\d+ +\d+$")

    def test_what_stands_goes_with_its_case_to_another_queue(self):
        before = {a["alert_id"]: a for a in self.alerts("--standing", "--queue", QUEUE)}
        taken = min(before)
        expect(program.DONE, "alerts", "ack", taken, "--by", "U-7", "--until",
               "2099-01-01T00:00:00Z", "--data", self.data)
        self.send(event("9", "C-1", ago(hours=1), transferred={"queue": QUEUE + "2"}))
        self.run_once()
        self.assertEqual(self.alerts("--standing", "--queue", QUEUE), [])
        after = {a["alert_id"]: a for a in self.alerts("--standing", "--queue", QUEUE + "2")}
        self.assertEqual(set(after), set(before))
        for alert in before:
            self.assertEqual(after[alert]["due_at"], before[alert]["due_at"])
            self.assertGreater(after[alert]["revision"], before[alert]["revision"])
            self.assertEqual(after[alert]["state"], "acknowledged" if alert == taken else "raised")

    def test_what_would_be_ignored_is_refused(self):
        alert = self.alerts("--standing")[0]["alert_id"]
        ack = ("alerts", "ack", alert, "--by", "U-7", "--data", self.data)
        self.assertIn("now is", expect(program.BAD_DATA, *ack, "--until", ago(hours=1)).err)
        self.send(event("2", "C-1", ago(days=1), closed={"reason": "done"}))
        self.run_once()
        over = [a for a in self.alerts() if a["state"] in ("resolved", "retracted")][0]
        done = expect(program.BAD_DATA, "alerts", "ack", over["alert_id"], "--by", "U-7", "--data",
                      self.data)
        self.assertIn(f"this one was {over['state']} at", done.err)

    def test_two_in_one_second_count_in_their_order(self):
        with program.Server(self.data) as server:
            alert = json.loads(server.get("/v1/alerts?standing=1")[1])[0]["alert_id"]
            for n in range(1, 5):
                taken = {"by": f"U-{n}"} if n < 3 else {"by": "U-7",
                                                        "until": f"20{n}0-01-01T00:00:00Z"}
                status, body = server.request("POST", f"/v1/alerts/{alert}/ack", json.dumps(taken))
                self.assertEqual(status, 202, body)

            def entries():
                ledger = server.case("C-1")["ledger"]
                return [e for e in ledger if e["event"] == "acknowledged"]

            until("four acknowledgements", lambda: len(entries()) == 4)
            offsets = [e["offset"] for e in entries()]
            self.assertEqual(offsets, sorted(offsets))


if __name__ == "__main__":
    unittest.main(verbosity=2)

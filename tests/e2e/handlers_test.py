#!/usr/bin/env python3
"""Facts about handlers from outside: sent in every form, known in every partition, shown where a
supervisor looks."""

import contextlib
import json
import re
import unittest

import program
from program import ago, event, expect

QUEUE = "demo/rso"
NEEDED = ("mosovo", "arms", "visor")


def fact(event_id, **body):
    return {"event_id": event_id, "source": "hr", "occurred_at": ago(days=3), **body}


def qualified(event_id, handler, qualification, **more):
    return fact(event_id, qualified={"handler": handler, "qualification": qualification, **more})


class Handlers(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.folder = stack.enter_context(program.folder())
        self.data = self.folder + "/data"

    def cases(self, handler, numbers):
        events = []
        for n in numbers:
            events.append(event(f"{n}/r", f"R-{n}", ago(days=2),
                                referred={"queue": QUEUE, "risk": "high"}))
            events.append(event(f"{n}/a", f"R-{n}", ago(days=1), assigned={"handler": handler}))
        return events

    def send(self, events, *more):
        expect(program.DONE, "send", "-", "--data", self.data, *more, stdin=program.lines(events))

    def run_it(self):
        said = expect(program.DONE, "run", "--data", self.data, "--until-idle").err
        # What the parts of the summary come to.
        records, *parts = [int(n.replace(",", "")) for n in
                           re.findall(r"([\d,]+) [a-z]", said.strip().split("\n")[-1])][:-1]
        self.assertEqual(records, sum(parts), said)
        expect(program.DONE, "state", "verify", "--data", self.data)

    def unqualified(self):
        text = expect(program.DONE, "backlog", "--data", self.data, "--queue", QUEUE,
                      "--format", "json").out
        return json.loads(text)[0]["unqualified"]

    def explain(self, case):
        return json.loads(expect(program.DONE, "explain", case, "--data", self.data,
                                 "--format", "json").out)

    def test_known_before_the_cases_nobody_is_unqualified_for_a_moment(self):
        self.send([qualified(f"h-1/{q}", "h-1", q) for q in NEEDED] + self.cases("h-1", range(20)))
        self.run_it()
        self.assertEqual(self.unqualified(), 0)
        alerts = json.loads(expect(program.DONE, "alerts", "list", "--data", self.data,
                                   "--format", "json").out)
        self.assertNotIn("unqualified", {alert["clock"] for alert in alerts})

    def test_what_is_lacking_is_told(self):
        self.send(self.cases("h-2", range(3)) +
                  [qualified("h-2/arms", "h-2", "arms", until=ago(hours=6)),
                   qualified("h-2/mosovo", "h-2", "mosovo"),
                   fact("h-2/leave", absent={"handler": "h-2", "from": ago(hours=2)})])
        self.run_it()
        self.assertEqual(self.unqualified(), 3)
        shown = self.explain("R-1")
        self.assertEqual(shown["lacks"], ["arms", "visor"])
        self.assertTrue(shown["handler_away"])
        self.assertIn("unqualified", {clock["clock"] for clock in shown["clocks"]})
        text = expect(program.DONE, "explain", "R-1", "--data", self.data).out
        self.assertIn("lacks arms; visor", text)
        self.assertIn("handler is absent", text)
        self.assertIn("arms h-2", text)
        # An event is shown as it was sent: one about a handler names no case, here or anywhere.
        sent = [entry for entry in shown["ledger"] if "content" in entry]
        ends = [entry["event_id"] for entry in shown["ledger"] if "content" not in entry]
        self.assertTrue(all(name.endswith(" until") for name in ends), ends)
        about = [entry["content"] for entry in sent if "about_handler" in entry]
        self.assertTrue(about)
        for content in about:
            self.assertNotIn("case_id", content)
        self.assertEqual({entry["content"]["case_id"] for entry in sent
                          if "about_handler" not in entry}, {"R-1"})
        self.send([entry["content"] for entry in sent])
        listed = json.loads(expect(program.DONE, "cases", "--queue", QUEUE, "--data", self.data,
                                   "--format", "json").out)
        self.assertEqual({(case["unqualified"], case["handler_away"]) for case in listed},
                         {(True, True)})
        # Taken back and made good; the void is about the handler as well.
        self.send([fact("h-2/v", voided={"event_id": "h-2/leave", "handler": "h-2"}),
                   qualified("h-2/arms/2", "h-2", "arms"), qualified("h-2/visor", "h-2", "visor")])
        self.run_it()
        self.assertEqual(self.unqualified(), 0)
        self.assertFalse(self.explain("R-1")["handler_away"])

    def test_a_sheet_of_handlers_has_no_cases(self):
        sheet = self.folder + "/handlers.csv"
        with open(sheet, "w", encoding="utf-8") as out:
            out.write("event_id,source,occurred_at,event,handler,qualification,until\n")
            for q in NEEDED:
                out.write(f"h-3/{q},hr,{ago(days=9)},qualified,h-3,{q},2099-01-01T00:00:00Z\n")
        expect(program.DONE, "send", sheet, "--data", self.data)
        self.send(self.cases("h-3", range(4)))
        self.run_it()
        self.assertEqual(self.unqualified(), 0)

    def test_a_server_takes_them_as_events_and_cloud_events(self):
        with program.Server(self.data) as server:
            server.send(*self.cases("h-4", range(6)))
            program.until("the lack to be seen",
                          lambda: (server.backlog(QUEUE) or {}).get("unqualified") == 6)
            server.send(qualified("h-4/mosovo", "h-4", "mosovo"),
                        qualified("h-4/visor", "h-4", "visor"))
            body = {"qualified": {"handler": "h-4", "qualification": "arms"}}
            status = server.request(
                "POST", "/v1/events", json.dumps(body),
                headers={"ce-specversion": "1.0", "ce-id": "h-4/arms", "ce-source": "hr",
                         "ce-time": ago(days=3), "ce-subject": "h-4",
                         "ce-type": "caseclock.case.qualified.v1"})[0]
            self.assertEqual(status, 202)
            program.until("all to be known",
                          lambda: server.backlog(QUEUE)["unqualified"] == 0)
        self.run_it()

    def caseload(self, *more):
        return program.ask("backlog", "--data", self.data, *more)[0]["caseload"]

    def test_a_caseload_over_its_limit_that_no_partition_sees_alone(self):
        self.send(self.cases("h-5", range(60)) + self.cases("h-6", range(60, 70)))
        self.run_it()
        figures = program.ask("backlog", "--data", self.data, "--queue", QUEUE)[0]
        self.assertEqual(len(figures["offsets"]), 8)
        # Two events a case: no partition has as many as the limit.
        self.assertLess(max(figures["offsets"].values()), 2 * 50)
        over = {"limit": 50, "handlers": 2, "cases_max": 60, "handlers_over": 1,
                "cases_of_handlers_over": 60, "over": [{"handler": "h-5", "cases": 60}]}
        self.assertEqual(figures["caseload"], over)
        self.assertEqual(self.caseload("--rollup"), over)
        known_now = ("--known", "now", "--at")
        self.assertEqual(self.caseload(*known_now, ago(hours=1)), over)
        self.assertEqual(self.caseload(*known_now, ago(hours=36))["handlers"], 0)
        # As a supervisor reads it.
        header, row = expect(program.DONE, "backlog", "--data", self.data).out.splitlines()[:2]
        at = header.index("over caseload") + len("over caseload") - 1
        self.assertEqual(row[at - 1:at + 1], " 1")
        text = expect(program.DONE, "backlog", "--data", self.data, "--caseload").out
        self.assertRegex(text, QUEUE + r" +50 +2 +60 +1 +60 +h-5 +60")
        rows = expect(program.DONE, "backlog", "--data", self.data, "--caseload", "--format",
                      "csv").out.splitlines()
        self.assertEqual(len(rows), 2)
        self.assertTrue(rows[1].endswith(",50,2,60,1,60,h-5,60"), rows)
        expect(program.USAGE, "backlog", "--data", self.data, "--caseload", "--clocks")
        # Ten of them go to somebody else: as many as the limit are not over it.
        self.send([event(f"{n}/b", f"R-{n}", ago(hours=1), assigned={"handler": "h-6"})
                   for n in range(10)])
        self.run_it()
        self.assertEqual(self.caseload(), {**over, "cases_max": 50, "handlers_over": 0,
                                           "cases_of_handlers_over": 0, "over": []})

    def test_no_limit_no_caseload(self):
        self.send([event("1", "M-1", ago(days=2), referred={"queue": "demo/marac"}),
                   event("2", "M-1", ago(days=1), assigned={"handler": "h-7"})])
        self.run_it()
        self.assertNotIn("caseload", program.ask("backlog", "--data", self.data)[0])
        text = expect(program.DONE, "backlog", "--data", self.data, "--caseload").out
        self.assertEqual(text, "No queue with cases limits caseloads.\n")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""/openapi.json against what a server really answers: no field that it does not know of, none of
another kind, no status that it does not name."""

import copy
import json
import os
import shutil
import unittest
import urllib.parse

try:
    import jsonschema
except ImportError:
    jsonschema = None

import program
from program import ago, event, expect

CASES = "1500"


def closed(schema):
    """The same, but what it does not name is wrong. Objects that may hold anything say so by
    additionalProperties."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(value) for key, value in schema.items()}
    kind = schema.get("type")
    if kind == "object" or isinstance(kind, list) and "object" in kind:
        out.setdefault("additionalProperties", False)
    if kind == "array" and "items" not in schema:
        out["items"] = False
    return out


@unittest.skipIf(jsonschema is None, "python3-jsonschema is not there (deploy/install)")
class Description(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(program.folder())
        data = folder + "/data"
        policies = cls.policies = folder + "/policies"
        shutil.copytree(os.path.join(program.ROOT, "deploy", "policies"), policies)
        with open(policies + "/queues.yaml", "a", encoding="utf-8") as out:
            out.write("sources:\n  - {source: rms, silence: PT6H}\n"
                      "  - {source: never, silence: PT6H}\n")
        expect(program.DONE, "simulate", "--cases", CASES, "--days", "200", "--data", data,
               "--quiet")
        expect(program.DONE, "send", "-", "--unchecked", "--data", data, stdin="no event\n")
        cls.server = cls.enterClassContext(program.Server(data, "--policy", policies))
        cls.seed()
        cls.whole = cls.server.json("/openapi.json")
        cls.schemas = closed(copy.deepcopy(cls.whole["components"]))

    @classmethod
    def seed(cls):
        """What the force does not do, and the schema knows."""
        case = {"source": "e2e", "case_id": "C-all"}
        def at(event_id, hours, **body):
            return event(event_id, occurred_at=ago(hours=hours), **case, **body)
        cls.server.send(
            at("1", 300, referred={"queue": "demo/rso", "risk": "high", "origin": "dash",
                                   "subject": "S-1", "repeat_of": "C-0"}),
            at("2", 290, assigned={"handler": "h-7", "role": "offender_manager"}),
            at("3", 280, paused={"reason": "custody"}),
            at("4", 270, resumed={"reason": "custody"}),
            at("5", 260, linked={"kind": "duplicate_of", "case_id": "C-1"}),
            at("6", 250, interval_set={"clock": "home_visit", "interval": "P20D",
                                       "authority": "inspector"}),
            at("7", 240, extended={"clock": "home_visit", "until": ago(hours=-900),
                                   "authority": "inspector"}),
            at("8", 230, performed={"activity": "home_visit", "result": "done"}),
            at("9", 220, voided={"event_id": "4", "reason": "entered_in_error"}),
            at("10", -300, scheduled={"activity": "hearing", "at": ago(hours=-500)}),
            at("11", 210, staged={"stage": "nowhere"}),
            {**at("12", 200, outcome={"code": "1"}), "actor": "U-7"},
            at("13", 100, performed={"activity": "notification"}),
            at("14", 90, paused={"reason": "hospital"}),
            {"source": "hr", "event_id": "1", "occurred_at": ago(hours=300),
             "qualified": {"handler": "h-7", "qualification": "mosovo"}},
            {"source": "hr", "event_id": "2", "occurred_at": ago(hours=3),
             "absent": {"handler": "h-7", "from": ago(hours=2)}},
            event("1", "C-orphan", ago(hours=5), outcome={"code": "1"}))
        # The id of another event with other content.
        cls.server.send(at("8", 231, performed={"activity": "home_visit", "result": "other"}))
        program.until("the case", lambda: (cls.server.case("C-all") or {}).get("conflicts"))

    def check(self, template, path, method="get", body=None, content_type="application/json",
              seen=None):
        status, text = self.server.request(method.upper(), path, body, content_type)
        operation = self.whole["paths"][template][method]
        self.assertIn(str(status), operation["responses"], (method, path, text[:300]))
        content = operation["responses"][str(status)].get("content", {})
        if "application/json" not in content:
            # What is not described is no JSON either.
            self.assertRaises(ValueError, json.loads, text)
            return text
        answer = json.loads(text)
        schema = closed(content["application/json"]["schema"]) | {"components": self.schemas}
        errors = sorted({("/".join(str(p) for p in e.absolute_path if not isinstance(p, int)),
                          e.message[-200:] if "were unexpected" in e.message or
                          "was unexpected" in e.message else e.message[:200])
                         for e in jsonschema.Draft202012Validator(schema).iter_errors(answer)})
        self.assertEqual(errors, [], (method, path))
        return answer

    def test_the_document_is_one(self):
        jsonschema.Draft202012Validator.check_schema(
            {"$defs": self.whole["components"]["schemas"]})

    def test_figures(self):
        backlogs = self.check("/v1/backlog", "/v1/backlog")
        self.assertGreater(len(backlogs), 4)
        for flag in self.parameter("/v1/backlog", "rollup")["enum"]:
            self.check("/v1/backlog", "/v1/backlog?rollup=" + flag)
        self.check("/v1/backlog", f"/v1/backlog?at={ago(days=3)}&known=now")
        self.check("/v1/backlog", f"/v1/backlog?at={ago(days=-3)}")
        for backlog in backlogs:
            queue = urllib.parse.quote(backlog["queue"], safe="")
            self.check("/v1/backlog/{queue}", "/v1/backlog/" + queue)
        self.check("/v1/backlog/{queue}", "/v1/backlog/none")
        self.check("/v1/backlog/{queue}", "/v1/backlog/wmp%2F*")

    def test_cases(self):
        cases = self.check("/v1/cases", "/v1/cases?limit=100000")
        self.assertGreater(len(cases), 300)
        self.check("/v1/cases", "/v1/cases?limit=0")
        names = [case["case_id"] for case in cases[::4]] + ["C-all", "C-orphan", "none"]
        for name in names:
            self.check("/v1/cases/{id}", "/v1/cases/" + name)
        for name in names[::20] + names[-3:]:
            self.check("/v1/cases/{id}", f"/v1/cases/{name}?record=1")

    def test_alerts(self):
        alerts = self.check("/v1/alerts", "/v1/alerts?limit=100000")
        self.assertGreater(len(alerts), 1000)
        self.check("/v1/alerts", "/v1/alerts?since=yesterday")
        taken = {}
        for alert in alerts:
            taken.setdefault((alert["state"], "source" in alert, alert["kind"]), alert["alert_id"])
        for alert in taken.values():
            self.check("/v1/alerts/{id}", "/v1/alerts/" + alert)
            for body in ({"by": "U-7"}, {}, {"by": "U-7", "until": ago(hours=1)}):
                self.check("/v1/alerts/{id}/ack", f"/v1/alerts/{alert}/ack", "post",
                           json.dumps(body))
        for alert in ("0" * 32, "x"):
            self.check("/v1/alerts/{id}", "/v1/alerts/" + alert)
            self.check("/v1/alerts/{id}/ack", f"/v1/alerts/{alert}/ack", "post", '{"by": "U-7"}')

    def test_the_rest(self):
        self.assertTrue(self.check("/v1/rejects", "/v1/rejects"))
        self.check("/v1/rejects", "/v1/rejects?limit=many")
        self.assertEqual(len(self.check("/v1/sources", "/v1/sources")), 2)
        for path in ("/v1/counts", "/metrics", "/healthz", "/readyz", "/v1/policies"):
            self.check(path, path)
        self.check("/v1/policies", "/v1/policies", "post", "{}")
        files = {}
        for folder, _, names in os.walk(self.policies):
            for name in names:
                path = os.path.join(folder, name)
                if name.endswith(".yaml"):
                    with open(path, encoding="utf-8") as text:
                        files[os.path.relpath(path, self.policies)] = text.read()
        told = self.check("/v1/policies", "/v1/policies", "post", json.dumps({"files": files}))
        self.assertTrue(told["activated"])
        one = json.dumps(event("1", "C-9", ago(hours=5), referred={"queue": "demo/marac"}))
        for body, kind in ((one, "application/json"), ("[]", "application/json"),
                           ('[{"x": 1}, 5]', "application/json"), (one, "text/csv")):
            self.check("/v1/events", "/v1/events", "post", body, kind)

    def parameter(self, template, name):
        """Its schema."""
        return next(one["schema"] for one in self.whole["paths"][template]["get"]["parameters"]
                    if one["name"] == name)

    def test_flags_are_described_as_they_are_taken(self):
        told = json.loads(self.server.get("/v1/backlog?rollup=x")[1])["error"]
        for template, name in (("/v1/backlog", "rollup"), ("/v1/backlog/{queue}", "rollup"),
                               ("/v1/cases/{id}", "record"), ("/v1/alerts", "standing")):
            flags = self.parameter(template, name)["enum"]
            self.assertEqual(sorted(flags), ["0", "1", "false", "true"])
            for flag in flags:
                self.assertIn(flag, told)

    def test_every_path_and_method_is_described(self):
        for path, methods in self.whole["paths"].items():
            real = path.replace("{queue}", "wmp%2Fmarac").replace("{id}", "0" * 32)
            status, _ = self.server.request("PUT", real)
            self.assertEqual(status, 405, path)
            self.assertTrue(set(methods) <= {"get", "post", "parameters"}, path)
            for method in {"get", "post"} - set(methods):
                status, _ = self.server.request(method.upper(), real, b"" if method == "post"
                                                else None)
                self.assertEqual(status, 405, (method, path))


if __name__ == "__main__":
    unittest.main(verbosity=2)

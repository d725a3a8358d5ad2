"""The commands about policies from outside: check, schema, show."""

import json
import os
import re
import subprocess
import unittest

import program
from program import expect

try:
    import jsonschema
    import yaml
except ImportError:
    jsonschema = yaml = None

POLICIES = os.path.join(program.ROOT, "deploy", "policies")
# On this day the shipped calendars reach far enough.
NOW = ("--at", "2027-01-01T00:00:00Z")


def shipped_files():
    for folder, _, names in sorted(os.walk(POLICIES)):
        for name in sorted(names):
            if name.endswith(".yaml"):
                yield os.path.join(folder, name)


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


class Check(unittest.TestCase):
    def check(self, text, *options, code):
        with program.folder() as folder:
            path = os.path.join(folder, "f.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return expect(code, "policy", "check", *options, path).err

    def test_every_message_says_where_and_what_and_the_mend(self):
        text = read(os.path.join(POLICIES, "marac.yaml"))
        bad = text.replace("stops_on: assigned", "stops_on: [assigned, referred, unassigned, reopened]")
        err = self.check(bad, code=program.BAD_DATA)
        self.assertRegex(err, r"f\.yaml:\d+: Expected starts_on and stops_on to differ, but .*: take")
        line = int(re.search(r"f\.yaml:(\d+): ", err).group(1))
        self.assertIn("stops_on: [assigned, referred", bad.splitlines()[line - 1])

    def test_warnings_fail_only_when_strict(self):
        text = read(os.path.join(POLICIES, "marac.yaml")).replace("ungraded: P1D, default: none",
                                                                 "high: P1D, default: none")
        self.assertIn("1 warnings", self.check(text, code=program.DONE))
        self.check(text, "--strict", code=program.BAD_DATA)

    def test_a_calendar_past_its_horizon(self):
        done = expect(program.BAD_DATA, "policy", "check", "--at", "2040-01-01T00:00:00Z", POLICIES)
        self.assertRegex(done.err, r"england-and-wales\.yaml:\d+: Expected a calendar that covers "
                                   r"today.*2028-12-31.*: add the bank holidays")
        done = expect(program.DONE, "policy", "check", "--at", "2028-11-01T00:00:00Z", POLICIES)
        self.assertRegex(done.err, r"england-and-wales\.yaml:\d+: warning: ")
        expect(program.DONE, "policy", "check", "--strict", *NOW, POLICIES)

    def test_an_unknown_calendar_is_refused(self):
        with program.folder() as folder:
            subprocess.run(["cp", "-r", POLICIES + "/.", folder], check=True)
            path = os.path.join(folder, "queues.yaml")
            text = read(path).replace("calendar: england-and-wales", "calendar: england-and-vales", 1)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            done = expect(program.BAD_DATA, "policy", "check", folder)
            self.assertRegex(done.err, r"queues\.yaml:\d+: Expected a calendar of this set .*did you "
                                       r"mean \"england-and-wales\"")


if yaml is not None:
    class EditorLoader(yaml.SafeLoader):  # pylint: disable=too-many-ancestors
        """Plain scalars as YAML 1.2 resolves them, which is what editors do: no dates, no yes and no.
        Empty values and repeated keys are left out, for the loader of policies to judge."""

        yaml_implicit_resolvers = {}

        def construct_mapping(self, node, deep=False):
            read_out = super().construct_mapping(node, deep=deep)
            return {str(key): value for key, value in read_out.items() if value is not None}

        def construct_yaml_map(self, node):
            yield self.construct_mapping(node, deep=True)

    EditorLoader.add_constructor("tag:yaml.org,2002:map", lambda loader, node:
                                 loader.construct_mapping(node, deep=True))
    for tag, pattern, first in (("bool", "true|false", "tf"), ("int", "[-+]?[0-9]+", "-+0123456789"),
                                ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?",
                                 "-+.0123456789"),
                                ("null", "~|null|", ["~", "n", ""])):
        EditorLoader.add_implicit_resolver("tag:yaml.org,2002:" + tag,
                                           re.compile("^(?:" + pattern + ")$"), list(first))


@unittest.skipIf(yaml is None, "python3-yaml and python3-jsonschema are not there (deploy/install)")
class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schema = json.loads(expect(program.DONE, "policy", "schema").out)
        cls.validator = jsonschema.Draft202012Validator(cls.schema)

    def errors(self, text, validator=None):
        document = yaml.load(text, EditorLoader)  # a SafeLoader
        return [f"{error.json_path}: {error.message}"
                for error in (validator or self.validator).iter_errors(document)]

    def test_is_a_schema(self):
        self.assertEqual(self.schema["$schema"], "https://json-schema.org/draft/2020-12/schema")
        jsonschema.Draft202012Validator.check_schema(self.schema)

    def test_shipped_policies_are_valid(self):
        for path in shipped_files():
            self.assertEqual(self.errors(read(path)), [], path)

    def test_by_kind(self):
        for kind, name in (("policy", "rso.yaml"), ("queues", "queues.yaml"),
                           ("calendar", "calendars/england-and-wales.yaml")):
            validator = jsonschema.Draft202012Validator(
                json.loads(expect(program.DONE, "policy", "schema", "--kind", kind).out))
            self.assertEqual(self.errors(read(os.path.join(POLICIES, name)), validator), [])
            for other in shipped_files():
                belongs = {"policy": "workflow:", "queues": "queues:", "calendar": "calendar:"}[kind]
                is_one = any(line.startswith(belongs) for line in read(other).splitlines())
                self.assertEqual(self.errors(read(other), validator) == [], is_one, other)

    def test_wrong_policies_are_not(self):
        text = read(os.path.join(POLICIES, "rso.yaml"))
        for right, wrong in (("stops_on: assigned", "stop_on: assigned"),
                             ("starts_on: referred", "starts_on: refered"),
                             ("deadline: elapsed", "deadline: calendar"),
                             ("limit: P3D", "limit: soon"), ("limit: P3D", "limit: 3"),
                             ("cap: 10", "cap: 0"), ("cap: 10", "cap: many"),
                             ("[50%, breach", "[150%, breach"), ("[50%, breach", "[breached"),
                             ("days: 3}", "days: 3, hours: 1}"), ("absence: true", "absence: maybe"),
                             ("        source: every", "        # source: every"),
                             ("workflow: rso", "workflows: rso"), ("regrade: rebase", "regrade: later"),
                             ("effective_from: 2026-01-01", "effective_from: January"),
                             ("risks: [very_high", "risks: [very high")):
            if right == "effective_from: 2026-01-01" and right not in text:
                changed = text.replace("version: 2026-01\n", "version: 2026-01\n    " + wrong + "\n", 1)
            else:
                self.assertIn(right, text)
                changed = text.replace(right, wrong, 1)
            self.assertNotEqual(self.errors(changed), [], wrong)

    def test_what_the_program_takes_is_valid(self):
        """And what it refuses for a key is not: the two go by one table."""
        with program.folder() as folder:
            for path in shipped_files():
                lines = read(path).splitlines(keepends=True)
                for at in range(3, len(lines), max(1, len(lines) // 12)):
                    self.compare(folder, "".join(lines[:at] + lines[at + 1:]))

    def compare(self, folder, text):
        path = os.path.join(folder, "f.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = program.command("policy", "check", *NOW, path)
        try:
            errors = self.errors(text)
        except yaml.YAMLError:
            errors = ["no YAML"]
        if done.returncode == program.DONE:
            self.assertEqual(errors, [], text)
        elif re.search(r"Expected a key of (?!the limits)", done.err):
            self.assertNotEqual(errors, [], done.err + text)


if __name__ == "__main__":
    unittest.main()

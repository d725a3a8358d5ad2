"""The commands about policies from outside: check, schema, show."""

import html
import html.parser
import json
import os
import re
import shutil
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


class WithoutPolicies(unittest.TestCase):
    def test_a_program_that_was_copied_elsewhere_says_what_it_lacks(self):
        with program.folder() as folder:
            alone = shutil.copy(program.PROGRAM, folder)
            vectors = os.path.join(folder, "cal.csv")
            with open(vectors, "w", encoding="utf-8") as out:
                out.write("id,calendar,from,to,expected\n1,england-and-wales,,,\n")
            for command in (["policy", "show", "marac"], ["calendar", "check", vectors],
                            ["run", "--data", folder + "/data"]):
                done = subprocess.run([alone, *command], capture_output=True, text=True,
                                      timeout=60, env=program.ENVIRONMENT, check=False)
                self.assertEqual(done.returncode, program.CONFIGURATION, done.stderr)
                self.assertIn("no policies lie beside the program", done.stderr)


class Check(unittest.TestCase):
    def check(self, text, *options, code):
        with program.folder() as folder:
            path = os.path.join(folder, "f.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return expect(code, "policy", "check", *options, path).err

    def test_every_message_says_where_and_what_and_the_mend(self):
        text = read(os.path.join(POLICIES, "marac.yaml"))
        bad = text.replace("stops_on: assigned",
                           "stops_on: [assigned, referred, unassigned, reopened]")
        err = self.check(bad, code=program.BAD_DATA)
        self.assertRegex(err, r"f\.yaml:\d+: Expected starts_on and stops_on to differ, but .*: t")
        line = int(re.search(r"f\.yaml:(\d+): ", err).group(1))
        self.assertIn("stops_on: [assigned, referred", bad.splitlines()[line - 1])

    def test_a_missing_file_hides_nothing_of_the_others(self):
        with program.folder() as folder:
            bad, missing = os.path.join(folder, "bad.yaml"), os.path.join(folder, "nosuch.yaml")
            also = os.path.join(folder, "nor-this.yaml")
            with open(bad, "w", encoding="utf-8") as file:
                file.write("workflow: x\nversions:\n  - version: 1\n    clocks: 3\n")
            for paths in ([bad, missing, also], [missing, also, bad]):
                done = expect(program.BAD_DATA, "policy", "check", *paths)
                self.assertRegex(done.err, r"bad\.yaml:\d+: Expected")
                self.assertIn(f"{missing}: Expected policies, but there is nothing", done.err)
                self.assertIn(f"{also}: Expected policies, but there is nothing", done.err)
            done = expect(program.NO_INPUT, "policy", "check", missing, also)
            self.assertIn(missing, done.err)
            self.assertIn(also, done.err)
            good = os.path.join(POLICIES, "marac.yaml")
            self.assertIn(missing, expect(program.NO_INPUT, "policy", "check", *NOW, good,
                                          missing).err)

    def test_warnings_fail_only_when_strict(self):
        text = read(os.path.join(POLICIES, "ocset.yaml")).replace("ungraded: P3D, default: none",
                                                                 "high: P3D, default: none")
        self.assertIn("1 warning\n", self.check(text, code=program.DONE))
        self.check(text, "--strict", code=program.BAD_DATA)

    def test_a_calendar_past_its_horizon(self):
        done = expect(program.BAD_DATA, "policy", "check", "--at", "2040-01-01T00:00:00Z", POLICIES)
        self.assertRegex(done.err, r"england-and-wales\.yaml:\d+: Expected a calendar that covers "
                                   r"today.*2028-12-31.*: add the bank holidays")
        done = expect(program.DONE, "policy", "check", "--at", "2028-11-01T00:00:00Z", POLICIES)
        self.assertRegex(done.err, r"england-and-wales\.yaml:\d+: warning: ")
        expect(program.DONE, "policy", "check", "--strict", *NOW, POLICIES)

    def test_a_file_is_checked_with_those_it_needs(self):
        done = expect(program.DONE, "policy", "check", *NOW, os.path.join(POLICIES, "queues.yaml"))
        self.assertIn("together with the other files", done.err)
        # What is wrong in it stays wrong, and what is wrong beside it is not its fault.
        with program.folder() as folder:
            subprocess.run(["cp", "-r", POLICIES + "/.", folder], check=True)
            path = os.path.join(folder, "queues.yaml")
            with open(path, encoding="utf-8") as file:
                text = file.read().replace("calendar: england-and-wales", "calendar: nowhere", 1)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            err = expect(program.BAD_DATA, "policy", "check", *NOW, path).err
            self.assertIn("nowhere", err)
            self.assertIn("1 error,", err)
            err = expect(program.DONE, "policy", "check", *NOW,
                         os.path.join(folder, "marac.yaml")).err
            self.assertNotIn("nowhere", err)

    def test_an_unknown_calendar_is_refused(self):
        with program.folder() as folder:
            subprocess.run(["cp", "-r", POLICIES + "/.", folder], check=True)
            path = os.path.join(folder, "queues.yaml")
            text = read(path).replace("calendar: england-and-wales", "calendar: england-and-vales")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            done = expect(program.BAD_DATA, "policy", "check", folder)
            self.assertRegex(done.err, r"queues\.yaml:\d+: Expected a calendar of this set .*did "
                                       r"you mean \"england-and-wales\"")


if yaml is not None:
    class EditorLoader(yaml.SafeLoader):  # pylint: disable=too-many-ancestors
        """Plain scalars as YAML 1.2 resolves them, which is what editors do: no dates, no yes.
        Empty values and repeated keys are left out, for the loader of policies to judge."""

        yaml_implicit_resolvers = {}

        def construct_mapping(self, node, deep=False):
            read_out = super().construct_mapping(node, deep=deep)
            return {str(key): value for key, value in read_out.items() if value is not None}

        def construct_yaml_map(self, node):
            yield self.construct_mapping(node, deep=True)

    EditorLoader.add_constructor("tag:yaml.org,2002:map", lambda loader, node:
                                 loader.construct_mapping(node, deep=True))
    for tag, pattern, first in (("bool", "true|false", "tf"),
                                ("int", "[-+]?[0-9]+", "-+0123456789"),
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
                belongs = "workflow:" if kind == "policy" else kind + ":"
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
                             ("days: 3}", "days: 3, hours: 1}"),
                             ("absence: true", "absence: maybe"),
                             ("        source: every", "        # source: every"),
                             ("workflow: rso", "workflows: rso"),
                             ("regrade: rebase", "regrade: later"),
                             ("effective_from: 2026-01-01", "effective_from: January"),
                             ("risks: [very_high", "risks: [very high"),
                             ("limit: 50", "limit: 0"), ("limit: 50", "limit: fifty"),
                             ("caseload:  ", "caseloads: ")):
            if right == "effective_from: 2026-01-01" and right not in text:
                changed = text.replace("    owner:", "    " + wrong + "\n    owner:", 1)
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


class Show(unittest.TestCase):
    """`policy show`: a page to read and sign. The golden pages are made anew with
    CASECLOCK_WRITE_GOLDEN=1; read the difference before you keep it."""

    FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "policy_page")

    def show(self, form, *options):
        return expect(program.DONE, "policy", "show", "--format", form, *options).out

    def test_golden_pages(self):
        for form, name in (("text", "page.txt"), ("markdown", "page.md"), ("html", "page.html")):
            found = self.show(form, "--policy", self.FOLDER)
            self.assertEqual(found, self.show(form, "--policy", self.FOLDER), "the same each time")
            # The hash is also of the clock changes of the time zone database at hand.
            found = re.sub(r"\b[0-9a-f]{32}\b", "HASH", found)
            path = os.path.join(self.FOLDER, name)
            if os.environ.get("CASECLOCK_WRITE_GOLDEN"):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(found)
            self.assertEqual(found, read(path), name)

    def test_html_is_whole_and_shows_what_is_written_as_text(self):
        page = self.show("html", "--policy", self.FOLDER)
        open_tags = []

        class Reader(html.parser.HTMLParser):
            def handle_starttag(self, tag, attrs):
                if tag not in ("meta",):
                    open_tags.append(tag)

            def handle_endtag(self, tag):
                assert open_tags.pop() == tag, tag

        Reader().feed(page)
        self.assertEqual(open_tags, [])
        self.assertIn("&lt;draft&gt; &amp; practice", page)
        self.assertNotRegex(page, r"<script|https?://|src=|@import", "fetches nothing")

    def test_every_shipped_clock_with_its_source(self):
        sets = json.loads(self.show("json"))
        pages = {form: self.show(form) for form in ("text", "markdown", "html")}
        for form, page in pages.items():
            self.assertEqual(page.count("We have read version"), len(sets["workflows"]), form)
            self.assertIn(sets["hash"], page)
        for workflow in sets["workflows"]:
            for version in workflow["versions"]:
                for clock in version["clocks"]:
                    self.assertIn(clock["source"], html.unescape(pages["html"]))
                    words = " ".join(clock["source"].split()[:3])
                    self.assertIn(words, pages["text"])

    def test_one_workflow_and_one_that_is_not_there(self):
        page = self.show("text", "marac")
        self.assertIn("Marac: policy 2026-01", page)
        self.assertNotIn("Ocset", page)
        for form in ("csv", "jsonl"):
            limits = expect(program.DONE, "policy", "show", "marac", "--format", form).out
            self.assertIn("marac", limits)
            self.assertNotIn("ocset,", limits)
            self.assertNotIn('"ocset"', limits)
            expect(program.NO_INPUT, "policy", "show", "mirac", "--format", form)
        done = expect(program.NO_INPUT, "policy", "show", "mirac")
        self.assertRegex(done.err, r"Expected a workflow of this set \(.*marac.*\), but .*mirac")

    def test_what_is_in_force_is_shown_as_its_files_are(self):
        with program.folder() as folder:
            with program.Server(os.path.join(folder, "data"), "--policy", self.FOLDER) as server:
                found = self.show("text", "--from", f"http://127.0.0.1:{server.port}")
        self.assertEqual(found, self.show("text", "--policy", self.FOLDER))


class Activate(unittest.TestCase):
    """From when a set is in force is told, because until then another one judges."""

    def changed(self, folder):
        policies = os.path.join(folder, "policies")
        shutil.copytree(POLICIES, policies)
        with open(policies + "/queues.yaml", "a", encoding="utf-8") as out:
            out.write("sources:\n  - {source: rms, silence: PT6H}\n")
        return policies

    def test_where_nobody_is_at_work_it_is_in_force_at_once(self):
        with program.folder() as folder:
            data = os.path.join(folder, "data")
            first = program.ask("policy", "activate", POLICIES, "--data", data)
            self.assertEqual((first["in_force_from"], first["in_force"]), (None, True))
            before = program.ago()
            second = program.ask("policy", "activate", self.changed(folder), "--data", data)
            self.assertTrue(second["in_force"])
            self.assertGreaterEqual(second["in_force_from"][:19], before[:19])
            self.assertNotEqual(first["hash"], second["hash"])
            again = expect(program.DONE, "policy", "activate", os.path.join(folder, "policies"),
                           "--data", data).out
            self.assertEqual(again, f"set {second['hash']} is in force since "
                                    f"{second['in_force_from']}\n")

    def test_where_an_engine_is_at_work_it_comes_into_force_later(self):
        with program.folder() as folder:
            data = os.path.join(folder, "data")
            with program.Server(data) as server:
                policies = self.changed(folder)
                said = expect(program.DONE, "policy", "activate", policies, "--data", data).out
                told = program.ask("policy", "activate", policies, "--to",
                                   f"http://127.0.0.1:{server.port}")
                rows = expect(program.DONE, "policy", "activate", policies, "--data", data,
                              "--format", "csv").out.splitlines()
            self.assertFalse(told["in_force"])
            self.assertGreater(told["in_force_from"], program.ago())
            self.assertLess(told["in_force_from"], program.ago(-11))
            self.assertEqual(said, f"set {told['hash']} comes into force at "
                                   f"{told['in_force_from']}; until then the set before it "
                                   "judges\n")
            self.assertEqual(rows, ["hash,in_force_from,in_force",
                                    f"{told['hash']},{told['in_force_from']},false"])
            help_text = expect(program.DONE, "policy", "activate", "--help").out
            self.assertIn("ten seconds", help_text)


class CalendarCheck(unittest.TestCase):
    """`calendar check` by the calendars that ship."""

    def check(self, rows, code):
        text = "id,op,calendar,start,arg,expected\n" + rows
        return expect(code, "calendar", "check", "-", "--format", "csv", stdin=text)

    def test_named_calendars(self):
        # Around the bank holidays of Easter, and across the change to summer time in between.
        done = self.check("easter,add_days,england-and-wales,2026-04-02,1,2026-04-07\n"
                          "hours,add,england-and-wales,2026-03-27T16:00:00Z,7200,"
                          "2026-03-30T10:00:00+01:00\n", program.DONE)
        self.assertEqual(done.out.splitlines(),
                         ["id,expected,got,ok", "easter,2026-04-07,2026-04-07,true",
                          "hours,2026-03-30T09:00:00Z,2026-03-30T09:00:00Z,true"])

    def test_a_wrong_answer_ends_so(self):
        done = self.check("easter,add_days,england-and-wales,2026-04-02,1,2026-04-03\n",
                          program.BAD_DATA)
        self.assertIn("easter,2026-04-03,2026-04-07,false", done.out)

    def test_an_unknown_calendar_is_refused(self):
        done = self.check("1,add_days,england,2026-04-02,1,2026-04-07\n", program.BAD_DATA)
        self.assertRegex(done.err, r"^-:2: Expected a calendar of the set \(.*england-and-wales.*"
                                   r"\), but there is \"england\"")

    def test_all_bad_rows_are_told_and_the_good_ones_answered(self):
        done = self.check("1,add_days,england,2026-04-02,1,2026-04-07\n"
                          "easter,add_days,england-and-wales,2026-04-02,1,2026-04-07\n"
                          "3,add_days\n"
                          "4,sub,england-and-wales,2026-04-02,1,2026-04-07\n", program.BAD_DATA)
        self.assertEqual(done.out.splitlines(),
                         ["id,expected,got,ok", "easter,2026-04-07,2026-04-07,true"])
        told = [line for line in done.err.splitlines() if line.startswith("-:")]
        self.assertEqual([line.split(" ")[0] for line in told], ["-:2:", "-:4:", "-:5:"])
        self.assertIn("1 of 1 as expected, 3 bad rows", done.err)

    def test_beyond_its_coverage_is_told(self):
        done = self.check("late,add_days,round-the-clock,2199-12-30,5,2200-01-04\n", program.DONE)
        self.assertIn("late: beyond the days that calendar round-the-clock 2026-01", done.err)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Settings from the environment and from the file of --config: which hold, and what is refused."""

import json
import os
import subprocess
import unittest

import program
from program import ago, event, expect

QUEUE = "demo/settings"


def run(arguments, environment=None, stdin=""):
    done = subprocess.run([program.PROGRAM, *arguments], input=stdin, capture_output=True,
                          text=True, timeout=60, check=False,
                          env=program.ENVIRONMENT | (environment or {}))
    done.out, done.err = done.stdout, done.stderr
    return done


class Settings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(program.folder())
        cls.data = cls.folder + "/data"
        cls.events = program.lines([event("1", "C-1", ago(days=3), referred={"queue": QUEUE})])
        expect(program.DONE, "send", "-", "--data", cls.data, stdin=cls.events)
        expect(program.DONE, "run", "--data", cls.data, "--until-idle")

    def expect(self, code, arguments, environment=None, stdin=""):
        done = run(arguments, environment, stdin)
        self.assertEqual(done.returncode, code, f"{arguments} {environment}\n{done.err}{done.out}")
        return done

    def file(self, text):
        path = os.path.join(self.folder, "c.toml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path


class Environment(Settings):
    def test_a_value_for_one_command_is_no_matter_of_others(self):
        form = {"CASECLOCK_FORMAT": "markdown"}
        self.assertIn("# ", self.expect(program.DONE, ["policy", "show"], form).out)
        for command in (["backlog", "--data", self.data], ["topics", "--help"],
                        ["run", "--data", self.data, "--until-idle"],
                        ["state", "get", "C-1", "--data", self.data]):
            self.expect(program.DONE, command, form)
        # What --raw prints has no form, so the variable is no matter of it.
        self.expect(program.DONE, ["rejects", "list", "--raw", "--data", self.data],
                    {"CASECLOCK_FORMAT": "json"})
        self.assertTrue(self.expect(program.DONE, ["state", "get", "C-1", "--data", self.data],
                                    {"CASECLOCK_FORMAT": "csv"}).out.startswith("member,value"))
        # 0 is a word of migrate and topics check alone.
        none = {"CASECLOCK_PARTITIONS": "0"}
        self.expect(program.DONE, ["send", "-", "--data", self.folder + "/none"], none, self.events)
        self.expect(program.DONE, ["run", "--data", self.folder + "/none", "--until-idle"], none)
        self.assertEqual(len(json.loads(self.expect(program.DONE, [
            "backlog", "--data", self.folder + "/none", "--format", "json"]).out)), 1)

    def test_what_a_command_has_no_use_for_is_no_matter(self):
        # Of `run --clock log`.
        until = {"CASECLOCK_UNTIL": "2020-01-01T00:00:00Z"}
        self.expect(program.DONE, ["run", "--data", self.data, "--until-idle"], until)
        self.expect(program.DONE, ["backlog", "--data", self.data], {"CASECLOCK_KNOWN": "now"})
        self.expect(program.DONE, ["simulate", "--cases", "3", "--out", os.devnull],
                    {"CASECLOCK_NO_HISTORY": "1"})
        # On the command line it still is a mistake.
        for command in (["run", "--data", self.data, "--until-idle", "--until", "now"],
                        ["backlog", "--data", self.data, "--known", "now"]):
            self.expect(program.USAGE, command)

    def test_another_meaning_has_a_name_of_its_own(self):
        data = self.folder + "/acked"
        expect(program.DONE, "send", "-", "--data", data, stdin=self.events)
        expect(program.DONE, "run", "--data", data, "--until-idle")

        def acknowledged_until(environment):
            alerts = json.loads(self.expect(program.DONE, [
                "alerts", "list", "--standing", "--data", data, "--format", "json"]).out)
            self.expect(program.DONE, ["alerts", "ack", alerts[0]["alert_id"], "--by", "U-7",
                                       "--data", data], environment)
            expect(program.DONE, "run", "--data", data, "--until-idle")
            told = json.loads(self.expect(program.DONE, [
                "state", "get", "C-1", "--data", data, "--format", "json"]).out)
            acks = [e["acknowledged"] for e in events_of(told) if "acknowledged" in e]
            return acks[-1].get("until")

        def events_of(value):
            if isinstance(value, dict):
                if "acknowledged" in value:
                    yield value
                for inner in value.values():
                    yield from events_of(inner)
            elif isinstance(value, list):
                for inner in value:
                    yield from events_of(inner)

        self.assertIsNone(acknowledged_until({"CASECLOCK_UNTIL": "2099-01-01T00:00:00Z"}))
        own = {"CASECLOCK_ALERTS_ACK_UNTIL": "2099-01-01T00:00:00Z"}
        self.assertEqual(acknowledged_until(own), "2099-01-01T00:00:00Z")
        self.assertIn("CASECLOCK_ALERTS_ACK_UNTIL",
                      self.expect(program.DONE, ["alerts", "ack", "--help"]).out)

    def test_a_value_that_no_command_knows_is_an_error_that_names_it(self):
        for name, value in (("CASECLOCK_FORMAT", "jsno"), ("CASECLOCK_BACKLOG_FORMAT", "html"),
                            ("CASECLOCK_ROLLUP", "maybe"), ("CASECLOCK_AT", "yesterday"),
                            ("CASECLOCK_CONNECT_TIMEOUT", "soon")):
            done = self.expect(program.CONFIGURATION, ["backlog", "--data", self.data],
                               {name: value})
            self.assertIn(name + ": Expected", done.err)
            self.assertIn(value, done.err)

    def test_such_a_value_is_one_also_where_it_is_not_needed(self):
        run_once = ["run", "--data", self.data, "--until-idle"]
        for name, value, command in (
                ("CASECLOCK_UNTIL", "bad", run_once), ("CASECLOCK_RUN_UNTIL", "bad", run_once),
                ("CASECLOCK_KNOWN", "always", ["backlog", "--data", self.data]),
                ("CASECLOCK_NO_HISTORY", "maybe", ["simulate", "--out", os.devnull]),
                ("CASECLOCK_FORMAT", "jsno", ["backlog", "--data", self.data, "--format", "json"])):
            done = self.expect(program.CONFIGURATION, command, {name: value})
            self.assertIn(name + ": Expected", done.err)

    def test_the_name_of_the_command_goes_first(self):
        both = {"CASECLOCK_BACKLOG_FORMAT": "csv", "CASECLOCK_FORMAT": "json"}
        self.assertTrue(self.expect(program.DONE, ["backlog", "--data", self.data],
                                    both).out.startswith("queue,"))
        json.loads(self.expect(program.DONE, ["cases", "--data", self.data], both).out)
        self.assertTrue(self.expect(program.DONE, ["backlog", "--data", self.data, "--format",
                                                   "jsonl"], both).out.startswith("{"))

    def test_a_needed_option_may_come_from_it(self):
        done = self.expect(program.USAGE, ["alerts", "ack", "0" * 32, "--data", self.data])
        self.assertIn("--by", done.err)
        self.expect(program.NO_INPUT, ["alerts", "ack", "0" * 32, "--data", self.data],
                    {"CASECLOCK_BY": "U-7"})

    def test_the_command_line_goes_before_it_for_log_levels_too(self):
        level = {"CASECLOCK_LOG_LEVEL": "debug"}
        quiet = ["run", "--data", self.data, "--until-idle", "--quiet"]
        self.assertNotEqual(self.expect(program.DONE, quiet, level).err, "")
        self.assertEqual(self.expect(program.DONE, ["--log-level", "error", *quiet], level).err, "")


class File(Settings):
    def config(self, code, text, *arguments, environment=None):
        return self.expect(code, ["--config", self.file(text), *arguments], environment)

    def test_toml_as_it_is_known(self):
        text = f"""# ours
format = "json"          # for every command
log-level = 'error'

[backlog]                # comments behind everything
data = "{self.data}"     # where
at = 2099-01-01T00:00:00Z # a date of TOML

[ policy.show ]
format = "html"
[run]
allow-host = ["a", "b"]
workers = 1_0
until-idle = true
"""
        self.assertIn("<html", self.config(program.DONE, text, "policy", "show").out)
        self.assertTrue(self.config(program.DONE, text, "run", "--data", self.data).err)
        text = text.replace("2099", "2020")
        json.loads(self.config(program.DONE, text, "backlog").out)
        quoted = text.replace("json", "js\\u006Fn").replace("backlog", '"backlog"')
        json.loads(self.config(program.DONE, quoted, "backlog").out)

    def test_the_environment_goes_before_it(self):
        text = f'[backlog]\ndata = "{self.data}"\nformat = "json"\n'
        done = self.config(program.DONE, text, "backlog", environment={"CASECLOCK_FORMAT": "csv"})
        self.assertTrue(done.out.startswith("queue,"))
        done = self.config(program.NO_INPUT, text, "backlog",
                           environment={"CASECLOCK_DATA": "/no/such/place"})
        self.assertIn("/no/such/place", done.err)
        # Another way to say where the log is, too.
        done = self.config(program.UNAVAILABLE, text, "backlog",
                           environment={"CASECLOCK_FROM": "http://127.0.0.1:1"})

    def test_what_is_wrong_is_named_with_its_line(self):
        for text, line, words in (
                ("[backlog]\ndata = tour\n", 2, ["Expected TOML", "quotes"]),
                ("[backlog\ndata = 'x'\n", 1, ["Expected TOML"]),
                ("[backlog]\ndata = 'x'\ndata = 'y'\n", 3, ["data"]),
                ("\n[backlgo]\ndata = 'x'\n", 3, ["caseclock backlgo"]),
                ("[backlog]\n\ndaat = 'x'\n", 3, ["caseclock backlog", "--daat"]),
                ("daat = 'x'\n", 1, ["--daat"]),
                ("[run]\n# of another command\nworkers = 'many'\n", 3, ["workers", "many"]),
                ("[backlog]\nformat = ['csv', 'json']\n", 2, ["format", "list"]),
                ("[alerts]\nlimit = 3\n", 2, ["caseclock alerts", "--limit"]),
                ("until = 2026-03-02T10:15:00Z\n[alerts.ack]\nuntil = 'soon'\n", 3, ["soon"]),
                ("kafka = 'x'\n", 1, ["[kafka]"])):
            with self.subTest(text=text):
                done = self.config(program.CONFIGURATION, text, "backlog", "--data", self.data)
                self.assertRegex(done.err, rf"^caseclock: \S*c\.toml:{line}: (\w+: )?Expected")
                for word in words:
                    self.assertIn(word, done.err)

    def test_no_file_and_no_right(self):
        self.expect(program.NO_INPUT, ["--config", self.folder + "/none.toml", "cases"])
        self.expect(program.INPUT_OUTPUT, ["--config", self.folder, "cases"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

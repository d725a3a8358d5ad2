#!/usr/bin/env python3
"""Commands one by one: exit codes mean what the help says, and output can be read by programs."""

import contextlib
import csv
import datetime
import fcntl
import io
import json
import os
import pty
import shutil
import struct
import subprocess
import termios
import unittest

import program
from program import ago, event, expect

QUEUE = "demo/commands"


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(program.folder())
        cls.data = cls.folder + "/data"
        events = [event(f"{n}/referred", f"C-{n}", ago(days=2),
                        referred={"queue": QUEUE, "risk": "high"}) for n in range(5)]
        events.append(event("4/closed", "C-4", ago(days=1), closed={"reason": "done"}))
        expect(program.DONE, "send", "-", "--data", cls.data, stdin=program.lines(events))
        expect(program.DONE, "run", "--data", cls.data, "--until-idle")

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(content)
        return path

    def test_help_and_version(self):
        commit = r"([0-9a-f]{7,40}(-dirty)?|unknown)"
        self.assertRegex(expect(program.DONE, "--version").out,
                         r"^caseclock \d+\.\d+\.\d+ \(commit " + commit + r"\)\n$")
        text = expect(program.DONE, "--help").out
        for name in ("run", "send", "simulate", "backlog", "alerts", "cases", "explain", "policy",
                     "state", "migrate", "rejects", "sources"):
            self.assertIn(name, text)
            self.assertIn("--help", expect(program.DONE, name, "--help").out)

    def test_commands_on_one_directory_wait_for_one_another(self):
        data = self.folder + "/shared"
        events = [event(f"{n}/referred", f"C-{n}", ago(days=9),
                        referred={"queue": QUEUE, "risk": "high"}) for n in range(300)]
        expect(program.DONE, "send", "-", "--data", data, stdin=program.lines(events))
        expect(program.DONE, "run", "--data", data, "--until-idle")

        def begin(*arguments):
            return subprocess.Popen([program.PROGRAM, *arguments, "--data", data],
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                    env=program.ENVIRONMENT)

        # As in a pipe: more than it holds, and its reader asks first.
        with begin("alerts", "list", "--format", "json") as listing:
            listing.stdout.read(1)
            expect(program.DONE, "explain", "C-1", "--data", data)
            self.assertGreater(len(listing.stdout.read()), 1 << 16)
        self.assertEqual(listing.returncode, program.DONE)
        at_once = [begin("backlog") for _ in range(6)]
        for reader in at_once:
            reader.communicate()
        self.assertEqual([reader.returncode for reader in at_once], [program.DONE] * 6)

    def test_a_wrong_verb_is_told_the_right_ones(self):
        for arguments, names in ((["state", "scan"], "get, verify, repair"),
                                 (["rejects", "replay"], "list"),
                                 (["no-such-command"], "run, engine")):
            done = expect(program.USAGE, *arguments)
            self.assertIn(names, done.err)
            self.assertIn(f"but got {arguments[-1]}", done.err)
        self.assertIn("but got nothing", expect(program.USAGE, "alerts").err)

    def test_what_is_in_the_wrong_place_is_named_as_it_stands(self):
        behind = "` takes, behind its name, but got "
        for arguments, wrong in (
                (["--no-such"], "after `caseclock`, but got --no-such"),
                (["alerts", "--data", "x"], "`caseclock alerts`, but got --data"),
                (["--data", "x", "backlog"], f"`caseclock backlog{behind}--data x"),
                (["backlog", "--no-such", "y"], f"`caseclock backlog{behind}--no-such y"),
                (["alerts", "list", "--data", "x", "y"], f"`caseclock alerts list{behind}y")):
            with self.subTest(arguments=arguments):
                self.assertIn(wrong, expect(program.USAGE, *arguments).err)

    def test_help_of_no_command(self):
        for arguments, command in ((["no-such"], "caseclock"),
                                   (["policy", "no-such"], "caseclock policy"),
                                   (["alerts", "no-such"], "caseclock alerts")):
            for order in (arguments + ["--help"], ["--help"] + arguments, arguments + ["-h"]):
                with self.subTest(arguments=order):
                    done = expect(program.USAGE, *order)
                    self.assertIn(f"after `{command}`, but got no-such", done.err)
                    self.assertFalse(done.out)
        for arguments in (["--help"], ["policy", "--help"], ["--help", "policy"],
                          ["policy", "show", "--help"]):
            with self.subTest(arguments=arguments):
                self.assertIn("Usage:", expect(program.DONE, *arguments).out)

    def test_every_command_has_a_log_level(self):
        for name in (["run"], ["engine"], ["send"], ["simulate"], ["backlog"], ["cases"],
                     ["explain"], ["alerts", "ack"], ["policy", "check"], ["calendar", "check"],
                     ["state", "verify"], ["rejects", "list"], ["topics", "check"]):
            self.assertIn("--log-level", expect(program.DONE, *name, "--help").out, name)
        for arguments in (["--log-level", "error", "cases", "--data", self.data],
                          ["cases", "--data", self.data, "--log-level", "error"]):
            expect(program.DONE, *arguments)
        done = expect(program.USAGE, "cases", "--data", self.data, "--log-level", "loud")
        self.assertIn("debug|info|warning|error|off", done.err)

    def test_wrong_command_lines(self):
        for arguments in ([], ["no-such-command"], ["backlog", "--no-such-option"],
                          ["backlog", "--data", self.data, "--at", "yesterday"],
                          ["run", "--data", self.data, "--clock", "sundial"]):
            with self.subTest(arguments=arguments):
                done = expect(program.USAGE, *arguments)
                self.assertTrue(done.err.strip())

    def test_no_such_input(self):
        missing = self.folder + "/missing"
        for arguments in (["send", missing, "--data", self.folder + "/other"],
                          ["backlog", "--data", missing],
                          ["explain", "no-such-case", "--data", self.data],
                          ["policy", "check", missing]):
            with self.subTest(arguments=arguments):
                done = expect(program.NO_INPUT, *arguments)
                self.assertIn(arguments[1] if arguments[0] == "explain" else missing, done.err)
        self.assertFalse(os.path.exists(missing), "asking makes no directory")

    def test_no_place_for_what_is_temporary(self):
        stateless = self.folder + "/stateless"
        shutil.copytree(self.data, stateless)
        shutil.rmtree(stateless + "/state")
        environment = {**program.ENVIRONMENT, "TMPDIR": self.folder + "/nowhere"}
        done = subprocess.run([program.PROGRAM, "backlog", "--data", stateless], timeout=60,
                              capture_output=True, text=True, env=environment, check=False)
        self.assertEqual(done.returncode, program.INPUT_OUTPUT, done.stderr)
        self.assertIn("TMPDIR", done.stderr)

    def test_no_service(self):
        done = expect(program.UNAVAILABLE, "send", "-", "--to",
                      f"http://127.0.0.1:{program.free_port()}",
                      stdin=program.lines([event("1", "C", ago(), closed={"reason": "x"})]))
        self.assertTrue(done.err.strip())

    def test_bad_policies(self):
        path = self.file("bad.yaml", "workflow: x\nversions:\n  - version: 1\n    clocks: 3\n")
        done = expect(program.BAD_DATA, "policy", "check", path)
        self.assertRegex(done.err + done.out, r"bad\.yaml:\d+: ")
        done = expect(program.CONFIGURATION, "run", "--data", self.folder + "/none", "--policy",
                      path, "--until-idle")
        self.assertRegex(done.err, r"bad\.yaml:\d+: ")

    def test_shipped_policies_are_good(self):
        expect(program.DONE, "policy", "check", "--strict", "--at", "2027-01-01T00:00:00Z",
               os.path.join(program.ROOT, "deploy", "policies"))

    def test_backlog_in_every_format(self):
        arguments = ("backlog", "--data", self.data, "--queue", QUEUE)
        self.assertIn("4", expect(program.DONE, *arguments, "--format", "text").out)
        figures, = program.ask(*arguments)
        self.assertEqual((figures["queue"], figures["open"]), (QUEUE, 4))
        jsonl = expect(program.DONE, *arguments, "--format", "jsonl").out.splitlines()
        self.assertEqual([json.loads(line)["open"] for line in jsonl], [4])
        rows = list(csv.DictReader(io.StringIO(
            expect(program.DONE, *arguments, "--format", "csv").out)))
        self.assertEqual(rows[0]["open"], "4")

    def test_a_narrow_terminal_breaks_no_tables(self):
        def at(columns, *arguments):
            ours, theirs = pty.openpty()
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
            with subprocess.Popen([program.PROGRAM, *arguments, "--data", self.data],
                                  stdout=theirs, stdin=subprocess.DEVNULL,
                                  env={**program.ENVIRONMENT, "NO_COLOR": "1"}) as ran:
                os.close(theirs)
                text = b""
                with contextlib.suppress(OSError):  # EIO: the other end is closed
                    while part := os.read(ours, 65536):
                        text += part
                os.close(ours)
            self.assertEqual(ran.returncode, program.DONE)
            return text.decode().replace("\r\n", "\n").splitlines()

        for command in (["backlog"], ["backlog", "--clocks"], ["cases"], ["alerts", "list"]):
            for line in at(80, *command):
                if not line.startswith("As of "):
                    self.assertLessEqual(len(line), 80, line)
        self.assertIn("queue           demo/commands", at(80, "backlog"))
        self.assertRegex(at(250, "backlog")[0], "^queue +open")

    def rows(self, *arguments):
        return list(csv.DictReader(io.StringIO(
            expect(program.DONE, *arguments, "--data", self.data, "--format", "csv").out)))

    def test_csv_says_what_json_says(self):
        def flat(value, columns, prefix=""):
            out = {}
            for key, inner in value.items():
                if isinstance(inner, dict) and prefix + key not in columns:
                    out |= flat(inner, columns, prefix + key + ".")
                else:
                    out[prefix + key] = inner
            return out

        # At one instant, so that no age grows between the two.
        for command in (["backlog", "--queue", QUEUE, "--at", ago(), "--known", "now"],
                        ["alerts", "list", "--queue", QUEUE], ["cases", "--queue", QUEUE]):
            objects = program.ask(*command, "--data", self.data)
            rows = self.rows(*command)
            self.assertEqual(len(rows), len(objects))
            self.assertTrue(rows)
            for row, values in zip(rows, (flat(one, rows[0]) for one in objects)):
                for name, value in values.items():
                    if isinstance(value, (list, dict)):
                        self.assertEqual(json.loads(row[name]), value)
                    elif value is None:
                        self.assertEqual(row[name], "")
                    elif isinstance(value, bool):
                        self.assertEqual(row[name], str(value).lower())
                    elif isinstance(value, str):
                        self.assertEqual(row[name], value)
                    else:
                        self.assertEqual(float(row[name]), value)

    def test_cases_name_their_queue(self):
        self.assertEqual({case["queue"] for case in program.ask("cases", "--data", self.data)},
                         {QUEUE})
        self.assertIn(QUEUE, expect(program.DONE, "cases", "--data", self.data).out)

    def test_a_mistyped_queue_is_told_the_queues_there_are(self):
        for code, command in ((program.DONE, ["cases"]), (program.DONE, ["alerts", "list"]),
                              (program.NO_INPUT, ["backlog"]),
                              (program.NO_INPUT, ["backlog", "--format", "json"]),
                              (program.NO_INPUT, ["backlog", "--at", ago()]),
                              (program.NO_INPUT, ["backlog", "--rollup"])):
            done = expect(code, *command, "--data", self.data, "--queue", "demo/comands")
            self.assertIn("demo/comands", done.err)
            self.assertIn(QUEUE, done.err)
            if code != program.DONE:
                self.assertEqual(done.out, "")
        for command in (["cases"], ["alerts", "list"], ["backlog"]):
            done = expect(program.DONE, *command, "--data", self.data, "--queue", "demo/*")
            self.assertEqual(done.err, "")

    def test_a_queue_before_there_are_figures_may_be_there(self):
        data = self.folder + "/no-figures"
        expect(program.DONE, "send", "-", "--data", data)
        expect(program.DONE, "run", "--data", data, "--until-idle", "--quiet")
        done = expect(program.DONE, "backlog", "--data", data, "--queue", QUEUE)
        self.assertIn("there are figures of none yet", done.err)

    def test_policies_as_csv(self):
        rows = list(csv.DictReader(io.StringIO(
            expect(program.DONE, "policy", "show", "--format", "csv").out)))
        self.assertIn(("marac", "screening"), {(row["workflow"], row["clock"]) for row in rows})
        self.assertTrue(all(row["version"] and row["for"] for row in rows))

    def test_no_data_directory_says_what_makes_one(self):
        done = expect(program.NO_INPUT, "backlog", "--data", self.folder + "/missing")
        self.assertIn("no such directory", done.err)
        self.assertIn("caseclock run", done.err)
        done = expect(program.NO_INPUT, "backlog", "--data", self.folder)
        self.assertIn("holds no log", done.err)

    def test_what_no_engine_has_worked_on_says_so(self):
        sent, activated = self.folder + "/sent", self.folder + "/activated"
        expect(program.DONE, "send", "-", "--data", sent, stdin=program.lines(
            [event("1", "C-1", ago(days=1), referred={"queue": QUEUE})]))
        expect(program.DONE, "policy", "activate", os.path.join(program.ROOT, "deploy", "policies"),
               "--data", activated)
        for data in (sent, activated):
            for command in (("backlog",), ("explain", "C-1"), ("policy", "show"),
                            ("rejects", "list", "--raw"), ("state", "verify"), ("state", "repair")):
                done = expect(program.NO_INPUT, *command, "--data", data)
                self.assertIn(f"Expected an engine to have worked on {data}, but none has yet: "
                              "`caseclock run --until-idle` does", done.err)

    def test_where_to_is_asked_for(self):
        for arguments, word in ((["simulate"], "--out"), (["backlog"], "--from"),
                                (["state", "verify"], "--brokers"),
                                (["policy", "activate",
                                  os.path.join(program.ROOT, "deploy", "policies")], "--to")):
            done = expect(program.USAGE, *arguments)
            self.assertIn(word, done.err)
            self.assertIn("but got none", done.err)
        done = expect(program.USAGE, "backlog", "--data", self.data, "--from", "x")
        self.assertIn("but got --data and --from", done.err)

    def test_one_is_one(self):
        data = self.folder + "/one"
        one = program.lines([event("1", "C", ago(), referred={"queue": QUEUE})])
        self.assertIn("1 event sent", expect(program.DONE, "send", "-", "--data", data,
                                             stdin=one).err)
        done = expect(program.DONE, "run", "--data", data, "--until-idle")
        self.assertIn("1 record: 1 event, 0 rejects", done.err)

    def test_a_json_array_is_told_how_to_become_lines(self):
        done = expect(program.BAD_DATA, "send", "-", "--data", self.folder + "/array",
                      "--input-format", "jsonl", stdin="[\n{}\n]\n")
        self.assertIn("begins with a JSON array", done.err)

    def test_backlog_at_an_instant(self):
        def open_at(*options):
            return [b["open"] for b in program.ask("backlog", "--data", self.data, "--queue",
                                                   QUEUE, *options)]

        self.assertEqual(open_at("--at", ago(days=1, hours=12), "--known", "now"), [5])
        self.assertEqual(open_at("--at", ago(), "--known", "now"), [4])
        done = expect(program.BAD_DATA, "backlog", "--data", self.data, "--at", ago(hours=-1))
        self.assertIn("lies ahead: now is", done.err)
        self.assertFalse(done.out)
        # Nothing had arrived by then: it was sent a moment ago.
        self.assertIn(open_at("--at", ago(days=1, hours=12), "--known", "then"), ([], [0]))

    def test_alerts_and_cases(self):
        cases = program.ask("cases", "--data", self.data, "--queue", QUEUE)
        self.assertEqual(len(cases), 4)
        alerts = program.ask("alerts", "list", "--data", self.data, "--queue", "demo/*")
        self.assertTrue(alerts)
        standing = program.ask("alerts", "list", "--data", self.data, "--standing")
        self.assertEqual({a["state"] for a in standing} - {"raised", "acknowledged", "escalated"},
                         set())
        explained = expect(program.DONE, "explain", "C-0", "--data", self.data).out
        self.assertRegex(explained, r"unassigned, breach, due \d{4}-")

    def test_alerts_told_together_stand_by_case_and_clock(self):
        alerts = program.ask("alerts", "list", "--data", self.data, "--queue", QUEUE)
        together = 0
        for one, other in zip(alerts, alerts[1:]):
            at, then = (datetime.datetime.fromisoformat(a["transitions"][-1]["at"])
                        for a in (one, other))
            self.assertGreaterEqual(at, then)
            if at == then:
                together += 1
                self.assertLess(*((a["case_id"], a["clock"], a["due_at"]) for a in (one, other)))
        self.assertGreater(together, 0)

    def test_a_record_in_every_form(self):
        get = ("state", "get", "C-1", "--data", self.data)
        record = json.loads(expect(program.DONE, *get).out)["record"]
        rows = {row["member"]: row["value"] for row in csv.DictReader(io.StringIO(
            expect(program.DONE, *get, "--format", "csv").out))}
        self.assertEqual(rows["record.case_id"], record["case_id"])
        self.assertEqual(rows["record.view.queue"], record["view"]["queue"])
        text = expect(program.DONE, *get, "--format", "text").out
        self.assertRegex(text, r"(?m)^record\.case_id +C-1$")

    def test_bytes_of_rejects_have_no_other_form(self):
        listed = ("rejects", "list", "--data", self.data)
        expect(program.DONE, *listed, "--raw")
        done = expect(program.USAGE, *listed, "--raw", "--format", "json")
        self.assertIn("Expected one of --raw and --format", done.err)

    def test_state_verify(self):
        expect(program.DONE, "state", "verify", "--data", self.data)

    def test_state_repair_of_what_is_whole(self):
        done = expect(program.DONE, "state", "repair", "--data", self.data)
        self.assertIn("nothing to repair", done.err)

    def test_screening_by_guidance_and_role(self):
        data = self.folder + "/screened"
        events = [event("1", "C-1", "2026-03-02T09:00:00Z", referred={"queue": "demo/marac"}),
                  event("2", "C-1", "2026-03-02T10:00:00Z",
                        screened={"decision": "out", "guidance": "2026-01", "score": 20,
                                  "role": "supervisor"}),
                  event("3", "C-1", "2026-03-02T11:00:00Z",
                        screened={"decision": "in", "guidance": "2026-01", "score": 20})]
        expect(program.DONE, "send", "-", "--data", data, "--timestamps", "occurred",
               stdin=program.lines(events))
        expect(program.DONE, "run", "--data", data, "--until-idle", "--clock", "log")
        figures, = program.ask("backlog", "--data", data, "--at", "2026-03-02T12:00:00Z")
        rows = {(r["role"], r["window"]): r for r in figures["screening"]}
        self.assertEqual(len(rows), 6)
        deviating = rows["supervisor", "P7D"]
        self.assertEqual((deviating["out"], deviating["deviations"], deviating["deviation_ratio"]),
                         (1, 1, 1.0))
        self.assertEqual(rows["none", "P28D"]["in"], 1)
        text = expect(program.DONE, "backlog", "--data", data, "--screening", "--at",
                      "2026-03-02T12:00:00Z").out
        self.assertRegex(text, r"demo/marac +2026-01 +supervisor +P1D +0 +1 +0 +1 +100\.0 %")
        expect(program.USAGE, "backlog", "--data", data, "--screening", "--clocks")

    def test_sources_that_fall_silent(self):
        data = self.folder + "/sources"
        policies = self.folder + "/sources-policies"
        shutil.copytree(os.path.join(program.ROOT, "deploy", "policies"), policies)
        with open(policies + "/queues.yaml", "a", encoding="utf-8") as out:
            out.write("sources:\n  - {source: rms, silence: PT6H}\n")
        times = ["2026-03-02T09:00:00Z", "2026-03-02T18:00:00Z"]  # nothing for nine hours
        expect(program.DONE, "send", "-", "--data", data, "--timestamps", "occurred",
               stdin=program.lines([
                   event(str(n), f"C-{n}", at, source="rms", referred={"queue": QUEUE})
                   for n, at in enumerate(times)]))
        run = ("run", "--data", data, "--policy", policies, "--until-idle", "--clock", "log")
        expect(program.DONE, *run, "--until", "2026-03-03T01:00:00Z")
        expect(program.DONE, *run, "--until", "2026-03-03T02:00:00Z")
        silent = [alert for alert in program.ask("alerts", "list", "--data", data)
                  if alert["clock"] == "silent_source"]
        self.assertEqual(sorted((a["source"], a["due_at"], a["state"]) for a in silent),
                         [("rms", "2026-03-02T15:00:00Z", "resolved"),
                          ("rms", "2026-03-03T00:00:00Z", "raised")])
        source, = program.ask("sources", "--data", data)
        self.assertEqual((source["source"], source["heard_at"], source["silent"]),
                         ("rms", "2026-03-02T18:00:00Z", True))
        self.assertIn("silent", expect(program.DONE, "sources", "--data", data).out)
        self.assertIn("source rms", expect(program.DONE, "alerts", "list", "--data", data).out)
        done = expect(program.BAD_DATA, "alerts", "ack", silent[0]["alert_id"], "--by", "U-7",
                      "--data", data)
        self.assertIn("source rms", done.err)

    def test_nothing_rejected_is_an_empty_list(self):
        self.assertEqual(program.ask("rejects", "list", "--data", self.data), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""Engines as processes of one group on a real broker, from outside.

The broker is the one that the run started by deploy/kafka, in CASECLOCK_KAFKA_DIR; each test has
topics and a group of its own. kcat stands for a foreign client: it hashes keys in its own way.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import types
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import program  # noqa: E402
from program import expect, folder, until  # noqa: E402

DIRECTORY = os.environ.get("CASECLOCK_KAFKA_DIR", os.path.join(program.ROOT, "build/release/kafka"))
KAFKA = os.path.join(program.ROOT, "deploy", "kafka")
POLICIES = os.path.join(program.ROOT, "deploy", "policies")
END, LATER = "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"
HISTORY = ("--seed", "5", "--cases", "300", "--end", END, "--quiet")
PATIENCE = 240  # seconds; the machine may be busy with other tests
# Where a test is not about sessions, a machine that is busy compiling must not end them.
LONG_SESSION = "60s"


def address():
    with open(os.path.join(DIRECTORY, "address"), encoding="utf-8") as file:
        return file.read().strip()


class Engine:
    """One `caseclock engine`, killed with the test if it still runs."""

    def __init__(self, topics, instance, state, *arguments, session=LONG_SESSION, standby_of=None):
        name = ("--standby-of", standby_of) if standby_of else ("--instance", instance)
        self.log_path = f"{state}.{uuid.uuid4().hex}.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [program.PROGRAM, "engine", *topics, *name, "--state", state,
                 "--session-timeout", session, *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=program.ENVIRONMENT,
                preexec_fn=program.die_with_parent)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.kill()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as text:
            return text.read()

    def until_said(self, words):
        def said():
            if words in self.log():
                return True
            if self.process.poll() is not None:
                raise AssertionError(f"Expected the engine to say {words!r}, but it ended with "
                                     f"{self.process.returncode}:\n{self.log()}")
            return False

        until(f"the engine to say {words!r}", said, PATIENCE)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def without_offsets(figures):
    """Figures that do not depend on how the events lie in partitions."""
    return [{key: value for key, value in queue.items() if key not in ("offsets", "watermark")}
            for queue in figures]


def standing(alerts):
    return sorted((a["alert_id"], a["state"], a["due_at"]) for a in alerts)


def kcat(*arguments, stdin=""):
    done = subprocess.run(["kcat", "-b", address(), "-X", "topic.metadata.refresh.interval.ms=500",
                           *arguments], input=stdin, capture_output=True, text=True, timeout=60,
                          check=True)
    return done.stdout


def kafka(command, *arguments):
    """One of Kafka's own tools; what it prints."""
    done = subprocess.run([KAFKA, command, "--dir", DIRECTORY, *arguments], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout
    return done.stdout


class Engines(unittest.TestCase):
    def setUp(self):
        self.prefix = "t" + uuid.uuid4().hex[:12]
        self.topics = ("--brokers", address(), "--topic-prefix", self.prefix)
        self.member = (*self.topics, "--group", self.prefix)

    def make_topics(self, *arguments):
        expect(program.DONE, "topics", "create", *self.topics, *arguments)
        expect(program.DONE, "policy", "activate", POLICIES, *self.topics)

    def test_first_start_says_what_is_missing(self):
        with folder() as base:
            done = expect(program.CONFIGURATION, "engine", *self.member, "--instance", "a",
                          "--state", base + "/a", seconds=PATIENCE)
            self.assertIn(self.prefix + ".events", done.err)
            self.assertIn("caseclock topics create --brokers", done.err)
            done = expect(program.CONFIGURATION, "engine", *self.member, "--instance", "a",
                          "--state", base + "/a", "--create-topics", seconds=PATIENCE)
            self.assertIn("caseclock policy activate", done.err)

    def test_each_engine_tells_its_listeners_of_all_partitions(self):
        """Whichever engine somebody looks at, and when the other one is gone."""
        with folder() as base:
            self.make_topics("--partitions", "6")
            serve = ("--listen", "127.0.0.1:0")
            with Engine(self.member, "a", base + "/a", *serve, session="6s") as a, \
                    Engine(self.member, "b", base + "/b", *serve, session="6s") as b:
                streams = []
                for engine in (a, b):
                    engine.until_said("listening")
                    port = re.search(r"url=http://127.0.0.1:(\d+)/", engine.log())[1]
                    streams.append(program.Stream(types.SimpleNamespace(port=port)))
                for stream in streams:
                    self.addCleanup(stream.close)
                    # Of both: what is told from here on is missed by none.
                    stream.next_matching(lambda name, text: name == "state"
                                         and json.loads(text)["ready"], PATIENCE)
                    stream.next_matching(lambda name, text: name == "resync", PATIENCE)
                self.refer_and_hear("one", 12, 12, *streams)
                a.kill()
                streams[1].next_matching(lambda name, text: name == "resync", PATIENCE)
                self.refer_and_hear("two", 12, 24, streams[1])

    def refer_and_hear(self, word, cases, in_all, *streams):
        """Sends overdue cases; each listener hears of each, and of the backlog of all."""
        ids = {f"{word}-{number}" for number in range(cases)}
        expect(program.DONE, "send", "-", *self.topics, stdin=program.lines(
            program.event(case, case, program.ago(days=2),
                          referred={"queue": "demo/desk", "risk": "low"}) for case in ids))
        for stream in streams:
            missing = {"backlog", *ids}

            def hear(name, text, missing=missing):
                told = json.loads(text)
                if name == "alert" and told["clock"] == "unassigned" and told["kind"] == "breach":
                    missing.discard(told["case_id"])
                if name == "backlog" and told["open"] == in_all:
                    self.assertEqual(len(told["offsets"]), 6)
                    missing.discard("backlog")
                return not missing

            try:
                stream.next_matching(hear, PATIENCE)
            except AssertionError as failed:
                raise AssertionError(f"{failed}; missing: {sorted(missing)}") from None

    def test_two_engines_tell_what_one_program_tells(self):
        with folder() as base:
            data = base + "/data"
            expect(program.DONE, "simulate", *HISTORY, "--data", data)
            expect(program.DONE, "run", "--data", data, "--until-idle", "--clock", "log",
                   "--until", LATER, "--quiet", seconds=PATIENCE)
            figures = without_offsets(program.ask("backlog", "--data", data, "--at", LATER,
                                                  "--known", "now"))
            alerts = standing(program.ask("alerts", "list", "--data", data, "--standing"))
            self.assertGreater(len(alerts), 10)

            self.make_topics("--partitions", "6", "--event-time", "created")
            log_time = ("--clock", "log", "--until", LATER)
            with Engine(self.member, "a", base + "/a", *log_time) as a, \
                    Engine(self.member, "b", base + "/b", *log_time) as b:
                a.until_said("engine started")
                b.until_said("engine started")
                # Killed while the history comes in.
                sender = subprocess.Popen([program.PROGRAM, "simulate", *HISTORY, *self.topics],
                                          env=program.ENVIRONMENT, stderr=subprocess.DEVNULL)
                until("a case", lambda: program.command(
                    "cases", *self.topics, "--format", "json").out.strip() not in ("", "[]"),
                    PATIENCE)
                b.kill()
                self.assertEqual(sender.wait(PATIENCE), 0)
                with Engine(self.member, "b", base + "/b", *log_time) as again:
                    again.until_said("engine started")

                    def same():
                        return without_offsets(program.ask("backlog", *self.topics)) == figures

                    until("the figures of one program", same, PATIENCE)
                    self.assertEqual(
                        standing(program.ask("alerts", "list", *self.topics, "--standing",
                                             "--limit", "100000")), alerts)
                    self.assertEqual(again.stop(), 0, again.log())
                self.assertEqual(a.stop(), 0, a.log())
            expect(program.DONE, "state", "verify", *self.member, seconds=PATIENCE)

    def test_the_second_of_a_name_fences_the_first(self):
        with folder() as base:
            self.make_topics("--partitions", "2")
            with Engine(self.member, "a", base + "/1") as first:
                first.until_said("engine started")
                with Engine(self.member, "a", base + "/2") as second:
                    self.assertEqual(first.process.wait(PATIENCE), program.TRY_AGAIN, first.log())
                    self.assertIn("another one has taken its place", first.log())
                    second.until_said("engine started")
                    self.assertEqual(second.stop(), 0, second.log())

    def test_a_state_directory_has_one_process(self):
        with folder() as base:
            self.make_topics("--partitions", "2")
            with Engine(self.member, "a", base + "/1") as first:
                first.until_said("engine started")
                done = expect(program.TRY_AGAIN, "engine", *self.member, "--instance", "b",
                              "--state", base + "/1")
                self.assertIn("another one holds it", done.err)
                self.assertEqual(first.stop(), 0, first.log())

    @unittest.skipUnless(shutil.which("kcat"), "kcat is not installed (deploy/install brings it)")
    def test_a_foreign_client_splits_no_case(self):
        """By CRC32 of the key, not murmur2."""
        def send(topic, records):
            for headers, key, value in records:
                kcat("-P", "-t", topic, "-K", "\t",
                     *[word for pair in headers.items() for word in ("-H", "=".join(pair))],
                     stdin=f"{key}\t{value}\n")

        def read(topic, enough):
            until(f"what is told in {topic}", lambda: enough(kcat(
                "-C", "-e", "-q", "-o", "beginning", "-X", "isolation.level=read_committed",
                "-t", topic, "-f", "%k %h\n").splitlines()), PATIENCE)

        self.check_foreign_client("kcat", send, read)

    def test_a_foreign_client_in_java_splits_no_case(self):
        """Kafka's own, whose partitioner deals out records in turn, whatever their key is."""
        def send(topic, records):
            lines = [";".join("=".join(pair) for pair in headers.items()) + f"\t{key}\t{value}\n"
                     for headers, key, value in records]
            subprocess.run(
                [KAFKA, "produce", "--dir", DIRECTORY, "--topic", topic,
                 "--producer-property", "partitioner.class=org.apache.kafka.clients.producer."
                 "RoundRobinPartitioner", "--property", "parse.headers=true",
                 "--property", "headers.separator=;", "--property", "headers.key.separator==",
                 "--property", "parse.key=true"],
                input="".join(lines), text=True, check=True, timeout=PATIENCE,
                stdout=subprocess.DEVNULL)
            used = kcat("-C", "-e", "-q", "-o", "beginning", "-t", topic, "-f", "%k %p\n")
            at = {}
            for line in used.splitlines():
                key, partition = line.split()
                at.setdefault(key, set()).add(partition)
            self.assertTrue(any(len(partitions) > 1 for partitions in at.values()),
                            "Expected a partitioner that scatters cases, but it does not")

        def read(topic, enough):
            client = subprocess.Popen(
                [KAFKA, "consume", "--dir", DIRECTORY, "--topic", topic, "--from-beginning",
                 "--isolation-level", "read_committed", "--property", "print.key=true",
                 "--property", "print.headers=true", "--property", "print.value=false"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True, preexec_fn=program.die_with_parent)
            found = []
            reader = threading.Thread(target=lambda: found.extend(client.stdout), daemon=True)
            reader.start()
            try:
                until(f"what is told in {topic}", lambda: enough(list(found)), PATIENCE)
            finally:
                client.kill()
                client.wait()
                reader.join()
                client.stdout.close()

        self.check_foreign_client("java", send, read)

    def check_foreign_client(self, source, send, read):
        """send(topic, [(headers, key, value)]); read(topic, enough) until enough(lines), each with
        key and headers."""
        with folder() as base:
            self.make_topics("--partitions", "6")
            cases = [f"F-{n}" for n in range(40)]
            ago = program.ago(days=3)
            # All but the body by CloudEvents headers.
            send(self.prefix + ".events", [
                ({"ce_id": f"{kind}-{case}", "ce_source": source,
                  "ce_time": ago if kind == "referred" else program.ago(days=2),
                  "ce_subject": case, "content-type": "application/json"}, case, json.dumps(body))
                for kind, body in (("referred", {"referred": {"queue": "demo/marac",
                                                              "risk": "high"}}),
                                   ("staged", {"staged": {"stage": "listed"}}))
                for case in cases])
            with Engine(self.member, "a", base + "/a") as a, \
                    Engine(self.member, "b", base + "/b") as b:
                def complete():
                    found = program.command("cases", *self.topics, "--format", "json",
                                            "--limit", "1000")
                    open_cases = json.loads(found.out or "[]") if found.returncode == 0 else []
                    return (sorted(c["case_id"] for c in open_cases) == sorted(cases) and
                            all(c["stage"] == "listed" for c in open_cases))

                until("each case once, with both its events", complete, PATIENCE)
                until("a backlog of all cases", lambda: [
                    q["open"] for q in program.ask("backlog", *self.topics)] == [len(cases)],
                    PATIENCE)
                self.assertEqual((a.stop(), b.stop()), (0, 0), a.log() + b.log())
            read(self.prefix + ".backlog",
                 lambda lines: any("demo/marac" in line for line in lines))
            read(self.prefix + ".alerts", lambda lines: all(
                any(told(line, case) for line in lines) for case in cases))


def told(line, case):
    """Whether the headers of a record name the case as their subject; kcat and Kafka differ."""
    return any(f"ce_subject{sign}{case}{end}" in line + "\n"
               for sign in "=:" for end in (",", "\n", "\t", " "))


if __name__ == "__main__":
    unittest.main(verbosity=2)

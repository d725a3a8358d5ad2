"""Engines on a broker with TLS, passwords, client certificates and rules: what is enough, and what
is said when something is missing. Starts a broker of its own by deploy/kafka --secure.
"""

import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engines_test import PATIENCE, POLICIES, Engine, program  # noqa: E402
from program import expect, folder, until  # noqa: E402

KAFKA = os.path.join(program.ROOT, "deploy", "kafka")
PREFIX = "s"
WRITTEN_AND_READ = ("events", "cases", "partials")
WRITTEN = ("alerts", "backlog", "rejects")
# Of who migrates to topics that are there and empty: the table in README.md.
MIGRATION = {"Read": ("policies", "cases", "events"), "Describe": ("partials", "backlog"),
             "Write": ("policies", "cases", "alerts", "rejects")}


def topics(names):
    return [word for name in names for word in ("--topic", f"{PREFIX}.{name}")]


class Secure(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = tempfile.TemporaryDirectory(prefix="caseclock-secure-")
        cls.broker = os.path.join(cls.base.name, "broker")
        cls.kafka("start", "--secure", "--set", "broker.session.timeout.ms=60000")
        admin = cls.be("admin")
        expect(program.DONE, "topics", "create", *admin, "--partitions", "2", seconds=PATIENCE)
        expect(program.DONE, "topics", "check", *admin, seconds=PATIENCE)
        expect(program.DONE, "policy", "activate", POLICIES, *admin, seconds=PATIENCE)

    @classmethod
    def tearDownClass(cls):
        cls.kafka("remove")
        cls.base.cleanup()

    @classmethod
    def kafka(cls, command, *arguments):
        subprocess.run([KAFKA, command, "--dir", cls.broker, *arguments], check=True,
                       stdout=subprocess.DEVNULL, timeout=PATIENCE)

    @classmethod
    def be(cls, user):
        return ("--config", f"{cls.broker}/{user}.toml", "--topic-prefix", PREFIX)

    @classmethod
    def allow(cls, user, *rule):
        cls.kafka("acls", "--add", "--allow-principal", f"User:{user}", *rule)

    def allow_topics(self, user):
        self.allow(user, "--operation", "Read", "--operation", "Write", *topics(WRITTEN_AND_READ))
        self.allow(user, "--operation", "Write", *topics(WRITTEN))
        self.allow(user, "--operation", "Read", *topics(("policies",)))

    def allow_transactions(self, user, group):
        self.allow(user, "--operation", "Write", "--transactional-id", group + "-",
                   "--resource-pattern-type", "prefixed")

    def refused(self, user, base, *arguments):
        """The message of an engine that must not start."""
        return expect(program.CONFIGURATION, "engine", *self.be(user), "--group", user,
                      "--instance", "a", "--state", base + "/" + user, *arguments,
                      seconds=PATIENCE).err

    def works(self, user):
        """An engine that starts, takes an event, tells figures and ends cleanly."""
        with folder() as base, Engine(self.be(user), "a", base + "/a", "--group", "engine") as a:
            a.until_said("engine started")
            event = program.event(user, "C-" + user, program.ago(days=3),
                                  referred={"queue": "demo/marac", "risk": "high"})
            expect(program.DONE, "send", "-", *self.be("client"), stdin=program.lines([event]))
            until("the case", lambda: program.command(
                "explain", "C-" + user, *self.be("admin")).returncode == 0, PATIENCE)
            self.assertEqual(a.stop(), 0, a.log())

    def test_the_least_rights_are_enough_by_password_and_by_certificate(self):
        self.allow_topics("engine")
        self.allow("engine", "--operation", "Read", "--group", "engine")
        self.allow_transactions("engine", "engine")
        self.allow("client", "--operation", "Write", *topics(("events",)))
        self.works("engine")
        self.works("engine.cert")

    def test_a_missing_right_is_named(self):
        with folder() as base:
            self.assertIn("TOPIC_AUTHORIZATION_FAILED", self.refused("other", base))
            self.allow_topics("other")
            self.assertIn("TRANSACTIONAL_ID_AUTHORIZATION_FAILED", self.refused("other", base))
            self.allow_transactions("other", "other")
            self.assertIn("GROUP_AUTHORIZATION_FAILED", self.refused("other", base))

    def test_a_check_that_may_not_look_does_not_say_that_all_is_well(self):
        said = expect(program.CONFIGURATION, "topics", "check", *self.be("client"),
                      seconds=PATIENCE).err
        self.assertIn("not checked: ", said)
        self.assertNotIn("as the engine needs them", said)

    def test_a_right_that_is_missed_at_work_is_named(self):
        admin, other = (("--config", f"{self.broker}/{user}.toml", "--topic-prefix", "n")
                        for user in ("admin", "other"))
        expect(program.DONE, "topics", "create", *admin, "--partitions", "1", seconds=PATIENCE)
        expect(program.DONE, "policy", "activate", POLICIES, *admin, seconds=PATIENCE)
        for operation, names in (("Read", (*WRITTEN_AND_READ, "policies", "alerts")),
                                 ("Write", (*WRITTEN_AND_READ, "backlog", "rejects"))):
            self.allow("other", "--operation", operation, *[
                word for name in names for word in ("--topic", "n." + name)])
        self.allow("other", "--operation", "Read", "--group", "n")
        self.allow_transactions("other", "n")
        event = program.event("1", "C-1", program.ago(days=3),
                              referred={"queue": "demo/marac", "risk": "high"})
        expect(program.DONE, "send", "-", *admin, stdin=program.lines([event]))
        with folder() as base, Engine(other, "a", base + "/a", "--group", "n") as engine:
            self.assertEqual(engine.process.wait(PATIENCE), program.CONFIGURATION, engine.log())
            self.assertIn('Failed to add partition "n.alerts"', engine.log())

    def test_a_wrong_password_ends_it(self):
        with folder() as base:
            said = self.refused("engine", base, "--kafka", "sasl.password=wrong")
            self.assertIn("Invalid username or password", said)
            self.assertNotIn("sasl.password", said)

    def test_scram_is_told_apart_from_a_wrong_password(self):
        with folder() as base:
            said = self.refused("engine", base, "--kafka", "sasl.mechanisms=SCRAM-SHA-512")
            self.assertIn("SCRAM", said)

    def test_a_certificate_of_another_authority_is_refused(self):
        with folder() as base:
            said = self.refused("engine", base, "--kafka", "ssl.ca.location=" +
                                "/etc/ssl/certs/ca-certificates.crt")
            self.assertIn("ssl.ca.location", said)

    def test_a_migration_needs_these_rights_and_no_more(self):
        """As the client, to many prefixes: one lacks nothing, each other one lacks one right."""
        rights = [(operation, name) for operation, names in MIGRATION.items() for name in names]
        rights += [("Read", "group"), ("Write", "transactional id")]
        lacking = {f"m{number}": right for number, right in enumerate([None, *rights])}

        def allow(operation, name, option="--topic", resource="{}.{}".format):
            return [word for prefix, lack in lacking.items() if lack != (operation, name)
                    for word in (option, resource(prefix, name))]

        for operation, names in MIGRATION.items():
            self.allow("client", "--operation", operation, *[
                word for name in names for word in allow(operation, name)])
        self.allow("client", "--operation", "Read", *allow(
            "Read", "group", option="--group", resource=lambda prefix, _: prefix))
        self.allow("client", "--operation", "Write", "--resource-pattern-type", "prefixed", *allow(
            "Write", "transactional id", option="--transactional-id",
            resource=lambda prefix, _: prefix + "-migrate"))
        with folder() as base:
            data = base + "/data"
            expect(program.DONE, "simulate", "--cases", "20", "--end", "2026-06-01T00:00:00Z",
                   "--quiet", "--data", data)
            # There is a reject to carry too.
            expect(program.DONE, "send", "--unchecked", "-", "--data", data, stdin="no event\n")
            expect(program.DONE, "run", "--data", data, "--policy", POLICIES, "--until-idle",
                   "--clock", "log", "--quiet", seconds=PATIENCE)
            for prefix, lack in lacking.items():
                with self.subTest(lacking=lack):
                    self.migrate(data, prefix, lack)

    def migrate(self, data, prefix, lack):
        def be(user):
            return ("--config", f"{self.broker}/{user}.toml", "--topic-prefix", prefix)

        expect(program.DONE, "topics", "create", *be("admin"), "--partitions", "1",
               seconds=PATIENCE)
        migrate = ("migrate", "--data", data, *be("client"), "--group", prefix, "--quiet")
        if lack == ("Read", "policies"):
            # What nobody has written to is not read: it is a second run that misses the right.
            expect(program.DONE, *migrate, seconds=PATIENCE)
        if lack:
            said = expect(program.CONFIGURATION, *migrate, seconds=PATIENCE).err
            kind = lack[1] if " " in lack[1] or lack[1] == "group" else "topic"
            self.assertIn(kind.replace(" ", "_").upper() + "_AUTHORIZATION_FAILED", said)
            self.assertIn(f"{prefix}.{lack[1]}" if kind == "topic" else prefix, said)
            return
        expect(program.DONE, *migrate, seconds=PATIENCE)
        expect(program.DONE, "state", "verify", *be("admin"), "--group", prefix, seconds=PATIENCE)
        self.assertEqual(program.ask("cases", *be("admin")), program.ask("cases", "--data", data))
        self.assertIn("was_done", expect(program.DONE, *migrate, "--format", "json").out)


if __name__ == "__main__":
    unittest.main(verbosity=2)

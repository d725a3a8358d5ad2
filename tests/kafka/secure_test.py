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


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""Brokers that die, stand still or are one of three, under engines and load, on brokers of its own.

The engines recover alone. Afterwards the auditor finds nothing, and views, figures and standing
alerts are those of an undisturbed run. --long: all of it more often, and a broker that stands still
for a minute.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engines_test import PATIENCE, program  # noqa: E402
from group import Group, History, need_kcat, say  # noqa: E402
from program import until  # noqa: E402

KAFKA = os.path.join(program.ROOT, "deploy", "kafka")
# Shorter than the broker stands still, so that sessions, requests and transactions all run out.
SHORT_TIMES = ("--transaction-timeout", "4s", "--kafka", "producer.socket.timeout.ms=2000")
SESSION = "6s"
PARTITIONS = 6


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true")
    return parser.parse_known_args()


OPTIONS, REST = options()
PAUSE = 60 if OPTIONS.long else 10  # seconds
KILLS = 5 if OPTIONS.long else 2
LOSSES = 6 if OPTIONS.long else 1  # of one of three
SHARE = 4  # parts of the load that come with each disturbance, and after it


class OwnBrokers(unittest.TestCase):
    """Brokers by deploy/kafka."""

    brokers = 1
    disturbances = KILLS  # at most, in one test
    settings = ("broker.session.timeout.ms=3000",)  # a killed one is given up after it

    @classmethod
    def setUpClass(cls):
        cls.base = tempfile.mkdtemp(prefix="caseclock-brokers-")
        try:
            settings = [word for setting in cls.settings for word in ("--set", setting)]
            cls.address = cls.kafka("start", "--brokers", str(cls.brokers), *settings).strip()
            parts = SHARE * (3 * cls.disturbances + 3)
            cls.history = History(cls.base, 31, 6 * parts, parts)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        if os.path.exists(os.path.join(cls.base, "kafka")):  # else it never began
            cls.kafka("remove")
        shutil.rmtree(cls.base, ignore_errors=True)

    @classmethod
    def kafka(cls, command, *arguments):
        done = subprocess.run(
            [KAFKA, command, "--dir", os.path.join(cls.base, "kafka"), *arguments],
            check=True, stdout=subprocess.PIPE, text=True, timeout=PATIENCE + 60)
        return done.stdout

    def group(self):
        return Group(self.address, self.base, self.history, *SHORT_TIMES, partitions=PARTITIONS,
                     session=SESSION)

    def begin(self, group):
        """Two engines at work."""
        group.start_all("a", "b")
        group.load.release(SHARE)
        group.until_some_commits(0)

    def goes_on(self, group):
        """Until output comes of what is sent from now on."""
        before = group.end_of_cases()
        group.load.release(SHARE)
        group.until_some_commits(before)

    def end(self, group, what):
        counts = group.finish()
        say(f"{what}: {group.load.repeats} parts of the load sent again, {counts['commits']} "
            f"commits, 0 lost, 0 doubled, 0 wrong")
        self.assertEqual(group.restarts_at_work, 0, "Expected engines to recover by themselves")


@unittest.skipIf(need_kcat(), need_kcat())
class OneBroker(OwnBrokers):
    def test_killed_and_restarted(self):
        with self.group() as group:
            self.begin(group)
            for _ in range(KILLS):
                group.load.release(SHARE)
                killed = time.monotonic()
                self.kafka("kill")
                self.kafka("start")
                back = time.monotonic()
                self.goes_on(group)
                say(f"a killed broker was back after {back - killed:.1f} s, output "
                    f"{time.monotonic() - back:.1f} s later")
            self.end(group, f"a broker killed {KILLS} times")

    def test_standing_still(self):
        with self.group() as group:
            self.begin(group)
            group.load.release(SHARE)
            self.kafka("pause")
            try:
                # The length of the pause is what is tested; nothing is waited for.
                threading.Event().wait(PAUSE)
            finally:
                self.kafka("resume")
            back = time.monotonic()
            self.goes_on(group)
            say(f"a broker stood still for {PAUSE} s, output {time.monotonic() - back:.1f} s after")
            self.end(group, f"a broker that stood still for {PAUSE} s")


@unittest.skipIf(need_kcat(), need_kcat())
class ThreeBrokers(OwnBrokers):
    brokers = 3
    disturbances = LOSSES
    # Where the machine is busy, brokers that wait for their turn must not be given up, nor
    # controllers be elected again and again.
    settings = ("broker.session.timeout.ms=6000", "controller.quorum.fetch.timeout.ms=6000",
                "controller.quorum.election.timeout.ms=3000")

    def leaders(self, group):
        """How many partitions each broker leads, of the topics of the group."""
        listed = subprocess.run(["kcat", "-L", "-b", self.address], capture_output=True, text=True,
                                timeout=60, check=False).stdout
        counts, ours = {}, False
        for line in listed.splitlines():
            if found := re.match(r'\s*topic "([^"]*)"', line):
                ours = found[1].startswith(group.prefix)
            elif ours and (found := re.match(r"\s*partition \d+, leader (-?\d+),", line)):
                counts[int(found[1])] = counts.get(int(found[1]), 0) + 1
        return counts

    def test_one_is_lost_and_its_leaders_move_and_come_back(self):
        with self.group() as group:
            self.begin(group)
            for number in range(LOSSES):
                broker = number % 3 + 1
                led = self.leaders(group).get(broker, 0)
                self.assertGreater(led, 0, f"Expected leaders on broker {broker}")
                group.load.release(SHARE)
                killed = time.monotonic()
                self.kafka("kill", "--broker", str(broker))
                until("other leaders", lambda b=broker: group.tend() or not (
                    {b, -1} & set(self.leaders(group) or {-1})), PATIENCE)
                moved = time.monotonic()
                self.goes_on(group)  # with two of three
                gone_on = time.monotonic()
                self.kafka("start", "--broker", str(broker))
                until("its leaders to be back", lambda b=broker: group.tend() or
                      self.leaders(group).get(b, 0) >= led, PATIENCE)
                self.goes_on(group)
                say(f"one of three brokers killed: {led} leaders moved after "
                    f"{moved - killed:.1f} s, output at the latest {gone_on - killed:.1f} s after "
                    f"the kill; all back {time.monotonic() - gone_on:.1f} s later")
            self.end(group, f"one of three brokers lost, {LOSSES} times")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *REST], verbosity=2)

"""Other deaths: of state directories, of engines that stand still; and bad input.

Each has topics of its own on the broker of the run. Afterwards the auditor finds nothing, and
views, figures and standing alerts are those of an undisturbed run.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engines_test import PATIENCE, address, program  # noqa: E402
from group import Group, History, restored, say  # noqa: E402
from program import folder, until  # noqa: E402

HOSTILE = os.environ.get("CASECLOCK_KAFKA_HOSTILE", os.path.join(
    program.ROOT, "build", "release", "tests", "kafka_hostile"))
PARTITIONS = 6


class Deaths(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = folder()
        cls.base = cls.folder.__enter__()
        cls.history = History(cls.base, 21, 150, 12)

    @classmethod
    def tearDownClass(cls):
        cls.folder.__exit__(None, None, None)

    def group(self, at):
        return Group(at, self.base, self.history, PARTITIONS)

    def begin(self, group):
        """Two engines at work, some of the history behind them."""
        group.load.release(3)
        group.load.until_sent()
        group.start_all("a", "b")
        group.until_some_commits(0)

    # Engines that stand still.

    def test_a_zombie_writes_nothing_after_its_successor(self):
        with self.group(address()) as group:
            self.begin(group)
            zombie = group.engines["b"]
            group.load.release(2)
            zombie.process.send_signal(signal.SIGSTOP)
            try:
                successor = group.start("b", state=group.state("b2"))
                successor.until_said("engine started")
                # Longer than its session and its transaction: the others have gone on without it.
                group.load.until_sent()
                before = group.end_of_cases()
                group.load.release(1)
                group.until_some_commits(before)
                zombie.process.send_signal(signal.SIGCONT)
                self.assertEqual(zombie.process.wait(PATIENCE), program.TRY_AGAIN, zombie.log())
                self.assertIn("another one has taken its place", zombie.log())
                group.finish()
            finally:
                zombie.kill()

    def test_an_engine_that_stood_still_is_replaced_and_comes_back(self):
        with self.group(address()) as group:
            self.begin(group)
            sleeper, other = group.engines["b"], group.engines["a"]
            mark = len(other.log())
            group.load.release(2)
            sleeper.process.send_signal(signal.SIGSTOP)
            stopped = time.monotonic()
            until("its partitions at the other engine",
                  lambda: restored(other, mark) >= restored(sleeper), PATIENCE)
            say(f"an engine stood still: the other one had its partitions after "
                f"{time.monotonic() - stopped:.1f} s (session timeout 6 s)")
            sleeper.process.send_signal(signal.SIGCONT)
            group.load.release(2)
            group.load.until_sent()
            group.finish()

    # State directories.

    def test_state_directory_removed_while_stopped(self):
        with self.group(address()) as group:
            self.begin(group)
            self.assertEqual(group.engines["b"].stop(), 0, group.engines["b"].log())
            shutil.rmtree(group.state("b"))
            group.load.release(3)
            group.start("b").until_said("engine started")
            group.finish()

    def test_state_directory_restored_from_an_older_copy(self):
        with self.group(address()) as group:
            self.begin(group)
            b = group.engines["b"]
            self.assertEqual(b.stop(), 0, b.log())
            shutil.copytree(group.state("b"), group.state("older"))
            group.start("b").until_said("engine started")
            before = group.end_of_cases()
            group.load.release(3)
            group.until_some_commits(before)
            self.assertEqual(group.engines["b"].stop(), 0, group.engines["b"].log())
            group.load.release(2)
            shutil.rmtree(group.state("b"))
            shutil.move(group.state("older"), group.state("b"))
            group.start("b").until_said("engine started")
            group.finish()

    # Input.

    def test_hostile_records_are_all_in_rejects_and_disturb_nothing(self):
        count = 10_000
        with self.group(address()) as group:
            self.begin(group)
            group.load.release(100)
            subprocess.run([HOSTILE, address(), group.prefix + ".events", str(count), "1",
                            "2025-03-01T00:00:00Z"], check=True, timeout=PATIENCE)
            counts = group.finish()
            self.assertEqual(counts["rejects"], count)
            listed = program.ask("rejects", "list", *group.topics, "--limit", "100000")
            self.assertEqual(len(listed), count)


if __name__ == "__main__":
    unittest.main(verbosity=2)

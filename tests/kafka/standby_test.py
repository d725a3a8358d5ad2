"""A standby on a real broker: takes the place of an engine that died, and gives it back.

Two engines and a standby of one of them. Afterwards the auditor finds nothing, and views, figures
and standing alerts are those of an undisturbed run.
"""

import os
import re
import sys
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engines_test import PATIENCE, address, program  # noqa: E402
from group import Group, History, say  # noqa: E402
from program import expect, folder, until  # noqa: E402

PARTITIONS = 6
SESSION = "6s"  # the least that a broker takes as it comes
# So that a checkpoint is due after a few hundred events, as after many in earnest.
OFTEN = ("--memory", "16MiB")


def ask(url):
    """Status and text of an answer."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def told(log, words, key):
    """The values of `key` in the lines of a log that begin with these words, as numbers."""
    return [int(value) for line in log.splitlines() if words in line
            for value in re.findall(rf" {key}=(\d+)", line)]


class Standby(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = cls.enterClassContext(folder())
        cls.history = History(cls.base, 31, 400, 12)

    def begin(self, group):
        """Two engines at work, a standby of the first that has all they have told."""
        group.load.release(4)
        group.load.until_sent()
        group.start_all("a", "b")
        group.until_some_commits(0)
        standby = group.start("standby", "--listen", "127.0.0.1:0", standby_of="a")
        standby.until_said("listening")
        url = re.search(r"url=(\S+)", standby.log()).group(1)
        until("the standby to have caught up", lambda: ask(url + "readyz")[0] == 200, PATIENCE)
        return standby, url

    def test_takes_the_place_of_an_engine_that_was_killed(self):
        with Group(address(), self.base, self.history, *OFTEN, partitions=PARTITIONS,
                   session=SESSION) as group:
            standby, url = self.begin(group)
            # It follows what the engine has, and no more than that.
            until("the partitions of a", lambda: told(standby.log(), "partition followed",
                                                      "partition"), PATIENCE)
            followed = set(told(standby.log(), "partition followed", "partition"))
            self.assertLess(len(followed), PARTITIONS)
            before = group.end_of_cases()
            group.load.release(3)
            group.load.until_sent()
            group.until_some_commits(before)
            self.assertIn("caseclock_standby 1", ask(url + "metrics")[1])
            for path in ("v1/backlog", "v1/stream", "v1/policies", "v1/counts", "v1/sources"):
                code, text = ask(url + path)
                self.assertEqual(code, 503, text)
                self.assertIn("standby", text)

            died = time.monotonic()
            group.engines.pop("a").kill()
            standby.until_said("taking the place over")
            taken = time.monotonic()
            group.until_started("standby")
            say(f"killed: its place was free after {taken - died:.1f} s (session timeout "
                f"{SESSION}), and taken {time.monotonic() - taken:.1f} s later")
            # The same partitions, and not from their first record on.
            log = standby.log()
            self.assertEqual(set(told(log, "partition restored", "partition")), followed)
            again = sum(told(log, "partition restored", "records"))
            say(f"{again} records were read again, of {group.end_of_cases()}")
            self.assertLess(again, group.end_of_cases() / 4)
            group.finish()

    def test_gives_the_place_back_and_takes_it_again(self):
        with Group(address(), self.base, self.history, *OFTEN, partitions=PARTITIONS,
                   session=SESSION) as group:
            standby, _ = self.begin(group)
            first = group.engines.pop("a")
            self.assertEqual(first.stop(), program.DONE, first.log())
            standby.until_said("engine started")
            group.load.release(2)
            group.load.until_sent()
            # The one it was a standby of is back: there can be one of a name only.
            group.engines.pop("standby")  # it is this test that starts it again
            group.start("a")
            group.until_started("a")
            self.assertEqual(standby.process.wait(PATIENCE), program.TRY_AGAIN, standby.log())
            self.assertIn("taken by another engine of that name", standby.log())
            # A supervisor starts it again, and it stands by again, with what it has already.
            standby = group.start("standby", standby_of="a")
            standby.until_said("partition followed")
            group.load.release(2)
            group.load.until_sent()
            group.engines.pop("a").kill()
            group.until_started("standby")
            group.finish()

    def test_its_directory_serves_an_engine_of_that_name_for_planned_work(self):
        with Group(address(), self.base, self.history, *OFTEN, partitions=PARTITIONS) as group:
            standby, _ = self.begin(group)
            self.assertEqual(standby.stop(), program.DONE, standby.log())
            self.assertNotIn("taking the place over", standby.log())
            group.engines.pop("standby")
            group.stop("a")
            # With sessions of a minute: nobody has to wait for the end of one.
            moved = group.start("a", state=group.state("standby"))
            group.until_started("a")
            again = sum(told(moved.log(), "partition restored", "records"))
            self.assertLess(again, group.end_of_cases() / 2)
            group.finish()

    def test_needs_a_name(self):
        done = expect(program.USAGE, "engine", "--brokers", address(), "--state",
                      self.base + "/none")
        self.assertIn("--standby-of", done.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)

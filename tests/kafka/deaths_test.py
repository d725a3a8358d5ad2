"""Other deaths: of state directories, of engines that stand still; and bad input.

Each has topics of its own on the broker of the run. Afterwards the auditor finds nothing, and
views, figures and standing alerts are those of an undisturbed run. A thousand records that nobody
can use; --hostile N for more.
"""

import argparse
import contextlib
import ctypes
import errno
import functools
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
SHORT_SESSION = "6s"  # of the test that waits for the end of one
LIBC = ctypes.CDLL(None, use_errno=True)
NEW_MOUNTS, RECURSIVE, PRIVATE, DETACH = 0x20000, 0x4000, 0x40000, 2


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hostile", type=int, default=1000)
    return parser.parse_known_args()


OPTIONS, REST = options()


@contextlib.contextmanager
def small_disk(path):
    """A file system of 64 MiB at `path`, seen by this process and those it starts from now on."""
    def call(function, *arguments):
        if getattr(LIBC, function)(*arguments) != 0:
            code = ctypes.get_errno()
            raise OSError(code, f"{function}: {os.strerror(code)}")

    call("unshare", NEW_MOUNTS)
    call("mount", b"none", b"/", None, RECURSIVE | PRIVATE, None)
    os.makedirs(path)
    call("mount", b"none", path.encode(), b"tmpfs", 0, b"size=64m")
    try:
        yield
    finally:
        call("umount2", path.encode(), DETACH)


@functools.cache
def no_disk():
    """Why no file system can be mounted here; empty: it can."""
    try:
        with folder() as base, small_disk(os.path.join(base, "disk")):
            return ""
    except OSError as refused:
        if refused.errno not in (errno.EPERM, errno.EACCES):
            raise
        say(f"skipped: no file system can be mounted here ({refused})")
        return f"no file system can be mounted here ({refused})"


def fill(path):
    """Writes the file until the disk is full."""
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    assert os.statvfs(path).f_bavail == 0, "Expected the disk to be full, but it is not"


class Deaths(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = cls.enterClassContext(folder())
        cls.history = History(cls.base, 21, 150, 12)

    def group(self, **settings):
        return Group(address(), self.base, self.history, partitions=PARTITIONS, **settings)

    def begin(self, group):
        """Two engines at work, some of the history behind them."""
        group.load.release(3)
        group.load.until_sent()
        group.start_all("a", "b")
        group.until_some_commits(0)

    # Engines that stand still.

    def test_a_zombie_writes_nothing_after_its_successor(self):
        with self.group() as group:
            self.begin(group)
            zombie = group.engines["b"]
            group.load.release(2)
            zombie.process.send_signal(signal.SIGSTOP)
            try:
                group.start("b", state=group.state("b2"))
                group.until_started("b")
                # The others have gone on without it.
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
        with self.group(session=SHORT_SESSION) as group:
            self.begin(group)
            sleeper, mark = group.engines["b"], len(group.engines["a"].log())
            group.load.release(2)
            sleeper.process.send_signal(signal.SIGSTOP)
            stopped = time.monotonic()

            def taken_over():
                group.tend()
                other = group.engines["a"]
                return restored(other, 0 if group.restarts else mark) >= restored(sleeper)

            until("its partitions at the other engine", taken_over, PATIENCE)
            say(f"an engine stood still: the other one had its partitions after "
                f"{time.monotonic() - stopped:.1f} s (session timeout {SHORT_SESSION})")
            sleeper.process.send_signal(signal.SIGCONT)
            group.load.release(2)
            group.load.until_sent()
            group.finish()

    # State directories.

    def test_state_directory_removed_while_stopped(self):
        with self.group() as group:
            self.begin(group)
            group.stop("b")
            shutil.rmtree(group.state("b"))
            group.load.release(3)
            group.start_all("b")
            group.finish()

    def test_state_directory_restored_from_an_older_copy(self):
        with self.group() as group:
            self.begin(group)
            group.stop("b")
            shutil.copytree(group.state("b"), group.state("older"))
            group.start_all("b")
            before = group.end_of_cases()
            group.load.release(3)
            group.until_some_commits(before)
            group.stop("b")
            group.load.release(2)
            shutil.rmtree(group.state("b"))
            shutil.move(group.state("older"), group.state("b"))
            group.start_all("b")
            group.finish()

    @unittest.skipIf(no_disk(), no_disk())
    def test_a_full_disk_ends_the_engine_and_room_lets_it_go_on(self):
        # Little memory, so that there are checkpoints on the way: what is written has to be more
        # than lies ready in the files that are open.
        history = History(self.base, 22, 600, 12)
        with Group(address(), self.base, history, "--memory", "4MiB", "--workers", "1",
                   partitions=2) as group, \
                contextlib.ExitStack() as stack:
            stack.enter_context(small_disk(group.state("b")))
            self.begin(group)
            filler = os.path.join(group.state("b"), "filler")
            fill(filler)
            full = group.engines.pop("b")
            group.load.release(8)
            until("the engine on the full disk to end", lambda: group.tend() or
                  full.process.poll() is not None, PATIENCE)
            self.assertEqual(full.process.wait(), program.INPUT_OUTPUT, full.log())
            self.assertIn("No space", full.log())
            self.assertIn(group.state("b"), full.log())
            os.remove(filler)
            group.start_all("b")
            group.finish()

    # Input.

    def test_hostile_records_are_all_in_rejects_and_disturb_nothing(self):
        count = OPTIONS.hostile
        with self.group() as group:
            self.begin(group)
            group.load.release(100)
            subprocess.run([HOSTILE, address(), group.prefix + ".events", str(count), "1",
                            "2025-03-01T00:00:00Z"], check=True, timeout=PATIENCE)
            counts = group.finish()
            self.assertEqual(counts["rejects"], count)
            listed = program.ask("rejects", "list", *group.topics, "--limit", "100000")
            self.assertEqual(len(listed), count)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *REST], verbosity=2)

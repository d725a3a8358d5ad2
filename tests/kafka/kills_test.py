"""kill -9 of engines at random instants under load: nothing lost, nothing doubled, nothing wrong.

A supervisor keeps two engines running on the broker of the run, and kills one of them again and
again, also while it starts. Six times; --kills N for more, with progress; --seed N repeats the
choices (not the instants to the microsecond: those are the machine's).
"""

import argparse
import os
import random
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engines_test import PATIENCE, address, program  # noqa: E402
from group import Group, History, Watch, need_kcat, restored, say  # noqa: E402
from program import folder, until  # noqa: E402

CASES_A_KILL = 20
PARTS_A_KILL = 2
MEAN_LIFE, LONGEST_LIFE = 1.0, 5.0  # seconds between two kills
MEASURED_FROM = 20  # kills; how long it takes to go on is no matter of every run


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--seed", type=int)
    return parser.parse_known_args()


OPTIONS, REST = options()


def median(times):
    return sorted(times)[len(times) // 2]


class Kills(unittest.TestCase):
    def test_kill_9_at_random_instants(self):
        seed = OPTIONS.seed if OPTIONS.seed is not None else random.SystemRandom().randrange(10**6)
        say(f"again: python3 tests/kafka/kills_test.py --seed {seed} --kills {OPTIONS.kills}")
        chance = random.Random(seed)
        with folder() as base:
            history = History(base, seed % 1000 + 1, CASES_A_KILL * OPTIONS.kills,
                              PARTS_A_KILL * (OPTIONS.kills + 1))
            with Group(address(), base, history) as group:
                group.start_all("a", "b")
                group.load.release(PARTS_A_KILL)
                began = time.monotonic()
                for number in range(1, OPTIONS.kills + 1):
                    group.load.release(PARTS_A_KILL)
                    # The load does not end before the kills do, so this is the engine's life.
                    group.load.ended.wait(min(chance.expovariate(1 / MEAN_LIFE), LONGEST_LIFE))
                    group.tend()
                    name = chance.choice("ab")
                    group.engines[name].kill()
                    group.start(name)
                    if OPTIONS.kills > 100 and number % 10 == 0:
                        say(f"{number} of {OPTIONS.kills} kills, {group.load.sent} parts sent, "
                            f"{time.monotonic() - began:.0f} s")
                counts = group.finish()
                self.assertGreater(counts["inputs"], history.events - 1)
                say(f"{OPTIONS.kills} kills under {history.events} events: 0 lost, 0 doubled, "
                    f"0 wrong; {group.restarts} engines ended by themselves")

    @unittest.skipIf(OPTIONS.kills < MEASURED_FROM, f"from --kills {MEASURED_FROM} on")
    @unittest.skipIf(need_kcat(), need_kcat())
    def test_how_long_it_takes_to_go_on(self):
        """Prints times; what they are is not judged here."""
        kills = 3
        with folder() as base:
            history = History(base, 11, 300, 200)
            with Group(address(), base, history) as group, Watch(group) as watch:
                group.start_all("a")
                group.load.release(4)
                until("the first output", lambda: watch.seen, PATIENCE)
                group.load.release(1000)
                say(f"handover to a second engine, longest pause of a partition: "
                    f"{self.handover(group, watch):.2f} s")
                times = [self.recovery(group, watch) for _ in range(kills)]
                say(f"kill -9 to the first new committed output, state there: median "
                    f"{median(times):.2f} s, worst {max(times):.2f} s of {kills}")
                group.finish()

    def handover(self, group, watch):
        group.start("b")
        own = until("partitions for the second engine", lambda: self.own(group), PATIENCE)
        moment = time.monotonic()
        group.until_started("b")
        pauses = []
        for number in own:
            after = until("output of a moved partition",
                          lambda n=number: watch.first_after(moment, {n}), PATIENCE)
            before = watch.last_before(moment, {number})
            if before is not None:
                pauses.append(after - before)
        return max(pauses, default=0.0)

    @staticmethod
    def own(group):
        group.tend()
        return restored(group.engines["b"])

    def recovery(self, group, watch):
        own = self.own(group)
        killed = time.monotonic()
        group.engines["b"].kill()
        group.start("b")
        until("its partitions restored", lambda: self.own(group), PATIENCE)
        back = time.monotonic()
        return until("output after the kill", lambda: watch.first_after(back, own),
                     PATIENCE) - killed


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *REST], verbosity=2)

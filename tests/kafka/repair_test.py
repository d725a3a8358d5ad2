"""`state repair --brokers`: topics and offsets that were damaged on a broker, in ways that have
been seen or feared. An engine refuses the partition, `state verify` says the same, `state repair`
shows what it would do, does nothing without a yes, and puts it right; then engines go on, and
views, figures and standing alerts are those of an undisturbed run.

One group works through most of a history; each damage is done to a copy of its topics.
"""

import copy
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engines_test import PATIENCE, address, kafka, program  # noqa: E402
from group import NO_LATER, Group, History, audit, need_kcat  # noqa: E402
from program import expect, folder, until  # noqa: E402

DAMAGE = os.environ.get("CASECLOCK_KAFKA_DAMAGE", os.path.join(
    program.ROOT, "build", "release", "tests", "kafka_damage"))
PARTITIONS = 2  # the first is damaged
SESSION = "3s"  # a repair waits for the end of those of engines that were refused or killed


def damage(*arguments):
    subprocess.run([DAMAGE, address(), *arguments], check=True, timeout=PATIENCE)


class Copied(Group):
    """Topics that hold what those of another group hold; the rest of its history comes after."""

    def __init__(self, source, base, how="whole"):
        history = copy.copy(source.history)
        history.parts = history.parts[-1:]
        super().__init__(address(), base, history, partitions=PARTITIONS, session=SESSION)
        damage("copy", source.prefix, self.prefix, how)
        # A partition shows what was committed a moment later.
        until("the copy to be there", lambda: all(self.ends_of_cases()), PATIENCE)

    def verify(self, code):
        return expect(code, "state", "verify", *self.member, seconds=PATIENCE)

    def repair(self, code, *arguments):
        return expect(code, "state", "repair", *self.member, *arguments, seconds=PATIENCE)

    def stands(self):
        """Where the topic ends, and what the group has committed."""
        told = [line.split()[:4] for line in kafka("groups", "--describe", "--group", self.prefix,
                                                   "--offsets").splitlines()]
        return self.ends_of_cases(), sorted(
            line for line in told if line[:1] == [self.prefix] and line[3] != "-")

    def audit(self):
        """A schedule with a repair in it is not replayed."""
        return audit(*self.topics, "--replay", "no")


@unittest.skipIf(need_kcat(), need_kcat())
class Repair(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = cls.enterClassContext(folder())
        history = History(cls.base, 41, 90, 6)
        cls.source = Group(address(), cls.base, history, partitions=PARTITIONS, clock=NO_LATER)
        with cls.source as group:
            group.start_all("a")
            for _ in range(5):
                before = group.end_of_cases()
                group.load.release(1)
                group.load.until_sent()
                group.until_some_commits(before)
            group.stop("a")

    def refuse(self, group, finding):
        """What is wrong with the first partition is said by engine and by `state verify`."""
        engine = group.start("a")
        self.assertEqual(engine.process.wait(PATIENCE), program.INPUT_OUTPUT, engine.log())
        del group.engines["a"]
        said = engine.log()
        self.assertIn(f"Partition 0 of {group.prefix}.cases: Expected", said)
        self.assertRegex(said, finding)
        self.assertIn("caseclock state verify", said)
        self.assertIn("caseclock state repair", said)
        verified = group.verify(program.BAD_DATA)
        self.assertRegex(verified.out, finding)
        self.assertNotIn("partition 1", verified.out)

    def put_right(self, group, finding):
        """What the repair said it would do; then it is done, and engines go on to the end."""
        before = group.stands()
        asked = group.repair(program.TRY_AGAIN)
        self.assertIn("nothing was changed", asked.err)
        self.assertEqual(group.stands(), before)
        self.assertIn("partition 0", asked.out)
        self.assertRegex(asked.out, finding)
        self.assertNotIn("partition 1", asked.out)
        done = group.repair(program.DONE, "--yes")
        self.assertEqual((done.out, done.err), (asked.out, "repaired\n"))
        self.assertEqual(group.repair(program.DONE).err, "nothing to repair\n")
        group.verify(program.DONE)
        group.start_all("a")
        group.finish()
        return done.out

    def test_half_a_transaction_is_there(self):
        """As after a late end: records of cases, but neither commit record nor offsets."""
        with Copied(self.source, self.base, "half") as group:
            finding = "no commit covers: a transaction is torn"
            self.refuse(group, finding)
            self.put_right(group, finding)

    def test_the_other_half_is_there(self):
        """Offsets went on, records are nowhere."""
        with Copied(self.source, self.base) as group:
            group.load.finish()
            damage("ahead", group.prefix)
            finding = r"Expected the last commit record to end at input offset \d+, as committed by"
            self.refuse(group, finding)
            plan = self.put_right(group, finding)
            self.assertRegex(plan, r"would read input records \d+ to \d+ again")
            self.assertRegex(plan, "cases would change")
            self.assertRegex(plan, "alerts would be told")

    def test_a_commit_record_is_missing(self):
        with Copied(self.source, self.base, "missing") as group:
            finding = r": (1 missing|a transaction is torn)"
            self.refuse(group, finding)
            plan = self.put_right(group, finding)
            self.assertRegex(plan, r"Expected commit \d+, but found commit \d+: 1 missing")

    def test_offsets_were_deleted(self):
        with Copied(self.source, self.base) as group:
            kafka("groups", "--delete-offsets", "--group", group.prefix, "--topic",
                  group.prefix + ".events:0")
            finding = "but it has none: its offsets were deleted"
            self.refuse(group, finding)
            self.assertIn("offset of the group: none, then", self.put_right(group, finding))

    def test_records_were_deleted(self):
        with Copied(self.source, self.base) as group:
            cut = group.ends_of_cases()[0] // 2
            path = os.path.join(self.base, group.prefix + ".json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"version": 1, "partitions": [
                    {"topic": group.prefix + ".cases", "partition": 0, "offset": cut}]}, file)
            # A topic that is compacted alone is protected from it. What is old must not go too.
            kafka("configs", "--alter", "--entity-type", "topics", "--entity-name",
                  group.prefix + ".cases", "--add-config",
                  "cleanup.policy=[compact,delete],retention.ms=-1")
            self.assertIn(f"low_watermark: {cut}",
                          kafka("delete-records", "--offset-json-file", path))
            finding = f"but it begins at offset {cut}: records were deleted"
            self.refuse(group, finding)
            plan = self.put_right(group, finding)
            self.assertIn("would read input records 0 to", plan)
            self.assertRegex(plan, "cases would change")

    def test_a_commit_is_doubled_while_an_engine_is_at_work(self):
        with Copied(self.source, self.base) as group:
            group.start_all("a")
            damage("twice", group.prefix)
            # Out of order, where the engine has committed between the two.
            finding = r"but found commit \d+( once more: it is doubled|: commits are out of order)"
            self.assertRegex(group.verify(program.BAD_DATA).out, finding)
            busy = group.repair(program.TRY_AGAIN, "--yes", "--wait", "1s")
            self.assertIn("Expected to be the only member of group", busy.err)
            self.assertIn("Nothing was changed", busy.err)  # as the refusal to come confirms
            group.engines.pop("a").kill()
            self.refuse(group, finding)
            self.put_right(group, finding)


if __name__ == "__main__":
    unittest.main(verbosity=2)

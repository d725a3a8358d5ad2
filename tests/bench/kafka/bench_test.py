"""deploy/bench does not rot: it runs to its end on a tiny load and says every figure that it has.
What they are is not judged. And Ctrl-C leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "..", "e2e"))
import peers  # noqa: E402
import table  # noqa: E402
from program import until  # noqa: E402

BENCH = [sys.executable, os.path.join(HERE, "bench.py")]
PATIENCE = 240  # seconds; the machine may be busy with other tests


def programs_of(folder):
    """The processes that have this folder in their arguments."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as arguments:
                if folder in arguments.read() and int(pid) != os.getpid():
                    found.append(int(pid))
        except OSError:
            pass  # gone meanwhile
    return found


class Bench(unittest.TestCase):
    def test_every_figure_is_there(self):
        with tempfile.TemporaryDirectory() as base:
            done = subprocess.run([*BENCH, "--cases", "60", "--seconds", "1", "--warm", "0",
                                   "--rate", "200", "--format", "json", "--dir", base + "/bench"],
                                  capture_output=True, text=True, timeout=PATIENCE, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(programs_of(base), [])
        result = json.loads(done.stdout)
        self.assertEqual(result["skipped"],
                         ["Kafka Streams and the bare loop: no --peers DIR was given"])
        for title, path, *_ in table.ROWS:
            # A ceiling needs the bare loop.
            if not path[1].startswith("of_"):
                self.assertGreater(result["figures"][title]["caseclock"], 0, title)
        text = table.markdown(result["runs"], result["heading"], [])
        self.assertEqual(text.count("\n| "), len(table.ROWS) + 1, text)

    def test_ctrl_c_ends_all_that_it_started(self):
        with tempfile.TemporaryDirectory() as base:
            bench = subprocess.Popen([*BENCH, "--job", "force", "--cases", "60", "--seconds",
                                      "600", "--rate", "200", "--dir", base + "/bench"],
                                     stderr=subprocess.PIPE, text=True)
            try:
                # An engine, and the broker.
                until("programs to run", lambda: len(programs_of(base)) > 2, PATIENCE)
                bench.send_signal(signal.SIGINT)
                _, said = bench.communicate(timeout=PATIENCE)
            finally:
                bench.kill()
                bench.wait()
            self.assertEqual(bench.returncode, 130, said)
            self.assertIn("stopped", said)
            # What was just being started dies with the bench, which is a moment after it.
            until("all programs to end", lambda: not programs_of(base), PATIENCE)

    def test_ratios_need_both(self):
        def run(streams):
            result = {"caseclock": {"drain": {"rate": 60.0, "cpu_per_million": 3.0}},
                      "streams": {},
                      "bare": {"input": {"rate": 200.0}, "same_bytes_rate": 100.0}}
            if streams:
                result["streams"]["drain"] = {"rate": 20.0, "cpu_per_million": 30.0}
            table.with_ratios(result)
            return table.markdown([result], "", [])

        both = run(True)
        self.assertIn("million events | 3.00 | 30.00 | – | 0.10 | 0.1 of it | 0.2 of it |", both)
        self.assertIn("writes the same bytes | 0.60 | – | – | – | 0.6 | 0.3 |", both)
        self.assertIn("| events/s | 60 | – | 200 | – | – | – |", run(False))

    def test_what_the_folder_of_peers_lacks_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            found, missing = peers.find(folder)
            self.assertEqual(found, {})
            self.assertEqual([line.split(":")[0] for line in missing],
                             ["kafka-streams", "bare-librdkafka"])


if __name__ == "__main__":
    unittest.main()

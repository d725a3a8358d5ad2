#!/usr/bin/env python3
"""deploy/demo: what it refuses before it builds anything, and that it starts and starts again."""

import os
import signal
import socket
import subprocess
import unittest

import program

DEMO = os.path.join(program.ROOT, "deploy", "demo")
BUILT = os.path.join(program.ROOT, "build", "release", "caseclock")
ENVIRONMENT = {**program.ENVIRONMENT, "CASECLOCK_NO_INSTALL": "1", "CASECLOCK_NO_BUILD": "1"}


class Demo(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(program.folder())
        self.data = self.folder + "/demo"

    def refused(self, code, *arguments):
        done = subprocess.run([DEMO, *arguments], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, env=ENVIRONMENT, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertRegex(done.stderr, r"\Ademo: Expected [^\n]*\n\Z")
        self.assertEqual(done.stdout, "")
        return done.stderr

    def test_ports_that_are_none(self):
        for port in ("0", "65536", "99999", "080", "http", "-1"):
            self.assertIn(port, self.refused(program.USAGE, "--data", self.data, "--port", port))

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            self.assertIn(port, self.refused(program.UNAVAILABLE, "--data", self.data, "--port",
                                             port))
        self.assertFalse(os.path.exists(self.data))

    def test_folders_that_are_not_the_demos(self):
        self.refused(program.USAGE, "--data", "")
        self.refused(program.USAGE, "--data", "//")
        with open(self.data, "w", encoding="utf-8") as file:
            file.write("a file\n")
        self.assertIn(self.data, self.refused(program.CONFIGURATION, "--data", self.data))
        os.remove(self.data)
        for name in ("demo", "demo-kafka"):
            os.makedirs(f"{self.folder}/{name}/state/precious")
            os.mkdir(f"{self.folder}/{name}/photos")
        # A log of somebody's own, too.
        os.makedirs(self.folder + "/tour/log")
        for name, more in (("demo", ()), ("demo/", ()), ("demo", ("--kafka",)), ("tour/", ())):
            said = self.refused(program.CONFIGURATION, "--data", f"{self.folder}/{name}", *more)
            self.assertIn(f"{self.folder}/{name.rstrip('/')}", said)
            self.assertNotIn("//", said)
        self.assertEqual(sorted(os.listdir(self.folder)), ["demo", "demo-kafka", "tour"])
        self.assertTrue(os.path.isdir(self.folder + "/demo-kafka/state/precious"))

    def start(self, *arguments):
        demo = subprocess.Popen([DEMO, *arguments], stdout=subprocess.PIPE, text=True,
                                stderr=subprocess.STDOUT, env=ENVIRONMENT)
        said = ""
        for line in demo.stdout:
            said += line
            if "Ctrl-C ends the demo" in line:
                break
        demo.send_signal(signal.SIGINT)
        said += demo.stdout.read()
        demo.stdout.close()
        self.assertEqual(demo.wait(60), program.DONE, said)
        return said

    @unittest.skipUnless(os.access(BUILT, os.X_OK), "deploy/demo runs build/release/caseclock")
    def test_starts_in_an_empty_folder_and_again(self):
        os.mkdir(self.data)
        self.assertIn("First start", self.start("--data", self.data + "//"))
        self.assertIn(f"Continuing in {self.data}\n", self.start("--data", self.data + "/"))
        self.assertIn("simulation.json", os.listdir(self.data))
        self.assertEqual(os.listdir(self.folder), ["demo"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

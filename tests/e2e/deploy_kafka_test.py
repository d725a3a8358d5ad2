#!/usr/bin/env python3
"""deploy/kafka: what it deletes, and what it refuses to; no broker is needed for that."""

import os
import subprocess
import unittest

import program

KAFKA = os.path.join(program.ROOT, "deploy", "kafka")


class Remove(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(program.folder())

    def remove(self, code, path):
        done = subprocess.run([KAFKA, "remove", "--dir", path], capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL, env=program.ENVIRONMENT,
                              check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def made(self, name, *files):
        path = os.path.join(self.folder, name)
        os.mkdir(path)
        for file, text in files:
            os.makedirs(os.path.dirname(os.path.join(path, file)), exist_ok=True)
            with open(os.path.join(path, file), "w", encoding="utf-8") as out:
                out.write(text)
        return path

    def test_what_is_no_brokers_stays_and_is_told(self):
        others = (self.made("empty"), self.made("letters", ("address", "10 High Street\n")),
                  self.made("other", ("1/server.properties", "port=1\n")))
        for path in (*others, self.folder + "/none"):
            said = self.remove(program.USAGE, path)
            self.assertRegex(said, r"\Akafka: Expected a broker in [^\n]*\n\Z")
            self.assertIn(path, said)
        for path in others:
            self.assertTrue(os.path.isdir(path), path)

    def test_a_brokers_is_deleted_also_where_its_making_was_cut_short(self):
        made = ("1/server.properties", "process.roles=broker,controller\nnode.id=1\n")
        for files in ([made], [made, ("address", "127.0.0.1:1\n")]):
            path = self.made("broker", *files)
            self.remove(program.DONE, path)
            self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    unittest.main(verbosity=2)

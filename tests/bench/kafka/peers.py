"""The programs that the engine is compared with. They stay where they are: a copy is built in the
user's cache, and run by what their own scripts run.

kafka-streams   the same kind of job on Kafka Streams, exactly once
bare-librdkafka consume, produce in a transaction, commit the offsets, and nothing else: the ceiling
"""

import datetime
import hashlib
import os
import re
import shutil

from processes import Failed, Process, run, say

JAVA = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
HEAP = ["-Xmx2g", "-XX:+UseG1GC"]
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "caseclock")


def _fingerprint(folder):
    digest = hashlib.sha256()
    for path, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            full = os.path.join(path, name)
            digest.update(os.path.relpath(full, folder).encode())
            with open(full, "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()[:16]


def _built(folder, arguments, product):
    """A copy of the folder in which `arguments` made `product`; made once for each content."""
    copy = os.path.join(CACHE, f"peer-{os.path.basename(folder)}-{_fingerprint(folder)}")
    if not os.path.exists(os.path.join(copy, product)):
        say(f"  building {os.path.basename(folder)} in {copy}")
        shutil.rmtree(copy, ignore_errors=True)
        os.makedirs(CACHE, exist_ok=True)
        shutil.copytree(folder, copy)
        for path, _, files in os.walk(copy):
            os.chmod(path, 0o755)
            for name in files:
                os.chmod(os.path.join(path, name), 0o755)
        if shutil.which(arguments[0]) is None:
            raise Failed(f"Expected {arguments[0]} to build {folder}, but there is none: install "
                         f"it, or leave out --peers")
        run(arguments, copy + ".log", cwd=copy)
    return copy


def find(folder):
    """Those that the folder holds, built: {name: where}; and what is not there."""
    known = {"kafka-streams": (["mvn", "-q", "-B", "package"],
                               "target/kafka-streams-peer-1.jar"),
             "bare-librdkafka": (["make"], "bare")}
    found, missing = {}, []
    for name, (arguments, product) in known.items():
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            found[name] = _built(path, arguments, product)
        else:
            missing.append(f"{name}: Expected {path}, but it is not there")
    return found, missing


class Streams:
    """The Kafka Streams job. Counts begin with its first record: its start, JVM and all, is not
    held against it."""

    name = "Kafka Streams"

    def __init__(self, settings, address, directory, where, live=False):
        self.settings, self.directory, self.live = settings, directory, live
        self.address, self.where = address, where
        self.group = "peer-live" if live else "peer-drain"
        self.topic = self.group + "-events"
        self.state = os.path.join(directory, self.group + "-state")
        # Deletes what an earlier one wrote: alerts and backlog have fixed names.
        self._peer("topics", f"events={self.topic}", "fresh-events=1",
                   *(["append-time=1"] if live else []))

    def _java(self, flags, program, *options):
        return ["java", *flags, *JAVA, "-cp", f"{self.where}/target/classes:{self.where}/target/"
                "lib/*", "peer.Main", program, f"bootstrap={self.address}", *options]

    def _peer(self, program, *options):
        return run(self._java(["-Xmx512m"], program, *options), self.directory + "/streams.log")

    def load(self, events):
        self._peer("load", f"n={events}", f"events={self.topic}")

    def top_up(self):
        self.load(200)

    def start(self):
        flags = [*HEAP, "-Dorg.slf4j.simpleLogger.showDateTime=true",
                 "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
                 "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.streams.KafkaStreams=info"]
        log = os.path.join(self.directory, f"{self.group}-{len(os.listdir(self.directory))}.log")
        return Process(self._java(flags, "app", f"app={self.group}", f"events={self.topic}",
                                  f"threads={self.settings.threads}", "commit-ms=100",
                                  f"clock={'wall' if self.live else 'stream'}",
                                  f"state-dir={self.state}"), log)

    def began(self, process):
        """As it says itself: when the first record came, and its CPU until then."""
        found = re.search(r"^(\d+) first-record cpu_s=([\d.]+)", process.log(), re.MULTILINE)
        return (int(found[1]) / 1e3, float(found[2])) if found else None

    def whole(self, process):
        """When all of its threads had restored what is theirs."""
        found = re.findall(r"^(\S+) .*State transition from \w+ to RUNNING", process.log(),
                           re.MULTILINE)
        return datetime.datetime.fromisoformat(found[-1]).timestamp() if found else None

    def latency(self, rate, events):
        """Its own feed, which also sends the events that are there before."""
        said = self._peer("latency", f"app={self.group}", f"events={self.topic}", f"rate={rate}",
                          f"warm-n={events}", f"warm-seconds={self.settings.warm}",
                          f"seconds={self.settings.seconds}")
        found = re.search(r"latency from send\(\): n=(\d+) p50=(\d+) p90=(\d+) p99=(\d+) .*"
                          r"max=(\d+) ms", said)
        if not found:
            raise Failed(f"Expected latencies of Kafka Streams, but it said:\n{said}")
        fed = re.search(r"fed \d+ events at (\d+)/s", said)
        return {"rate": int(fed[1]), "samples": int(found[1]),
                **dict(zip(("p50_ms", "p90_ms", "p99_ms", "max_ms"),
                           (float(found[i]) for i in range(2, 6))))}


class Bare:
    """Copies one topic into another, in transactions."""

    name = "bare loop"

    def __init__(self, settings, address, directory, where):
        self.settings, self.address = settings, address
        self.directory, self.where = directory, where

    def copy(self, topic, records, to):
        """Events a second, CPU-seconds a million of them and peak memory, as it says itself."""
        said = run([self.where + "/bare", "run", "--bootstrap", self.address, "--in", topic,
                    "--out", to, "--partitions", str(self.settings.partitions), "--threads",
                    str(self.settings.threads), "--records", str(records), "--commit-records",
                    str(self.settings.commit_records), "--compression", "lz4"],
                   self.directory + "/bare.log")
        numbers = dict(word.split("=") for word in said.split())
        return {"seconds": float(numbers["seconds"]), "rate": float(numbers["events_per_s"]),
                "cpu_per_million": float(numbers["cpu_s_per_M"]),
                "rss_mib": float(numbers["peak_rss_MiB"])}

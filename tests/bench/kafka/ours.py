"""The engine on Kafka, as a bench runs it."""

import datetime
import json
import os

from processes import ROOT, Process, run

PROGRAM = os.environ.get("CASECLOCK_PROGRAM", os.path.join(ROOT, "build", "release", "caseclock"))
METER = os.environ.get("CASECLOCK_KAFKA_METER",
                       os.path.join(ROOT, "build", "release", "tests", "kafka_meter"))
POLICIES = {"force": os.path.join(ROOT, "deploy", "policies"),
            "plain": os.path.join(os.path.dirname(os.path.abspath(__file__)), "plain")}
EVENTS_A_CASE = 7  # of the simulated force; what they really are is counted
# Settings of whoever runs the bench must not reach the program: every option is a variable too.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if not name.startswith("CASECLOCK_")}
END, LATER = "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"
TOPICS = ("events", "cases", "alerts", "partials", "backlog", "rejects")


class Caseclock:
    """One engine in a group of its own. History lives in log time, a feed on the wall clock."""

    name = "Caseclock"
    needs_start = 0.0  # CPU of its start counts as its own

    def __init__(self, settings, address, directory, prefix, job, live=False):
        """job: "force", the shipped policies and the simulated force, or "plain", the one of
        Kafka Streams."""
        self.settings, self.directory, self.live, self.job = settings, directory, live, job
        self.address, self.prefix = address, prefix
        self.group, self.topic = prefix, prefix + ".events"
        self.topics = ["--brokers", address, "--topic-prefix", prefix]
        self.state = os.path.join(directory, prefix + "-state")
        self.parts, self.loaded = 0, 0
        self._command("topics", "create", *self.topics, "--partitions", str(settings.partitions),
                      "--event-time", "created")
        self._command("policy", "activate", POLICIES[job], *self.topics)

    def _command(self, *arguments):
        return run([PROGRAM, *arguments], self.directory + "/commands.log", ENVIRONMENT)

    def load(self, events):
        """About so many into the topic: each time others."""
        self.parts += 1
        if self.job == "plain":
            run([METER, "load", "--brokers", self.address, "--prefix", self.prefix, "--events",
                 str(events), "--skip", str(self.loaded)], self.directory + "/commands.log")
            self.loaded += events
            return
        end = datetime.datetime.now(datetime.timezone.utc).isoformat() if self.live else END
        self._command("simulate", *self.topics, "--seed", str(self.parts), "--cases",
                      str(max(1, events // EVENTS_A_CASE)), "--waits", str(self.settings.waits),
                      "--end", end, "--quiet")

    def top_up(self):
        self.load(200)

    def start(self):
        arguments = [PROGRAM, "engine", *self.topics, "--group", self.group, "--instance", "a",
                     "--state", self.state, "--workers", str(self.settings.threads), "--quiet",
                     "--event-time", "created"]
        if not self.live:
            arguments += ["--clock", "log", "--until", LATER]
        if self.settings.memory:
            arguments += ["--memory", self.settings.memory]
        log = os.path.join(self.directory, f"{self.prefix}-{len(os.listdir(self.directory))}.log")
        return Process(arguments, log, environment=ENVIRONMENT)

    def began(self, process):
        """When it could begin with the input (seconds since 1970), and its CPU until then."""
        restored = self._restored(process)
        return (restored[0], self.needs_start) if restored else None

    def whole(self, process):
        """When all partitions were there."""
        restored = self._restored(process)
        return restored[-1] if len(restored) >= self.settings.partitions else None

    @staticmethod
    def _restored(process):
        """When each partition was there, as it came."""
        return [datetime.datetime.strptime(line.split()[0], "%Y-%m-%dT%H:%M:%S.%fZ").replace(
            tzinfo=datetime.timezone.utc).timestamp()
                for line in process.log().splitlines() if "partition restored" in line]

    def sizes(self):
        """Records and bytes of what it read and wrote, by topic."""
        log = self.directory + "/commands.log"
        return {name: json.loads(run([METER, "sizes", "--brokers", self.address, "--topic",
                                      f"{self.prefix}.{name}"], log)) for name in TOPICS}

    def latency(self, rate):
        done = run([METER, "latency", "--brokers", self.address, "--prefix", self.prefix, "--rate",
                    str(rate), "--warm", str(self.settings.warm), "--seconds",
                    str(self.settings.seconds)], self.directory + "/commands.log")
        return json.loads(done)

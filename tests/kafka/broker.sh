#!/usr/bin/env bash
# broker.sh start|stop DIR: the broker of one test run, always a new one. Says what is missing when
# it cannot be had: these tests are not skipped, because the log on Kafka is not tested elsewhere.
set -euo pipefail
kafka=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/deploy/kafka

[[ ! -e $2 ]] || "$kafka" remove --dir "$2"
[[ $1 == start ]] || exit 0
# On a machine that is busy building, a broker that waits for its turn must not be given up.
if ! "$kafka" start --dir "$2" --set broker.session.timeout.ms=60000; then
  echo "Expected a Kafka broker for the tests labelled kafka, but there is none: see above." \
    "They need a Java runtime, Maven for the first run, and the way to Maven Central." \
    "To leave them out: ctest -LE kafka" >&2
  exit 1
fi

// What other engines have, read from the topic of partials.

#include <gtest/gtest.h>

#include <vector>

#include "engine/host/clock.h"
#include "engine/runtime/other_partitions.h"
#include "engine/runtime/shared.h"
#include "engine/runtime/topics.h"
#include "tests/unit/runtime/engine_hall.h"
#include "tests/unit/runtime/faulty_log.h"

namespace caseclock::runtime {
namespace {

using testing::Call;
using testing::FaultyLog;
using testing::TempDir;

// A reader that was just opened fetches ahead as much as its queue holds, which on Kafka is tens of
// MiB: with all at once a group of many partitions would run out of memory when some move.
TEST(OtherPartitions, ReadersAreOpenedOneAfterAnother) {
  const TempDir directory{TempDir::InMemory{}};
  log::EmbeddedOptions options;
  options.directory = directory.path() + "/log";
  options.clock = host::WallClock;
  auto log = log::OpenEmbeddedLog(options);
  ASSERT_TRUE(log.ok());
  std::vector<Call> calls;
  testing::Plan plan;
  plan.of = [](Call call) { return call == Call::kOpenReader || call == Call::kRead; };
  plan.decide = [&](Call call) {
    calls.push_back(call);
    return testing::Fault::kNone;
  };
  FaultyLog watched(log.value().get(), plan);

  Shared shared;
  shared.log = &watched;
  shared.partitions = 4;
  for (const auto& [name, config] : EngineTopics(shared.options.topics, shared.partitions)) {
    ASSERT_TRUE(log.value()->EnsureTopic(name, config).ok());
  }
  OtherPartitions others(&shared);
  ASSERT_TRUE(others.Read({0}).ok());

  int unread = 0;
  int opened = 0;
  for (const Call call : calls) {
    unread = call == Call::kOpenReader ? unread + 1 : 0;
    opened += call == Call::kOpenReader ? 1 : 0;
    EXPECT_LE(unread, 1);
  }
  EXPECT_EQ(opened, 4);
}

}  // namespace
}  // namespace caseclock::runtime

// What the topic of partials has told of a partition.

#include "engine/runtime/told_chunks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using ::testing::ElementsAre;
using testing::Hall;
using ::testing::IsEmpty;
using testing::Require;
using testing::TempDir;

class ToldChunksTest : public ::testing::Test {
 protected:
  ToldChunksTest() {
    log::TopicConfig config;
    config.partitions = kPartitions;
    config.compacted = true;
    Require(hall.log->EnsureTopic(kTopic, config), "a topic of partials");
    auto opened = hall.log->OpenAppender();
    Require(opened.status(), "an appender");
    appender = std::move(opened).value();
  }

  static std::string KeyOf(int32_t partition, int32_t day) {
    codec::ChunkKey key;
    key.partition = partition;
    key.figure.queue = base::Atom::Intern("demo/desk");
    key.figure.kind = model::FigureKind::kOpen;
    key.day = day;
    return codec::FigureChunkKey(key);
  }
  void Tell(const std::string& key, std::optional<std::string_view> value = "a chunk") {
    log::NewRecord record;
    record.key = key;
    record.value = value;
    Require(appender->Append(kTopic, {&record, 1}).status(), "a chunk to be told");
  }

  static constexpr int32_t kPartitions = 2;
  static constexpr char kTopic[] = "told.partials";
  TempDir directory;
  Hall hall{directory.path()};
  std::unique_ptr<log::Appender> appender;
  ToldChunks told{hall.log.get(), kTopic, kPartitions};
};

base::Status Wanted() {
  return {};
}

TEST_F(ToldChunksTest, AreThoseOfThePartitionThatAreNotGone) {
  const std::string first = KeyOf(0, 20'000);
  const std::string second = KeyOf(0, 20'001);
  Tell(first);
  Tell(second);
  Tell(KeyOf(1, 20'000));
  EXPECT_THAT(told.Of(0, Wanted).value(), ElementsAre(first, second));
  // Goes on from there.
  Tell(first, std::nullopt);
  EXPECT_THAT(told.Of(0, Wanted).value(), ElementsAre(second));
  EXPECT_THAT(told.Of(7, Wanted).value(), IsEmpty());
}

// An engine that is stopped in a rebuild waits for nothing.
TEST_F(ToldChunksTest, WhoDoesNotWantToWaitEndsTheReading) {
  const std::string key = KeyOf(0, 20'000);
  Tell(key);
  const auto stopped = told.Of(0, [] {
    return base::Status(base::Error{base::ErrorKind::kUnavailable, "Stopped"});
  });
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().message, "Stopped");
  EXPECT_THAT(told.Of(0, Wanted).value(), ElementsAre(key));
}

}  // namespace
}  // namespace caseclock::runtime

// Alerts of other engines for who listens to this one: what goes wrong with them is tried again and
// holds up nothing else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/codec/output_codec.h"
#include "engine/runtime/alert_feed.h"
#include "engine/runtime/shared.h"
#include "tests/unit/runtime/engine_hall.h"
#include "tests/unit/runtime/faulty_log.h"

namespace caseclock::runtime {
namespace {

using ::testing::ElementsAre;
using testing::FaultyLog;
using testing::Hall;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TempDir;

constexpr int32_t kNone = -1;
constexpr int32_t kAll = -2;

// Fails to read while the partition is out.
class BrokenReader : public log::Reader {
 public:
  BrokenReader(std::unique_ptr<log::Reader> inner, std::function<base::Status()> look)
      : inner_(std::move(inner)), look_(std::move(look)) {}
  base::Result<std::shared_ptr<const log::RecordBatch>> Read(base::Duration max_wait,
                                                             size_t max_records) override {
    if (auto status = look_(); !status.ok()) return status.error();
    return inner_->Read(max_wait, max_records);
  }
  [[nodiscard]] bool at_end() const override { return inner_->at_end(); }

 private:
  const std::unique_ptr<log::Reader> inner_;
  const std::function<base::Status()> look_;
};

// A log whose alerts cannot be read for a while, of one partition or of all.
class LogWithAlertsOut : public FaultyLog {
 public:
  LogWithAlertsOut(log::Log* inner, std::string alerts)
      : FaultyLog(inner, {}), alerts_(std::move(alerts)) {}
  base::Result<log::PartitionBounds> Bounds(const log::TopicPartition& partition) override {
    if (auto status = Look(partition); !status.ok()) return status.error();
    return FaultyLog::Bounds(partition);
  }
  base::Result<std::unique_ptr<log::Reader>> Open(const log::TopicPartition& partition,
                                                  int64_t offset) override {
    if (partition.topic != alerts_) return FaultyLog::Open(partition, offset);
    {
      const std::lock_guard lock(mutex_);
      opened.push_back(partition.partition);
    }
    auto inner = FaultyLog::Open(partition, offset);
    if (!inner.ok()) return inner;
    return std::unique_ptr<log::Reader>(std::make_unique<BrokenReader>(
        std::move(inner).value(), [this, partition] { return Look(partition); }));
  }

  std::atomic<int32_t> out{kNone};
  std::atomic<int> failed{0};
  std::vector<int32_t> opened;  // of alerts

 private:
  base::Status Look(const log::TopicPartition& partition) {
    const int32_t now = out;
    if (partition.topic != alerts_ || (now != kAll && now != partition.partition)) return {};
    ++failed;
    // Of a kind that ends an engine.
    return base::Error{base::ErrorKind::kConfig, "Expected to read alerts, but may not"};
  }
  const std::string alerts_;
  std::mutex mutex_;
};

class AlertFeedTest : public ::testing::Test {
 protected:
  void Begin(int32_t partitions) {
    log::TopicConfig config;
    config.partitions = partitions;
    config.compacted = true;
    ASSERT_TRUE(hall.log->EnsureTopic(hall.options.topics.alerts, config).ok());
    shared.log = &log;
    shared.options = hall.options;
    shared.partitions = partitions;
    shared.subscribers.Add([this](const EngineEvent& event) {
      heard.push_back(event.alert ? event.alert->case_id : "resync");
    });
  }
  void Append(int32_t partition, const std::string& case_id, const std::string& bytes = "") {
    model::Alert alert;
    alert.case_id = case_id;
    std::string value = bytes;
    if (value.empty()) codec::EncodeAlert(alert, &value);
    auto producer = hall.log->OpenProducer("test");
    ASSERT_TRUE(producer.ok());
    log::NewRecord record;
    record.key = case_id;
    record.value = value;
    ASSERT_TRUE(producer.value()->Begin().ok());
    ASSERT_TRUE(producer.value()->Produce(hall.options.topics.alerts, partition, record).ok());
    ASSERT_TRUE(producer.value()->Commit().ok());
  }
  void Rounds(int rounds, const std::set<int32_t>& own) {
    for (int i = 0; i < rounds; ++i) feed.Work(own, own.contains(0));
  }
  std::vector<std::string> Heard() { return std::exchange(heard, {}); }

  TempDir directory{TempDir::InMemory{}};
  Hall hall{directory.path()};
  LogWithAlertsOut log{hall.log.get(), hall.options.topics.alerts};
  Shared shared;
  AlertFeed feed{&shared};
  std::vector<std::string> heard;
};

TEST_F(AlertFeedTest, OnePartitionThatIsOutKeepsOnlyItsOwnAlertsBack) {
  Begin(4);
  log.out = 2;
  ::testing::internal::CaptureStderr();
  Rounds(40, {0});
  EXPECT_THAT(log.opened, ElementsAre(1, 3));
  EXPECT_LT(log.failed, 8);  // each may take a timeout
  Append(3, "C-3");
  Rounds(1, {0});
  EXPECT_THAT(Heard(), ElementsAre("C-3"));
  log.out = kNone;
  Rounds(40, {0});
  Append(2, "C-2");
  Rounds(40, {0});
  EXPECT_THAT(Heard(), ElementsAre("resync", "C-2"));
  EXPECT_THAT(log.opened, ElementsAre(1, 3, 2));
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("Expected to read alerts, but may not"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 2) << said;
}

TEST_F(AlertFeedTest, AReaderThatFailsIsOpenedAgainAloneWithOneResync) {
  Begin(4);
  Rounds(2, {0});
  EXPECT_THAT(Heard(), ElementsAre("resync"));
  log.opened.clear();
  log.out = 2;
  ::testing::internal::CaptureStderr();
  Rounds(5, {0});
  Append(3, "C-3");
  Append(2, "missed");
  Rounds(5, {0});
  EXPECT_THAT(Heard(), ElementsAre("C-3"));
  log.out = kNone;
  Rounds(40, {0});
  EXPECT_THAT(Heard(), ElementsAre("resync"));
  EXPECT_THAT(log.opened, ElementsAre(2));
  ::testing::internal::GetCapturedStderr();
}

TEST_F(AlertFeedTest, OpensAFewAtATimeAndKeepsThoseThatServe) {
  Begin(64);
  std::set<int32_t> own;
  for (int32_t n = 0; n < 20; ++n) own.insert(n);
  size_t most = 0;
  const auto rounds = [&] {
    for (size_t before = SIZE_MAX; before != log.opened.size();) {
      before = log.opened.size();
      Rounds(1, own);
      most = std::max(most, log.opened.size() - before);
    }
  };
  rounds();
  EXPECT_THAT(log.opened, SizeIs(44));
  EXPECT_LE(most, 8U);
  EXPECT_THAT(Heard(), ElementsAre("resync"));  // once nothing is missed any more
  own.erase(19);
  own.insert(20);
  log.opened.clear();
  Append(19, "told here");
  rounds();
  EXPECT_THAT(log.opened, ElementsAre(19));
  EXPECT_THAT(Heard(), ElementsAre("resync"));
}

TEST_F(AlertFeedTest, WhatItToldBeforeItLostAPartitionIsNotToldAgain) {
  Begin(4);
  Rounds(1, {1, 2});  // alerts of sources may lie in its own, too
  EXPECT_THAT(Heard(), ElementsAre("resync"));
  Append(2, "told here");
  Append(3, "told there");
  Rounds(1, {1});
  Append(2, "told there now");
  Rounds(1, {1});
  EXPECT_THAT(Heard(), ElementsAre("told there", "resync", "told there now"));
}

TEST_F(AlertFeedTest, WhatItTellsOnceItHasAPartitionIsNotToldAgain) {
  Begin(4);
  Rounds(1, {1});
  EXPECT_THAT(Heard(), ElementsAre("resync"));
  Append(2, "told here");
  Rounds(1, {1, 2});
  EXPECT_THAT(Heard(), ElementsAre("resync"));
  shared.table.Put(3, nullptr);  // since the round began
  Append(3, "told here, too");
  Rounds(1, {1, 2});
  EXPECT_THAT(Heard(), IsEmpty());
  shared.table.Remove(3);
}

TEST_F(AlertFeedTest, SaysOnceThatAlertsInJsonAreNotStreamed) {
  Begin(4);
  Rounds(1, {0});
  EXPECT_THAT(Heard(), ElementsAre("resync"));
  ::testing::internal::CaptureStderr();
  for (int n = 0; n < 3; ++n) {
    Append(1, "C-1", R"({"alert_id":"1"})");
    Rounds(1, {0});
  }
  EXPECT_THAT(Heard(), IsEmpty());
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("JSON"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
}

// Who looks at an engine that may not read alerts sees the backlogs still, and it goes on.
TEST_F(AlertFeedTest, BacklogsAreToldWhetherAlertsCanBeReadOrNot) {
  hall.Activate();
  hall.EnsureEvents();
  hall.through = &log;
  hall.options.instance = "a";
  hall.Start();
  EngineOptions options = hall.options;
  options.instance = "b";  // takes its share
  options.state_dir = directory.path() + "/state-b";
  auto other = Engine::Open(hall.log.get(), options);
  ASSERT_TRUE(other.ok()) << other.error().message;
  std::atomic<int> backlogs{0};
  log.out = kAll;
  const int id = hall.engine->Subscribe([&](const EngineEvent& event) {
    if (event.backlog) ++backlogs;
  });
  const auto comes = [&](const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline || !hall.engine->health().ok()) return false;
      std::this_thread::yield();
      hall.monotonic += 2'000;
    }
    return true;
  };
  EXPECT_TRUE(comes([&] { return log.failed > 0; }));
  hall.Send({Hall::Event("1", "C-1", "2026-03-02T10:00:00Z",
                         R"("referred":{"queue":"demo/desk","risk":"low"})")});
  EXPECT_TRUE(comes([&] { return backlogs > 0; }));
  EXPECT_TRUE(hall.engine->health().ok()) << hall.engine->health().error().message;
  hall.engine->Unsubscribe(id);
  EXPECT_TRUE(other.value()->Stop().ok());
  hall.Stop();
}

}  // namespace
}  // namespace caseclock::runtime

// A store and a log that do not fit together, and checkpoints that are under way or fail.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <future>
#include <mutex>

#include "engine/codec/output_codec.h"
#include "tests/unit/runtime/outcome.h"

namespace caseclock::runtime {
namespace {

using testing::Collect;
using ::testing::ElementsAre;
using testing::ExpectSame;
using testing::Hall;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Outcome;
using testing::OutcomeOf;
using testing::Sent;
using testing::TempDir;

namespace fs = std::filesystem;

constexpr int kCases = 60;

class RestoreTest : public ::testing::Test {
 protected:
  void SetUp() override { hall.Activate(); }
  [[nodiscard]] std::string Log() const { return directory.path() + "/log"; }
  [[nodiscard]] std::string Store(int partition) const {
    return hall.options.state_dir + "/" + std::to_string(partition);
  }
  // The log as it was, with everything since lost, as after a power failure.
  void TurnBackTheLog(const std::string& copy) {
    hall.log.reset();
    fs::remove_all(Log());
    fs::copy(copy, Log(), fs::copy_options::recursive);
    hall.OpenLog();
  }
  void CopyTheLog(const std::string& copy) {
    hall.log.reset();
    fs::copy(Log(), copy, fs::copy_options::recursive);
    hall.OpenLog();
  }

  TempDir directory;
  Hall hall{directory.path()};
  const std::vector<Sent> history = testing::DeskHistory(5, kCases);
};

// A chunk that was told, and whose cases have moved on by the time of the rebuild: readers of the
// topic would count it for ever.
TEST_F(RestoreTest, ARebuildTakesBackChunksThatAreNoMore) {
  hall.Send(history);
  hall.Start();
  hall.Idle();
  hall.Stop();
  codec::ChunkKey key;
  model::FigureChunk chunk;
  for (const Hall::Record& record : hall.ReadAll(hall.options.topics.partials)) {
    if (!record.value) continue;
    ASSERT_TRUE(codec::DecodeChunk(*record.value, &key, &chunk).ok());
  }
  key.day += 1000;
  const std::string name = codec::FigureChunkKey(key);
  std::string bytes;
  codec::EncodeChunk(key, chunk, &bytes);
  log::NewRecord told;
  told.key = name;
  told.value = bytes;
  const std::string queue = key.figure.queue.str();
  const auto producer = std::move(hall.log->OpenProducer("test")).value();
  ASSERT_TRUE(producer->Begin().ok());
  const int32_t place = log::PartitionOf(queue, hall.options.partitions);
  ASSERT_TRUE(producer->Produce(hall.options.topics.partials, place, told).ok());
  ASSERT_EQ(producer->Commit().value(), log::CommitOutcome::kCommitted);

  fs::remove_all(hall.options.state_dir);
  hall.Start();
  hall.Idle();
  std::vector<std::optional<std::string>> values;
  for (const Hall::Record& record : hall.Read(hall.options.topics.partials, place)) {
    if (record.key == name) values.push_back(record.value);
  }
  EXPECT_THAT(values, ElementsAre(bytes, std::nullopt));
}

// Held back and compared file by file, where memory is scarce: each is a few records.
TEST_F(RestoreTest, ARebuildInManyFilesIsTheSame) {
  hall.options.batch_records = 8;  // many records of a case
  hall.Send(history);
  const Outcome whole = OutcomeOf(&hall, kCases);
  for (const size_t memory : {size_t{4} << 10, size_t{40} << 10}) {
    fs::remove_all(hall.options.state_dir);
    hall.options.memory_bytes = memory;
    ExpectSame(OutcomeOf(&hall, kCases), whole);
  }
}

// What a store of RocksDB was told to do, of which it keeps a file.
std::string NewestOptions(const std::string& store) {
  std::string newest;
  for (const auto& entry : fs::directory_iterator(store)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("OPTIONS-") && !name.ends_with(".dbtmp")) newest = std::max(newest, name);
  }
  std::ifstream file(store + "/" + newest);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(RestoreTest, AStoreThatWasRebuiltIsMergedFromThenOn) {
  hall.Send(history);
  for (int begun = 0; begun < 2; ++begun) {  // with no store, and with one
    hall.Start();
    hall.Idle();
    for (int p = 0; p < hall.options.partitions; ++p) {
      EXPECT_THAT(NewestOptions(Store(p)), HasSubstr("disable_auto_compactions=false")) << p;
    }
    hall.Stop();
  }
}

TEST_F(RestoreTest, AStoreAheadOfItsLogIsSetAsideAndRebuilt) {
  const auto middle = history.begin() + static_cast<std::ptrdiff_t>(history.size()) / 2;
  hall.Send({history.begin(), middle});
  hall.Start();
  hall.Idle();
  hall.Stop();
  const Outcome before = [&] {
    hall.Start();
    Outcome outcome = Collect(hall, 0);
    hall.Stop();
    return outcome;
  }();
  CopyTheLog(directory.path() + "/copy");
  hall.Send({middle, history.end()});
  const Outcome after = OutcomeOf(&hall, kCases);

  TurnBackTheLog(directory.path() + "/copy");
  hall.Start();
  hall.Idle();
  hall.ExpectSound();
  ExpectSame(Collect(hall, 0), before);
  for (int p = 0; p < hall.options.partitions; ++p) {
    EXPECT_TRUE(fs::exists(Store(p) + ".aside-1/CURRENT")) << p;
    EXPECT_FALSE(fs::exists(Store(p) + ".aside-2")) << p;
  }
  // What was lost comes again.
  hall.Send({middle, history.end()});
  hall.Idle();
  hall.ExpectSound();
  ExpectSame(Collect(hall, kCases), after);
  hall.Stop();

  // And a second time, which takes nothing of the first away.
  TurnBackTheLog(directory.path() + "/copy");
  hall.Start();
  hall.Idle();
  ExpectSame(Collect(hall, 0), before);
  EXPECT_TRUE(fs::exists(Store(0) + ".aside-1/CURRENT"));
  EXPECT_TRUE(fs::exists(Store(0) + ".aside-2/CURRENT"));
  hall.Stop();
}

TEST_F(RestoreTest, ReadingOnlySetsNothingAside) {
  hall.Send({history.begin(), history.begin() + 20});
  hall.Start();
  hall.Idle();
  hall.Stop();
  CopyTheLog(directory.path() + "/copy");
  hall.Send({history.begin() + 20, history.end()});
  hall.Start();
  hall.Idle();
  hall.Stop();
  TurnBackTheLog(directory.path() + "/copy");
  hall.options.read_only = true;
  const auto status = hall.TryStart();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kCorrupt);
  EXPECT_THAT(status.error().message, HasSubstr("the log has lost its newest records"));
  EXPECT_FALSE(fs::exists(Store(0) + ".aside-1"));
}

// Holds every checkpoint up until it is let go.
class Barrier {
 public:
  base::Status Pass(CheckpointStage stage) {
    if (stage != CheckpointStage::kBegun) return {};
    std::unique_lock lock(mutex_);
    arrived_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    return {};
  }
  void AwaitArrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool arrived_ = false;
  bool open_ = false;
};

TEST_F(RestoreTest, VerifyWaitsForACheckpointUnderWay) {
  Barrier barrier;
  hall.options.replay_records = 40;
  hall.options.checkpoint_probe = [&](CheckpointStage stage) { return barrier.Pass(stage); };
  hall.Send(history);
  hall.Start();
  hall.Idle();
  barrier.AwaitArrival();
  auto verified = std::async(std::launch::async, [&] { return hall.engine->Verify(nullptr); });
  // One that does not wait has the time to be wrong; one that waits would do so for ever.
  verified.wait_for(std::chrono::milliseconds(300));
  barrier.Open();
  auto lines = verified.get();
  ASSERT_TRUE(lines.ok()) << lines.error().message;
  EXPECT_THAT(lines.value(), IsEmpty());
  hall.Stop();
}

}  // namespace
}  // namespace caseclock::runtime

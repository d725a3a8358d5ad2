// An engine whose figures leave memory for the store whenever they can tells what one with room for
// all of them tells: caught in the middle of checkpoints, by late events, over a restart.

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/runtime/outcome.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Collect;
using testing::DeskHistory;
using testing::ExpectSame;
using testing::Hall;
using testing::Outcome;
using testing::Sent;
using testing::TempDir;

constexpr int kCases = 1200;

class FiguresMemory : public ::testing::TestWithParam<uint32_t> {
 protected:
  // In two parts, with a restart between them.
  Outcome Work(Hall* hall) const {
    const std::vector<Sent> history = DeskHistory(GetParam(), kCases);
    const auto half = history.begin() + static_cast<std::ptrdiff_t>(history.size() / 2);
    hall->options.partitions = 1;
    hall->options.batch_records = 50;
    hall->options.replay_records = 200;
    hall->Activate();
    hall->Send({history.begin(), half});
    hall->Start();
    hall->Idle();
    hall->Stop();
    hall->Send({half, history.end()});
    hall->options.until = At(testing::kDeskHistoryEnds);
    hall->Start();
    hall->Idle();
    hall->ExpectSound();
    return Collect(*hall, kCases);
  }
};

TEST_P(FiguresMemory, NothingShowsOfWhatIsAway) {
  const TempDir roomy_directory;
  Hall roomy(roomy_directory.path());
  const Outcome expected = Work(&roomy);
  const TempDir lean_directory;
  Hall lean(lean_directory.path());
  lean.options.memory_bytes = 1;
  const Outcome found = Work(&lean);
  ExpectSame(found, expected);
  EXPECT_FALSE(found.backlogs.empty());
  EXPECT_GT(lean.engine->stats().checkpoints, 5U);
  // Answers bring back what they look at; the rest has gone.
  EXPECT_LT(lean.engine->stats().figures_bytes, roomy.engine->stats().figures_bytes);
}

// Chunks that changed are held until a checkpoint has them, and count as long.
TEST(FiguresAccount, HoldsWhatNoCheckpointHas) {
  const TempDir directory;
  Hall hall(directory.path());
  hall.options.partitions = 1;
  hall.Activate();
  hall.Send(DeskHistory(1, kCases));
  hall.Start();
  hall.Idle();
  ASSERT_EQ(hall.engine->stats().checkpoints, 0U);
  const uint64_t before = hall.engine->stats().figures_bytes;
  ASSERT_TRUE(hall.engine->Stop().ok());  // with a checkpoint
  EXPECT_GT(before, hall.engine->stats().figures_bytes);
}

INSTANTIATE_TEST_SUITE_P(Seeds, FiguresMemory, ::testing::Range(1U, 4U));

// A checkpoint keeps what is untold, so history need not be told with each of them.
TEST(FiguresOfHistory, AreNotToldWithEachCheckpoint) {
  const TempDir directory;
  Hall hall(directory.path());
  hall.options.partitions = 1;
  hall.options.batch_records = 50;
  hall.options.replay_records = 200;
  hall.options.until = At(testing::kDeskHistoryEnds);
  hall.Activate();
  hall.Send(DeskHistory(7, kCases));
  hall.Start();
  hall.Idle();
  EXPECT_GT(hall.engine->stats().checkpoints, 10u);
  std::map<std::string, int> times;
  for (const Hall::Record& record : hall.ReadAll(hall.options.topics.partials)) {
    ++times[record.key.value_or("")];
  }
  EXPECT_GT(times.size(), 100u);
  for (const auto& [key, count] : times) {
    EXPECT_LE(count, 2) << key;  // in the first commit, and when there was nothing more to read
  }
}

}  // namespace
}  // namespace caseclock::runtime

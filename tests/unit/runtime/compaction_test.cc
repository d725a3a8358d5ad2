// What compaction leaves of a log is as good as all of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/runtime/policy_timeline.h"
#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Hall;
using testing::TempDir;

class CompactionTest : public ::testing::Test {
 protected:
  CompactionTest() : hall(directory.path()) {
    hall.options.partitions = 1;
    hall.options.workers = 1;
    hall.options.batch_records = 4;
  }
  static testing::Sent Referral(int number) {
    return Hall::Event("r" + std::to_string(number), "C-" + std::to_string(number),
                       "2026-03-02T10:00:00Z", R"("referred":{"queue":"demo/desk","risk":"low"})");
  }
  void Work(const std::vector<testing::Sent>& events) {
    hall.Send(events);
    hall.Start();
    hall.Idle();
    hall.Stop();
  }
  // Returns how many records of `topic` are left of how many.
  std::pair<size_t, size_t> Compact(const std::string& topic) {
    const size_t before = hall.Read(topic, 0).size();
    testing::Require(dynamic_cast<log::EmbeddedLog*>(hall.log.get())->Maintain(), "maintenance");
    hall.engine.reset();
    hall.log.reset();
    hall.OpenLog();
    return {hall.Read(topic, 0).size(), before};
  }
  void ExpectARebuild() {
    std::filesystem::remove_all(hall.options.state_dir);
    const base::Status status = hall.TryStart();
    ASSERT_TRUE(status.ok()) << status.error().message;
    hall.Idle();
    hall.ExpectSound();
    hall.Stop();
  }

  const TempDir directory;
  Hall hall;
};

TEST_F(CompactionTest, OfCasesThatNothingSupersedesIsNoLoss) {
  hall.Activate();
  std::vector<testing::Sent> events;
  for (int i = 0; i < 40; ++i) events.push_back(Referral(i));
  Work(events);
  hall.SetWall(At("2026-06-11T00:00:00Z"));
  Work({Hall::Event("a1", "C-1", "2026-03-02T11:00:00Z", R"("assigned":{"handler":"h"})")});
  const auto [left, before] = Compact(hall.options.topics.cases);
  EXPECT_LT(left, before);
  EXPECT_GT(left, 40U);
  ExpectARebuild();
}

TEST_F(CompactionTest, OfALogThatHasGoneQuietIsNoLoss) {
  hall.Activate();
  for (int day = 0; day < 3; ++day) {
    hall.SetWall(At("2026-06-01T00:00:00Z") + base::Days(day));
    std::vector<testing::Sent> events;
    for (int i = 0; i < 8; ++i) events.push_back(Referral(day * 8 + i));
    Work(events);
  }
  hall.SetWall(At("2026-06-09T00:00:00Z"));  // the last day is too young for compaction
  const auto [left, before] = Compact(hall.options.topics.cases);
  EXPECT_LT(left, before);
  hall.SetWall(At("2026-06-20T00:00:00Z"));
  ExpectARebuild();
}

// Its closed pages lie far before its record then, and some were written again by late events.
TEST_F(CompactionTest, OfACaseWithManyPagesIsNoLoss) {
  hall.Activate();
  std::vector<testing::Sent> events{Referral(1), Referral(2)};
  const auto note = [&](int number, base::Instant at) {
    events.push_back(
        Hall::Event("n" + std::to_string(number), "C-1", base::FormatInstant(at),
                    R"("assigned":{"handler":"h)" + std::to_string(number % 9) + R"("})"));
  };
  const base::Instant begun = At("2026-03-02T12:00:00Z");
  for (int i = 0; i < 600; ++i) note(i, begun + base::Seconds(60 * i));
  for (int i = 600; i < 640; ++i) note(i, begun + base::Seconds(7 * i));
  Work(events);
  hall.Start();
  ASSERT_GT(hall.engine->PagesOf("C-1").value().size(), 3U);
  const model::CaseView before_it = hall.engine->CaseById("C-1").value().view;
  hall.Stop();
  hall.SetWall(At("2026-06-11T00:00:00Z"));
  events.clear();
  note(700, At("2026-03-20T12:00:00Z"));
  Work(events);
  const auto [left, before] = Compact(hall.options.topics.cases);
  EXPECT_LT(left, before / 4);
  ExpectARebuild();
  hall.Start();
  EXPECT_EQ(hall.engine->PagesOf("C-1").value().size(),
            hall.engine->CaseById("C-1").value().page.index);
  EXPECT_EQ(hall.engine->CaseById("C-1").value().view.opened_at, before_it.opened_at);
  // The page that has an event is found, so it is not taken for a new one.
  hall.Send({events.front(),
             Hall::Event("n5", "C-1", "2026-03-02T12:05:00Z", R"("assigned":{"handler":"h5"})")});
  hall.Idle();
  EXPECT_EQ(hall.engine->stats().duplicates, 2U);
  hall.ExpectSound();
  hall.Stop();
}

// An engine that comes back after weeks, on the disk that it had.
TEST_F(CompactionTest, AStoreThatIsOlderIsSetAsideAndRebuilt) {
  namespace fs = std::filesystem;
  hall.Activate();
  const fs::path store = hall.options.state_dir;
  for (int day = 0; day < 3; ++day) {
    hall.SetWall(At("2026-06-01T00:00:00Z") + base::Days(day));
    std::vector<testing::Sent> events;
    for (int i = 0; i < 8; ++i) events.push_back(Referral(day * 8 + i));
    for (int i = 0; day > 0 && i < 8; ++i) {  // and again what a day before was of
      events.push_back(Hall::Event("a" + std::to_string(day * 8 + i), "C-" + std::to_string(i),
                                   "2026-03-02T11:00:00Z", R"("assigned":{"handler":"h"})"));
    }
    Work(events);
    if (day == 0) fs::copy(store, directory.path() + "/old", fs::copy_options::recursive);
  }
  hall.SetWall(At("2026-06-20T00:00:00Z"));
  const auto [left, before] = Compact(hall.options.topics.cases);
  EXPECT_LT(left, before);
  fs::remove_all(store);
  fs::rename(directory.path() + "/old", store);
  hall.options.read_only = true;
  EXPECT_EQ(hall.TryStart().error().kind, base::ErrorKind::kCorrupt);  // which changes nothing
  hall.options.read_only = false;
  const base::Status status = hall.TryStart();
  ASSERT_TRUE(status.ok()) << status.error().message;
  hall.Idle();
  hall.ExpectSound();
  hall.Stop();
  EXPECT_TRUE(fs::exists(store / "0.aside-1" / "CURRENT"));
}

TEST_F(CompactionTest, KeepsBothTimesThatAPolicySetWasInForce) {
  hall.SetWall(At("2026-03-01T00:00:00Z"));
  hall.Activate();
  hall.SetWall(At("2026-03-02T00:00:00Z"));
  hall.Activate(tests::WithHoliday("2026-03-20", "2026-12"));
  hall.SetWall(At("2026-03-03T00:00:00Z"));
  hall.Activate();
  const auto periods = [&] {
    hall.Start();
    std::vector<std::pair<base::Instant, std::string>> found;
    for (const auto& period : hall.engine->timeline()->periods()) {
      found.emplace_back(period.effective_from, period.set->hash);
    }
    hall.Stop();
    return found;
  };
  const auto all = periods();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].second, all[2].second);
  hall.SetWall(At("2026-03-20T00:00:00Z"));
  Compact(hall.options.topics.policies);
  EXPECT_EQ(periods(), all);
}

}  // namespace
}  // namespace caseclock::runtime

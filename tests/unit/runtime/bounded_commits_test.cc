// What one commit holds is bounded, however much falls due or comes in at once: a log takes no
// transaction of any size, and one that it refuses would be tried again for ever.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Hall;
using testing::Sent;
using testing::TempDir;

std::unique_ptr<log::Log> SmallTransactions(const std::string& directory, size_t most) {
  log::EmbeddedOptions options;
  options.directory = directory + "/log";
  options.clock = [] { return At("2026-06-01T00:00:00Z"); };
  options.max_transaction_bytes = most;
  auto opened = log::OpenEmbeddedLog(options);
  EXPECT_TRUE(opened.ok());
  return std::move(opened).value();
}

Sent Referral(const std::string& case_id, const std::string& at) {
  return Hall::Event("r" + case_id, case_id, at,
                     R"("referred":{"queue":"demo/desk","risk":"critical"})");
}

class BoundedCommitsTest : public ::testing::Test {
 protected:
  void Use(size_t transaction_bytes) {
    hall = std::make_unique<Hall>(directory.path(),
                                  SmallTransactions(directory.path(), transaction_bytes));
    hall->options.partitions = hall->options.workers = 1;
    hall->Activate();
  }
  // Of so many cases, some of which are closed in time: all between two records.
  size_t BreachesOf(int cases, int closed = 0) {
    std::vector<Sent> events;
    for (int n = 0; n < cases; ++n) {
      events.push_back(Referral("C-" + std::to_string(n), "2026-03-02T10:00:00Z"));
    }
    for (int n = 0; n < closed; ++n) {
      events.push_back(Hall::Event("e" + std::to_string(n), "C-" + std::to_string(n),
                                   "2026-03-02T10:00:01Z", R"("closed":{"reason":"done"})"));
    }
    hall->Send(events);
    hall->Send({Referral("L-1", "2026-03-02T12:00:00Z")});
    hall->options.until = At("2026-03-02T12:00:00Z");
    hall->Start();
    hall->Idle();
    hall->ExpectSound();
    size_t breaches = 0;
    for (const model::Alert& alert : hall->Alerts(true)) {
      breaches += alert.clock.view() == "first_response" && alert.kind == model::RungKind::kBreach;
    }
    hall->Stop();
    return breaches;
  }
  const TempDir directory{TempDir::InMemory{}};
  std::unique_ptr<Hall> hall;
};

// More timers than are kept at hand, so that they are looked for in the midst of a commit: also
// those of cases that it has touched and that wait encoded.
TEST_F(BoundedCommitsTest, TimersOfCasesThatWaitEncodedAreFound) {
  constexpr int kCases = 66'000;
  Use(size_t{256} << 20);
  constexpr int kClosed = 100;  // so that it is not between two commits
  hall->options.decoded_cases = 1;
  EXPECT_EQ(BreachesOf(kCases, kClosed), static_cast<size_t>(kCases - kClosed));
}

// As after a weekend on which nothing ran.
TEST_F(BoundedCommitsTest, WhatFellDueBetweenTwoRecordsComesInSeveral) {
  constexpr int kCases = 20'000;
  Use(size_t{32} << 20);
  EXPECT_EQ(BreachesOf(kCases), static_cast<size_t>(kCases));
}

TEST_F(BoundedCommitsTest, LargeRecordsComeInSeveral) {
  constexpr int kCases = 100;
  Use(size_t{48} << 20);
  const std::string large(1 << 20, 'x');  // too large an event, which is refused with its bytes
  for (int n = 0; n < kCases; ++n) {
    hall->Send({{large, At("2026-03-02T10:00:00Z"), "C"},
                Referral("C-" + std::to_string(n), "2026-03-02T10:00:00Z")});
  }
  hall->options.until = At("2026-03-02T10:00:01Z");
  hall->Start();
  hall->Idle();
  EXPECT_EQ(hall->engine->BacklogOf("demo/desk").value()->open, kCases);
  hall->Stop();
}

// A source that uses one id for whatever it cannot place.
TEST_F(BoundedCommitsTest, ACaseThatIsNeverReferredDoesNotFillTheLog) {
  Use(size_t{256} << 20);
  const auto bytes_of = [&](const std::string& id, int count) {
    std::vector<Sent> events;
    for (int n = 0; n < count; ++n) {
      events.push_back(Hall::Event(id + std::to_string(n), id, "2026-03-02T10:00:00Z",
                                   R"("assigned":{"handler":"h"})"));
    }
    const uint64_t before = hall->engine->stats().case_bytes;
    hall->Send(events);
    hall->Idle();
    return hall->engine->stats().case_bytes - before;
  };
  hall->Start();
  const uint64_t few = bytes_of("UNKNOWN", 2'000);
  const uint64_t many = bytes_of("UNPLACED", 8'000);
  EXPECT_LT(many, 5 * few);
  // And when it comes after all, its past is all there.
  hall->Send({Referral("UNKNOWN", "2026-03-01T10:00:00Z")});
  hall->Idle();
  hall->ExpectSound();
  const auto looked = hall->engine->CaseById("UNKNOWN");
  ASSERT_TRUE(looked.ok());
  EXPECT_EQ(looked.value().view.events, 2'001U);
  EXPECT_EQ(looked.value().view.refused, 0U);
  hall->Stop();
}

}  // namespace
}  // namespace caseclock::runtime

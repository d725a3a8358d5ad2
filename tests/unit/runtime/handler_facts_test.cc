// Facts about handlers: sent once to any partition, known in all; in every case that names the
// handler, whatever came first; and still there after a restart, a rebuild and a migration.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/runtime/arrival_headers.h"
#include "tests/unit/runtime/migration_hall.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Hall;
using testing::Sent;
using testing::TempDir;

constexpr int kCasesHere = 12;

std::string IdOf(int i) {
  return "R-" + std::to_string(i);
}

// Offenders under management, spread over the partitions, all with one manager.
std::vector<Sent> Cases() {
  std::vector<Sent> events;
  for (int i = 0; i < kCasesHere; ++i) {
    const std::string n = std::to_string(i);
    events.push_back(Hall::Event("r" + n, IdOf(i), "2026-03-02T10:00:00Z",
                                 R"("referred":{"queue":"demo/rso","risk":"high"})"));
    events.push_back(
        Hall::Event("a" + n, IdOf(i), "2026-03-02T12:00:00Z", R"("assigned":{"handler":"h-1"})"));
  }
  return events;
}

Sent Qualified(const std::string& id, const std::string& what, const std::string& until = "",
               const std::string& at = "2026-03-02T09:00:00Z") {
  return Hall::Fact(id, "h-1", at,
                    R"("qualified":{"handler":"h-1","qualification":")" + what + "\"" +
                        (until.empty() ? "" : R"(,"until":")" + until + "\"") + "}");
}

std::vector<Sent> AllQualifications() {
  return {Qualified("q1", "mosovo"), Qualified("q2", "arms"),
          Qualified("q3", "visor", "2026-03-20T00:00:00Z")};
}

class HandlerFactsTest : public ::testing::Test {
 protected:
  void SetUp() override { hall.Activate(); }

  int64_t Unqualified() const { return hall.engine->BacklogOf("demo/rso").value()->unqualified; }
  int64_t UnqualifiedAt(const std::string& at, bool known_then) const {
    auto backlogs = hall.engine->BacklogsAt(At(at), known_then, "demo/rso", false, nullptr);
    EXPECT_TRUE(backlogs.ok());
    return backlogs.value().at(0).unqualified;
  }
  void Run(const std::string& until) {
    hall.options.until = At(until);
    hall.Start();
    hall.Idle();
    hall.ExpectSound();
  }

  // Each record is counted as one thing, and a fact as one event however many copies there are.
  void ExpectCounts(uint64_t events, uint64_t copies, uint64_t duplicates) const {
    const EngineStats stats = hall.engine->stats();
    EXPECT_EQ(stats.events, events);
    EXPECT_EQ(stats.fact_copies, copies);
    EXPECT_EQ(stats.duplicates, duplicates);
    EXPECT_EQ(stats.conflicts, 0U);
    EXPECT_EQ(stats.records, events + copies + duplicates + stats.rejects + stats.rerouted);
  }

  TempDir directory{TempDir::InMemory{}};
  Hall hall{directory.path()};
};

TEST_F(HandlerFactsTest, AreSentOnceAndKnownEverywhere) {
  hall.Send(Cases());
  hall.Send(AllQualifications());
  Run("2026-03-10T00:00:00Z");
  EXPECT_EQ(Unqualified(), 0);
  // Each was copied to the three other partitions, and no copy was copied again.
  EXPECT_EQ(hall.engine->stats().relayed, 9U);
  ExpectCounts(2 * kCasesHere + 3, 9, 0);
  EXPECT_EQ(hall.engine->stats().rejects, 0U);
  EXPECT_EQ(hall.ReadAll(hall.options.topics.events).size(), 2U * kCasesHere + 4 * 3);
  std::set<std::string> registers;
  for (int32_t number = 0; number < hall.options.partitions; ++number) {
    for (const Hall::Record& record : hall.Read(hall.options.topics.cases, number)) {
      if (record.key == model::RegisterId(base::Atom::Intern("h-1"))) {
        registers.insert(std::to_string(number));
      }
    }
  }
  EXPECT_EQ(registers.size(), 4U);
  // One that was sent once more changes nothing.
  hall.Stop();
  hall.Send({Qualified("q1", "mosovo")});
  Run("2026-03-10T00:00:00Z");
  ExpectCounts(0, 3, 1);
}

TEST_F(HandlerFactsTest, ALapseCountsFromItsInstant) {
  hall.Send(AllQualifications());
  hall.Send(Cases());
  Run("2026-04-10T00:00:00Z");
  EXPECT_EQ(Unqualified(), kCasesHere);
  EXPECT_EQ(UnqualifiedAt("2026-03-02T11:59:59Z", false), 0);
  EXPECT_EQ(UnqualifiedAt("2026-03-19T23:59:59Z", false), 0);
  EXPECT_EQ(UnqualifiedAt("2026-03-20T00:00:00Z", false), kCasesHere);
  const auto summary = hall.engine->Cases("demo/rso", 100);
  ASSERT_TRUE(summary.ok());
  for (const CaseSummary& one : summary.value()) EXPECT_TRUE(one.unqualified) << one.case_id;
}

TEST_F(HandlerFactsTest, WhatIsKnownLaterWasNotKnownThen) {
  hall.Send(Cases());
  std::vector<Sent> late = AllQualifications();
  for (Sent& fact : late) fact.timestamp = At("2026-03-06T00:00:00Z");
  hall.Send(late);
  Run("2026-03-12T00:00:00Z");
  EXPECT_EQ(Unqualified(), 0);
  EXPECT_EQ(UnqualifiedAt("2026-03-05T00:00:00Z", true), kCasesHere);
  EXPECT_EQ(UnqualifiedAt("2026-03-05T00:00:00Z", false), 0);
  EXPECT_EQ(UnqualifiedAt("2026-03-06T00:00:00Z", true), 0);
}

TEST_F(HandlerFactsTest, ReachCasesThatLieInTheStore) {
  hall.Send(Cases());
  hall.Send(AllQualifications());
  Run("2026-03-10T00:00:00Z");
  hall.Stop();
  hall.Send({Hall::Fact("v1", "h-1", "2026-03-10T00:00:00Z",
                        R"("voided":{"event_id":"q2","handler":"h-1"})")});
  Run("2026-03-11T00:00:00Z");
  EXPECT_EQ(Unqualified(), kCasesHere);
  // And what is known is there for a case that comes after a restart.
  hall.Stop();
  hall.Send({Qualified("q4", "arms", "", "2026-03-11T00:00:00Z")});
  hall.Send(
      {Hall::Event("r", "R-new", "2026-03-11T00:00:00Z", R"("referred":{"queue":"demo/rso"})"),
       Hall::Event("a", "R-new", "2026-03-11T00:00:00Z", R"("assigned":{"handler":"h-1"})")});
  Run("2026-03-12T00:00:00Z");
  EXPECT_EQ(Unqualified(), 0);
}

TEST_F(HandlerFactsTest, ARebuildFromTheTopicHasThem) {
  hall.Send(Cases());
  hall.Send(AllQualifications());
  Run("2026-03-10T00:00:00Z");
  hall.Stop();
  std::filesystem::remove_all(hall.options.state_dir);
  Run("2026-03-10T00:00:00Z");
  EXPECT_EQ(Unqualified(), 0);
  hall.Stop();
  hall.Send({Hall::Fact("x", "h-1", "2026-03-10T00:00:00Z", R"("absent":{"handler":"h-1"})")});
  Run("2026-03-11T00:00:00Z");
  const auto summary = hall.engine->Cases("demo/rso", 100);
  ASSERT_TRUE(summary.ok());
  for (const CaseSummary& one : summary.value()) EXPECT_TRUE(one.handler_away) << one.case_id;
}

TEST_F(HandlerFactsTest, AMigrationTakesThemToEveryPartition) {
  hall.Send(Cases());
  hall.Send(AllQualifications());
  Run("2026-03-10T00:00:00Z");
  hall.Stop();
  Hall target(directory.path() + "/target");
  target.options.partitions = 7;
  testing::MakeTopics(&target);
  auto carried = testing::Migrate(hall, target);
  ASSERT_TRUE(carried.ok()) << carried.error().message;
  EXPECT_EQ(carried.value().cases, kCasesHere);
  EXPECT_EQ(carried.value().handlers, 1);
  EXPECT_EQ(carried.value().handler_records, 7);
  target.Send(
      {Hall::Event("r", "R-new", "2026-03-11T00:00:00Z", R"("referred":{"queue":"demo/rso"})"),
       Hall::Event("a", "R-new", "2026-03-11T00:00:00Z", R"("assigned":{"handler":"h-1"})")});
  target.options.until = At("2026-03-12T00:00:00Z");
  target.Start();
  target.Idle();
  target.ExpectSound();
  EXPECT_EQ(target.engine->BacklogOf("demo/rso").value()->unqualified, 0);
  EXPECT_EQ(target.engine->BacklogOf("demo/rso").value()->open, kCasesHere + 1);
}

}  // namespace
}  // namespace caseclock::runtime

// Caseloads of handlers: figures that no partition has alone; live, in the past, after a restart
// and after a rebuild.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "engine/log/log.h"
#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Hall;
using testing::Sent;
using testing::TempDir;

constexpr int kLimit = 50;  // deploy/policies/rso.yaml
constexpr int kOver = 64;
constexpr int kUnder = 20;

std::string IdOf(int i) {
  return "R-" + std::to_string(i);
}

Sent Assigned(const std::string& id, int i, const std::string& at, const std::string& handler) {
  return Hall::Event(id, IdOf(i), at, R"("assigned":{"handler":")" + handler + R"("})");
}

// Cases under management: the first ones with one manager, the rest with another. Every fifth lies
// in a queue of its own.
std::vector<Sent> Cases() {
  std::vector<Sent> events;
  for (int i = 0; i < kOver + kUnder; ++i) {
    const std::string n = std::to_string(i);
    const std::string queue = i % 5 == 0 ? "wmp/rso" : "demo/rso";
    events.push_back(Hall::Event("r" + n, IdOf(i), "2026-03-02T10:00:00Z",
                                 R"("referred":{"queue":")" + queue + R"(","risk":"high"})"));
    events.push_back(Assigned("a" + n, i, "2026-03-02T12:00:00Z", i < kOver ? "h-1" : "h-2"));
  }
  return events;
}

class CaseloadTest : public ::testing::Test {
 protected:
  void SetUp() override { hall.Activate(); }

  void Run(const std::string& until) {
    hall.options.until = At(until);
    hall.Start();
    hall.Idle();
    hall.ExpectSound();
  }
  [[nodiscard]] model::Caseload Of(const std::string& queue) const {
    return hall.engine->BacklogOf(queue).value()->caseload.value();
  }
  [[nodiscard]] model::Backlog Past(const std::string& at, const std::string& queue, bool rollup,
                                    bool known_then = true) const {
    auto backlogs = hall.engine->BacklogsAt(At(at), known_then, queue, rollup, nullptr);
    EXPECT_TRUE(backlogs.ok());
    return backlogs.value().at(0);
  }
  [[nodiscard]] std::string Told() const {
    std::string all;
    for (const char* queue : {"demo/rso", "wmp/rso"}) {
      all += codec::BacklogToJson(*hall.engine->BacklogOf(queue).value());
    }
    return all + codec::BacklogToJson(hall.engine->Rollup("*").value());
  }

  TempDir directory{TempDir::InMemory{}};
  Hall hall{directory.path()};
};

TEST_F(CaseloadTest, IsOverTheLimitWhereEachPartitionAloneIsUnderIt) {
  hall.Send(Cases());
  Run("2026-03-10T00:00:00Z");
  std::map<int32_t, int> in_partition;
  for (int i = 0; i < kOver; ++i) ++in_partition[log::PartitionOf(IdOf(i), 4)];
  EXPECT_EQ(in_partition.size(), 4U);
  for (const auto& [number, cases] : in_partition) EXPECT_LT(cases, kLimit) << number;

  // 13 of his cases are in the other queue.
  const model::Caseload queue = Of("demo/rso");
  EXPECT_EQ(queue.limit, kLimit);
  EXPECT_EQ(queue.handlers, 2);
  EXPECT_EQ(queue.cases_max, 51);
  ASSERT_EQ(queue.over.size(), 1U);
  EXPECT_EQ(queue.over[0].handler, "h-1");
  EXPECT_EQ(queue.over[0].cases, 51);
  EXPECT_EQ(Of("wmp/rso").handlers_over, 0);
  EXPECT_EQ(Of("wmp/rso").cases_max, 13);
  // Together they are what he has.
  const model::Caseload all = hall.engine->Rollup("*").value().caseload.value();
  EXPECT_EQ(all.handlers, 2);
  EXPECT_EQ(all.cases_max, kOver);
  EXPECT_EQ(all.handlers_over, 1);
  EXPECT_EQ(all.cases_of_handlers_over, kOver);
}

// The limit of a roll-up is that of the first queue which has one, not of the first queue.
TEST_F(CaseloadTest, OfARollupGoesByAQueueThatHasALimit) {
  hall.Send(Cases());
  hall.Send(
      {Hall::Event("m", "M-1", "2026-03-02T10:00:00Z", R"("referred":{"queue":"demo/marac"})"),
       Hall::Event("n", "M-1", "2026-03-02T11:00:00Z", R"("assigned":{"handler":"h-1"})")});
  Run("2026-03-10T00:00:00Z");
  EXPECT_FALSE(hall.engine->BacklogOf("demo/marac").value()->caseload.has_value());
  const model::Backlog all = hall.engine->Rollup("demo/*").value();
  EXPECT_TRUE(all.clocks.contains("idva_contact")) << "the first queue's clocks";
  ASSERT_TRUE(all.caseload.has_value());
  EXPECT_EQ(all.caseload->limit, kLimit);
  EXPECT_EQ(all.caseload->cases_max, 51) << "what has no limit is not counted";
  EXPECT_EQ(codec::BacklogToJson(Past("2026-03-10T00:00:00Z", "demo/*", true, false)),
            codec::BacklogToJson(all));
}

TEST_F(CaseloadTest, FollowsWhoHasTheCases) {
  hall.Send(Cases());
  // Case 1 changes hands, 2 nobody has any more, 3 is closed; 4 is with him again after all.
  hall.Send({Assigned("b1", 1, "2026-03-05T00:00:00Z", "h-2"),
             Hall::Event("b2", IdOf(2), "2026-03-05T00:00:00Z", R"("unassigned":{"reason":"x"})"),
             Hall::Event("b3", IdOf(3), "2026-03-05T00:00:00Z", R"("closed":{"reason":"x"})"),
             Assigned("b4", 4, "2026-03-05T00:00:00Z", "h-2"),
             Hall::Event("v4", IdOf(4), "2026-03-06T00:00:00Z", R"("voided":{"event_id":"b4"})")});
  Run("2026-03-10T00:00:00Z");
  EXPECT_EQ(Of("demo/rso").cases_max, 48);
  EXPECT_EQ(Of("demo/rso").handlers_over, 0);
  EXPECT_EQ(hall.engine->Rollup("*").value().caseload->cases_max, 61);
  // The past has what was then, and as it was known then.
  EXPECT_EQ(Past("2026-03-04T00:00:00Z", "demo/rso", false).caseload->cases_max, 51);
  EXPECT_EQ(Past("2026-03-05T12:00:00Z", "demo/rso", false).caseload->cases_max, 47);
  EXPECT_EQ(Past("2026-03-02T11:00:00Z", "demo/rso", false).caseload->handlers, 0);
  EXPECT_EQ(codec::BacklogToJson(Past("2026-03-10T00:00:00Z", "*", true, false)),
            codec::BacklogToJson(hall.engine->Rollup("*").value()));
}

TEST_F(CaseloadTest, SurvivesARestartAndARebuild) {
  hall.Send(Cases());
  Run("2026-03-10T00:00:00Z");
  const std::string told = Told();
  hall.Stop();
  Run("2026-03-10T00:00:00Z");
  EXPECT_EQ(Told(), told);
  hall.Stop();
  std::filesystem::remove_all(hall.options.state_dir);
  Run("2026-03-10T00:00:00Z");
  EXPECT_EQ(Told(), told);
}

TEST_F(CaseloadTest, IsNotThereWhereThePolicyHasNoLimit) {
  hall.Send(
      {Hall::Event("r", "M-1", "2026-03-02T10:00:00Z", R"("referred":{"queue":"demo/marac"})"),
       Hall::Event("a", "M-1", "2026-03-02T11:00:00Z", R"("assigned":{"handler":"h-1"})")});
  Run("2026-03-10T00:00:00Z");
  EXPECT_FALSE(hall.engine->BacklogOf("demo/marac").value()->caseload.has_value());
  for (const Hall::Record& record : hall.ReadAll(hall.options.topics.partials)) {
    const auto key = codec::ParseFigureChunkKey(*record.key);
    ASSERT_TRUE(key.ok());
    EXPECT_NE(key.value().figure.kind, model::FigureKind::kHandled);
  }
}

}  // namespace
}  // namespace caseclock::runtime

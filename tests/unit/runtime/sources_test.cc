// Silent sources: told once and ended once, over partitions, restarts and the death of an engine,
// in log time and by the wall clock.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/codec/output_codec.h"
#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using ::testing::ElementsAre;
using testing::Hall;
using ::testing::IsEmpty;
using testing::TempDir;

// The policies that ship, and two sources that must be heard from.
std::vector<model::PolicyText> WithSources(const std::string& rules) {
  std::vector<model::PolicyText> files = tests::ShippedPolicies();
  for (model::PolicyText& file : files) {
    if (file.name.ends_with("queues.yaml")) file.text += rules;
  }
  return files;
}
const std::string kRules =
    "sources:\n  - {source: rms, silence: PT6H}\n  - {source: register, silence: P2D}\n";

testing::Sent From(const std::string& source, const std::string& id, const std::string& case_id,
                   const std::string& at) {
  testing::Sent sent = Hall::Event(id, case_id, at, "\"performed\":{\"activity\":\"home_visit\"}");
  const size_t from = sent.json.find("\"rms\"");
  sent.json.replace(from, 5, "\"" + source + "\"");
  return sent;
}

class SourcesTest : public ::testing::Test {
 protected:
  // Every telling about a source that lies in the topic, in order: "rms raised 15:00", …
  std::vector<std::string> Told() const {
    std::vector<std::string> told;
    for (const auto& record : hall.ReadAll(hall.options.topics.alerts)) {
      model::Alert alert;
      EXPECT_TRUE(codec::DecodeAlert(*record.value, &alert).ok());
      if (alert.source.empty()) continue;
      told.push_back(alert.source.str() + " " + std::string(model::AlertStateName(alert.state)) +
                     " " + base::FormatInstant(alert.due_at).substr(8, 8));
    }
    return told;
  }

  TempDir directory;
  Hall hall{directory.path()};
};

TEST_F(SourcesTest, SilencesOfHistoryAreFoundWhateverTheBatching) {
  hall.Activate(WithSources(kRules));
  hall.Send({From("rms", "1", "C-1", "2026-03-02T09:00:00Z"),
             From("rms", "2", "C-2", "2026-03-02T12:00:00Z"),
             From("register", "1", "C-3", "2026-03-02T12:30:00Z"),
             From("rms", "3", "C-4", "2026-03-02T20:00:00Z"),  // after eight hours
             From("rms", "4", "C-1", "2026-03-03T01:00:00Z"),
             From("register", "2", "C-2", "2026-03-03T02:00:00Z")});
  hall.options.until = At("2026-03-03T08:00:00Z");
  hall.Start();
  hall.Idle();
  EXPECT_THAT(Told(),
              ElementsAre("rms raised 02T18:00", "rms resolved 02T18:00", "rms raised 03T07:00"));
  const auto sources = hall.engine->Sources();
  ASSERT_EQ(sources.size(), 2U);
  EXPECT_TRUE(sources[0].silent);
  EXPECT_EQ(sources[0].heard_at, At("2026-03-03T01:00:00Z"));
  EXPECT_FALSE(sources[1].silent);
  EXPECT_EQ(sources[1].due_at, At("2026-03-05T02:00:00Z"));
  const auto standing = hall.Alerts(true);
  const auto silent = std::count_if(standing.begin(), standing.end(),
                                    [](const auto& alert) { return !alert.source.empty(); });
  EXPECT_EQ(silent, 1);
  hall.ExpectSound();
}

TEST_F(SourcesTest, AreNotToldAgainAfterARestart) {
  hall.Activate(WithSources(kRules));
  hall.Send({From("rms", "1", "C-1", "2026-03-02T09:00:00Z"),
             From("register", "1", "C-3", "2026-03-02T09:30:00Z")});
  hall.options.until = At("2026-03-02T18:00:00Z");
  hall.Start();
  hall.Idle();
  EXPECT_THAT(Told(), ElementsAre("rms raised 02T15:00"));
  hall.Restart();
  hall.Idle();
  EXPECT_THAT(Told(), ElementsAre("rms raised 02T15:00"));
  EXPECT_EQ(hall.engine->Sources()[0].heard_at, At("2026-03-02T09:00:00Z"));
  hall.Send({From("rms", "2", "C-2", "2026-03-02T19:00:00Z")});
  hall.Idle();
  EXPECT_THAT(Told(), ElementsAre("rms raised 02T15:00", "rms resolved 02T15:00"));
  hall.options.until = At("2026-03-03T06:00:00Z");
  hall.Restart();
  hall.Idle();
  EXPECT_THAT(Told(),
              ElementsAre("rms raised 02T15:00", "rms resolved 02T15:00", "rms raised 03T01:00"));
}

// Without its state directory an engine restores from the topics, and knows as much.
TEST_F(SourcesTest, SurviveTheLossOfTheStateDirectory) {
  hall.Activate(WithSources(kRules));
  hall.Send({From("rms", "1", "C-1", "2026-03-02T09:00:00Z"),
             From("register", "1", "C-3", "2026-03-02T09:30:00Z")});
  hall.options.until = At("2026-03-02T12:00:00Z");
  hall.Start();
  hall.Idle();
  hall.Stop();
  std::filesystem::remove_all(hall.options.state_dir);
  hall.options.until = At("2026-03-02T16:00:00Z");
  hall.Start();
  hall.Idle();
  EXPECT_THAT(Told(), ElementsAre("rms raised 02T15:00"));
}

TEST_F(SourcesTest, ByTheWallClockOneThatWasNeverHeardIsSilentSinceItsActivation) {
  hall.options.clock = ClockMode::kWall;
  hall.options.driven = true;
  hall.options.workers = 1;
  hall.Activate(WithSources(kRules));
  hall.Start();
  const auto turn = [&](base::Duration by) {
    // In steps shorter than a jump of the clock.
    for (base::Duration left = by; left.us > 0; left.us -= base::Hours(1).us) {
      hall.AdvanceWall(std::min(left, base::Hours(1)));
      for (int i = 0; i < 5; ++i) hall.engine->Turn(Engine::Part::kWorkers);
      hall.engine->Turn(Engine::Part::kPublisher);
    }
  };
  turn(base::Hours(6));
  EXPECT_THAT(Told(), IsEmpty());
  turn(base::Hours(1));
  EXPECT_THAT(Told(), ElementsAre("rms raised 01T06:00"));
  hall.Send({From("rms", "1", "C-1", "2026-06-01T07:00:00Z")});
  turn(base::Hours(2));  // it is committed once time has gone on
  EXPECT_THAT(Told(), ElementsAre("rms raised 01T06:00", "rms resolved 01T06:00"));
  hall.Stop();
}

TEST_F(SourcesTest, NamedByALaterSetAreExpectedFromThen) {
  hall.Activate();
  hall.Send({From("rms", "1", "C-1", "2026-06-01T00:30:00Z")});
  hall.options.until = At("2026-06-01T20:00:00Z");
  hall.Start();
  hall.Idle();
  hall.Stop();
  EXPECT_THAT(Told(), IsEmpty());
  hall.SetWall(At("2026-06-02T00:00:00Z"));
  hall.Activate(WithSources(kRules));
  hall.options.until = At("2026-06-02T07:00:00Z");
  hall.Start();
  hall.Idle();
  EXPECT_THAT(Told(), ElementsAre("rms raised 02T06:00"));
}

}  // namespace
}  // namespace caseclock::runtime

// The simulator: the same from the same seed, in order, and in the words of the shipped policies.

#include "consumers/simulator/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "consumers/simulator/live.h"
#include "consumers/simulator/plants.h"
#include "engine/base/time_text.h"
#include "engine/codec/event_codec.h"
#include "engine/model/policy.h"
#include "engine/policy/load.h"

namespace caseclock::simulator {
namespace {

const Instant kEnd = base::ParseInstant("2026-03-02T10:15:00Z").value();

Options Some(uint64_t seed, uint32_t cases) {
  Options options;
  options.seed = seed;
  options.cases = cases;
  options.end = kEnd;
  return options;
}

std::vector<Generated> All(const Options& options) {
  Generator generator(options);
  std::vector<Generated> events;
  while (auto event = generator.Next()) events.push_back(std::move(*event));
  return events;
}

const policy::LoadResult& Shipped() {
  static const auto* loaded =
      new policy::LoadResult(policy::LoadPolicyDir(CASECLOCK_SOURCE_DIR "/deploy/policies"));
  return *loaded;
}

TEST(Simulator, IsTheSameFromTheSameSeed) {
  const auto once = All(Some(7, 300));
  const auto again = All(Some(7, 300));
  const auto other = All(Some(8, 300));
  ASSERT_EQ(once.size(), again.size());
  for (size_t i = 0; i < once.size(); ++i) EXPECT_EQ(once[i].bytes, again[i].bytes);
  EXPECT_NE(once.front().bytes + once.back().bytes, other.front().bytes + other.back().bytes);
}

TEST(Simulator, ArrivesInOrderAndAfterItHappened) {
  Instant last = base::kLongAgo;
  size_t late = 0;
  for (const Generated& event : All(Some(1, 1000))) {
    EXPECT_GE(event.arrives, last);
    EXPECT_GE(event.arrives, event.occurred);
    EXPECT_LE(event.arrives, kEnd);
    if (event.arrives - event.occurred > base::Hours(1)) ++late;
    last = event.arrives;
  }
  EXPECT_GT(late, 50U);
}

TEST(Simulator, HasTheMixThatItPromises) {
  const auto events = All(Some(1, 4000));
  EXPECT_GT(events.size(), 4U * 4000);
  EXPECT_LT(events.size(), 10U * 4000);
  std::map<model::EventType, size_t> types;
  std::set<std::string> known;
  size_t duplicates = 0;
  size_t marac = 0;
  size_t repeats = 0;
  for (const Generated& generated : events) {
    model::Event event;
    codec::Rejected rejected;
    ASSERT_TRUE(codec::DecodeEvent(generated.bytes, &event, &rejected)) << rejected.message;
    ++types[event.type()];
    if (!known.insert(std::string(event.event_id)).second) ++duplicates;
    if (const auto* referred = std::get_if<model::Referred>(&event.body)) {
      if (referred->queue.view() == "wmp/marac") ++marac;
      if (!referred->repeat_of.empty()) ++repeats;
    }
  }
  EXPECT_GT(duplicates, 50U);
  EXPECT_NEAR(static_cast<double>(repeats) / static_cast<double>(marac), 0.31, 0.05);
  for (const auto type :
       {model::EventType::kPaused, model::EventType::kResumed, model::EventType::kTransferred,
        model::EventType::kVoided, model::EventType::kReopened, model::EventType::kOutcome}) {
    EXPECT_GT(types[type], 0U) << model::EventTypeName(type);
  }
}

// Whether some rule of the version, in any list, waits for this very code.
bool Named(const model::WorkflowVersion& version, const model::Event& event) {
  const auto in = [&](const model::EventMatches& matches) {
    return std::any_of(matches.begin(), matches.end(), [&](const model::EventMatch& match) {
      return match.type == event.type() && !match.codes.empty() &&
             std::find(match.codes.begin(), match.codes.end(), model::PrincipalCode(event)) !=
                 match.codes.end();
    });
  };
  for (const model::StageRule& stage : version.stages) {
    if (in(stage.enters_on)) return true;
  }
  return std::any_of(version.clocks.begin(), version.clocks.end(), [&](const auto& clock) {
    return in(clock.starts_on) || in(clock.stops_on) || in(clock.cancels_on) || in(clock.resets_on);
  });
}

bool Has(const std::vector<base::Atom>& list, base::Atom code) {
  return code.empty() || std::find(list.begin(), list.end(), code) != list.end();
}

TEST(Simulator, SpeaksTheWordsOfTheShippedPolicies) {
  ASSERT_TRUE(Shipped().ok());
  const model::PolicySet& set = *Shipped().set;
  std::map<std::string, const model::WorkflowVersion*> version_of;  // by case
  std::set<std::string> unknown;
  auto events = All(Some(3, 2000));
  // As they happened: a late transfer must come before what was done in the new queue.
  std::stable_sort(events.begin(), events.end(),
                   [](const Generated& a, const Generated& b) { return a.occurred < b.occurred; });
  for (const Generated& generated : events) {
    model::Event event;
    codec::Rejected rejected;
    ASSERT_TRUE(codec::DecodeEvent(generated.bytes, &event, &rejected)) << rejected.message;
    base::Atom queue;
    if (const auto* body = std::get_if<model::Referred>(&event.body)) queue = body->queue;
    if (const auto* body = std::get_if<model::Transferred>(&event.body)) queue = body->queue;
    auto& version = version_of[generated.case_id];
    if (!queue.empty()) {
      const model::QueueBinding* binding = model::FindQueue(set, queue.view());
      ASSERT_NE(binding, nullptr) << queue.view();
      version = model::VersionAt(*model::FindWorkflow(set, binding->workflow), event.occurred_at);
    }
    if (version == nullptr) continue;  // before its referral arrived
    if (const auto* body = std::get_if<model::Referred>(&event.body)) {
      EXPECT_TRUE(Has(version->risks, body->risk)) << body->risk.view();
    }
    if (const auto* body = std::get_if<model::Assessed>(&event.body)) {
      if (!Has(version->risks, body->grade)) unknown.insert(body->grade.str());
    }
    if (event.type() == model::EventType::kPerformed && !Named(*version, event)) {
      unknown.insert(model::PrincipalCode(event).str());
    }
  }
  EXPECT_THAT(unknown, ::testing::IsEmpty());
}

TEST(Plants, CountOnLimitsThatThePoliciesHave) {
  ASSERT_TRUE(Shipped().ok());
  const model::PolicySet& set = *Shipped().set;
  for (const PlantBasis& basis :
       {kContactWarning, kContactBreach, kRecordWarning, kRecordBreach, kEnforceBreach}) {
    const std::string queue = "wmp/" + std::string(QueueName(basis.queue));
    const auto* version =
        model::VersionAt(*model::FindWorkflow(set, model::FindQueue(set, queue)->workflow), kEnd);
    const model::ClockRule* clock = model::FindClock(*version, Atom::Intern(basis.clock));
    ASSERT_NE(clock, nullptr) << basis.clock;
    const model::Target* target = nullptr;
    for (const model::Target& t : clock->targets) {
      if (t.risk.view() == basis.risk || (t.risk.empty() && target == nullptr)) target = &t;
    }
    ASSERT_NE(target, nullptr);
    ASSERT_TRUE(target->limit.has_value());
    EXPECT_EQ(*target->limit, (base::Period{0, 0, basis.limit})) << basis.clock;
    const bool has_rung =
        std::any_of(clock->ladder.begin(), clock->ladder.end(), [&](const model::Rung& rung) {
          return basis.warning_percent == 0 ? rung.kind == model::RungKind::kBreach
                                            : rung.percent == basis.warning_percent;
        });
    EXPECT_TRUE(has_rung) << basis.clock;
  }
}

TEST(Plants, FallDueInTheFirstTwoMinutes) {
  const auto steps = PlanPlants(kEnd, 1000);
  size_t late = 0;
  for (const Planned& step : steps) {
    EXPECT_LE(step.arrives, kEnd + base::Seconds(180));
    if (step.arrives > kEnd && step.occurred > kEnd) ++late;
  }
  EXPECT_EQ(late, 2U);
}

TEST(Live, GoesOnAtItsPaceWithIdsOfItsOwn) {
  Generator generator(Some(1, 200));
  std::set<std::string> history;
  while (auto event = generator.Next()) history.insert(event->bytes);
  LiveOptions options;
  options.start = kEnd;
  options.events_per_second = 5;
  options.pending = generator.TakePending();
  Live live(std::move(options));
  std::set<std::string> ids;
  size_t count = 0;
  for (int second = 1; second <= 60; ++second) {
    for (const Generated& generated : live.Until(kEnd + base::Seconds(second))) {
      model::Event event;
      codec::Rejected rejected;
      ASSERT_TRUE(codec::DecodeEvent(generated.bytes, &event, &rejected)) << rejected.message;
      EXPECT_LE(event.occurred_at, kEnd + base::Seconds(second));
      EXPECT_TRUE(ids.insert(std::string(event.event_id)).second) << event.event_id;
      ++count;
    }
  }
  EXPECT_GT(count, 200U);
  EXPECT_LT(count, 450U);
}

}  // namespace
}  // namespace caseclock::simulator

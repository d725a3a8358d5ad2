#include "tests/bench/kafka/meter/plain_force.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "consumers/simulator/random.h"
#include "engine/codec/event_codec.h"

namespace caseclock::bench {
namespace {

using base::Atom;
using base::Duration;
using base::Instant;

constexpr uint64_t kSeed = 1;
// Far enough back that five million cases (315 days of them, each up to 40 days long) end in the
// past: a broker refuses timestamps from the future.
constexpr Instant kStart{1'704'067'200'000'000};  // 2024-01-01T00:00Z
constexpr int64_t kSpacingMicros = 5'440'000;
constexpr uint64_t kQueues = 64;
constexpr uint64_t kHandlers = 900;
constexpr std::array kRisks = {"standard", "medium", "high", "very_high"};

template <typename... Values>
std::string Text(const char* format, Values... values) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

Duration Hours(double hours) {
  return Duration{static_cast<int64_t>(hours * 3.6e9)};
}

Instant Behind(Instant t) {
  return t + base::Millis(1);
}

}  // namespace

void PlainForce::Begin() {
  Case& one = upcoming_;
  one = {};
  one.number = next_case_++;
  auto random = simulator::Random::For(kSeed, 0, one.number);
  const auto between = [&](double from, double to) {
    return Hours(from + random.Unit() * (to - from));
  };
  one.queue = random.Below(kQueues);
  one.risk = random.Below(kRisks.size());
  const Instant start = kStart + Duration{static_cast<int64_t>(one.number) * kSpacingMicros};
  one.steps.push_back({start, What::kReferred});
  const bool late = random.Chance(0.05);
  const Instant screened = start + (late ? between(24.5, 60) : between(0.2, 22));
  one.steps.push_back({screened, What::kScreened});
  const Instant assigned = screened + between(1, 48);
  one.steps.push_back({assigned, What::kAssigned});
  const bool overdue = random.Chance(0.04);
  const Instant ends =
      overdue ? start + between(28 * 24, 40 * 24) : assigned + between(4 * 24, 20 * 24);
  if (random.Chance(0.6)) {
    const Instant paused = assigned + between(1, 40);
    one.steps.push_back({paused, What::kPaused});
    one.steps.push_back({paused + between(1, 48), What::kResumed});
  }
  if (random.Chance(0.8)) {
    const Instant again = ends - between(0.5, 5);
    one.steps.push_back({Behind(std::max(one.steps.back().at, again)), What::kAssigned});
  }
  one.steps.push_back({std::max(ends, Behind(one.steps.back().at)), What::kClosed});
}

model::EventBody PlainForce::BodyOf(const Case& one) {
  switch (one.steps[one.done].what) {
    case What::kReferred: {
      model::Referred referred;
      referred.queue = Atom::Intern(Text("wmp/marac/team-%02u", static_cast<unsigned>(one.queue)));
      referred.risk = Atom::Intern(kRisks[one.risk]);
      return referred;
    }
    case What::kScreened: {
      model::Screened screened;
      screened.decision = Atom::Intern("in");
      return screened;
    }
    case What::kAssigned:
      return model::Assigned{
          Atom::Intern(Text("handler-%u",
                            static_cast<unsigned>(1'000 + (one.number + one.done) % kHandlers))),
          {}};
    case What::kPaused:
      return model::Paused{Atom::Intern("awaiting_info")};
    case What::kResumed:
      return model::Resumed{};
    case What::kClosed:
      return model::Closed{Atom::Intern("outcome-15"), {}};
  }
  return model::Resumed{};
}

PlainForce::Record PlainForce::RecordOf(const Case& one) const {
  const auto source = static_cast<unsigned>(one.number % 4 + 1);
  const auto number = static_cast<unsigned long long>(one.number);
  const std::string case_id = Text("C%08llu", number);
  const std::string event_id =
      Text("rms-%u:%09llu", source, static_cast<unsigned long long>(sent_));
  const std::string actor = Text("officer-%llu", 10'000 + number % 5'000);
  model::Event event;
  event.event_id = event_id;
  event.source = Atom::Intern(Text("urn:wmp:records:rms-%u", source));
  event.case_id = case_id;
  event.occurred_at = one.steps[one.done].at;
  event.actor = actor;
  event.body = BodyOf(one);
  Record record{event.occurred_at, case_id, {}};
  codec::EncodeEvent(event, &record.bytes);
  return record;
}

PlainForce::Record PlainForce::Next() {
  ++sent_;
  if (again_ > 0) {
    --again_;
    return last_;
  }
  Case one;
  if (open_.empty() || Later{}(open_.top(), upcoming_)) {
    one = std::exchange(upcoming_, {});
    Begin();
  } else {
    one = open_.top();
    open_.pop();
  }
  last_ = RecordOf(one);
  again_ = simulator::Random::For(kSeed, 1, sent_).Chance(0.005) ? 1 : 0;
  if (++one.done < one.steps.size()) open_.push(std::move(one));
  return last_;
}

}  // namespace caseclock::bench

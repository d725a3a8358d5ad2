#include "consumers/simulator/live.h"

#include <algorithm>
#include <utility>

namespace caseclock::simulator {
namespace {

// Without the second sending of an event, and without corrections: both go by event ids, and live
// events have ids of their own.
std::vector<Planned> OncePerStep(const std::vector<Planned>& steps) {
  std::vector<Planned> once;
  for (const Planned& step : steps) {
    const bool known = std::any_of(once.begin(), once.end(),
                                   [&](const Planned& s) { return s.step == step.step; });
    if (!known && step.type != model::EventType::kVoided) once.push_back(step);
  }
  return once;
}

}  // namespace

uint32_t SessionNumber(Instant start) {
  constexpr int64_t kOrigin = 1'704'067'200;  // 2024-01-01, to keep the numbers short
  return static_cast<uint32_t>(start.Seconds() - kOrigin);
}

Live::Live(LiveOptions options)
    : options_(std::move(options)),
      random_(Random::For(options_.seed, 500, SessionNumber(options_.start))),
      next_(options_.start) {
  std::sort(options_.plants.begin(), options_.plants.end(),
            [](const Planned& a, const Planned& b) { return a.arrives > b.arrives; });
  for (auto& steps : options_.pending) steps = OncePerStep(steps);
  std::erase_if(options_.pending, [](const auto& steps) { return steps.empty(); });
}

std::vector<Generated> Live::Until(Instant now) {
  std::vector<Generated> events;
  while (true) {
    const bool plant = !options_.plants.empty() && options_.plants.back().arrives <= next_;
    const Instant at = plant ? options_.plants.back().arrives : next_;
    if (at > now) return events;
    if (plant) {
      const Planned planned = options_.plants.back();
      options_.plants.pop_back();
      events.push_back(Emit(planned, now));
      continue;
    }
    Planned planned = Choose();
    planned.occurred =
        Instant::FromSeconds(now.Seconds()) - random_.Between(base::Seconds(1), base::Seconds(15));
    if (planned.type == model::EventType::kScheduled) planned.value = (now + base::Days(9)).us;
    events.push_back(Emit(planned, now));
    const double mean = 1e6 / options_.events_per_second;
    next_ = next_ + base::Duration{static_cast<int64_t>(mean * (0.4 + 1.2 * random_.Unit()))};
  }
}

// Every third event is a referral; else a case under way takes its next step.
Planned Live::Choose() {
  auto& pending = options_.pending;
  if (pending.empty() || random_.Chance(0.34)) {
    const Queue queue = random_.Pick<Queue>(
        {{Queue::kMarac, 30}, {Queue::kRso, 12}, {Queue::kOcset, 18}, {Queue::kInvestigation, 40}});
    std::vector<Planned> steps = OncePerStep(PlanCase(
        options_.seed, queue, SessionNumber(options_.start) + new_cases_++, options_.start));
    const Planned referral = steps.front();
    steps.erase(steps.begin());
    if (!steps.empty()) pending.push_back(std::move(steps));
    return referral;
  }
  const size_t chosen = random_.Below(pending.size());
  const Planned step = pending[chosen].front();
  pending[chosen].erase(pending[chosen].begin());
  if (pending[chosen].empty()) {
    std::swap(pending[chosen], pending.back());
    pending.pop_back();
  }
  return step;
}

Generated Live::Emit(Planned planned, Instant now) {
  // Ids of their own: what happens live is not what the plan of the history would have said.
  const std::string id = planned.plant ? std::string()
                                       : "live/" + std::to_string(options_.start.Seconds()) + "/" +
                                             std::to_string(++emitted_);
  return {now, planned.occurred, CaseId(planned),
          EncodePlanned(options_.seed, options_.force, planned, id), false};
}

}  // namespace caseclock::simulator

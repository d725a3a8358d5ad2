#include "consumers/simulator/generator.h"

#include <algorithm>
#include <map>
#include <utility>

#include "consumers/simulator/handlers.h"
#include "engine/model/calendar.h"

namespace caseclock::simulator {
namespace {

// Order of arrival, made total so that a heap cannot shuffle ties.
bool ArrivesLater(const Planned& a, const Planned& b) {
  if (a.arrives != b.arrives) return a.arrives > b.arrives;
  if (a.queue != b.queue) return a.queue > b.queue;
  if (a.number != b.number) return a.number > b.number;
  return a.step > b.step;
}

bool IsWeekend(Instant t) {
  const auto day = static_cast<int32_t>(t.Seconds() / 86'400);
  return model::Weekday(day) >= 5;
}

}  // namespace

// Spreads the referrals of a queue over the days by their intensity: the kth case comes where the
// running sum of intensities reaches k, so the instants rise and none has to be kept.
struct Generator::Intake {
  Queue queue = Queue::kMarac;
  uint32_t count = 0;
  uint32_t next = 0;  // number of the next case, from 1 to count
  std::vector<double> sums;
  Instant start;
  uint64_t seed = 0;
  Instant at;

  void Advance() {
    if (++next > count) {
      at = base::kNever;
      return;
    }
    Random random = Random::For(seed, 400 + static_cast<uint64_t>(queue), next);
    const double share = (static_cast<double>(next - 1) + random.Unit()) / count;
    const double wanted = share * sums.back();
    const auto day = std::upper_bound(sums.begin(), sums.end(), wanted) - sums.begin();
    const auto index = std::min<size_t>(static_cast<size_t>(day), sums.size() - 1);
    const double before = index == 0 ? 0 : sums[index - 1];
    const double within = (wanted - before) / (sums[index] - before);
    at = start + base::Days(static_cast<int64_t>(index)) +
         base::Seconds(static_cast<int64_t>(std::clamp(within, 0.0, 0.99999) * 86'400));
  }
};

uint32_t CasesOf(Queue queue, uint32_t cases) {
  const uint32_t marac = cases * 22ULL / 100;
  const uint32_t rso = cases * 13ULL / 100;
  const uint32_t ocset = cases * 15ULL / 100;
  switch (queue) {
    case Queue::kMarac:
      return marac;
    case Queue::kRso:
      return rso;
    case Queue::kOcset:
      return ocset;
    case Queue::kInvestigation:
      return cases - marac - rso - ocset;
  }
  return 0;
}

double Intensity(Queue queue, int day, int days, bool weekend) {
  double intensity = weekend ? 0.7 : 1.1;
  const double at = static_cast<double>(day) / std::max(days, 1);
  if (queue == Queue::kOcset && at > 0.55 && at < 0.68) intensity *= 3;  // an operation elsewhere
  if (queue == Queue::kMarac && at > 0.9) intensity *= 2;
  if (queue == Queue::kInvestigation && at > 0.3 && at < 0.36) intensity *= 1.8;
  if (queue == Queue::kMarac && weekend) intensity *= 1.3;
  return intensity;
}

Generator::Generator(Options options) : options_(std::move(options)) {
  const int days = std::max<int>(1, static_cast<int>(options_.span.us / base::Days(1).us));
  for (const Queue queue : kQueues) {
    Intake intake;
    intake.queue = queue;
    intake.count = CasesOf(queue, options_.cases);
    intake.start = options_.end - base::Days(days);
    intake.seed = options_.seed;
    double sum = 0;
    for (int day = 0; day < days; ++day) {
      sum += Intensity(queue, day, days, IsWeekend(intake.start + base::Days(day)));
      intake.sums.push_back(sum);
    }
    intake.Advance();
    intakes_.push_back(std::move(intake));
  }
  waiting_ = std::move(options_.plants);
  std::make_heap(waiting_.begin(), waiting_.end(), ArrivesLater);
  if (options_.handlers) facts_ = HandlerFacts(options_);
  std::reverse(facts_.begin(), facts_.end());
}

Generator::~Generator() = default;

// A case is planned when its referral is the earliest thing that can still happen: everything in
// the heap then arrives in order.
void Generator::TakeIn() {
  while (true) {
    Intake* first = &intakes_.front();
    for (Intake& intake : intakes_) {
      if (intake.at < first->at) first = &intake;
    }
    if (first->at == base::kNever) return;
    if (!waiting_.empty() && waiting_.front().arrives <= first->at) return;
    for (Planned& planned :
         PlanCase(options_.seed, first->queue, first->next, first->at, options_.waits)) {
      waiting_.push_back(planned);
      std::push_heap(waiting_.begin(), waiting_.end(), ArrivesLater);
    }
    first->Advance();
  }
}

std::optional<Generated> Generator::Next() {
  TakeIn();
  const Instant next = waiting_.empty() ? base::kNever : waiting_.front().arrives;
  if (!facts_.empty() && facts_.back().arrives <= std::min(next, options_.end)) {
    Generated fact = std::move(facts_.back());
    facts_.pop_back();
    return fact;
  }
  if (waiting_.empty() || waiting_.front().arrives > options_.end) return std::nullopt;
  std::pop_heap(waiting_.begin(), waiting_.end(), ArrivesLater);
  const Planned planned = waiting_.back();
  waiting_.pop_back();
  return Generated{planned.arrives, planned.occurred, CaseId(planned),
                   EncodePlanned(options_.seed, options_.force, planned), false};
}

std::vector<std::vector<Planned>> Generator::TakePending() {
  std::map<std::pair<Queue, uint32_t>, std::vector<Planned>> cases;
  for (const Planned& planned : std::exchange(waiting_, {})) {
    if (!planned.plant) cases[{planned.queue, planned.number}].push_back(planned);
  }
  std::vector<std::vector<Planned>> pending;
  for (auto& [key, steps] : cases) {
    std::sort(steps.begin(), steps.end(),
              [](const Planned& a, const Planned& b) { return ArrivesLater(b, a); });
    pending.push_back(std::move(steps));
  }
  return pending;
}

}  // namespace caseclock::simulator

#include "consumers/simulator/handlers.h"

#include <algorithm>
#include <string>

#include "engine/codec/event_codec.h"

namespace caseclock::simulator {
namespace {

using base::Days;
using base::Seconds;

// What the policy of the queue asks for. At high risk an investigation takes level 2, which every
// second investigator has.
std::vector<std::string_view> NeededIn(Queue queue, uint32_t number) {
  switch (queue) {
    case Queue::kMarac:
      return {};
    case Queue::kRso:
      return {"mosovo", "arms", "visor"};
    case Queue::kOcset:
      return {"kirat"};
    case Queue::kInvestigation:
      return {number % 2 == 0 ? "pip2" : "pip1"};
  }
  return {};
}

class Writer {
 public:
  explicit Writer(const Options& options)
      : options_(options),
        start_(options.end - options.span),
        backlog_(options.waits >= kUsualWaits / 2) {}

  void Handler(Queue queue, uint32_t number) {
    name_ = "h/" + std::string(QueueName(queue)) + "/" + std::to_string(number);
    Random random = Random::For(options_.seed, 600 + static_cast<uint64_t>(queue), number);
    const Instant known = start_ - Days(1) + Seconds(60 * number);
    std::vector<std::string_view> needed = NeededIn(queue, number);
    // Never trained for it; a third of them where the force is in good order.
    const bool untrained = number % 13 == 0 && (backlog_ || number % 39 == 0);
    if (untrained && !needed.empty()) needed.pop_back();
    for (size_t i = 0; i < needed.size(); ++i) {
      const bool lapses = number % 10 == 3 && i == 0;
      const Instant until = Within(random.Between(Days(30), Days(60)), 90);
      Put(known, needed[i],
          {Atom::Intern(name_),
           Atom::Intern(needed[i]),
           {},
           lapses ? std::optional(until) : std::nullopt});
      if (!lapses || (backlog_ && number % 20 != 3)) continue;
      const Instant renewed = until + random.Between(Days(2), backlog_ ? Days(15) : Days(4));
      Put(renewed, std::string(needed[i]) + "/renewed",
          {Atom::Intern(name_), Atom::Intern(needed[i]), renewed, {}});
    }
    if (number % 9 != 4) return;
    const Instant from = Within(random.Between(Days(10), Days(70)), 90);
    Put(from - Days(3), "leave", model::Absent{Atom::Intern(name_), from, from + Days(14)});
  }

  std::vector<Generated> Take() {
    std::stable_sort(facts_.begin(), facts_.end(),
                     [](const Generated& a, const Generated& b) { return a.arrives < b.arrives; });
    return std::move(facts_);
  }

 private:
  // So far into a span of so many days, whatever the span is.
  [[nodiscard]] Instant Within(base::Duration part, int64_t of_days) const {
    const double share = static_cast<double>(part.us) / static_cast<double>(Days(of_days).us);
    const auto seconds = static_cast<int64_t>(static_cast<double>(options_.span.us) * share / 1e6);
    return Instant::FromSeconds((start_ + Seconds(seconds)).Seconds());
  }

  void Put(Instant at, std::string_view what, const model::Qualified& body) {
    Put(at, what, model::EventBody(body));
  }
  void Put(Instant at, std::string_view what, const model::Absent& body) {
    Put(at, what, model::EventBody(body));
  }
  void Put(Instant at, std::string_view what, model::EventBody body) {
    const std::string id = name_ + "/" + std::string(what);
    model::Event event;
    event.event_id = id;
    event.source = Codes::Of("training-records");
    event.occurred_at = Instant::FromSeconds(at.Seconds());
    event.body = std::move(body);
    Generated& fact = facts_.emplace_back();
    fact.arrives = fact.occurred = event.occurred_at;
    fact.case_id = name_;
    fact.about_handler = true;
    codec::EncodeEvent(event, &fact.bytes);
  }

  const Options& options_;
  const Instant start_;
  const bool backlog_;
  std::string name_;
  std::vector<Generated> facts_;
};

}  // namespace

std::vector<Generated> HandlerFacts(const Options& options) {
  Writer writer(options);
  for (const Queue queue : kQueues) {
    for (uint32_t number = 1; number <= kHandlers; ++number) writer.Handler(queue, number);
  }
  return writer.Take();
}

}  // namespace caseclock::simulator

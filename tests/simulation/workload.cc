#include "tests/simulation/workload.h"

#include <algorithm>

#include "engine/base/time_text.h"

namespace caseclock::simulation {
namespace {

using base::Instant;

constexpr const char* kQueues[] = {"demo/desk", "demo/desk", "demo/other"};
constexpr const char* kBodies[] = {
    R"("assigned":{"handler":"h-1"})",
    R"("assigned":{"handler":"h-2"})",
    R"("unassigned":{"reason":"leave"})",
    R"("assessed":{"tool":"arms","grade":"high"})",
    R"("assessed":{"tool":"arms","grade":"low"})",
    R"("paused":{"reason":"awaiting_vendor"})",
    R"("paused":{"reason":"awaiting_evidence"})",
    R"("resumed":{})",
    R"("staged":{"stage":"active"})",
    R"("staged":{"stage":"resolved"})",
    R"("transferred":{"queue":"demo/other"})",
    R"("closed":{"reason":"done"})",
    R"("reopened":{"reason":"again"})",
    R"("reopened":{"reason":"again"})",
    R"("extended":{"clock":"resolution","until":"2026-03-30T08:00:00Z"})",
    R"("interval_set":{"clock":"resolution","interval":"PT90H"})",
};

class Maker {
 public:
  explicit Maker(Random random) : random_(random) {}

  Workload Make() {
    const int cases = random_.Between(1, 5);
    for (int i = 0; i < cases; ++i) MakeCase("C-" + std::to_string(i));
    const int facts = random_.Below(6);
    for (int i = 0; i < facts; ++i) MakeFact("q" + std::to_string(i));
    Spoil();
    // Roughly in the order of their times; some out of it.
    std::stable_sort(made_.inputs.begin(), made_.inputs.end(),
                     [](const Input& a, const Input& b) { return a.timestamp < b.timestamp; });
    const int swaps = random_.Below(1 + static_cast<int>(made_.inputs.size()) / 3);
    for (int i = 0; i < swaps; ++i) {
      std::swap(made_.inputs[PickInput()], made_.inputs[PickInput()]);
    }
    return std::move(made_);
  }

 private:
  size_t PickInput() {
    return static_cast<size_t>(random_.Below(static_cast<int>(made_.inputs.size())));
  }

  void Add(const std::string& id, const std::string& case_id, Instant at, const std::string& body) {
    Input input;
    input.key = case_id;
    input.value = R"({"event_id":")" + id + R"(","source":"rms","case_id":")" + case_id +
                  R"(","occurred_at":")" + base::FormatInstant(at) + "\"," + body + "}";
    const bool late = random_.OneIn(8);
    input.timestamp = at + base::Seconds(late ? random_.Below(400'000) : random_.Below(60));
    if (random_.OneIn(12)) input.key.reset();                   // to partition 0, and sent home
    if (random_.OneIn(25)) input.key = case_id + "-misplaced";  // a contradiction: rejected
    made_.inputs.push_back(input);
    if (random_.OneIn(12)) made_.inputs.push_back(input);
    if (random_.OneIn(20)) {
      // The same event with other content: a conflict, settled by its sequence.
      input.value->insert(1, R"("sequence":"7",)");
      made_.inputs.push_back(input);
    }
  }

  void MakeCase(const std::string& case_id) {
    made_.cases.push_back(case_id);
    Instant t = WorkloadBegins() + base::Seconds(random_.Below(20 * 86'400));
    const int length = random_.Between(1, 10);
    const int referral = random_.OneIn(6) ? random_.Below(length) : 0;  // else an orphan's
    for (int k = 0; k < length; ++k) {
      const std::string id = case_id + "/" + std::to_string(k);
      const std::string body =
          k == referral ? std::string(R"("referred":{"queue":")") + kQueues[random_.Below(3)] +
                              (random_.OneIn(2) ? R"(","risk":"high"})" : R"("})")
                        : kBodies[random_.Below(static_cast<int>(std::size(kBodies)))];
      Add(id, case_id, t, body);
      if (random_.OneIn(15)) {
        Add(id + "v", case_id, t + base::Seconds(random_.Below(100'000)),
            R"("voided":{"event_id":")" + id + "\"}");
      }
      t = t + base::Seconds(1 + random_.Below(300'000));
    }
  }

  // A fact about a handler, for every partition.
  void MakeFact(const std::string& id) {
    const std::string handler = random_.OneIn(2) ? "h-1" : "h-2";
    const Instant t = WorkloadBegins() + base::Seconds(random_.Below(20 * 86'400));
    const std::string who = R"({"handler":")" + handler + "\"";
    const std::string until =
        random_.OneIn(2) ? R"(,"until":")" + base::FormatInstant(t + base::Days(9)) + "\"" : "";
    const std::string body =
        random_.OneIn(4)   ? R"("absent":)" + who + until + "}"
        : random_.OneIn(6) ? R"("voided":)" + who + R"(,"event_id":"q0"})"
                           : R"("qualified":)" + who + R"(,"qualification":"arms")" + until + "}";
    Input input;
    input.key = handler;
    input.value = R"({"event_id":")" + id + R"(","source":"hr","occurred_at":")" +
                  base::FormatInstant(t) + "\"," + body + "}";
    input.timestamp = t + base::Seconds(random_.Below(60));
    if (random_.OneIn(12)) input.key.reset();
    made_.inputs.push_back(input);
    if (random_.OneIn(6)) made_.inputs.push_back(input);
  }

  // Records that nobody can use, and a referral to a queue that nobody has.
  void Spoil() {
    const int bad = random_.Below(4);
    for (int i = 0; i < bad; ++i) {
      Input input = made_.inputs[PickInput()];
      switch (random_.Below(4)) {
        case 0:
          input.value = "not an event";
          break;
        case 1:
          input.value.reset();
          break;
        case 2:
          input.value->resize(input.value->size() / 2);
          break;
        default:
          input.value = R"({"event_id":"u","source":"rms","case_id":"C-u","occurred_at":)"
                        R"("2026-03-20T08:00:00Z","referred":{"queue":"nobody/has"}})";
          input.key = "C-u";
      }
      made_.inputs.push_back(input);
    }
  }

  Random random_;
  Workload made_;
};

}  // namespace

Workload MakeWorkload(Random random) {
  return Maker(random).Make();
}

Instant WorkloadBegins() {
  return Instant::FromSeconds(1'772'438'400);  // 2026-03-02T08:00:00Z
}

Instant WorkloadEnds() {
  return WorkloadBegins() + base::Days(75);
}

Instant CorrectedAt() {
  return WorkloadBegins() + base::Days(18);
}

}  // namespace caseclock::simulation

#pragma once

// What happens to one simulated case: its events, planned from referral to end. Pure: a case
// follows from seed, queue, number and the instant of its referral, and from nothing else.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "consumers/simulator/random.h"
#include "consumers/simulator/vocabulary.h"
#include "engine/base/instant.h"
#include "engine/model/event.h"

namespace caseclock::simulator {

using base::Instant;

// One event to be. Small, because the plans of all open cases are held at once.
struct Planned {
  Instant occurred;
  Instant arrives;      // when its record reaches the log; never before `occurred`
  Atom code;            // what model::PrincipalCode would say; of `referred` the risk, of
                        // `transferred` the queue without its force
  Atom extra;           // origin, tool, role, result, reason, authority
  int64_t value = 0;    // µs: of `scheduled` the instant, of `interval_set` the interval;
                        // of `screened` and `assessed` the score, of `voided` the step
  uint32_t number = 0;  // of the case, in its queue
  uint16_t step = 0;    // of the event, in its case
  model::EventType type = model::EventType::kReferred;
  Queue queue = Queue::kMarac;
  bool plant = false;  // of a case put there on purpose, see plants.h
};

// How long the people of the force take, against the means of the workflows: at 1 these lie near
// the limits, as in a force with a backlog; at 0.3 nearly everything is done well in time, and as
// much less is forgotten. Above 0.
inline constexpr double kUsualWaits = 1;

// In order of step; `arrives` need not be in order.
std::vector<Planned> PlanCase(uint64_t seed, Queue queue, uint32_t number, Instant referred,
                              double waits = kUsualWaits);

// The earlier case that a MARAC case repeats, if it does (31 in 100 do).
bool RepeatOf(uint64_t seed, uint32_t number, uint32_t* earlier);
// Who a case is about: the same reference for a repeat.
std::string SubjectOf(uint64_t seed, Queue queue, uint32_t number);
std::string CaseId(const Planned& planned);
// The canonical bytes of the event. `force`: in front of the queues, "wmp". `event_id`: empty: from
// case and step.
std::string EncodePlanned(uint64_t seed, const std::string& force, const Planned& planned,
                          const std::string& event_id = {});

// For the workflows: keeps the time and the steps of a case in the making.

class CasePlan {
 public:
  CasePlan(uint64_t seed, Queue queue, uint32_t number, Instant referred, double waits);

  // Lets time pass, around `mean` times the waits of the force.
  void Pass(base::Duration mean) {
    now_ = now_ + random.Wait({static_cast<int64_t>(static_cast<double>(mean.us) * waits_)});
  }
  // Something happens now, and is typed up a little later; `late` is the chance that it takes
  // hours.
  Planned& Add(model::EventType type, Atom code, Atom extra = {}, double late = 0.07);
  Planned& Did(Atom activity, double late = 0.07);
  void AssignSomebody(Atom role);
  // Whether it is done at all, where a force with a backlog leaves out this share of it. One in
  // good order leaves out as much less as it waits less.
  bool Remembers(double left_out) {
    return random.Chance(1 - left_out * std::min(waits_ / kUsualWaits, 1.0));
  }

  [[nodiscard]] Instant now() const { return now_; }
  void set_now(Instant now) { now_ = now; }
  // Ends the plan: duplicates and corrections are added.
  std::vector<Planned> Finish();

  Random random;

 private:
  Queue queue_;
  uint32_t number_;
  double waits_;
  Instant now_;
  std::vector<Planned> steps_;
};

void PlanMarac(uint64_t seed, uint32_t number, CasePlan* plan);
void PlanRso(CasePlan* plan);
void PlanOcset(CasePlan* plan);
// From the assessment on; also for cases transferred in.
void PlanOnlineWork(CasePlan* plan);
void PlanInvestigation(CasePlan* plan);

}  // namespace caseclock::simulator

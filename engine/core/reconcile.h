#pragma once

// What is, against what was told: the view says which rungs are reached, the told history what the
// world has heard; the difference is the alerts to tell now. Pure.
//
//   reached and live ──▶ raised (or acknowledged)      once per (id, revision, state);
//   reached, cycle over ─▶ resolved                    telling again after a resolve or a
//   not reached after all ▶ retracted                  retraction begins a new revision
//   standing, case in another queue ─▶ the same state in a new revision, which names that queue

#include <optional>
#include <span>
#include <vector>

#include "engine/core/fold.h"
#include "engine/core/step.h"
#include "engine/model/alert.h"

namespace caseclock::core {

// A rung reached, by a live cycle or by one that is over.
struct WantedAlert {
  // Tells it apart, and not the place in a ladder: a late transfer may put the same cycle under
  // another workflow's ladder.
  base::Hash128 id;
  base::Atom clock;
  uint64_t cycle = 0;
  uint16_t rung = 0;
  uint16_t repeat = 0;
  base::Instant due_at;
  bool live = true;
  base::Instant until = base::kNever;         // when its cycle ended; kNever: it lives
  const model::EventRef* ended_by = nullptr;  // by which event; nullptr: it lives
  uint32_t ended_in_page = model::ToldAlert::kLive;
  const model::ClockState* state = nullptr;
  ClockBasis basis;
  base::Atom queue;
  base::Atom workflow;

  [[nodiscard]] bool SameAlert(const model::ToldAlert& told) const { return id == told.id; }
};

// Appends the rungs reached by `now` of the live cycles of `view` and of `ended` ones.
void CollectWanted(const model::PolicySet& policies, std::string_view case_id,
                   const model::CaseView& view, std::span<const EndedCycle> ended,
                   base::Instant now, std::vector<WantedAlert>* wanted);

struct ReconcileInput {
  const StepContext* context = nullptr;
  std::string_view case_id;
  const model::CaseView* view = nullptr;
  std::optional<model::Arrival> cause;  // the record that brought the step about
  bool ahead = false;  // and was dated ahead: rungs of cycles it leaves alone fall due by time
  // From when on the case's history is another one than before the step: the instant of its event.
  // What was told of a rung due before it was true until then and is resolved; what was told of one
  // due after it was never true, and is retracted.
  base::Instant changed_from;
  // History before the newest entry changes: cycles that are over are judged again as well.
  bool rewrites_history = false;
  // What stood for the alerts before the step: the proof of those that nothing stands for any more.
  std::span<const WantedAlert> wanted_before;
};

// Brings `told` up to what is wanted and appends the alerts to tell, in ladder order.
void Reconcile(const ReconcileInput& input, std::span<const WantedAlert> wanted,
               std::vector<model::ToldAlert>* told, std::vector<model::Alert>* alerts);

}  // namespace caseclock::core

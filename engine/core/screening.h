#pragma once

// Screening decisions against the guidance in force: how one contradicts it. Pure.

#include <span>
#include <vector>

#include "engine/model/case_state.h"
#include "engine/model/event.h"
#include "engine/model/policy.h"

namespace caseclock::core {

// What the case knows already as it is screened.
struct KnownAtScreening {
  std::span<const base::Atom> holding;                // the look-backs that hold
  std::span<const model::AssessedScore> scores = {};  // of assessments before the decision
  bool repeat_of = false;                             // its referral names an earlier case
};

// How a decision made at `t` contradicts the guidance, as codes; empty: it does not.
//   guidance_not_named, guidance_unknown, guidance_not_in_force   what was followed
//   out_against_score, out_against_criteria, repeat_missed        out, though the guidance says in
//   judgement_lowered                                             out by what may only raise
//   in_without_grounds                                            in, though nothing says so
// It is judged by the guidance in force, whatever was followed. A referral returned incomplete is
// no decision yet. Its score is that of the decision or of an assessment that the guidance takes
// one from, whichever is the higher: to leave one out, or to say less, must not lower a case.
// `before`: what guidance there was besides that of the rule.
std::vector<base::Atom> DeviationsOf(const model::ScreeningRule& rule,
                                     const model::Screened& screened, base::Instant t,
                                     const KnownAtScreening& known,
                                     std::span<const base::Atom> before = {});

// Whether a decision is one of the sample to be looked at again: by its event's identity, so that
// nobody can choose, and the same in every replay.
bool IsSampled(const model::ScreeningRule& rule, const model::Event& event);

}  // namespace caseclock::core

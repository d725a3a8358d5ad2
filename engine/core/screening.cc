#include "engine/core/screening.h"

#include <algorithm>

namespace caseclock::core {
namespace {

using base::Atom;
using base::Instant;
using model::GuidanceVersion;
using model::Screened;

bool Knows(std::span<const Atom> list, Atom atom) {
  return std::find(list.begin(), list.end(), atom) != list.end();
}

bool MeetsAny(const Screened& screened, const std::vector<Atom>& criteria) {
  return std::any_of(screened.criteria.begin(), screened.criteria.end(),
                     [&](Atom met) { return Knows(criteria, met); });
}

const GuidanceVersion* InForce(const model::ScreeningRule& rule, Instant t) {
  const GuidanceVersion* last = nullptr;
  for (const GuidanceVersion& guidance : rule.guidance) {
    if (guidance.effective_from <= t) last = &guidance;
  }
  return last;
}

// The highest score that the guidance takes; nullopt: there is none.
std::optional<int32_t> ScoreBy(const GuidanceVersion& guidance, const Screened& screened,
                               const KnownAtScreening& known) {
  std::optional<int32_t> score = screened.score;
  for (const model::AssessedScore& assessed : known.scores) {
    if (!Knows(guidance.score_of, assessed.tool)) continue;
    score = std::max(score.value_or(assessed.score), assessed.score);
  }
  return score;
}

// Collects what applies.
class Deviations {
 public:
  void When(bool applies, std::string_view code) {
    if (applies) found.push_back(Atom::Intern(code));
  }
  std::vector<Atom> found;
};

void JudgeFollowed(const model::ScreeningRule& rule, const GuidanceVersion* in_force, Atom followed,
                   std::span<const Atom> before, Deviations* deviations) {
  const auto known = std::find_if(rule.guidance.begin(), rule.guidance.end(),
                                  [&](const GuidanceVersion& g) { return g.version == followed; });
  const bool unknown = known == rule.guidance.end();
  deviations->When(followed.empty(), "guidance_not_named");
  const bool superseded = unknown && Knows(before, followed);
  deviations->When(!followed.empty() && unknown && !superseded, "guidance_unknown");
  deviations->When(superseded || (!unknown && &*known != in_force), "guidance_not_in_force");
}

}  // namespace

std::vector<Atom> DeviationsOf(const model::ScreeningRule& rule, const Screened& screened,
                               Instant t, const KnownAtScreening& known,
                               std::span<const Atom> before) {
  Deviations deviations;
  const bool out = screened.decision.view() == "out";
  if (rule.guidance.empty() || (!out && screened.decision.view() != "in")) return {};
  const GuidanceVersion* in_force = InForce(rule, t);
  JudgeFollowed(rule, in_force, screened.guidance, before, &deviations);
  if (in_force == nullptr) return std::move(deviations.found);
  const std::optional<int32_t> score = ScoreBy(*in_force, screened, known);
  const bool by_score = in_force->in_at_score && score && *score >= *in_force->in_at_score;
  const bool by_criteria = MeetsAny(screened, in_force->in_for);
  const bool by_repeat = (!in_force->in_when.empty() && Knows(known.holding, in_force->in_when)) ||
                         (in_force->in_for_repeat_of && known.repeat_of);
  const bool by_judgement = MeetsAny(screened, in_force->judgement);
  if (out) {
    deviations.When(by_score, "out_against_score");
    deviations.When(by_criteria, "out_against_criteria");
    deviations.When(by_repeat, "repeat_missed");
    deviations.When(by_judgement, "judgement_lowered");
  } else {
    const bool says_anything = in_force->in_at_score || !in_force->in_for.empty() ||
                               !in_force->in_when.empty() || in_force->in_for_repeat_of;
    const bool grounds = by_score || by_criteria || by_repeat || by_judgement;
    deviations.When(says_anything && !grounds, "in_without_grounds");
  }
  return std::move(deviations.found);
}

bool IsSampled(const model::ScreeningRule& rule, const model::Event& event) {
  const uint64_t of_hundred = model::EventFingerprint(event.source, event.event_id) % 100;
  return of_hundred < static_cast<uint64_t>(rule.sample_percent);
}

}  // namespace caseclock::core

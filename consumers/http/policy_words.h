#pragma once

// What the rules of a policy say, in plain English, for whoever has to answer for them. Codes are
// shown with spaces for underscores. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/model/policy.h"

namespace caseclock::http {

// "very_high" → "very high"
std::string PlainWords(std::string_view code);
// "the case is referred; or “home visit” is done". Empty: no event.
std::string EventsInWords(const model::EventMatches& matches);
// The same of what starts a clock, sums of stays included.
std::string StartsInWords(const model::ClockRule& clock);
// "pip2 or pip3, for high": what a handler needs.
std::string QualificationInWords(const model::QualificationRule& rule);
// "at most 50 open cases": what a handler should have.
std::string CaseloadInWords(const model::CaseloadRule& rule);
// "2026-01: in for a score of 14 or “repeat”; “professional judgement” may bring a case in …"
std::string GuidanceInWords(const model::GuidanceVersion& guidance);
std::string LookbackInWords(const model::LookbackRule& rule);
// "7 days", "1 year and 6 months", "24 hours", "none".
std::string LimitInWords(const std::optional<base::Period>& limit,
                         const model::DeadlineRule& deadline);
// How the time of a clock counts, as a sentence.
std::string DeadlineInWords(const model::ClockRule& clock);
// For each grade or value, "all cases" where there is one for all.
std::vector<std::pair<std::string, std::string>> LimitsInWords(const model::ClockRule& clock,
                                                               const model::WorkflowVersion& in);
// Sentences, in the order in which a reader needs them: what pauses it, what holds it, who extends
// it, what a new grade does, and whether it begins again.
std::vector<std::string> ConditionsInWords(const model::ClockRule& clock);
// "warning at 50 % of the limit", "breach when it has passed", "then every day, 10 times at most".
std::vector<std::string> LadderInWords(const model::ClockRule& clock);
// Of one rung by its name in alerts: "warning at 50 %", "warning 2 days before", "breach", "overdue
// reminder 3"; `repeat` 0: without a number.
std::string RungInWords(std::string_view rung, int64_t repeat);
// What the tags in a source ([F-H …], [M-L], [DESIGN]) say about it, each once: "found in a public
// source, high confidence".
std::vector<std::string> ConfidenceInWords(std::string_view source);

}  // namespace caseclock::http

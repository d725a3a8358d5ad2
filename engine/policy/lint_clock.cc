// Clocks that read well and never start, stop, pause or resume; warnings and extensions that come
// to nothing.

#include <algorithm>

#include "engine/policy/lint_parts.h"

namespace caseclock::policy {
namespace {

using base::Atom;
using model::ClockRule;
using model::EventMatch;
using model::EventMatches;
using model::EventType;

bool AnySeen(const EventMatches& matches) {
  return std::any_of(matches.begin(), matches.end(),
                     [](const EventMatch& m) { return !NeverSeenByClocks(m.type); });
}

bool HasLimit(const ClockRule& clock) {
  return std::any_of(clock.targets.begin(), clock.targets.end(),
                     [](const model::Target& target) { return target.limit.has_value(); });
}

// Whether `step`, counted from where the cycle began, surely ends no later than `other`.
bool NoFurther(const base::Period& step, const base::Period& other,
               const model::DeadlineRule& rule) {
  const bool by_parts =
      step.months <= other.months && step.days <= other.days && step.time <= other.time;
  return by_parts || LongestLimit(step, rule) <= ShortestLimit(other, rule);
}

class ClockLinter {
 public:
  ClockLinter(const std::string& path, const ClockRule& clock, Findings* findings)
      : path_(path), clock_(clock), findings_(findings) {}

  void Run() {
    Starts();
    StartsThatStop();
    StartsPaused();
    Stops();
    Resumes();
    for (const model::Exclusion& exclusion : clock_.exclusions) Pauses(exclusion);
    Warnings();
    Extensions();
  }

 private:
  void Starts() {
    const EventMatches& starts = clock_.starts_on;
    if (starts.empty() && (clock_.accumulates || !clock_.runs_while.empty())) return;
    if (starts.empty()) {
      return Fail("starts_on",
                  "Expected an event that starts the clock, but starts_on has none: name one, "
                  "like referred");
    }
    if (!AnySeen(starts)) {
      return Fail("starts_on",
                  "Expected an event that starts the clock, but no clock sees those of starts_on: "
                  "name what happens to the case, like referred");
    }
    const auto closes = [](const EventMatch& m) { return m.type == EventType::kClosed; };
    if (clock_.stops_at_close && std::all_of(starts.begin(), starts.end(), closes)) {
      Fail("starts_on",
           "Expected an event that starts the clock, but closing stops it (stops_at_close): add "
           "stops_at_close: false, or start it earlier");
    }
    if (clock_.is_absence && !HasLimit(clock_) && !clock_.targets.empty()) {
      Fail("absence",
           "Expected a clock that can start, but one of an absence begins only where it has a "
           "limit, and every limit is none: give it one");
    }
  }

  void StartsThatStop() {
    if (clock_.starts_on.empty()) return;
    if (AllCovered(clock_.starts_on, clock_.stops_on)) {
      return Fail("stops_on",
                  "Expected starts_on and stops_on to differ, but every event that starts the "
                  "clock also stops it, and stopping comes first, so it never starts: take it out "
                  "of stops_on, or out of starts_on");
    }
    for (const EventMatch& match : clock_.starts_on) {
      const bool cancels = Covered(match, clock_.cancels_on);
      if (!cancels && !Covered(match, clock_.stops_on)) continue;
      Warn(cancels ? "cancels_on" : "stops_on",
           "Expected each event of starts_on to start the clock, but " + MatchText(match) +
               (cancels ? " also cancels it, and cancelling" : " also stops it, and stopping") +
               " comes first: take it out of one of them");
    }
  }

  // A pause that is disregarded takes the clock along when it starts it.
  void StartsPaused() {
    size_t paused = 0;
    for (const EventMatch& match : clock_.starts_on) {
      const auto disregarded = [&](const model::Exclusion& exclusion) {
        const auto* rule = std::get_if<model::Disregard>(&exclusion);
        return rule != nullptr && !rule->reasons.empty() &&
               Covered(match, {{EventType::kPaused, rule->reasons}});
      };
      if (match.type != EventType::kPaused) continue;
      paused +=
          std::any_of(clock_.exclusions.begin(), clock_.exclusions.end(), disregarded) ? 1 : 0;
    }
    if (paused == 0) return;
    const std::string message =
        "Expected a clock that counts once it has started, but " +
        std::string(paused == clock_.starts_on.size() ? "every" : "one") +
        " event of starts_on is a pause of pauses_for, so it begins paused: start it on resumed, "
        "or take the reason out of pauses_for";
    paused == clock_.starts_on.size() ? Fail("starts_on", message) : Warn("starts_on", message);
  }

  void Stops() {
    const bool fulfilled =
        AnySeen(clock_.stops_on) || AnySeen(clock_.resets_on) || !clock_.runs_while.empty();
    const bool cancelled = AnySeen(clock_.cancels_on);
    if (!fulfilled && !cancelled && !clock_.stops_at_close) {
      const bool named = !clock_.stops_on.empty() || !clock_.resets_on.empty();
      Fail(named ? "stops_on" : "stops_at_close",
           std::string("Expected something that stops the clock, but ") +
               (named ? "no clock sees the events of stops_on and resets_on"
                      : "there is no stops_on, no resets_on") +
               " and closing does not stop it: name what fulfils it in stops_on");
    } else if (clock_.stops_on.empty() && clock_.resets_on.empty() && !fulfilled) {
      Warn("stops_on",
           std::string("Expected something that fulfils the clock, but there is no stops_on and no "
                       "resets_on, so ") +
               (cancelled ? "it is cancelled" : "closing cancels it") +
               " and it is never met: name what fulfils it in stops_on, closed where that is "
               "closing the case");
    }
    for (const auto& [key, matches] :
         {std::pair("starts_on", &clock_.starts_on), std::pair("stops_on", &clock_.stops_on),
          std::pair("cancels_on", &clock_.cancels_on), std::pair("resets_on", &clock_.resets_on)}) {
      if (!AnySeen(*matches)) continue;  // told as a whole
      for (const EventMatch& match : *matches) {
        if (NeverSeenByClocks(match.type))
          Warn(key, std::string("Expected events that happen to a case in ") + key + ", but " +
                        MatchText(match) + " is seen by no clock: take it out");
      }
    }
    if (!clock_.resets_on.empty() && AllCovered(clock_.resets_on, clock_.stops_on)) {
      Warn("resets_on",
           "Expected resets_on to differ from stops_on, but stopping comes first, so the clock is "
           "never reset: take its events out of stops_on");
    }
    if (!clock_.cancels_on.empty() && AllCovered(clock_.cancels_on, clock_.stops_on)) {
      Warn("cancels_on",
           "Expected cancels_on to differ from stops_on, but stopping comes first, so the clock is "
           "never cancelled: take its events out of stops_on");
    }
  }

  void Resumes() {
    if (clock_.after_stop != model::AfterStop::kResume || !AnySeen(clock_.resets_on)) return;
    Warn("resets_on",
         "Expected a reset to begin the time anew, but the clock goes on where it was when it "
         "resumes, and while it is stopped no event resets it: take restarts, or stop it by no "
         "event");
  }

  // Stop, cancel and reset are tried before pause, hold, resume and release (core/cycles.h).
  void Pauses(const model::Exclusion& exclusion) {
    const auto& reasons = std::visit(
        [](const auto& rule) -> const std::vector<Atom>& { return rule.reasons; }, exclusion);
    const bool pauses = std::holds_alternative<model::Disregard>(exclusion);
    const char* key = pauses ? "pauses_for" : "extends_for";
    if (reasons.empty()) {
      Warn(key, std::string("Expected reasons in ") + key +
                    ", but there is none: name one, like custody, or leave the key out");
    }
    for (const Atom reason : reasons) {
      const auto taken = [&](EventType type) {
        const EventMatch match{type, {reason}};
        return Covered(match, clock_.stops_on) || Covered(match, clock_.cancels_on) ||
               Covered(match, clock_.resets_on);
      };
      if (taken(EventType::kPaused)) {
        Fail(key,
             "Expected a clock that can " +
                 (pauses ? "pause for " + reason.str() : "be held by a pause for " + reason.str()) +
                 ", but that pause stops, cancels or resets it first: take it out of stops_on, "
                 "cancels_on and resets_on");
      } else if (taken(EventType::kResumed)) {
        Fail(key, "Expected a clock that can go on after a pause for " + reason.str() +
                      ", but that resume stops, cancels or resets it first: take it out of "
                      "stops_on, cancels_on and resets_on");
      }
    }
  }

  void Warnings() {
    for (const model::Rung& rung : clock_.ladder) {
      if (!rung.before.has_value()) continue;
      size_t dated = 0;
      size_t too_short = 0;
      for (const model::Target& target : clock_.targets) {
        if (!target.limit.has_value()) continue;
        ++dated;
        const base::Duration shortest = ShortestLimit(*target.limit, clock_.deadline);
        // Of whole days the shortest limit is a little more: what begins a day ends with another.
        const bool whole = std::holds_alternative<model::WholeDays>(clock_.deadline);
        too_short += *rung.before > shortest || (*rung.before == shortest && !whole) ? 1 : 0;
      }
      if (too_short == 0) continue;
      const std::string message = "Expected a warning within the limit, but " +
                                  base::FormatDuration(*rung.before) +
                                  " before is at or ahead of the start for " +
                                  (too_short == dated ? "every limit" : "some limits") +
                                  ": warn later, or by percent, like 50%";
      too_short == dated ? Fail("ladder", message) : Warn("ladder", message);
    }
  }

  // Each step of a chain must lead beyond the limit and beyond the step before.
  void Extensions() {
    const model::ExtensionStep* last = nullptr;
    for (const model::ExtensionStep& step : clock_.extensions) {
      const auto longer = [&](const model::Target& target) {
        return target.limit.has_value() && NoFurther(step.until, *target.limit, clock_.deadline);
      };
      if (HasLimit(clock_) && std::all_of(clock_.targets.begin(), clock_.targets.end(), longer)) {
        Fail("extensions", "Expected an extension beyond the limit, but " +
                               base::FormatPeriod(step.until) + " of " + step.authority.str() +
                               " ends no later: it counts from where the cycle began");
      } else if (last != nullptr && NoFurther(step.until, last->until, clock_.deadline)) {
        Warn("extensions", "Expected a higher authority to extend further, but " +
                               base::FormatPeriod(step.until) + " of " + step.authority.str() +
                               " ends no later than that of " + last->authority.str() +
                               ": order them from the lowest");
      }
      last = &step;
    }
  }

  void Fail(std::string_view key, std::string message) {
    findings_->Fail(path_, key, std::move(message));
  }
  void Warn(std::string_view key, std::string message) {
    findings_->Warn(path_, key, std::move(message));
  }

  const std::string& path_;
  const ClockRule& clock_;
  Findings* findings_;
};

}  // namespace

void LintClock(const std::string& path, const ClockRule& clock, Findings* findings) {
  ClockLinter(path, clock, findings).Run();
}

}  // namespace caseclock::policy

#include "consumers/http/policy_words.h"

#include <algorithm>
#include <array>

#include "engine/model/conditions.h"

namespace caseclock::http {
namespace {

using base::Atom;
using model::EventType;

constexpr int64_t kSecond = 1'000'000;

// "a", "a and b", "a, b and c".
std::string Enumerated(const std::vector<std::string>& parts, std::string_view last) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? " " + std::string(last) + " " : ", ";
    out += parts[i];
  }
  return out;
}

std::string Codes(const std::vector<Atom>& codes) {
  std::vector<std::string> words;
  for (const Atom code : codes) words.push_back(PlainWords(code.view()));
  return Enumerated(words, "or");
}

// “home visit” or “victim update”: what is done, as a name.
std::string Named(const std::vector<Atom>& codes) {
  std::vector<std::string> words;
  for (const Atom code : codes) words.push_back("“" + PlainWords(code.view()) + "”");
  return Enumerated(words, "or");
}

std::string Counted(int64_t n, const char* unit) {
  return std::to_string(n) + " " + unit + (n == 1 ? "" : "s");
}

std::string PeriodInWords(const base::Period& period) {
  std::vector<std::string> parts;
  const auto add = [&](int64_t n, const char* unit) {
    if (n != 0) parts.push_back(Counted(n, unit));
  };
  add(period.months / 12, "year");
  add(period.months % 12, "month");
  add(period.days, "day");
  const int64_t seconds = period.time.us / kSecond;
  add(seconds / 3'600, "hour");
  add(seconds / 60 % 60, "minute");
  add(seconds % 60, "second");
  return parts.empty() ? "no time" : Enumerated(parts, "and");
}

std::string DurationInWords(base::Duration d) {
  const int64_t day = base::Days(1).us;
  return PeriodInWords({0, static_cast<int32_t>(d.us / day), {d.us % day}});
}

// "every day", "every 2 days"
std::string Every(base::Duration d) {
  const std::string words = DurationInWords(d);
  return words.starts_with("1 ") && words.find(" and ") == std::string::npos ? words.substr(2)
                                                                             : words;
}

std::string MatchInWords(const model::EventMatch& match) {
  const bool any = match.codes.empty();
  const std::string codes = Codes(match.codes);
  switch (match.type) {
    case EventType::kReferred:
      return "the case is referred" + (any ? "" : " by " + codes);
    case EventType::kScreened:
      return "it is screened" + (any ? "" : " (" + codes + ")");
    case EventType::kAssessed:
      return any ? "its risk is assessed" : "it is assessed with " + codes;
    case EventType::kAssigned:
      return "it is assigned" + (any ? " to a handler" : " to a " + codes);
    case EventType::kUnassigned:
      return "its handler is taken off" + (any ? "" : " (" + codes + ")");
    case EventType::kStaged:
      return any ? "it changes its stage" : "it is moved to the stage " + Named(match.codes);
    case EventType::kTransferred:
      return "it is transferred" + (any ? " to another queue" : " to " + codes);
    case EventType::kPaused:
      return any ? "a pause begins" : "a pause for " + Named(match.codes) + " begins";
    case EventType::kResumed:
      return any ? "a pause ends" : "a pause for " + Named(match.codes) + " ends";
    case EventType::kPerformed:
      return (any ? "any activity" : Named(match.codes)) + " is done";
    case EventType::kScheduled:
      return (any ? "any activity" : Named(match.codes)) + " is given a date";
    case EventType::kIntervalSet:
      return "an interval is fixed" + (any ? "" : " for " + codes);
    case EventType::kExtended:
      return "a limit is extended" + (any ? "" : ": " + codes);
    case EventType::kOutcome:
      return "an outcome is recorded" + (any ? "" : " (" + codes + ")");
    case EventType::kClosed:
      return "the case is closed" + (any ? "" : " as " + codes);
    case EventType::kReopened:
      return "it is reopened" + (any ? "" : " (" + codes + ")");
    case EventType::kLinked:
      return "it is linked to another case" + (any ? "" : " (" + codes + ")");
    case EventType::kVoided:
      return "an earlier event is voided";
    case EventType::kAcknowledged:
      return "an alert is acknowledged";
    case EventType::kNotified:
      return "somebody is notified";
    case EventType::kPolicyMoved:
      return "it is moved to another version of the policy";
    case EventType::kQualified:
    case EventType::kAbsent:
      return "something becomes known of a handler";
  }
  return {};
}

// What `when` and `unless` ask for.
std::string ConditionInWords(Atom condition) {
  if (condition.view() == model::kDeviationCondition)
    return "the decision contradicts the guidance";
  if (condition.view() == model::kSampleCondition) return "the decision is one of the sample";
  return "the look-back " + Named({condition}) + " holds";
}

std::string TargetName(const model::Target& target, const model::ClockRule& clock) {
  if (!target.risk.empty()) return PlainWords(target.risk.view());
  if (clock.targets.size() == 1) return "all cases";
  if (clock.limits_by.empty() && &target == &clock.targets.front()) return "not yet graded";
  return "any other";
}

std::string AdvanceInWords(const model::AdvanceNotice& advance) {
  std::string out = "Notice may be given in advance: when “" +
                    Codes(advance.notice.empty() ? std::vector<Atom>{} : advance.notice[0].codes) +
                    "” was given a date, it is fulfilled if that comes at most " +
                    Counted(advance.early, "day") + " before that day, or by the end of " +
                    Counted(advance.late, "day") + " beginning with it";
  if (!advance.failed.empty())
    out +=
        "; if it does not come, “" + PlainWords(advance.failed.view()) + "” stays to be fulfilled";
  return out + ".";
}

}  // namespace

std::string PlainWords(std::string_view code) {
  std::string out(code);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

std::string EventsInWords(const model::EventMatches& matches) {
  std::string out;
  for (const model::EventMatch& match : matches) {
    if (!out.empty()) out += "; or ";
    out += MatchInWords(match);
    if (!match.when.empty()) out += ", if " + ConditionInWords(match.when);
    if (!match.unless.empty()) out += ", unless " + ConditionInWords(match.unless);
  }
  return out;
}

std::string StartsInWords(const model::ClockRule& clock) {
  std::string out = EventsInWords(clock.starts_on);
  for (const model::Lack lack : clock.runs_while) {
    if (!out.empty()) out += "; or ";
    out += lack == model::Lack::kUnqualified ? "the handler lacks a qualification"
                                             : "the handler is absent";
  }
  if (!clock.accumulates) return out;
  const model::Accumulation& sum = *clock.accumulates;
  if (!out.empty()) out += "; or ";
  return out + "stays, from when " + EventsInWords(sum.from) + " to when " + EventsInWords(sum.to) +
         ", come to " + DurationInWords(sum.total) + " within " + PeriodInWords(sum.within);
}

std::string QualificationInWords(const model::QualificationRule& rule) {
  std::vector<std::string> names;
  for (const Atom one : rule.any_of) names.push_back(PlainWords(one.view()));
  std::string out = Enumerated(names, "or");
  if (!rule.risks.empty()) out += ", for " + Named(rule.risks);
  if (!rule.stages.empty()) out += ", in the stage " + Named(rule.stages);
  return out;
}

std::string CaseloadInWords(const model::CaseloadRule& rule) {
  return "at most " + Counted(rule.limit, "open case");
}

std::string GuidanceInWords(const model::GuidanceVersion& guidance) {
  std::vector<std::string> grounds;
  if (guidance.in_at_score)
    grounds.push_back("a score of " + std::to_string(*guidance.in_at_score) + " and more" +
                      (guidance.score_of.empty() ? "" : ", also of " + Named(guidance.score_of)));
  if (!guidance.in_for.empty()) grounds.push_back(Named(guidance.in_for));
  if (!guidance.in_when.empty()) grounds.push_back(ConditionInWords(guidance.in_when));
  if (guidance.in_for_repeat_of) grounds.push_back("a referral that names an earlier case");
  std::string out = guidance.version.str();
  if (guidance.effective_from != base::kLongAgo)
    out += ", from " + base::FormatInstant(guidance.effective_from).substr(0, 10);
  if (!grounds.empty()) out += ": in for " + Enumerated(grounds, "or");
  if (!guidance.judgement.empty())
    out += "; " + Named(guidance.judgement) + " may bring a case in, never keep it out";
  return out;
}

std::string LookbackInWords(const model::LookbackRule& rule) {
  return "“" + PlainWords(rule.name.view()) + "”: within " + PeriodInWords(rule.within) +
         " of when " + EventsInWords(rule.of);
}

std::string LimitInWords(const std::optional<base::Period>& limit,
                         const model::DeadlineRule& deadline) {
  if (!limit) return "none";
  if (std::holds_alternative<model::WorkingDays>(deadline))
    return Counted(limit->days, "working day");
  const std::string words = PeriodInWords(*limit);
  return std::holds_alternative<model::WorkingTime>(deadline) ? words + " of working time" : words;
}

std::string DeadlineInWords(const model::ClockRule& clock) {
  struct Writer {
    std::string operator()(const model::ElapsedTime&) const {
      return "Time counts day and night, weekends and holidays included.";
    }
    std::string operator()(const model::WorkingTime&) const {
      return "Only the working hours of the calendar count.";
    }
    std::string operator()(const model::WorkingDays&) const {
      return "It is due at the end of the last working day; the day of the event is not counted.";
    }
    std::string operator()(const model::WholeDays& days) const {
      return std::string("It is due at the end of the last day; the first day is ") +
             (days.counts_trigger_day ? "that of the event itself." : "the one after the event.");
    }
    std::string operator()(const model::AtMeeting& meeting) const {
      return "It is due at the next " + PlainWords(meeting.meeting.view()) +
             " meeting whose agenda is still open.";
    }
    std::string operator()(const model::AtScheduled& at) const {
      const std::string before = at.before.IsZero() ? "" : PeriodInWords(at.before) + " before ";
      return "It is due " + (before.empty() ? "when" : before + "the instant that") +
             " it was scheduled for; another date moves it.";
    }
  };
  std::string out = std::visit(Writer{}, clock.deadline);
  if (clock.from_referral) out += " It counts from the referral, whatever started it.";
  if (clock.from_scheduled) out += " It counts from the date that was given.";
  if (!clock.calendar.empty()) out += " It goes by the calendar " + clock.calendar.str() + ".";
  return out;
}

std::vector<std::pair<std::string, std::string>> LimitsInWords(const model::ClockRule& clock,
                                                               const model::WorkflowVersion& in) {
  std::vector<std::pair<std::string, std::string>> rows;
  const auto* at = std::get_if<model::AtScheduled>(&clock.deadline);
  if (at != nullptr && !at->before.IsZero()) {
    rows.emplace_back("all cases", PeriodInWords(at->before) + " before the date that is set");
  }
  for (const model::Target& target : clock.targets) {
    const bool last = &target == &clock.targets.back() && clock.targets.size() > 1;
    const auto graded = std::count_if(clock.targets.begin(), clock.targets.end(),
                                      [](const model::Target& t) { return !t.risk.empty(); });
    // A table that names every grade has an empty last row for none.
    if (last && target.risk.empty() && clock.limits_by.empty() && !target.limit &&
        static_cast<size_t>(graded) == in.risks.size())
      continue;
    rows.emplace_back(TargetName(target, clock), LimitInWords(target.limit, clock.deadline));
  }
  return rows;
}

std::vector<std::string> ConditionsInWords(const model::ClockRule& clock) {
  std::vector<std::string> out;
  for (const model::Exclusion& exclusion : clock.exclusions) {
    if (const auto* pause = std::get_if<model::Disregard>(&exclusion)) {
      out.push_back("Time does not count during " + Named(pause->reasons) + ".");
    } else if (const auto* hold = std::get_if<model::ExtendTo>(&exclusion)) {
      out.push_back("It cannot fall due during " + Named(hold->reasons) +
                    ": a limit that would pass then continues to the end of " +
                    Counted(hold->days, "day") + ", the first of them the day on which that ends.");
    }
  }
  for (const model::ExtensionStep& step : clock.extensions) {
    out.push_back("It may be extended to " + PeriodInWords(step.until) +
                  " from its beginning by: " + PlainWords(step.authority.view()) +
                  (step.granted_within ? "; within " + PeriodInWords(*step.granted_within) +
                                             " of it also when nobody below did, or too late."
                                       : "."));
  }
  const bool by_grade =
      clock.targets.size() > 1 && !std::holds_alternative<model::AtMeeting>(clock.deadline);
  if (by_grade) {
    const std::string what = clock.limits_by.empty()
                                 ? "When the grade changes, "
                                 : "When " + Named({clock.limits_by}) + " is set anew, ";
    const char* then = "";
    switch (clock.regrade) {
      case model::RegradeRule::kRebase:
        then = "the new limit counts from where the old one began.";
        break;
      case model::RegradeRule::kRestart:
        then = "the new limit counts from then on.";
        break;
      case model::RegradeRule::kKeep:
        then = "the limit stays as it was.";
        break;
    }
    out.push_back(what + then);
  }
  if (clock.advance) out.push_back(AdvanceInWords(*clock.advance));
  if (!clock.runs_while.empty()) {
    out.emplace_back("It ends when that is so no more, and can start again.");
  } else if (clock.after_stop == model::AfterStop::kRestart)
    out.emplace_back("Once stopped, it can start again.");
  if (clock.after_stop == model::AfterStop::kResume)
    out.emplace_back(
        "Once stopped, it can start again and goes on where it was; the time between does not "
        "count.");
  out.emplace_back(clock.stops_at_close ? "Closing the case ends it."
                                        : "Closing the case does not end it.");
  return out;
}

std::vector<std::string> LadderInWords(const model::ClockRule& clock) {
  std::vector<std::string> out;
  for (const model::Rung& rung : clock.ladder) {
    switch (rung.kind) {
      case model::RungKind::kWarning:
        out.push_back(rung.percent
                          ? "warning at " + std::to_string(*rung.percent) + " % of the limit"
                          : "warning " + DurationInWords(*rung.before) + " before it is due");
        break;
      case model::RungKind::kBreach:
        out.push_back("breach when it has passed");
        break;
      case model::RungKind::kOverdue:
        out.push_back("then every " + Every(rung.every) + ", " + Counted(rung.cap, "time") +
                      " at most");
        break;
    }
  }
  return out;
}

std::string RungInWords(std::string_view rung, int64_t repeat) {
  constexpr std::string_view kBefore = "warning_before_";
  constexpr std::string_view kShare = "warning_";
  if (rung.starts_with(kBefore)) {
    const std::string_view span = rung.substr(kBefore.size());
    const auto period = base::ParsePeriod(span);
    return "warning " + (period.ok() ? PeriodInWords(period.value()) : std::string(span)) +
           " before";
  }
  if (rung.starts_with(kShare))
    return "warning at " + std::string(rung.substr(kShare.size())) + " %";
  if (rung == "overdue") {
    return "overdue reminder" + (repeat > 0 ? " " + std::to_string(repeat) : "");
  }
  return PlainWords(rung) + (repeat > 0 ? " " + std::to_string(repeat) : "");
}

std::vector<std::string> ConfidenceInWords(std::string_view source) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kTags = {{
      {"[F-H", "found in a public source, high confidence"},
      {"[F-M", "found in a public source, medium confidence"},
      {"[F-L", "found in a public source, low confidence"},
      {"[M-H", "common knowledge of the field, high confidence"},
      {"[M-M", "common knowledge of the field, medium confidence"},
      {"[M-L", "common knowledge of the field, low confidence"},
      {"[INF", "inferred"},
      {"[DESIGN", "a choice made in this policy"},
  }};
  std::vector<std::string> out;
  for (const auto& [tag, words] : kTags) {
    if (source.find(tag) != std::string_view::npos) out.emplace_back(words);
  }
  return out;
}

}  // namespace caseclock::http

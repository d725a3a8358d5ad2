#include "consumers/http/clock_json.h"

#include <optional>

#include "consumers/http/case_json_parts.h"
#include "consumers/http/policy_json.h"
#include "engine/core/cycle_life.h"
#include "engine/core/whole_days.h"
#include "engine/model/policy.h"

namespace caseclock::http {
namespace {

bool IsInDays(const core::ClockBasis& basis) {
  return basis.rule != nullptr && core::CountsByDay(basis);
}

// Where a limit in days stands at `t`.
void WriteDays(const model::ClockState& state, const core::ClockBasis& basis, base::Instant t,
               JsonWriter* json) {
  if (!IsInDays(basis)) return;
  const auto days = core::DaysOf(basis, state, t);
  if (!days) return;
  json->Key("days").Open('{').Key("working").Bool(days->working);
  json->Key("first").Text(base::FormatDay(days->first)).Key("last");
  if (days->last) {
    json->Text(base::FormatDay(*days->last));
  } else {
    json->Null();
  }
  json->Key("limit").Number(days->limit).Key("counted").Number(days->counted);
  json->Key("disregarded").Number(days->disregarded).Close('}');
}

// The stretches of a cycle, with what each adds up to in the rule's measure, and the sum.
void WriteSegments(const std::vector<model::Segment>& segments, const model::ClockState& state,
                   const core::ClockBasis& basis, JsonWriter* json) {
  base::Duration sum;
  json->Key("segments").Open('[');
  for (const model::Segment& segment : segments) {
    json->Open('{');
    Time("from", segment.from, json);
    Time("to", segment.to, json);
    json->Key("counted").Bool(segment.counted);
    if (segment.counted && basis.rule != nullptr && segment.to != base::kNever) {
      const base::Duration counted = core::CountedBetween(basis, segment.from, segment.to);
      json->Key("counted_seconds").Number(Seconds(counted));
      sum = sum + counted;
    } else if (!segment.counted && IsInDays(basis) && segment.to != base::kNever) {
      json->Key("disregarded_seconds");
      json->Number(Seconds(core::DisregardedBetween(basis, state, segment.from, segment.to)));
    }
    Text("reason", segment.reason, json);
    EventNamed("began_by", segment.began_by, json);
    EventNamed("ended_by", segment.ended_by, json);
    json->Close('}');
  }
  json->Close(']').Key("counted_seconds").Number(Seconds(sum));
}

// The stretches in which the limit may not pass, and the days that it continues for after each.
void WriteHeld(const std::vector<model::ExcludedSpan>& held, const core::ClockBasis& basis,
               JsonWriter* json) {
  json->Key("held").Open('[');
  for (const model::ExcludedSpan& span : held) {
    json->Open('{');
    Text("reason", span.reason, json);
    if (basis.rule != nullptr) {
      json->Key("days").Number(core::DaysExtended(*basis.rule, span.reason));
    }
    Time("from", span.from, json);
    Time("to", span.to, json);
    EventNamed("began_by", span.began, json);
    EventNamed("ended_by", span.ended, json);
    json->Close('}');
  }
  json->Close(']');
}

// What of the limit a person decided.
void WriteGrants(const std::vector<model::Grant>& grants, JsonWriter* json) {
  if (grants.empty()) return;
  json->Key("grants").Open('[');
  for (const model::Grant& grant : grants) {
    json->Open('{').Key("kind").Text(model::GrantKindName(grant.kind));
    EventNamed("by", grant.by, json);
    if (!grant.actor.empty()) json->Key("actor").Text(grant.actor);
    Text("authority", grant.authority, json);
    json->Close('}');
  }
  json->Close(']');
}

// The extensions as they were given, with why one has no effect by the instant that counts now.
void WriteExtensions(const std::vector<model::GivenExtension>& extensions, JsonWriter* json) {
  if (extensions.empty()) return;
  json->Key("extensions").Open('[');
  for (const model::GivenExtension& given : extensions) {
    json->Open('{');
    EventNamed("by", given.by, json);
    if (!given.actor.empty()) json->Key("actor").Text(given.actor);
    Text("authority", given.authority, json);
    Time("at", given.at, json);
    Time("until", given.until, json);
    Time("counted_from", given.counted_from, json);
    if (!given.lapsed.empty()) json->Key("lapsed").Text(given.lapsed.view());
    json->Close('}');
  }
  json->Close(']');
}

// How the due instant became another one. Without `by`: a corrected calendar came into force.
void WriteMoves(const std::vector<model::DueMove>& moves, JsonWriter* json) {
  if (moves.empty()) return;
  json->Key("moves").Open('[');
  for (const model::DueMove& move : moves) {
    json->Open('{').Key("kind").Text(model::MoveKindName(move.kind));
    EventNamed("by", move.by, json);
    if (!move.actor.empty()) json->Key("actor").Text(move.actor);
    Time("at", move.at, json);
    Time("due_before", move.due_before, json);
    Time("due_after", move.due_after, json);
    json->Close('}');
  }
  json->Close(']');
}

// The stretches that came to the sum by which the clock began.
void WriteStays(const std::vector<model::Stay>& stays, JsonWriter* json) {
  if (stays.empty()) return;
  json->Key("stays").Open('[');
  for (const model::Stay& stay : stays) {
    json->Open('{');
    WriteStay(stay, json);
    json->Close('}');
  }
  json->Close(']');
}

// The target of a grade or class, else the one for every other grade.
const model::Target* TargetFor(const model::ClockRule& rule, base::Atom risk) {
  const model::Target* general = nullptr;
  for (const model::Target& target : rule.targets) {
    if (target.risk == risk) return &target;  // of an ungraded case: the first without a risk
    if (target.risk.empty()) general = &target;
  }
  return general;
}

// Whose limit it is, where not all have the same.
void WriteLimitFor(const model::ClockState& state, const model::ClockRule& rule, JsonWriter* json) {
  if (rule.targets.size() == 1 && rule.targets.front().risk.empty()) return;
  const bool by_risk = rule.limits_by.empty();
  if (!by_risk && state.limit_class.empty()) return;  // nobody said which class: that of all others
  const base::Atom by = by_risk ? state.risk : state.limit_class;
  json->Key("limit_for").Text(by.empty() ? std::string_view("ungraded") : by.view());
}

// The meeting by which a cycle is due, with the cut-off that counted. Null: a pause that lasts
// comes first, or the calendar knows of none, which is beyond its horizon.
void WriteMeeting(const model::ClockState& state, const core::ClockBasis& basis, JsonWriter* json) {
  const auto* rule = std::get_if<model::AtMeeting>(&basis.rule->deadline);
  if (rule == nullptr) return;
  const auto meeting = core::MeetingOf(basis, state);
  json->Key("meeting").Open('{').Key("kind").Text(rule->meeting.view());
  Time("at", meeting ? meeting->at : base::kNever, json);
  Time("cutoff", meeting ? meeting->cutoff : base::kNever, json);
  json->Close('}');
}

// What both live and ended cycles have.
void WriteCycle(const model::ClockState& state, const core::ClockBasis& basis, JsonWriter* json) {
  json->Key("clock").Text(state.clock.view()).Key("cycle").Number(state.ordinal);
  json->Key("policy_version").Text(state.policy_version.view());
  Time("started_at", state.started_at, json);
  Time("measured_from", state.measured_from, json);
  json->Key("risk").Text(state.risk.empty() ? std::string_view("ungraded") : state.risk.view());
  if (basis.rule != nullptr) {
    const model::Target* target =
        TargetFor(*basis.rule, basis.rule->limits_by.empty() ? state.risk : state.limit_class);
    const auto* scheduled = std::get_if<model::AtScheduled>(&basis.rule->deadline);
    if (scheduled != nullptr && !scheduled->before.IsZero()) {
      json->Key("limit").Text(LimitText(basis.rule->deadline, scheduled->before));
    } else if (target != nullptr && target->limit) {
      json->Key("limit").Text(LimitText(basis.rule->deadline, *target->limit));
      WriteLimitFor(state, *basis.rule, json);
    }
    json->Key("source").Text(basis.rule->source);
    json->Key("deadline").Text(model::DeadlineName(basis.rule->deadline));
    WriteMeeting(state, basis, json);
  }
  if (state.interval) json->Key("interval").Text(base::FormatPeriod(*state.interval));
  if (basis.calendar != nullptr) {
    json->Key("calendar").Text(basis.calendar->id.view());
    json->Key("calendar_version").Text(basis.calendar->version);
    json->Key("tzdata").Text(basis.calendar->zone.version);
  }
  if (state.budget) json->Key("budget_seconds").Number(Seconds(*state.budget));
  json->Key("consumed_seconds").Number(Seconds(state.consumed));
  if (!state.limit_class.empty()) json->Key("limit_class").Text(state.limit_class.view());
  if (!state.held.empty()) WriteHeld(state.held, basis, json);
  if (state.extended_until) Time("extended_until", *state.extended_until, json);
  if (state.appointed) Time("appointed", *state.appointed, json);
  WriteGrants(state.grants, json);
  WriteExtensions(state.extensions, json);
  WriteMoves(state.moves, json);
  json->Key("beyond_horizon").Bool(state.beyond_horizon);
  Time("due_at", state.due_at, json);
}

// Where a live cycle stands, as the figures of its queue count it, which take a held one for
// paused.
void WriteState(const core::ExplainedClock& clock, JsonWriter* json) {
  const model::ClockState& state = clock.state;
  const bool held = state.is_held() && state.due_at == base::kNever;
  const char* const name = !state.running_since ? "paused" : held ? "held" : "running";
  json->Key("state").Text(name).Key("running").Bool(state.running_since && !held);
  if (state.running_since) Time("running_since", *state.running_since, json);
  if (held && clock.unheld_due_at) Time("unheld_due_at", *clock.unheld_due_at, json);
}

std::optional<base::Instant> ReachedAt(const core::ExplainedClock& clock, const model::Rung& rung) {
  if (clock.basis.rule == nullptr) return std::nullopt;
  const auto index = static_cast<size_t>(&rung - clock.basis.rule->ladder.data());
  for (const model::ReachedRung& reached : clock.state.reached) {
    if (reached.rung == index && reached.repeat <= 1 && !reached.skipped) return reached.at;
  }
  return std::nullopt;
}

}  // namespace

void WriteLiveClock(const core::ExplainedClock& clock, base::Instant now, JsonWriter* json) {
  json->Open('{');
  WriteCycle(clock.state, clock.basis, json);
  WriteStays(clock.stays, json);
  if (clock.extended_span) json->Key("ladder_seconds").Number(Seconds(*clock.extended_span));
  if (clock.policy_due_at) Time("policy_due_at", *clock.policy_due_at, json);
  if (clock.due_as_known_now) {
    json->Key("known_now").Open('{');
    if (clock.calendar_known_now != nullptr) {
      json->Key("calendar_version").Text(clock.calendar_known_now->version);
    }
    Time("due_at", *clock.due_as_known_now, json);
    json->Close('}');
  }
  WriteState(clock, json);
  if (clock.state.due_at != base::kNever) {
    json->Key("due_in_seconds").Number(Seconds(clock.state.due_at - now));
  }
  WriteSegments(clock.segments, clock.state, clock.basis, json);
  WriteDays(clock.state, clock.basis, now, json);
  Time("next_alert_at", clock.next_alert_at, json);
  json->Key("rungs").Open('[');
  for (const auto& [rung, due] : clock.rungs) {
    // One that was reached stays so, at its instant, also where the limit has moved since.
    const auto was = ReachedAt(clock, *rung);
    json->Open('{').Key("rung").Text(rung->name.view());
    Time("due_at", was.value_or(due), json);
    json->Key("reached").Bool(was || (due != base::kNever && core::RungReached(*rung, due) <= now));
    json->Close('}');
  }
  json->Close(']').Close('}');
}

void WriteEndedCycle(const core::EndedCycle& ended, JsonWriter* json) {
  json->Open('{');
  WriteCycle(ended.state, ended.basis, json);
  WriteStays(ended.stays, json);
  Time("ended_at", ended.ended_at, json);
  EventNamed("ended_by", ended.ended_by, json);
  const bool in_time = ended.state.due_at == base::kNever || ended.ended_at <= ended.state.due_at;
  json->Key("cancelled").Bool(ended.cancelled);
  // As the figures count it: what has no limit meets none.
  const bool limited =
      ended.basis.rule != nullptr && core::HasLimit(*ended.basis.rule, ended.state);
  json->Key("met").Bool(in_time && !ended.cancelled && limited);
  json->Key("missed").Bool(!in_time);
  WriteSegments(core::Segments(ended.state, ended.ended_at, ended.ended_by), ended.state,
                ended.basis, json);
  WriteDays(ended.state, ended.basis, ended.ended_at, json);
  json->Close('}');
}

}  // namespace caseclock::http

#include "consumers/http/case_json.h"

#include <algorithm>

#include "consumers/http/json_text.h"
#include "consumers/http/policy_json.h"
#include "consumers/http/policy_words.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/event_codec.h"
#include "engine/core/handler_facts.h"
#include "engine/core/whole_days.h"
#include "engine/model/alert.h"
#include "engine/model/policy.h"

namespace caseclock::http {
namespace {

void Time(std::string_view key, base::Instant t, JsonWriter* json) {
  json->Key(key);
  if (t == base::kNever || t == base::kLongAgo) {
    json->Null();
  } else {
    json->Text(base::FormatInstant(t));
  }
}

void Text(std::string_view key, base::Atom atom, JsonWriter* json) {
  if (!atom.empty()) json->Key(key).Text(atom.view());
}

int64_t Seconds(base::Duration d) {
  return d.us / 1'000'000;
}

void WriteCodes(std::string_view key, const std::vector<base::Atom>& codes, JsonWriter* json) {
  if (codes.empty()) return;
  json->Key(key).Open('[');
  for (const base::Atom code : codes) json->Text(code.view());
  json->Close(']');
}

// What clocks will begin by.
void WriteAwaited(const model::CaseView& view, JsonWriter* json) {
  if (!view.announcements.empty()) {
    json->Key("announced").Open('[');
    for (const model::Announcement& announced : view.announcements) {
      json->Open('{').Key("clock").Text(announced.clock.view());
      json->Key("activity").Text(announced.activity.view());
      Time("at", announced.at, json);
      json->Close('}');
    }
    json->Close(']');
  }
  if (view.stays.empty()) return;
  json->Key("stays").Open('[');
  for (const model::Stay& stay : view.stays) {
    json->Open('{').Key("clock").Text(stay.clock.view());
    Time("from", stay.from, json);
    Time("to", stay.to, json);
    json->Close('}');
  }
  json->Close(']');
}

void WriteView(const model::CaseView& view, JsonWriter* json) {
  json->Key("open").Bool(view.referred && !view.closed);
  Text("queue", view.queue, json);
  Text("workflow", view.workflow, json);
  Text("policy_version", view.policy_version, json);
  Text("stage", view.stage, json);
  json->Key("risk").Text(view.risk.empty() ? std::string_view("ungraded") : view.risk.view());
  Text("handler", view.handler, json);
  Text("origin", view.origin, json);
  Text("screening", view.screening, json);
  WriteCodes("deviations", view.deviations, json);
  Text("outcome", view.outcome, json);
  if (view.referred) Time("opened_at", view.opened_at, json);
  if (view.closed) {
    Time("closed_at", view.closed_at, json);
    Text("close_reason", view.close_reason, json);
  }
  json->Key("pauses").Open('[');
  for (const model::ActivePause& pause : view.pauses) {
    json->Open('{').Key("reason").Text(pause.reason.view());
    Time("since", pause.since, json);
    json->Close('}');
  }
  json->Close(']').Key("paused_seconds").Number(Seconds(view.paused_total));
  json->Key("refused").Number(view.refused);
  WriteAwaited(view, json);
}

// What is known of the handler, and what he lacks.
void WriteHandler(const core::Explanation& explanation, JsonWriter* json) {
  const model::CaseView& view = explanation.view;
  if (view.handler.empty()) return;
  json->Key("handler_away").Bool(core::IsAway(view));
  if (view.unqualified_since != base::kNever) {
    Time("unqualified_since", view.unqualified_since, json);
    json->Key("lacks").Open('[');
    for (const model::QualificationRule* rule : explanation.missing) {
      json->Text(QualificationInWords(*rule));
    }
    json->Close(']');
  }
  json->Key("handler_facts").Open('[');
  for (const model::HandlerFact& fact : view.facts) {
    if (!(fact.handler == view.handler)) continue;
    json->Open('{');
    Text("qualification", fact.qualification, json);
    json->Key("away").Bool(fact.qualification.empty());
    Time("until", fact.until, json);
    json->Close('}');
  }
  json->Close(']');
}

std::string_view FateOf(const core::ExplainedEntry& entry) {
  if (entry.ahead) return "ahead";
  if (entry.fate.voided) return "voided";
  // Before its referral an event waits, it is not refused.
  if (entry.fate.refusal == core::Refusal::kNotReferred) return "orphan";
  if (entry.fate.refusal != core::Refusal::kNone) return "refused";
  return entry.late ? "late" : "accepted";
}

// `carried`: by the migration that filled the log, so its place is one in the source.
void WriteEntry(const core::ExplainedEntry& entry, bool carried, JsonWriter* json) {
  json->Open('{');
  json->Key("event").Text(model::EventTypeName(entry.event.type()));
  const base::Atom code = model::PrincipalCode(entry.event);
  Text("code", code, json);
  if (const base::Atom handler = model::HandlerOf(entry.event); !handler.empty()) {
    json->Key("about_handler").Text(handler.view()).Key("ends").Bool(core::EndsFact(entry.event));
  }
  json->Key("event_id").Text(entry.event.event_id).Key("source").Text(entry.event.source.view());
  Time("occurred_at", entry.event.occurred_at, json);
  Time("arrived_at", entry.arrival.time, json);
  json->Key("partition").Number(entry.arrival.partition);
  json->Key("offset").Number(entry.arrival.offset);
  json->Key("log").Text(carried ? "source" : "own");
  json->Key("disposition").Text(FateOf(entry));
  if (entry.fate.refusal != core::Refusal::kNone) {
    json->Key("refusal").Text(core::RefusalName(entry.fate.refusal));
  }
  if (!entry.event.actor.empty()) json->Key("actor").Text(entry.event.actor);
  std::string bytes;
  codec::EncodeEvent(entry.event, &bytes);
  if (auto whole = codec::EventToJson(bytes); whole.ok()) json->Key("content").Raw(whole.value());
  json->Close('}');
}

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
  json->Key("first").Text(DayText(days->first)).Key("last");
  if (days->last) {
    json->Text(DayText(*days->last));
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
    json->Close('}');
  }
  json->Close(']').Key("counted_seconds").Number(Seconds(sum));
}

// The stretches in which the limit may not pass.
void WriteHeld(const std::vector<model::ExcludedSpan>& held, JsonWriter* json) {
  json->Key("held").Open('[');
  for (const model::ExcludedSpan& span : held) {
    json->Open('{');
    Text("reason", span.reason, json);
    Time("from", span.from, json);
    Time("to", span.to, json);
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
    if (target != nullptr && target->limit) {
      json->Key("limit").Text(LimitText(basis.rule->deadline, *target->limit));
    }
    json->Key("source").Text(basis.rule->source);
    json->Key("deadline").Text(model::DeadlineName(basis.rule->deadline));
  }
  if (state.interval) json->Key("interval").Text(base::FormatPeriod(*state.interval));
  if (basis.calendar != nullptr) {
    json->Key("calendar").Text(basis.calendar->id.view());
    json->Key("calendar_version").Text(basis.calendar->version);
  }
  if (state.budget) json->Key("budget_seconds").Number(Seconds(*state.budget));
  json->Key("consumed_seconds").Number(Seconds(state.consumed));
  if (!state.limit_class.empty()) json->Key("limit_class").Text(state.limit_class.view());
  if (!state.held.empty()) WriteHeld(state.held, json);
  if (state.extended_until) Time("extended_until", *state.extended_until, json);
  if (state.appointed) Time("appointed", *state.appointed, json);
  json->Key("beyond_horizon").Bool(state.beyond_horizon);
  Time("due_at", state.due_at, json);
}

void WriteLive(const core::ExplainedClock& clock, base::Instant now, JsonWriter* json) {
  json->Open('{');
  WriteCycle(clock.state, clock.basis, json);
  if (clock.policy_due_at) Time("policy_due_at", *clock.policy_due_at, json);
  if (clock.due_as_known_now) {
    json->Key("known_now").Open('{');
    if (clock.calendar_known_now != nullptr) {
      json->Key("calendar_version").Text(clock.calendar_known_now->version);
    }
    Time("due_at", *clock.due_as_known_now, json);
    json->Close('}');
  }
  json->Key("running").Bool(clock.state.running_since.has_value());
  if (clock.state.running_since) Time("running_since", *clock.state.running_since, json);
  if (clock.state.due_at != base::kNever) {
    json->Key("due_in_seconds").Number(Seconds(clock.state.due_at - now));
  }
  WriteSegments(clock.segments, clock.state, clock.basis, json);
  WriteDays(clock.state, clock.basis, now, json);
  Time("next_alert_at", clock.next_alert_at, json);
  json->Key("rungs").Open('[');
  for (const auto& [rung, due] : clock.rungs) {
    json->Open('{').Key("rung").Text(rung->name.view());
    Time("due_at", due, json);
    json->Key("reached").Bool(due != base::kNever && core::RungReached(*rung, due) <= now);
    json->Close('}');
  }
  json->Close(']').Close('}');
}

void WriteEnded(const core::EndedCycle& ended, JsonWriter* json) {
  json->Open('{');
  WriteCycle(ended.state, ended.basis, json);
  Time("ended_at", ended.ended_at, json);
  json->Key("met").Bool(ended.state.due_at == base::kNever || ended.ended_at <= ended.state.due_at);
  WriteSegments(core::Segments(ended.state, ended.ended_at), ended.state, ended.basis, json);
  WriteDays(ended.state, ended.basis, ended.ended_at, json);
  json->Close('}');
}

void WriteTold(const model::ToldAlert& told, const model::Rung* rung, JsonWriter* json) {
  json->Open('{').Key("alert_id").Text(base::ToHex(told.id));
  json->Key("clock").Text(told.clock.view());
  if (rung != nullptr) json->Key("rung").Text(rung->name.view());
  json->Key("repeat").Number(told.repeat).Key("revision").Number(told.revision);
  json->Key("state").Text(model::AlertStateName(told.state()));
  Time("due_at", told.due_at, json);
  json->Key("transitions").Open('[');
  for (const model::AlertTransition& transition : told.transitions) {
    json->Open('{').Key("state").Text(model::AlertStateName(transition.state));
    json->Key("revision").Number(transition.revision);
    Time("at", transition.at, json);
    json->Key("historical").Bool(transition.historical).Close('}');
  }
  json->Close(']').Close('}');
}

}  // namespace

std::string ExplanationToJson(const model::CaseState& state, const core::Explanation& explanation,
                              base::Instant now,
                              const std::optional<model::MigrationRecord>& migration) {
  std::string out;
  JsonWriter json(&out);
  json.Open('{').Key("case_id").Text(state.case_id);
  Time("as_of", now, &json);
  WriteView(explanation.view, &json);
  WriteHandler(explanation, &json);
  json.Key("conflicts").Number(state.conflicts);
  if (migration) {
    json.Key("migrated").Open('{').Key("source").Text(base::ToHex(migration->source));
    json.Key("source_partitions").Number(migration->source_partitions);
    Time("clock", migration->clock, &json);
    Time("finished_at", migration->finished_at, &json);
    json.Close('}');
  }
  json.Key("ledger").Open('[');
  for (const core::ExplainedEntry& entry : explanation.entries) {
    WriteEntry(entry, migration && entry.arrival.time <= migration->clock, &json);
  }
  json.Close(']').Key("clocks").Open('[');
  for (const core::ExplainedClock& clock : explanation.live) WriteLive(clock, now, &json);
  json.Close(']').Key("ended_cycles").Open('[');
  for (const core::EndedCycle& ended : explanation.ended) WriteEnded(ended, &json);
  json.Close(']').Key("alerts").Open('[');
  for (const core::ExplainedAlert& alert : explanation.told) {
    WriteTold(alert.told, alert.rung, &json);
  }
  json.Close(']').Close('}');
  return out;
}

}  // namespace caseclock::http

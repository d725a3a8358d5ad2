#include "consumers/http/case_json.h"

#include "consumers/http/case_json_parts.h"
#include "consumers/http/clock_json.h"
#include "consumers/http/policy_words.h"
#include "engine/codec/event_codec.h"
#include "engine/core/handler_facts.h"
#include "engine/model/alert.h"
#include "engine/model/policy.h"

namespace caseclock::http {
namespace {

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
    WriteStay(stay, json);
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
    Time("closed_at", view.closed_since(), json);
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
  // As it was sent: the case of a fact about a handler is ours, and its end is an entry of our own.
  model::Event sent = entry.event;
  if (!model::HandlerOf(sent).empty()) sent.case_id = {};
  if (!sent.event_id.ends_with(core::kEndMark)) {
    std::string bytes;
    codec::EncodeEvent(sent, &bytes);
    if (auto whole = codec::EventToJson(bytes); whole.ok()) {
      json->Key("content").Raw(whole.value());
    }
  }
  json->Close('}');
}

// What brought a telling about, and where its record stands.
void WriteCause(const core::ToldCause& cause, const std::optional<model::Arrival>& record,
                JsonWriter* json) {
  json->Key("cause").Open('{').Key("kind").Text(core::CauseKindName(cause.kind));
  if (!cause.event.empty()) WriteEventName(cause.event, json);
  if (record) {
    json->Key("partition").Number(record->partition).Key("offset").Number(record->offset);
  }
  json->Close('}');
}

void WriteTold(const core::ExplainedAlert& alert, JsonWriter* json) {
  const model::ToldAlert& told = alert.told;
  const model::Rung* const rung = alert.rung;
  json->Open('{').Key("alert_id").Text(base::ToHex(told.id));
  json->Key("clock").Text(told.clock.view());
  if (rung != nullptr) json->Key("rung").Text(rung->name.view());
  json->Key("repeat").Number(told.repeat).Key("revision").Number(told.revision);
  json->Key("state").Text(model::AlertStateName(told.state()));
  Time("due_at", told.due_at, json);
  json->Key("transitions").Open('[');
  for (size_t i = 0; i < told.transitions.size(); ++i) {
    const model::AlertTransition& transition = told.transitions[i];
    json->Open('{').Key("state").Text(model::AlertStateName(transition.state));
    json->Key("revision").Number(transition.revision);
    Time("at", transition.at, json);
    WriteCause(alert.causes[i], transition.cause, json);
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
  for (const core::ExplainedClock& clock : explanation.live) WriteLiveClock(clock, now, &json);
  json.Close(']').Key("ended_cycles").Open('[');
  for (const core::EndedCycle& ended : explanation.ended) WriteEndedCycle(ended, &json);
  json.Close(']').Key("alerts").Open('[');
  for (const core::ExplainedAlert& alert : explanation.told) WriteTold(alert, &json);
  json.Close(']').Close('}');
  return out;
}

}  // namespace caseclock::http

#include "consumers/http/policy_json.h"

#include <variant>

#include "consumers/http/json_text.h"
#include "consumers/http/policy_words.h"

namespace caseclock::http {

namespace {

void WriteTargets(const model::ClockRule& clock, JsonWriter* json) {
  json->Key("targets").Open('{');
  for (const model::Target& target : clock.targets) {
    // Without a risk, the first one is for ungraded cases and the last one for all others.
    std::string_view name = target.risk.view();
    if (name.empty()) {
      const bool first = &target == &clock.targets.front();
      name = first && clock.targets.size() > 1 ? "ungraded" : "*";
    }
    json->Key(name);
    if (target.limit) {
      json->Text(base::FormatPeriod(*target.limit));
    } else {
      json->Null();
    }
  }
  json->Close('}');
}

void WriteTexts(std::string_view key, const std::vector<std::string>& texts, JsonWriter* json) {
  json->Key(key).Open('[');
  for (const std::string& text : texts) json->Text(text);
  json->Close(']');
}

// Rows of two: {"for": "high", "limit": "7 days"}.
void WritePairs(std::string_view key, std::string_view first, std::string_view second,
                const std::vector<std::pair<std::string, std::string>>& pairs, JsonWriter* json) {
  json->Key(key).Open('[');
  for (const auto& [a, b] : pairs)
    json->Open('{').Key(first).Text(a).Key(second).Text(b).Close('}');
  json->Close(']');
}

// The clock in plain English.
void WriteWords(const model::ClockRule& clock, const model::WorkflowVersion& in, JsonWriter* json) {
  json->Key("says").Open('{');
  json->Key("starts").Text(StartsInWords(clock));
  json->Key("stops").Text(EventsInWords(clock.stops_on));
  json->Key("cancels").Text(EventsInWords(clock.cancels_on));
  json->Key("resets").Text(EventsInWords(clock.resets_on));
  json->Key("counts").Text(DeadlineInWords(clock));
  WritePairs("limits", "for", "limit", LimitsInWords(clock, in), json);
  WriteTexts("conditions", ConditionsInWords(clock), json);
  WriteTexts("told", LadderInWords(clock), json);
  WriteTexts("confidence", ConfidenceInWords(clock.source), json);
  json->Close('}');
}

void WriteClock(const model::ClockRule& clock, const model::WorkflowVersion& in, JsonWriter* json) {
  json->Open('{').Key("name").Text(clock.name.view());
  json->Key("deadline").Text(model::DeadlineName(clock.deadline));
  const auto* at = std::get_if<model::AtScheduled>(&clock.deadline);
  if (at != nullptr && !at->before.IsZero()) {
    json->Key("before").Text(base::FormatPeriod(at->before));
  }
  if (!clock.calendar.empty()) json->Key("calendar").Text(clock.calendar.view());
  WriteTargets(clock, json);
  json->Key("ladder").Open('[');
  for (const model::Rung& rung : clock.ladder) json->Text(rung.name.view());
  json->Close(']');
  if (!clock.limits_by.empty()) json->Key("limits_by").Text(clock.limits_by.view());
  if (!clock.owner.empty()) json->Key("owner").Text(clock.owner.view());
  json->Key("absence").Bool(clock.is_absence);
  json->Key("source").Text(clock.source);
  WriteWords(clock, in, json);
  json->Close('}');
}

void WriteAtoms(std::string_view key, const std::vector<base::Atom>& atoms, JsonWriter* json) {
  json->Key(key).Open('[');
  for (const base::Atom atom : atoms) json->Text(atom.view());
  json->Close(']');
}

void WriteScreening(const model::WorkflowVersion& version, JsonWriter* json) {
  json->Key("screening_guidance").Open('[');
  for (const model::GuidanceVersion& guidance : version.screening.guidance) {
    json->Open('{').Key("version").Text(guidance.version.view());
    if (guidance.effective_from != base::kLongAgo) {
      json->Key("effective_from").Text(base::FormatInstant(guidance.effective_from));
    }
    if (guidance.in_at_score) json->Key("in_at_score").Number(*guidance.in_at_score);
    if (!guidance.score_of.empty()) WriteAtoms("score_of", guidance.score_of, json);
    WriteAtoms("in_for", guidance.in_for, json);
    if (guidance.in_for_repeat_of) json->Key("in_for_repeat_of").Bool(true);
    WriteAtoms("judgement", guidance.judgement, json);
    if (!guidance.in_when.empty()) json->Key("in_when").Text(guidance.in_when.view());
    json->Key("says").Text(GuidanceInWords(guidance)).Close('}');
  }
  json->Close(']').Key("screening_sample_percent").Number(version.screening.sample_percent);
  std::vector<std::string> lookbacks;
  for (const model::LookbackRule& rule : version.lookbacks)
    lookbacks.push_back(LookbackInWords(rule));
  WriteTexts("lookbacks", lookbacks, json);
}

void WriteCaseload(const std::optional<model::CaseloadRule>& caseload, JsonWriter* json) {
  json->Key("caseload");
  if (!caseload) {
    json->Null();
    return;
  }
  json->Open('{').Key("limit").Number(caseload->limit).Key("source").Text(caseload->source);
  json->Key("says").Text(CaseloadInWords(*caseload));
  WriteTexts("confidence", ConfidenceInWords(caseload->source), json);
  json->Close('}');
}

void WriteVersion(const model::WorkflowVersion& version, JsonWriter* json) {
  json->Open('{').Key("version").Text(version.version.view()).Key("effective_from");
  if (version.effective_from == base::kLongAgo) {
    json->Null();
  } else {
    json->Text(base::FormatInstant(version.effective_from));
  }
  json->Key("stages").Open('[');
  for (const model::StageRule& stage : version.stages) json->Text(stage.name.view());
  json->Close(']');
  WriteAtoms("risks", version.risks, json);
  WriteScreening(version, json);
  std::vector<std::string> needs;
  for (const model::QualificationRule& rule : version.qualifications)
    needs.push_back(QualificationInWords(rule));
  WriteTexts("qualifications", needs, json);
  WriteCaseload(version.caseload, json);
  std::vector<std::pair<std::string, std::string>> ways;
  for (const model::StageRule& stage : version.stages)
    ways.emplace_back(stage.name.view(), EventsInWords(stage.enters_on));
  WritePairs("enters", "stage", "on", ways, json);
  json->Key("classes").Open('[');
  for (const model::ClassRule& rule : version.classes) {
    json->Open('{').Key("name").Text(rule.name.view());
    WriteAtoms("values", rule.values, json);
    json->Key("set_by").Text(EventsInWords(rule.set_by)).Close('}');
  }
  json->Close(']');
  WriteAtoms("outcome_codes", version.outcome_codes, json);
  json->Key("outcomes").Open('[');
  for (const model::OutcomeDefinition& outcome : version.outcomes) {
    json->Open('{').Key("text").Text(outcome.text);
    WriteAtoms("positive", outcome.positive, json);
    json->Close('}');
  }
  json->Close(']').Key("clocks").Open('[');
  for (const model::ClockRule& clock : version.clocks) WriteClock(clock, version, json);
  json->Close(']').Close('}');
}

}  // namespace

std::string LimitText(const model::DeadlineRule& rule, const base::Period& limit) {
  struct Writer {
    const base::Period& limit;
    std::string operator()(const model::ElapsedTime&) const { return base::FormatPeriod(limit); }
    std::string operator()(const model::WorkingTime&) const {
      return base::FormatPeriod(limit) + " of working time";
    }
    std::string operator()(const model::WorkingDays&) const {
      return std::to_string(limit.days) + (limit.days == 1 ? " working day" : " working days");
    }
    std::string operator()(const model::AtMeeting&) const { return base::FormatPeriod(limit); }
    std::string operator()(const model::AtScheduled&) const {
      return base::FormatPeriod(limit) + " before what is scheduled";
    }
    std::string operator()(const model::WholeDays& days) const {
      return base::FormatPeriod(limit) + (days.counts_trigger_day
                                              ? " beginning with the day of the trigger"
                                              : " after the day of the trigger");
    }
  };
  return std::visit(Writer{limit}, rule);
}

std::string PolicySetToJson(const model::PolicySet& set) {
  std::string out;
  JsonWriter json(&out);
  json.Open('{').Key("hash").Text(set.hash).Key("workflows").Open('[');
  for (const model::Workflow& workflow : set.workflows) {
    json.Open('{').Key("name").Text(workflow.name.view()).Key("versions").Open('[');
    for (const model::WorkflowVersion& version : workflow.versions) WriteVersion(version, &json);
    json.Close(']').Close('}');
  }
  json.Close(']').Key("queues").Open('[');
  for (const model::QueueBinding& queue : set.queues) {
    json.Open('{').Key("pattern").Text(queue.pattern).Key("workflow").Text(queue.workflow.view());
    json.Key("team").Text(queue.team.view()).Key("calendar").Text(queue.calendar.view()).Close('}');
  }
  json.Close(']').Key("sources").Open('[');
  for (const model::SourceRule& source : set.sources) {
    json.Open('{').Key("source").Text(source.source.view());
    json.Key("silence").Text(base::FormatDuration(source.silence));
    json.Key("calendar").Text(source.calendar.view()).Key("owner").Text(source.owner.view());
    json.Close('}');
  }
  json.Close(']').Key("calendars").Open('[');
  for (const model::Calendar& calendar : set.calendars) {
    json.Open('{').Key("id").Text(calendar.id.view()).Key("version").Text(calendar.version);
    json.Key("zone").Text(calendar.zone.name).Key("tzdata").Text(calendar.zone.version);
    json.Key("covers").Open('{').Key("from").Text(base::FormatDay(calendar.first_day));
    json.Key("to").Text(base::FormatDay(calendar.last_day)).Close('}').Close('}');
  }
  json.Close(']').Close('}');
  return out;
}

}  // namespace caseclock::http

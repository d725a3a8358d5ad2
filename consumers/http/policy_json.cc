#include "consumers/http/policy_json.h"

#include <variant>

#include "consumers/http/json_text.h"
#include "engine/model/alert.h"

namespace caseclock::http {
namespace {

std::string_view RuleName(const model::DeadlineRule& rule) {
  struct Namer {
    std::string_view operator()(const model::ElapsedTime&) const { return "elapsed"; }
    std::string_view operator()(const model::WorkingTime&) const { return "working_time"; }
    std::string_view operator()(const model::WorkingDays&) const { return "working_days"; }
    std::string_view operator()(const model::AtMeeting&) const { return "next_meeting"; }
    std::string_view operator()(const model::AtScheduled&) const { return "scheduled"; }
    std::string_view operator()(const model::WholeDays& days) const {
      return days.counts_trigger_day ? "days_counting_trigger_day" : "days_after_trigger_day";
    }
  };
  return std::visit(Namer{}, rule);
}

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

void WriteClock(const model::ClockRule& clock, JsonWriter* json) {
  json->Open('{').Key("name").Text(clock.name.view());
  json->Key("deadline").Text(RuleName(clock.deadline));
  if (!clock.calendar.empty()) json->Key("calendar").Text(clock.calendar.view());
  WriteTargets(clock, json);
  json->Key("ladder").Open('[');
  for (const model::Rung& rung : clock.ladder) json->Text(rung.name.view());
  json->Close(']').Key("source").Text(clock.source).Close('}');
}

void WriteAtoms(std::string_view key, const std::vector<base::Atom>& atoms, JsonWriter* json) {
  json->Key(key).Open('[');
  for (const base::Atom atom : atoms) json->Text(atom.view());
  json->Close(']');
}

void WriteScreening(const model::ScreeningRule& rule, JsonWriter* json) {
  json->Key("screening_guidance").Open('[');
  for (const model::GuidanceVersion& guidance : rule.guidance) {
    json->Open('{').Key("version").Text(guidance.version.view());
    if (guidance.effective_from != base::kLongAgo) {
      json->Key("effective_from").Text(base::FormatInstant(guidance.effective_from));
    }
    if (guidance.in_at_score) json->Key("in_at_score").Number(*guidance.in_at_score);
    WriteAtoms("in_for", guidance.in_for, json);
    WriteAtoms("judgement", guidance.judgement, json);
    if (!guidance.in_when.empty()) json->Key("in_when").Text(guidance.in_when.view());
    json->Close('}');
  }
  json->Close(']').Key("screening_sample_percent").Number(rule.sample_percent);
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
  WriteScreening(version.screening, json);
  WriteAtoms("qualifications", version.qualifications, json);
  json->Key("clocks").Open('[');
  for (const model::ClockRule& clock : version.clocks) WriteClock(clock, json);
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
    std::string operator()(const model::AtScheduled&) const { return base::FormatPeriod(limit); }
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
  json.Close(']').Key("calendars").Open('[');
  for (const model::Calendar& calendar : set.calendars) {
    json.Open('{').Key("id").Text(calendar.id.view()).Key("version").Text(calendar.version);
    json.Key("zone").Text(calendar.zone.name).Key("tzdata").Text(calendar.zone.version).Close('}');
  }
  json.Close(']').Close('}');
  return out;
}

}  // namespace caseclock::http

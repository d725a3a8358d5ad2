// One clock of a workflow.

#include <algorithm>

#include "engine/policy/load_parts.h"

namespace caseclock::policy {
namespace {

model::DeadlineRule DatedDeadline(const YamlNode& node, Reader* reader) {
  const Fields fields(reader, node, DatedDeadlineLayout());
  const YamlNode* meeting = fields.Find("next_meeting");
  const YamlNode* before = fields.Find("before_scheduled");
  if ((meeting == nullptr) == (before == nullptr)) {
    reader->Expected(node.line, "either next_meeting or before_scheduled",
                     meeting == nullptr ? "there is neither" : "there are both");
    return model::AtScheduled{};  // neither of them has a limit beside it
  }
  if (meeting != nullptr) return model::AtMeeting{reader->Code(*meeting, "a kind of meeting")};
  const auto time = reader->Period(*before, "a time before what is scheduled");
  return model::AtScheduled{time.value_or(base::Period{})};
}

model::DeadlineRule Deadline(const YamlNode& node, Reader* reader) {
  if (node.kind == YamlNode::Kind::kMap) {
    return DatedDeadline(node, reader);
  }
  const std::string name = reader->Text(node, "a deadline");
  if (name == "scheduled") return model::AtScheduled{};
  if (name == "working_time") return model::WorkingTime{};
  if (name == "working_days") return model::WorkingDays{};
  if (name == "days_counting_trigger_day") return model::WholeDays{true};
  if (name == "days_after_trigger_day") return model::WholeDays{false};
  if (!name.empty()) reader->WantKnown(name, node.line, "a deadline", DeadlineNames());
  return model::ElapsedTime{};
}

model::RegradeRule Regrade(const YamlNode& node, Reader* reader) {
  const std::string name = reader->Text(node, "a rule for regrading");
  if (name == "restart") return model::RegradeRule::kRestart;
  if (name == "keep") return model::RegradeRule::kKeep;
  if (!name.empty()) reader->WantKnown(name, node.line, "a rule for regrading", RegradeNames());
  return model::RegradeRule::kRebase;
}

void ReadEvents(const Fields& fields, int line, const VersionNames& names, Reader* reader,
                model::ClockRule* clock) {
  const bool by_sum = fields.Find("accumulates") != nullptr;
  const bool by_lack = fields.Find("runs_while") != nullptr;
  if (const YamlNode* n = fields.Find("starts_on")) {
    clock->starts_on = ReadMatches(*n, "starts_on", names, reader);
  } else if (!by_sum && !by_lack) {
    reader->Expected(line, "a clock with starts_on", "it has none");
  }
  if (const YamlNode* n = fields.Find("stops_on"))
    clock->stops_on = ReadMatches(*n, "stops_on", names, reader);
  if (const YamlNode* n = fields.Find("cancels_on"))
    clock->cancels_on = ReadMatches(*n, "cancels_on", names, reader);
  if (const YamlNode* n = fields.Find("resets_on"))
    clock->resets_on = ReadMatches(*n, "resets_on", names, reader);
}

// It begins and ends with what it runs for, as often as that comes about.
void ReadLacks(const Fields& fields, Reader* reader, model::ClockRule* clock) {
  const YamlNode* node = fields.Find("runs_while");
  if (node == nullptr) return;
  for (const base::Atom name : reader->Codes(*node, "what is lacking")) {
    if (!reader->WantKnown(name.view(), node->line, "what is lacking", LackNames())) continue;
    const auto lack = name.view() == model::LackName(model::Lack::kAway)
                          ? model::Lack::kAway
                          : model::Lack::kUnqualified;
    clock->runs_while.push_back(lack);
  }
  clock->after_stop = model::AfterStop::kRestart;
  for (const std::string_view key :
       {"starts_on", "stops_on", "cancels_on", "resets_on", "accumulates", "advance",
        "from_referral", "from_scheduled", "restarts", "resumes"}) {
    const YamlNode* other = fields.Find(key);
    if (other == nullptr) continue;
    reader->Expected(other->line, "a clock with runs_while to begin and end by it alone",
                     "there is " + std::string(key));
  }
}

void ReadFlags(const Fields& fields, Reader* reader, model::ClockRule* clock) {
  const auto flag = [&](std::string_view key, bool* value) {
    if (const YamlNode* node = fields.Find(key)) *value = reader->Bool(*node, key);
  };
  flag("from_referral", &clock->from_referral);
  flag("from_scheduled", &clock->from_scheduled);
  flag("stops_at_close", &clock->stops_at_close);
  flag("absence", &clock->is_absence);
}

void ReadExclusions(const Fields& fields, Reader* reader, model::ClockRule* clock) {
  if (const YamlNode* n = fields.Find("pauses_for"))
    clock->exclusions.emplace_back(model::Disregard{reader->Codes(*n, "a reason for a pause")});
  const YamlNode* extends = fields.Find("extends_for");
  if (extends == nullptr) return;
  const Fields inner(reader, *extends, ExtendsForLayout());
  model::ExtendTo extend;
  if (const YamlNode* n = inner.Need("reasons"))
    extend.reasons = reader->Codes(*n, "a reason for a pause");
  if (const YamlNode* n = inner.Need("days"))
    extend.days =
        reader->Number(*n, "a number of days", kExtendDays.least, kExtendDays.most).value_or(1);
  for (const base::Atom reason : extend.reasons) {
    for (const model::Exclusion& other : clock->exclusions) {
      const auto& paused = std::get<model::Disregard>(other).reasons;
      if (std::find(paused.begin(), paused.end(), reason) == paused.end()) continue;
      reader->Expected(extends->line, "a reason either to pause for or to extend for",
                       reason.str() + " is in pauses_for as well");
    }
  }
  clock->exclusions.emplace_back(std::move(extend));
}

void ReadExtensions(const YamlNode& node, Reader* reader, model::ClockRule* clock) {
  if (!reader->WantList(node, "the extensions")) return;
  for (const YamlNode& item : node.items) {
    const Fields fields(reader, item, ExtensionLayout());
    const YamlNode* authority = fields.Need("authority");
    const YamlNode* until = fields.Need("until");
    if (authority == nullptr || until == nullptr) continue;
    model::ExtensionStep step;
    step.authority = reader->Code(*authority, "an authority");
    step.until = reader->Period(*until, "a limit from the beginning").value_or(base::Period{});
    if (const YamlNode* within = fields.Find("granted_within"))
      step.granted_within = reader->Period(*within, "a time from the beginning");
    const auto same = [&](const model::ExtensionStep& other) {
      return other.authority == step.authority;
    };
    if (std::any_of(clock->extensions.begin(), clock->extensions.end(), same))
      reader->Expected(authority->line, "each authority once",
                       step.authority.str() + " is there twice");
    clock->extensions.push_back(step);
  }
}

}  // namespace

model::ClockRule ReadClock(base::Atom name, const YamlNode& node, const VersionNames& names,
                           Reader* reader) {
  const Fields fields(reader, node, ClockLayout());
  model::ClockRule clock;
  clock.name = name;
  if (node.kind != YamlNode::Kind::kMap) return clock;
  ReadEvents(fields, node.line, names, reader, &clock);
  ReadFlags(fields, reader, &clock);
  if (const YamlNode* n = fields.Need("deadline")) clock.deadline = Deadline(*n, reader);
  if (const YamlNode* n = fields.Find("calendar")) clock.calendar = reader->Code(*n, "a calendar");
  if (const YamlNode* n = fields.Find("owner")) clock.owner = reader->Code(*n, "an owner");
  ReadTriggers(fields, node.line, names, reader, &clock);
  ReadLacks(fields, reader, &clock);
  ReadTargets(node, fields, names, reader, &clock);
  ReadExclusions(fields, reader, &clock);
  const bool pauses = std::any_of(clock.exclusions.begin(), clock.exclusions.end(),
                                  [](const model::Exclusion& exclusion) {
                                    return std::holds_alternative<model::Disregard>(exclusion);
                                  });
  if (pauses && std::holds_alternative<model::AtScheduled>(clock.deadline))
    reader->Expected(node.line, "no pauses of a clock that is due when it was scheduled",
                     "there is pauses_for");
  if (const YamlNode* n = fields.Find("extensions")) ReadExtensions(*n, reader, &clock);
  if (const YamlNode* n = fields.Find("regrade")) clock.regrade = Regrade(*n, reader);
  if (const YamlNode* n = fields.Need("ladder")) clock.ladder = ReadLadder(*n, reader);
  const auto in_percent = [](const model::Rung& rung) { return rung.percent.has_value(); };
  if (std::holds_alternative<model::AtMeeting>(clock.deadline) &&
      std::any_of(clock.ladder.begin(), clock.ladder.end(), in_percent)) {
    reader->Expected(node.line, "warnings so long before the meeting, like {before: P2D}",
                     "there is one in percent of a limit");
  }
  if (const YamlNode* n = fields.Need("source")) clock.source = reader->Text(*n, "the source");
  return clock;
}

}  // namespace caseclock::policy

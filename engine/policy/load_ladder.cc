// Limits and ladders of a clock.

#include <algorithm>

#include "engine/policy/load_parts.h"

namespace caseclock::policy {
namespace {

constexpr char kUngraded[] = "ungraded";
constexpr char kDefault[] = "default";

// What a limit may be depends on how the clock counts.
struct WantLimit {
  const base::Period& limit;
  int line;
  Reader* reader;

  void operator()(const model::ElapsedTime&) const {}
  void operator()(const model::WorkingTime&) const {
    if (limit.months != 0 || limit.days != 0)
      reader->Expected(line, "a limit of working time in hours like PT4H",
                       "there are days, which are not of one length");
  }
  void operator()(const model::WorkingDays&) const {
    if (limit.months != 0 || limit.time.us != 0)
      reader->Expected(line, "a limit of working days like P5D", "there is something else");
  }
  void operator()(const model::WholeDays&) const {
    if (limit.time.us != 0)
      reader->Expected(line, "a limit of whole days like P3D or P1Y", "there are hours in it");
  }
  void operator()(const model::AtMeeting&) const {}
  void operator()(const model::AtScheduled&) const {}
};

std::optional<base::Period> Limit(const YamlNode& node, const model::DeadlineRule& rule,
                                  Reader* reader) {
  if (node.kind == YamlNode::Kind::kScalar && node.text == "none") return std::nullopt;
  const std::optional<base::Period> limit = reader->Period(node, "a limit");
  if (limit.has_value()) std::visit(WantLimit{*limit, node.line, reader}, rule);
  return limit;
}

// Every grade must be spoken for: a forgotten one would run undated without anybody knowing.
void WantEveryRisk(const Fields& fields, int line, const VersionNames& names, Reader* reader) {
  if (fields.Find(kDefault) != nullptr) return;
  KnownNames all = names.risks;
  all.push_back(kUngraded);
  for (const std::string_view risk : all) {
    if (fields.Find(risk) == nullptr)
      reader->Expected(line, "a limit or none for every risk, or a default",
                       "there is none for " + std::string(risk));
  }
}

// The order is what model::Target asks for: ungraded first, the default last.
std::vector<model::Target> ByRisk(const YamlNode& node, const VersionNames& names,
                                  const model::DeadlineRule& rule, Reader* reader) {
  KnownNames keys = names.risks;
  keys.push_back(kUngraded);
  keys.push_back(kDefault);
  const Fields fields(reader, node, "the limits", keys);
  if (node.kind != YamlNode::Kind::kMap) return {};
  WantEveryRisk(fields, node.line, names, reader);
  std::vector<model::Target> targets;
  const YamlNode* ungraded = fields.Find(kUngraded);
  if (ungraded != nullptr) targets.push_back({{}, Limit(*ungraded, rule, reader)});
  for (const std::string_view risk : names.risks) {
    if (const YamlNode* limit = fields.Find(risk))
      targets.push_back({base::Atom::Intern(risk), Limit(*limit, rule, reader)});
  }
  const YamlNode* other = fields.Find(kDefault);
  if (other != nullptr) {
    targets.push_back({{}, Limit(*other, rule, reader)});
  } else {
    targets.push_back({{}, std::nullopt});
  }
  return targets;
}

// Of a case of which the value is not known, the default; so there must be one.
std::vector<model::Target> ByClass(const YamlNode& node, const KnownNames& values,
                                   const model::DeadlineRule& rule, Reader* reader) {
  KnownNames keys = values;
  keys.push_back(kDefault);
  const Fields fields(reader, node, "the limits", keys);
  std::vector<model::Target> targets;
  if (node.kind != YamlNode::Kind::kMap) return targets;
  for (const std::string_view value : values) {
    if (const YamlNode* limit = fields.Find(value))
      targets.push_back({base::Atom::Intern(value), Limit(*limit, rule, reader)});
  }
  if (const YamlNode* other = fields.Need(kDefault))
    targets.push_back({{}, Limit(*other, rule, reader)});
  return targets;
}

std::optional<model::Rung> Warning(const YamlNode& node, Reader* reader) {
  model::Rung rung;
  rung.kind = model::RungKind::kWarning;
  if (node.kind == YamlNode::Kind::kScalar) {
    YamlNode number = node;
    number.text.pop_back();  // the %
    rung.percent = reader->Number(number, "a percentage", kPercents.least, kPercents.most);
    if (!rung.percent.has_value()) return std::nullopt;
    rung.name = base::Atom::Intern("warning_" + std::to_string(*rung.percent));
    return rung;
  }
  const Fields fields(reader, node, WarningLayout());
  const YamlNode* before = fields.Need("before");
  if (before != nullptr) rung.before = reader->Duration(*before, "a time before the breach");
  if (!rung.before.has_value()) return std::nullopt;
  rung.name = base::Atom::Intern("warning_before_" + base::FormatDuration(*rung.before));
  return rung;
}

std::optional<model::Rung> Overdue(const YamlNode& node, Reader* reader) {
  model::Rung rung;
  rung.kind = model::RungKind::kOverdue;
  rung.name = base::Atom::Intern("overdue");
  const Fields fields(reader, node, OverdueLayout());
  const YamlNode* every = fields.Need("every");
  const YamlNode* cap = fields.Need("cap");
  if (every == nullptr || cap == nullptr) return std::nullopt;
  const auto period = reader->Duration(*every, "a time between repeats");
  const auto times =
      reader->Number(*cap, "a number of repeats", kOverdueCaps.least, kOverdueCaps.most);
  if (!period.has_value() || !times.has_value()) return std::nullopt;
  rung.every = *period;
  rung.cap = *times;
  return rung;
}

std::optional<model::Rung> ReadRung(const YamlNode& node, Reader* reader) {
  if (node.kind == YamlNode::Kind::kScalar) {
    if (node.text == "breach")
      return model::Rung{model::RungKind::kBreach, base::Atom::Intern("breach"), {}, {}, {}, 0};
    if (node.text.ends_with('%')) return Warning(node, reader);
  } else if (node.kind == YamlNode::Kind::kMap && node.entries.size() == 1) {
    if (node.entries[0].key.text == "before") return Warning(node, reader);
    if (node.entries[0].key.text == "overdue") return Overdue(node.entries[0].value, reader);
  }
  reader->Expected(node.line,
                   "a rung: 75%, {before: PT24H}, breach or {overdue: {every: P1D, cap: 10}}",
                   node.kind == YamlNode::Kind::kScalar ? "there is " + Quoted(node.text)
                                                        : "there is something else");
  return std::nullopt;
}

// Whether `next` may stand right after `last` in a ladder.
void WantAscending(const model::Rung& last, const model::Rung& next, int line, Reader* reader) {
  if (next.kind == model::RungKind::kWarning && last.kind != model::RungKind::kWarning) {
    reader->Expected(line, "warnings before the breach", "this one comes after it");
  } else if (next.kind == model::RungKind::kBreach && last.kind != model::RungKind::kWarning) {
    reader->Expected(line, "one breach after the warnings", "it comes after another breach");
  } else if (next.kind == model::RungKind::kOverdue && last.kind == model::RungKind::kOverdue) {
    reader->Expected(line, "overdue once", "it is there twice");
  } else if (next.percent.has_value() && last.percent.has_value() &&
             *next.percent <= *last.percent) {
    reader->Expected(line, "warnings in the order of time",
                     "this one comes earlier than the one before");
  } else if (next.before.has_value() && last.before.has_value() && *next.before >= *last.before) {
    reader->Expected(line, "warnings in the order of time",
                     "this one comes earlier than the one before");
  }
}

}  // namespace

void ReadTargets(const YamlNode& node, const Fields& fields, const VersionNames& names,
                 Reader* reader, model::ClockRule* clock) {
  const YamlNode* limit = fields.Find("limit");
  const YamlNode* limits = fields.Find("limits");
  const YamlNode* by = fields.Find("limits_by");
  const bool at_meeting = std::holds_alternative<model::AtMeeting>(clock->deadline);
  if (at_meeting || std::holds_alternative<model::AtScheduled>(clock->deadline)) {
    if (limit != nullptr || limits != nullptr || by != nullptr)
      reader->Expected(
          node.line, std::string("no limit beside ") + (at_meeting ? "next_meeting" : "scheduled"),
          "there is one");
    return;
  }
  if ((limit == nullptr) == (limits == nullptr)) {
    reader->Expected(node.line, "either limit or limits",
                     limit == nullptr ? "there is neither" : "there are both");
    return;
  }
  if (by != nullptr && limits == nullptr) {
    reader->Expected(by->line, "limits beside limits_by", "there is one limit for all");
    return;
  }
  if (limits == nullptr) {
    clock->targets = {{{}, Limit(*limit, clock->deadline, reader)}};
  } else if (by == nullptr) {
    clock->targets = ByRisk(*limits, names, clock->deadline, reader);
  } else {
    clock->limits_by = reader->Code(*by, "a class of this version");
    const auto known = names.classes.find(by->text);
    if (known == names.classes.end()) {
      reader->Expected(by->line, "a class of this version", "there is no " + Quoted(by->text));
    } else {
      clock->targets = ByClass(*limits, known->second, clock->deadline, reader);
    }
  }
}

std::vector<model::Rung> ReadLadder(const YamlNode& node, Reader* reader) {
  std::vector<model::Rung> ladder;
  if (!reader->WantList(node, "the ladder")) return ladder;
  bool whole = true;
  for (const YamlNode& item : node.items) {
    const std::optional<model::Rung> rung = ReadRung(item, reader);
    whole = whole && rung.has_value();
    if (!rung.has_value()) continue;
    if (!ladder.empty()) WantAscending(ladder.back(), *rung, item.line, reader);
    ladder.push_back(*rung);
  }
  const auto is_breach = [](const model::Rung& r) { return r.kind == model::RungKind::kBreach; };
  if (whole && std::none_of(ladder.begin(), ladder.end(), is_breach))
    reader->Expected(node.line, "a ladder with a breach", "there is none");
  return ladder;
}

}  // namespace caseclock::policy

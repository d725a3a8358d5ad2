// The events that rules name.

#include <algorithm>

#include "engine/policy/load_parts.h"

namespace caseclock::policy {
namespace {

using model::EventMatch;
using model::EventType;

// Codes that must be names of this very version, or of a fixed set.
void WantKnownCode(EventType type, base::Atom code, int line, const VersionNames& names,
                   Reader* reader) {
  if (type == EventType::kStaged) {
    reader->WantKnown(code.view(), line, "a stage of this version", names.stages);
  } else if (type == EventType::kScreened) {
    reader->WantKnown(code.view(), line, "a screening decision", ScreeningDecisions());
  } else if (type == EventType::kIntervalSet || type == EventType::kExtended) {
    reader->WantKnown(code.view(), line, "a clock of this version", names.clocks);
  }
}

// What an event is matched on besides its type and code.
struct Conditions {
  base::Atom when;
  base::Atom unless;
};

void AddMatch(const YamlNode& name, const YamlNode* codes, const Conditions& conditions,
              const VersionNames& names, Reader* reader, model::EventMatches* matches) {
  if (!reader->WantKnown(name.text, name.line, "an event", EventNames())) return;
  EventMatch match;
  match.when = conditions.when;
  match.unless = conditions.unless;
  match.type = *model::EventTypeFromName(name.text);
  if (codes != nullptr) {
    if (codes->kind == YamlNode::Kind::kList && codes->items.empty())
      reader->Expected(codes->line, "codes that narrow " + name.text + " down",
                       "the list is empty");
    match.codes = reader->Codes(*codes, "the code of an event");
    for (const base::Atom code : match.codes)
      WantKnownCode(match.type, code, codes->line, names, reader);
    if (match.codes.empty()) return;  // reported
  }
  matches->push_back(std::move(match));
}

bool IsCondition(const YamlNode& key) {
  return key.text == "when" || key.text == "unless";
}

Conditions ReadConditions(const YamlNode& node, const VersionNames& names, Reader* reader) {
  Conditions conditions;
  for (const YamlEntry& entry : node.entries) {
    if (!IsCondition(entry.key)) continue;
    const base::Atom lookback = reader->Code(entry.value, "a look-back");
    if (lookback.empty()) continue;
    if (!reader->WantKnown(lookback.view(), entry.value.line, "a look-back of this version",
                           names.lookbacks))
      continue;
    (entry.key.text == "when" ? conditions.when : conditions.unless) = lookback;
  }
  return conditions;
}

void AddMatches(const YamlNode& node, std::string_view what, const VersionNames& names,
                Reader* reader, model::EventMatches* matches) {
  if (node.kind == YamlNode::Kind::kScalar) {
    AddMatch(node, nullptr, {}, names, reader, matches);
  } else if (reader->WantMap(node, what)) {
    const Conditions conditions = ReadConditions(node, names, reader);
    for (const YamlEntry& entry : node.entries) {
      if (IsCondition(entry.key)) continue;
      // With a condition beside it, an event of any code has nothing behind its name.
      const bool any = entry.value.kind == YamlNode::Kind::kScalar && entry.value.text == "any";
      AddMatch(entry.key, any ? nullptr : &entry.value, conditions, names, reader, matches);
    }
  }
}

}  // namespace

model::EventMatches ReadMatches(const YamlNode& node, std::string_view what,
                                const VersionNames& names, Reader* reader) {
  model::EventMatches matches;
  if (node.kind == YamlNode::Kind::kList) {
    for (const YamlNode& item : node.items) AddMatches(item, what, names, reader, &matches);
  } else {
    AddMatches(node, what, names, reader, &matches);
  }
  return matches;
}

model::EventMatches ReadPlainMatches(const YamlNode& node, std::string_view what,
                                     const VersionNames& names, Reader* reader) {
  model::EventMatches matches = ReadMatches(node, what, names, reader);
  const bool conditional = std::any_of(matches.begin(), matches.end(), [](const EventMatch& m) {
    return !m.when.empty() || !m.unless.empty();
  });
  if (conditional)
    reader->Expected(node.line, "events without when or unless in " + std::string(what),
                     "there is one");
  return matches;
}

}  // namespace caseclock::policy

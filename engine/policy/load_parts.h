#pragma once

// The loader's parts, one a kind of file. Private to engine/policy.

#include <functional>
#include <map>
#include <string>

#include "engine/base/result.h"
#include "engine/model/policy.h"
#include "engine/policy/reader.h"

namespace caseclock::policy {

using ZoneSource = std::function<base::Result<model::TimeZone>(std::string_view name)>;

// A name that must be defined somewhere in the set.
struct Reference {
  enum class Kind { kWorkflow, kCalendar };
  Kind kind = Kind::kWorkflow;
  base::Atom name;
  Place place;
};

// A set being put together from several files.
struct Draft {
  model::PolicySet set;
  Places places;
  std::vector<Reference> references;
  bool whole = true;  // false when a file could not be read, so that names may be missing
  Problems* problems = nullptr;
  ZoneSource zones;
};

// Reads one file and adds what it holds.
void ReadWorkflowFile(const YamlNode& root, Reader* reader, Draft* draft);
void ReadQueuesFile(const YamlNode& root, Reader* reader, Draft* draft);
void ReadCalendarFile(const YamlNode& root, Reader* reader, Draft* draft);

// What the names in a workflow version may be, for checking references to them.
struct VersionNames {
  KnownNames stages;
  KnownNames risks;
  KnownNames clocks;
  KnownNames lookbacks;
  std::map<std::string_view, KnownNames> classes;  // and their values
};

model::EventMatches ReadMatches(const YamlNode& node, std::string_view what,
                                const VersionNames& names, Reader* reader);
// The same where a look-back cannot decide.
model::EventMatches ReadPlainMatches(const YamlNode& node, std::string_view what,
                                     const VersionNames& names, Reader* reader);
// The clocks of a version, those of a for_each one by one.
YamlNode ClocksOfEach(const YamlNode& written, Reader* reader);
model::ClockRule ReadClock(base::Atom name, const YamlNode& node, const VersionNames& names,
                           Reader* reader);
model::ScreeningRule ReadScreening(const YamlNode& node, const VersionNames& names, Reader* reader);
// What begins a clock otherwise than by an event that happens, and what its cycles count from.
void ReadTriggers(const Fields& fields, int line, const VersionNames& names, Reader* reader,
                  model::ClockRule* clock);
// The limits of a clock, and by what they are chosen.
void ReadTargets(const YamlNode& node, const Fields& fields, const VersionNames& names,
                 Reader* reader, model::ClockRule* clock);
std::vector<model::Rung> ReadLadder(const YamlNode& node, Reader* reader);

// Reports references to workflows and calendars that are not in the set.
void CheckReferences(const Draft& draft);

// Notes where something is written; false, with a problem, when it is there already.
bool Note(const std::string& path, int line, std::string_view what, Reader* reader, Draft* draft);

std::string ClockPath(const model::Workflow& workflow, const model::WorkflowVersion& version,
                      base::Atom clock);

}  // namespace caseclock::policy

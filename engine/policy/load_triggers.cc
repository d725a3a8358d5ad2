// What begins a clock otherwise than by an event that happens, and what its cycles count from.

#include <algorithm>

#include "engine/policy/load_parts.h"

namespace caseclock::policy {
namespace {

using model::EventMatch;

bool AllScheduled(const model::EventMatches& matches) {
  return std::all_of(matches.begin(), matches.end(), [](const EventMatch& match) {
    return match.type == model::EventType::kScheduled;
  });
}

void ReadAfterStop(const Fields& fields, Reader* reader, model::ClockRule* clock) {
  const YamlNode* restarts = fields.Find("restarts");
  const YamlNode* resumes = fields.Find("resumes");
  bool again = false;
  bool on = false;
  if (restarts != nullptr) again = reader->Bool(*restarts, "restarts");
  if (resumes != nullptr) on = reader->Bool(*resumes, "resumes");
  if (again && on) {
    reader->Expected(resumes->line, "either restarts or resumes", "there are both");
  } else if (again) {
    clock->after_stop = model::AfterStop::kRestart;
  } else if (on) {
    clock->after_stop = model::AfterStop::kResume;
  }
}

void ReadAccumulation(const YamlNode& node, const VersionNames& names, Reader* reader,
                      model::ClockRule* clock) {
  const Fields fields(reader, node, AccumulatesLayout());
  model::Accumulation sum;
  if (const YamlNode* n = fields.Need("from"))
    sum.from = ReadPlainMatches(*n, "from", names, reader);
  if (const YamlNode* n = fields.Need("to")) sum.to = ReadPlainMatches(*n, "to", names, reader);
  if (const YamlNode* n = fields.Need("total"))
    sum.total = reader->Duration(*n, "a sum of time").value_or(base::Duration{});
  if (const YamlNode* n = fields.Need("within"))
    sum.within = reader->Period(*n, "a period of the calendar").value_or(base::Period{});
  clock->accumulates = std::move(sum);
}

void ReadAdvance(const YamlNode& node, const VersionNames& names, Reader* reader,
                 model::ClockRule* clock) {
  const Fields fields(reader, node, AdvanceLayout());
  model::AdvanceNotice advance;
  if (const YamlNode* n = fields.Need("notice")) {
    advance.notice = ReadPlainMatches(*n, "notice", names, reader);
    if (!AllScheduled(advance.notice))
      reader->Expected(n->line, "scheduled events as notice, which say a day", "there are others");
  }
  if (const YamlNode* n = fields.Need("early"))
    advance.early =
        reader->Number(*n, "a number of days", kEarlyDays.least, kEarlyDays.most).value_or(0);
  if (const YamlNode* n = fields.Need("late"))
    advance.late =
        reader->Number(*n, "a number of days", kLateDays.least, kLateDays.most).value_or(1);
  if (const YamlNode* n = fields.Find("failed")) {
    advance.failed = reader->Code(*n, "a clock");
    reader->WantKnown(advance.failed.view(), n->line, "a clock of this version", names.clocks);
  }
  clock->advance = std::move(advance);
}

}  // namespace

void ReadTriggers(const Fields& fields, int line, const VersionNames& names, Reader* reader,
                  model::ClockRule* clock) {
  ReadAfterStop(fields, reader, clock);
  if (const YamlNode* n = fields.Find("accumulates")) ReadAccumulation(*n, names, reader, clock);
  if (const YamlNode* n = fields.Find("advance")) ReadAdvance(*n, names, reader, clock);
  const bool at_scheduled = std::holds_alternative<model::AtScheduled>(clock->deadline);
  if ((at_scheduled || clock->from_scheduled) && !AllScheduled(clock->starts_on))
    reader->Expected(line, "a clock that starts on scheduled events alone, whose instant it takes",
                     "starts_on has others");
  if (at_scheduled && clock->from_scheduled)
    reader->Expected(line, "a deadline that counts from the instant that was scheduled",
                     "it is that instant");
  if (clock->from_scheduled && clock->from_referral)
    reader->Expected(line, "either from_referral or from_scheduled", "there are both");
}

}  // namespace caseclock::policy

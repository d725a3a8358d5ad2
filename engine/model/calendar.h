#pragma once

// A calendar: a time zone compiled to its transitions, the working week, holidays and short days,
// and how far all that is known. Versioned data; the core has no zone library.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/atom.h"
#include "engine/base/instant.h"

namespace caseclock::model {

// From `at` on, local time is UTC plus `utc_offset_s` seconds.
struct ZoneTransition {
  base::Instant at;
  int32_t utc_offset_s = 0;
};

// REQUIRES: transitions sorted, the first one at base::kLongAgo.
struct TimeZone {
  std::string name;     // "Europe/London"
  std::string version;  // of the tzdata it was compiled from
  std::vector<ZoneTransition> transitions;
};

// Part of a local day, [from_s, to_s) in seconds of the clock on the wall, 0 … 86400.
struct WorkSpan {
  int32_t from_s = 0;
  int32_t to_s = 0;
  bool operator==(const WorkSpan&) const = default;
};

// A meeting, and until when something can come onto its agenda.
struct Meeting {
  base::Instant at;
  base::Instant cutoff;  // not after `at`; what comes at this instant is still in time
};

// Local days are counted from 1970-01-01.
struct Calendar {
  base::Atom id;        // "england-and-wales"
  std::string version;  // of this data, named in every alert that used it
  TimeZone zone;
  std::array<std::vector<WorkSpan>, 7> week;  // Monday first; sorted, disjoint
  std::vector<int32_t> holidays;              // sorted local days without work
  // How many of the first n holidays fall on each weekday, for n = 0, 1, …: so that twenty years
  // are summed without a visit to each. Made by IndexHolidays; without it they are visited.
  std::vector<std::array<int32_t, 7>> holidays_before;
  std::map<int32_t, std::vector<WorkSpan>> special;     // days with hours of their own (win)
  std::map<base::Atom, std::vector<Meeting>> meetings;  // by kind; ascending by both instants
  int32_t first_day = 0;  // coverage: results that touch a day outside [first_day, last_day]
  int32_t last_day = 0;   // are flagged beyond_horizon
};

// Makes `holidays_before`. To be called again when the holidays change.
void IndexHolidays(Calendar* calendar);
// 0: Monday; 1970-01-01 was a Thursday.
inline size_t Weekday(int32_t day) {
  return static_cast<size_t>(((day + 3) % 7 + 7) % 7);
}

}  // namespace caseclock::model

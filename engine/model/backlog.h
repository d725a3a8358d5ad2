#pragma once

// The figures of a queue at an instant, as published. Names as in the JSON; counts are of cases
// unless said otherwise, ages in seconds.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/instant.h"

namespace caseclock::model {

using base::Instant;

struct WithinTarget {
  std::string by;      // "cohort": cycles begun in the window; "period": decided in it
  std::string window;  // ISO 8601
  int64_t met = 0;
  int64_t missed = 0;
};

// Of one clock; counts are of its cycles.
struct ClockFigures {
  int64_t running = 0;  // with a limit, not paused
  int64_t paused = 0;
  int64_t undated = 0;  // no limit: ungraded, say
  int64_t due_24h = 0;
  int64_t due_7d = 0;
  int64_t overdue = 0;
  int64_t overdue_seconds_max = 0;
  std::map<std::string, int64_t> overdue_by_risk;
  std::string most_overdue_case;
  std::vector<WithinTarget> within_target;
  Instant next_due_at = base::kNever;  // of those that are not overdue the first; kNever: none
};

struct CountAge {
  int64_t count = 0;
  int64_t age_seconds_max = 0;
};

struct Flow {
  int64_t in = 0;
  int64_t out = 0;
};

// Decisions in a window by screeners of a role who followed a version of the guidance.
struct Screening {
  std::string guidance;  // "none": not named
  std::string role;      // "none": not said
  std::string window;    // ISO 8601
  int64_t in = 0;
  int64_t out = 0;
  int64_t returned = 0;
  int64_t deviations = 0;
};

struct OutcomeRatio {
  std::string definition;
  std::string by;
  std::string window;
  int64_t positive = 0;
  int64_t of = 0;
};

// The open cases that one handler has.
struct HandlerCases {
  std::string handler;
  int64_t cases = 0;
};

// What handlers have on them, against the limit of the policy in force.
struct Caseload {
  int64_t limit = 0;                   // over it: strictly more open cases than this
  int64_t handlers = 0;                // with at least one open case
  int64_t cases_max = 0;               // the most that one of them has
  int64_t handlers_over = 0;           // over the limit
  int64_t cases_of_handlers_over = 0;  // all the open cases that those have
  std::vector<HandlerCases> over;      // the most first, then by code; at most kHandlersNamed
};
inline constexpr size_t kHandlersNamed = 20;

struct Backlog {
  std::string queue;
  Instant as_of;                       // whole seconds
  Instant watermark;                   // everything up to here has been seen
  std::map<int32_t, int64_t> offsets;  // input partition → next offset
  std::string definitions;             // version of the definitions of these figures
  int64_t open = 0;
  std::map<std::string, int64_t> by_stage;
  std::map<std::string, int64_t> by_risk;  // "ungraded" for none
  CountAge unassigned;
  CountAge ungraded;
  int64_t unqualified = 0;
  std::optional<Caseload> caseload;  // absent: the policy in force sets no limit
  std::map<std::string, int64_t> paused;
  int64_t age_max = 0;
  int64_t age_p50 = 0;
  int64_t age_p90 = 0;
  std::string oldest_case;
  int64_t net_age_max = 0;
  std::map<std::string, int64_t> older_than;  // ISO 8601 → count, strictly older
  std::map<std::string, ClockFigures> clocks;
  std::map<std::string, Flow> flow;  // window → counts
  std::vector<Screening> screening;  // by guidance, role and window; without empty ones
  std::map<std::string, int64_t> outcomes_by_code;  // latest outcome of each case, open or closed
  int64_t closed = 0;
  std::map<std::string, int64_t> closed_by_outcome;
  std::vector<OutcomeRatio> outcomes;
  int64_t suppressed_below = 0;
  std::map<std::string, std::string> calendars;  // by id, the version that due instants went by
};

inline constexpr char kDefinitionsVersion[] = "2026-11";

}  // namespace caseclock::model

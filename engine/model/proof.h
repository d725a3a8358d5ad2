#pragma once

// How a due instant came about, with the events that did it: what `explain` prints and each alert
// carries.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/atom.h"
#include "engine/base/instant.h"
#include "engine/base/time_text.h"
#include "engine/model/event.h"

namespace caseclock::model {

// A stretch of a cycle, counted towards the limit or excluded for a reason.
struct Segment {
  Instant from;
  Instant to;  // kNever: still open
  bool counted = true;
  Atom reason = {};  // of the exclusion
  EventRef began_by = {};
  EventRef ended_by = {};  // empty: still open
};

// On the wire; numbers never change.
enum class GrantKind : uint8_t {
  kInterval = 1,   // the interval was fixed for this case
  kExtension = 2,  // the limit was extended
};
// "interval", "extension".
std::string_view GrantKindName(GrantKind kind);

// What a person decided about a limit.
struct Grant {
  GrantKind kind = GrantKind::kInterval;
  EventRef by;
  std::string actor;  // opaque reference of who recorded it; empty: not said
  Atom authority;     // under which; empty: not said
  bool operator==(const Grant&) const = default;
};

// On the wire; numbers never change.
enum class MoveKind : uint8_t {
  kKept = 1,       // a regrade that the limit stays for
  kRestarted = 2,  // a new limit, counted from the event
  kRebased = 3,    // a new limit, counted from where the cycle began
  kExtended = 4,
  kAppointed = 5,  // another instant was fixed that it counts to or from
  kCalendar = 6,   // the same limit by other days
};
// "kept", "restarted", …
std::string_view MoveKindName(MoveKind kind);

// How the due instant of a cycle became another one, or did not.
struct DueMove {
  MoveKind kind = MoveKind::kRebased;
  EventRef by;        // empty: a corrected calendar came into force
  std::string actor;  // opaque reference of who recorded the event; empty: not said
  Instant at;
  Instant due_before = base::kNever;
  Instant due_after = base::kNever;
  bool operator==(const DueMove&) const = default;
};
inline constexpr size_t kMovesKept = 8;  // of each cycle, the newest ones

// The meeting that a limit is.
struct DueMeeting {
  Atom kind;
  Instant at;
  Instant cutoff;  // until when something could come onto its agenda
  bool operator==(const DueMeeting&) const = default;
};

// Enough to work the due instant out again by hand.
struct Proof {
  Atom workflow;
  Atom policy_version;
  Atom policy_hash;
  Atom calendar;
  Atom calendar_version;
  bool beyond_horizon = false;
  Instant started_at;
  Atom risk;                             // whose limit applies
  std::optional<base::Duration> budget;  // elapsed or working time, as the rule measures
  std::vector<Segment> segments;
  std::vector<Arrival> causes;             // what began the cycle, then what last changed it
  Atom limit_class;                        // whose limit applies, where limits are by a class
  std::vector<Segment> held;               // within these the limit could not pass
  std::optional<Instant> extended_until;   // by a person
  std::optional<base::Period> limit = {};  // as the policy or a person said it
  Atom deadline = {};                      // how it counts, by DeadlineName
  Atom tzdata = {};                        // version of the zone data in the calendar
  Atom source = {};  // where the rule comes from; cut short after kSourceKept bytes
  std::vector<Grant> grants = {};
  std::vector<DueMove> moves = {};
  std::optional<DueMeeting> meeting = {};  // where the limit is the next one, and one is known
};
inline constexpr size_t kSourceKept = 240;

}  // namespace caseclock::model

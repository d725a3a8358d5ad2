#pragma once

// Alerts: statements about a rung of a clock, with a stable id, told once per (id, revision,
// state).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/atom.h"
#include "engine/base/hash.h"
#include "engine/base/instant.h"
#include "engine/model/event.h"
#include "engine/model/policy.h"
#include "engine/model/proof.h"

namespace caseclock::model {

// On the wire; numbers never change.
enum class AlertState : uint8_t {
  kRaised = 1,
  kAcknowledged = 2,
  kEscalated = 3,
  kResolved = 4,
  kRetracted = 5,
};

// What was told of one alert, oldest first; the last one is its state.
struct AlertTransition {
  AlertState state = AlertState::kRaised;
  uint32_t revision = 1;
  Instant at;                    // the partition clock when it was told
  std::optional<Arrival> cause;  // the record that brought it about; absent: time alone, or
                                 // a corrected calendar
  bool historical = false;       // told in catch-up, after the fact
};

struct Alert {
  base::Hash128 id;
  uint32_t revision = 1;
  AlertState state = AlertState::kRaised;
  RungKind kind = RungKind::kBreach;
  Atom rung;
  uint32_t repeat = 0;  // of an overdue rung: 1, 2, …; else 0
  Atom clock;
  std::string case_id;
  Atom queue;
  Atom risk;
  Atom handler;
  Instant due_at;        // when the rung fell due
  Instant clock_due_at;  // when the clock is due; kNever: no limit now
  Instant detected_at;   // the partition clock at the first telling of this revision
  bool historical = false;
  std::vector<AlertTransition> transitions;
  Proof proof;
  Atom source;  // that is silent: such an alert is of no case and no queue
};

// What stands in the place of the clock in alerts about silent sources.
inline constexpr std::string_view kSilentSource = "silent_source";
// The id of such an alert: by the event that began the silence, or where there was none by when the
// source was expected from.
base::Hash128 SilenceAlertId(Atom source, uint64_t event, Instant began);

// "raised", "acknowledged", …
std::string_view AlertStateName(AlertState state);
// "warning", "breach", "overdue".
std::string_view RungKindName(RungKind kind);

// id of a rung's alert: hash of case, clock, the event that began the cycle, rung and repeat. By
// the event, never by an ordinal, which a late event would renumber.
base::Hash128 AlertId(std::string_view case_id, Atom clock, uint64_t cycle, Atom rung,
                      uint32_t repeat);

}  // namespace caseclock::model

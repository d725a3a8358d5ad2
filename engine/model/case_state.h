#pragma once

// One case as the engine holds it: its view (a pure function of ledger, time and policies), its
// newest ledger page, and what was told. View and told never mix. The wire is
// proto/caseclock/v1/case.proto.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/atom.h"
#include "engine/base/instant.h"
#include "engine/model/alert.h"
#include "engine/model/event.h"

namespace caseclock::model {

// A rung that a cycle reached before its current running segment.
struct ReachedRung {
  uint16_t rung = 0;    // index in the rule's ladder
  uint16_t repeat = 0;  // of an overdue rung: 1, 2, …
  Instant at;
  bool skipped = false;  // not told: an event put it into the past together with a higher one
  bool operator==(const ReachedRung&) const = default;
};

// A pause that a clock disregarded. `to` is kNever while it lasts.
struct ExcludedSpan {
  Atom reason;
  Instant from;
  Instant to;
  EventRef began = {};
  EventRef ended = {};
  bool operator==(const ExcludedSpan&) const = default;
};

// An extension of a limit as it was given.
struct GivenExtension {
  EventRef by;
  std::string actor;  // opaque reference of who recorded it; empty: not said
  Atom authority;     // under which; empty: not said
  Instant at;
  Instant until;
  Instant counted_from;  // what the cycle counted from then
  // Why it has no effect, now that the cycle counts from another instant, by the name of the
  // refusal; empty: it has.
  Atom lapsed = {};
  bool operator==(const GivenExtension&) const = default;
};
inline constexpr size_t kExtensionsKept = 16;

// One running (or paused) cycle of a clock. Budget and consumed are measured as the rule says:
// elapsed or working time. The due instant is derived: none while paused or without a limit.
struct ClockState {
  Atom clock;
  Atom policy_version;   // that it began under, or where policy_moved put it
  uint64_t cycle = 0;    // fingerprint of the event that began it
  uint32_t ordinal = 1;  // 1, 2, … for people to read; never part of an id
  Instant started_at;
  Instant measured_from;  // where budget and consumed count from (a restart moves it)
  Atom risk;              // whose limit applies
  Atom limit_class;       // the same of a rule whose limits are by a class
  std::optional<base::Period> interval;  // fixed for this case by a person
  std::optional<base::Duration> budget;
  base::Duration consumed;
  std::optional<Instant> running_since;  // absent: paused
  std::optional<Instant> extended_until;
  std::optional<Instant> appointed;  // by a `scheduled` event, where that says when it is due
  std::vector<ReachedRung> reached;
  std::vector<ExcludedSpan> excluded;  // at most kExcludedKept: older ones are merged
  std::vector<ExcludedSpan> held;      // the limit may not pass in them; at most kExcludedKept
  bool beyond_horizon = false;
  // Both derived, and kept because they are asked for often.
  Instant due_at = base::kNever;
  Instant next_rung_at = base::kNever;     // when the first rung not in `reached` is reached
  EventRef origin;                         // that it counts from
  std::vector<Grant> grants;               // at most one of a kind
  std::vector<DueMove> moves;              // at most kMovesKept, the newest
  std::vector<GivenExtension> extensions;  // at most kExtensionsKept
  // History, not view: which records began and last changed the cycle.
  Arrival start_cause;
  Arrival change_cause;

  [[nodiscard]] bool is_held() const { return !held.empty() && held.back().to == base::kNever; }
};
inline constexpr size_t kExcludedKept = 32;

struct ActivePause {
  Atom reason;
  Instant since;
  EventRef began = {};
  bool operator==(const ActivePause&) const = default;
};

struct Acknowledgement {
  base::Hash128 alert_id;
  Instant at;
  Instant until;  // kNever: until resolved
  std::string by;
  bool operator==(const Acknowledgement&) const = default;
};

struct IntervalOverride {
  Atom clock;
  base::Period interval;
  Atom authority;
  EventRef by = {};
  std::string actor = {};  // of that event
  bool operator==(const IntervalOverride&) const = default;
};

// What a class of the policy is in this case.
struct ClassValue {
  Atom name;
  Atom value;
  bool operator==(const ClassValue&) const = default;
};

// When an event of a look-back happened last, and before that instant; the epoch: not before.
struct LastSeen {
  Atom lookback;
  Instant at;
  Instant before = {};
  bool operator==(const LastSeen&) const = default;
};

// A notice in advance that waits for what it announced.
struct Announcement {
  Atom clock;
  Atom activity;
  Instant at;  // when that is expected
  bool operator==(const Announcement&) const = default;
};
inline constexpr size_t kAnnouncementsKept = 32;  // the last ones

// A stretch that a clock adds up. `to` is kNever while it lasts.
struct Stay {
  Atom clock;
  Instant from;
  Instant to;
  EventRef began = {};
  EventRef ended = {};
  bool operator==(const Stay&) const = default;
};

// A fact about a handler that holds: a qualification, or that he is away.
struct HandlerFact {
  Atom handler;
  Atom qualification;  // empty: he is away
  Instant until = base::kNever;
  bool operator==(const HandlerFact&) const = default;
};

// The last score that a tool gave the case.
struct AssessedScore {
  Atom tool;
  int32_t score = 0;
  bool operator==(const AssessedScore&) const = default;
};
inline constexpr size_t kScoresKept = 8;  // of so many tools, those heard of last

struct CaseView {
  bool referred = false;
  bool closed = false;
  Atom queue;
  Atom workflow;
  Atom policy_version;  // in force at the referral, or where policy_moved put it
  Atom stage;
  Atom risk;     // empty: ungraded
  Atom handler;  // empty: unassigned
  Atom role;
  Atom origin;
  Atom screening;  // last decision
  Atom outcome;    // last code
  Atom close_reason;
  Instant opened_at;
  Instant stage_since;
  Instant ungraded_since;    // meaningful while risk is empty
  Instant unassigned_since;  // meaningful while handler is empty
  Instant assigned_since;
  Instant outcome_at;
  Instant closed_at;  // when that happened, which may be before the referral: see closed_since()
  base::Duration paused_total;  // of finished stretches with at least one pause
  Instant paused_since;  // start of the current stretch; meaningful while pauses is not empty
  std::vector<ActivePause> pauses;
  // By their ends; the newest kExcludedKept of each case. The times for which it was closed, too.
  std::vector<ExcludedSpan> ended_pauses;
  std::vector<ClockState> clocks;  // live cycles, by clock name
  std::vector<IntervalOverride> intervals;
  std::vector<Acknowledgement> acks;  // of alerts of live cycles
  // How many, by clock name: so a clock that must not restart knows, and ordinals go on.
  std::vector<std::pair<Atom, uint32_t>> cycles_begun;
  uint32_t events = 0;   // folded in, refused ones included
  uint32_t refused = 0;  // read, but made no sense for the case
  uint32_t orphans = 0;  // waiting for the referral, or taken in at it
  std::string waiting;   // their ledger entries until it comes, the first kMostWaiting of them;
                         // empty afterwards
  uint32_t transfers = 0;
  uint32_t assignments = 0;
  uint32_t reopened = 0;
  std::vector<ClassValue> classes;  // in the order in which they became known
  std::vector<LastSeen> lookbacks;
  // As they were given, one of a clock, activity and day; at most kAnnouncementsKept.
  std::vector<Announcement> announcements;
  std::vector<Stay> stays;          // ascending; at most kExcludedKept a clock
  std::vector<ClockState> stopped;  // cycles that a start or a reopening takes up again
  std::vector<Atom> deviations;     // how the last screening decision contradicts the guidance
  std::vector<HandlerFact> facts;   // that hold, of handlers whom the ledger names, in its order
  // Since when the case is with a handler who lacks what the policy asks for; kNever: it is not.
  Instant unqualified_since = base::kNever;
  // When the newest set of policies came into force whose corrected calendars its cycles have
  // followed; the epoch: none while one lived.
  Instant calendars_of;
  // When a transfer took it to the workflow it is in; the epoch: it was referred there.
  Instant in_workflow_since;
  EventRef referred_by;               // the referral, or what took it to other work
  std::vector<AssessedScore> scores;  // of each tool once, the newest at the end
  bool repeat_of = false;             // its referral names an earlier case
  bool moved_while_closed = false;    // to other work, which begins when it is opened again
  EventRef closed_by;                 // meaningful while it is closed

  // Since when it counts as a closed case.
  [[nodiscard]] Instant closed_since() const { return std::max(closed_at, opened_at); }
  [[nodiscard]] Instant referred_at() const {
    return in_workflow_since == Instant{} ? opened_at : in_workflow_since;
  }
};

// A page of the ledger: encoded entries in canonical order (codec/case_codec.h), back to back.
// Entries up to `folded_bytes` are in the view; those behind it are dated ahead of the clock.
struct LedgerPage {
  uint32_t index = 0;
  std::string entries;
  std::vector<uint64_t> fingerprints;  // EventFingerprint of each entry, in order
  uint32_t folded_count = 0;
  uint32_t folded_bytes = 0;
  uint32_t last_folded_at = 0;   // byte position of the last folded entry
  std::vector<uint64_t> voided;  // fingerprints of entries of this page that are voided
};
// A page is closed when its folded entries exceed this; events are bounded, so a record is too.
inline constexpr size_t kPageBytes = 4096;
// Events that wait for the referral of their case. They live in its view, and so in each checkpoint
// of a page: a source that uses one id for whatever it cannot place would fill the log with them.
inline constexpr uint32_t kMostWaiting = 256;

// What was told of one alert.
struct ToldAlert {
  base::Hash128 id;
  Atom clock;
  uint64_t cycle = 0;
  uint16_t rung = 0;  // index in the ladder
  uint16_t repeat = 0;
  Atom workflow;  // with policy_version: whose ladder; the case itself may have moved on
  Atom policy_version;
  Atom queue;  // of the case when it was told
  Instant due_at;
  uint32_t revision = 1;
  std::vector<AlertTransition> transitions;
  // The page in which the cycle's end lies; kLive while the cycle lives.
  uint32_t ended_in_page = kLive;
  static constexpr uint32_t kLive = 0xffffffffU;

  [[nodiscard]] AlertState state() const { return transitions.back().state; }
};

// A closed page with what belongs to it: the view before its first entry, and the alerts of cycles
// that ended in it. A record of its own, under case id and page.
struct ClosedPage {
  LedgerPage page;
  CaseView before;
  std::vector<ToldAlert> told;
};

// A handler whom the ledger of a case names.
struct NamedHandler {
  Atom handler;
  Instant since;  // when the first of the assignments to him happened, whenever it came
  bool operator==(const NamedHandler&) const = default;
};

struct CaseState {
  std::string case_id;
  CaseView view;
  LedgerPage page;                      // the newest; page.index is also the number of closed ones
  std::unique_ptr<CaseView> before;     // view before the page's first entry; null: nothing before
  std::vector<uint64_t> pending_voids;  // targets that have not arrived
  std::vector<ToldAlert> told;          // of live cycles and of those that ended in this page
  Instant timer_at = base::kNever;      // when time alone changes something next
  uint32_t conflicts = 0;  // same event id with other content, arrived so far (history)
  // Closed pages before this index have a valid `before`; those after must be folded from it.
  uint32_t checkpoints_valid = 0xffffffffU;
  // Whom its ledger has named as handlers, by voided events too; by text. Facts about them go into
  // the ledger.
  std::vector<NamedHandler> named;
};

// What is known of a handler is kept as a case is, under an id that no case can have: a ledger of
// his facts, as they were sent, with an empty view. Each partition has all of them.
inline constexpr char kRegisterPrefix[] =
    "\x01"
    "handler:";
std::string RegisterId(Atom handler);
inline bool IsRegister(std::string_view case_id) {
  return !case_id.empty() && case_id.front() == kRegisterPrefix[0];
}

}  // namespace caseclock::model

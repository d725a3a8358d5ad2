#pragma once

// Case events as plain structs: facts from a records system, past tense. Views point into the
// bytes they were decoded from and live no longer than those. Codes are atoms. The wire is
// proto/caseclock/v1/event.proto; one struct a message, the same names.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/atom.h"
#include "engine/base/hash.h"
#include "engine/base/instant.h"
#include "engine/base/time_text.h"

namespace caseclock::model {

using base::Atom;
using base::Instant;

struct Referred {
  Atom queue;
  Atom risk;  // empty: ungraded
  Atom origin;
  std::string_view subject;    // opaque reference of the person or thing, never a name
  std::string_view repeat_of;  // the earlier case
  bool operator==(const Referred&) const = default;
};
struct Screened {
  Atom decision;  // in, out, returned
  std::vector<Atom> criteria;
  Atom guidance;  // version followed
  std::optional<int32_t> score;
  Atom role = {};  // of who decided: rates are told by it; empty: not said
  bool operator==(const Screened&) const = default;
};
struct Assessed {
  Atom tool;
  Atom tool_version;
  Atom grade;  // becomes the case's risk
  std::optional<int32_t> score;
  bool operator==(const Assessed&) const = default;
};
struct Assigned {
  Atom handler;
  Atom role;
  bool operator==(const Assigned&) const = default;
};
struct Unassigned {
  Atom reason;
  bool operator==(const Unassigned&) const = default;
};
struct Staged {
  Atom stage;
  bool operator==(const Staged&) const = default;
};
struct Transferred {
  Atom queue;
  Atom reason;
  bool operator==(const Transferred&) const = default;
};
struct Paused {
  Atom reason;
  bool operator==(const Paused&) const = default;
};
struct Resumed {
  Atom reason;  // empty: every pause ends
  // Those that it then ended, in the case that it is folded into; never on the wire.
  std::vector<Atom> ended = {};
  bool operator==(const Resumed&) const = default;
};
struct Performed {
  Atom activity;
  Atom result;
  bool operator==(const Performed&) const = default;
};
struct Scheduled {
  Atom activity;
  Instant at;
  std::string_view meeting;
  bool operator==(const Scheduled&) const = default;
};
struct IntervalSet {
  Atom clock;
  base::Period interval;
  Atom authority;
  bool operator==(const IntervalSet&) const = default;
};
struct Extended {
  Atom clock;
  Instant until;
  Atom authority;
  bool operator==(const Extended&) const = default;
};
struct OutcomeRecorded {
  Atom code;
  std::string_view result_of;  // event id of the outcome this one follows, e.g. of the charge
  bool operator==(const OutcomeRecorded&) const = default;
};
struct Closed {
  Atom reason;
  std::string_view merged_into;  // the surviving case when reason is `merged`
  bool operator==(const Closed&) const = default;
};
struct Reopened {
  Atom reason;
  bool operator==(const Reopened&) const = default;
};
struct Linked {
  Atom kind;
  std::string_view case_id;
  bool operator==(const Linked&) const = default;
};
struct Voided {
  std::string_view event_id;  // of the same source
  Atom reason;
  Atom handler;  // of a fact about this handler, not of an event of a case; empty: of the case
  bool operator==(const Voided&) const = default;
};
struct Acknowledged {
  base::Hash128 alert_id;
  std::optional<Instant> until;  // absent: until it is resolved
  bool operator==(const Acknowledged&) const = default;
};
struct Notified {
  base::Hash128 alert_id;
  Atom receiver;
  Atom state;
  bool operator==(const Notified&) const = default;
};
struct PolicyMoved {
  Atom version;
  Atom reason;
  bool operator==(const PolicyMoved&) const = default;
};

// Facts about people who work cases, not about one case. They hold from `from` up to `until`, that
// not included. In the ledger of a case each stands twice, see core/handler_facts.h.
struct Qualified {
  Atom handler;
  Atom qualification;
  std::optional<Instant> from;   // absent: since ever
  std::optional<Instant> until;  // absent: for good
  bool operator==(const Qualified&) const = default;
};
struct Absent {
  Atom handler;
  std::optional<Instant> from;   // absent: since it occurred
  std::optional<Instant> until;  // absent: until further notice
  bool operator==(const Absent&) const = default;
};

// The order is the wire's and never changes; new ones are added at the end. EventType is the index.
using EventBody =
    std::variant<Referred, Screened, Assessed, Assigned, Unassigned, Staged, Transferred, Paused,
                 Resumed, Performed, Scheduled, IntervalSet, Extended, OutcomeRecorded, Closed,
                 Reopened, Linked, Voided, Acknowledged, Notified, PolicyMoved, Qualified, Absent>;

enum class EventType : uint8_t {
  kReferred,
  kScreened,
  kAssessed,
  kAssigned,
  kUnassigned,
  kStaged,
  kTransferred,
  kPaused,
  kResumed,
  kPerformed,
  kScheduled,
  kIntervalSet,
  kExtended,
  kOutcome,
  kClosed,
  kReopened,
  kLinked,
  kVoided,
  kAcknowledged,
  kNotified,
  kPolicyMoved,
  kQualified,
  kAbsent,
};
inline constexpr size_t kEventTypes = std::variant_size_v<EventBody>;
// Those before this one are of a case; it and what follows are facts about handlers.
inline constexpr size_t kCaseEventTypes = static_cast<size_t>(EventType::kQualified);

// "referred", "interval_set", …: the name on the wire and in policies.
std::string_view EventTypeName(EventType type);
std::optional<EventType> EventTypeFromName(std::string_view name);

struct Event {
  std::string_view event_id;  // unique within its source
  Atom source;
  uint64_t sequence = 0;  // the source's own order; 0: none given
  std::string_view case_id;
  Instant occurred_at;
  std::string_view actor;  // opaque reference of who did it
  EventBody body;

  [[nodiscard]] EventType type() const { return static_cast<EventType>(body.index()); }
};

// An event by its name, as the records system knows it. Empty: there is none.
struct EventRef {
  Atom source;
  std::string event_id;
  EventType type = EventType::kReferred;

  [[nodiscard]] bool empty() const { return event_id.empty(); }
  bool operator==(const EventRef&) const = default;
};
inline EventRef RefOf(const Event& event) {
  return {event.source, std::string(event.event_id), event.type()};
}

// The code a policy matches an event on: a performed activity, a stage, a screening decision, an
// outcome code, a pause reason … Empty where an event has none.
Atom PrincipalCode(const Event& event);

// The handler of a fact about one, or of a void of such a fact; empty: the event is of a case.
Atom HandlerOf(const Event& event);
// The key of its record: the case id, or the handler.
std::string_view RecordKey(const Event& event);

// Where and when a record came in. Never part of a view: it depends on the order of arrival.
struct Arrival {
  int32_t partition = 0;  // of the input topic, where the client put it
  int64_t offset = 0;
  Instant time;  // the record's timestamp
  bool operator==(const Arrival&) const = default;
};

// Identity of an event within its case: hash of source and event id.
uint64_t EventFingerprint(Atom source, std::string_view event_id);

}  // namespace caseclock::model

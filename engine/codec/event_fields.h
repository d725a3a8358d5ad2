#pragma once

// The fields of each event on the wire: number, name, and whether an event without it says nothing.
// Encoding, decoding and checking follow from these tables. Numbers are those of event.proto and
// never change.

#include "engine/codec/wire_fields.h"
#include "engine/model/event.h"

namespace caseclock::model {

using codec::wire::F;
inline constexpr bool kRequired = true;

constexpr auto FieldsOf(const Referred*) {
  return std::tuple(
      F(1, &Referred::queue, "referred.queue", kRequired), F(2, &Referred::risk, "referred.risk"),
      F(3, &Referred::origin, "referred.origin"), F(4, &Referred::subject, "referred.subject"),
      F(5, &Referred::repeat_of, "referred.repeat_of"));
}
constexpr auto FieldsOf(const Screened*) {
  return std::tuple(F(1, &Screened::decision, "screened.decision", kRequired),
                    F(2, &Screened::criteria, "screened.criteria"),
                    F(3, &Screened::guidance, "screened.guidance"),
                    F(4, &Screened::score, "screened.score"),
                    F(5, &Screened::role, "screened.role"));
}
constexpr auto FieldsOf(const Assessed*) {
  return std::tuple(F(1, &Assessed::tool, "assessed.tool"),
                    F(2, &Assessed::tool_version, "assessed.tool_version"),
                    F(3, &Assessed::grade, "assessed.grade"),
                    F(4, &Assessed::score, "assessed.score"));
}
constexpr auto FieldsOf(const Assigned*) {
  return std::tuple(F(1, &Assigned::handler, "assigned.handler", kRequired),
                    F(2, &Assigned::role, "assigned.role"));
}
constexpr auto FieldsOf(const Unassigned*) {
  return std::tuple(F(1, &Unassigned::reason, "unassigned.reason"));
}
constexpr auto FieldsOf(const Staged*) {
  return std::tuple(F(1, &Staged::stage, "staged.stage", kRequired));
}
constexpr auto FieldsOf(const Transferred*) {
  return std::tuple(F(1, &Transferred::queue, "transferred.queue", kRequired),
                    F(2, &Transferred::reason, "transferred.reason"));
}
constexpr auto FieldsOf(const Paused*) {
  return std::tuple(F(1, &Paused::reason, "paused.reason", kRequired));
}
constexpr auto FieldsOf(const Resumed*) {
  return std::tuple(F(1, &Resumed::reason, "resumed.reason"));
}
constexpr auto FieldsOf(const Performed*) {
  return std::tuple(F(1, &Performed::activity, "performed.activity", kRequired),
                    F(2, &Performed::result, "performed.result"));
}
constexpr auto FieldsOf(const Scheduled*) {
  return std::tuple(F(1, &Scheduled::activity, "scheduled.activity", kRequired),
                    F<codec::wire::Always>(2, &Scheduled::at, "scheduled.at", kRequired),
                    F(3, &Scheduled::meeting, "scheduled.meeting"));
}
constexpr auto FieldsOf(const IntervalSet*) {
  return std::tuple(F(1, &IntervalSet::clock, "interval_set.clock", kRequired),
                    F(2, &IntervalSet::interval, "interval_set.interval", kRequired),
                    F(3, &IntervalSet::authority, "interval_set.authority"));
}
constexpr auto FieldsOf(const Extended*) {
  return std::tuple(F(1, &Extended::clock, "extended.clock", kRequired),
                    F<codec::wire::Always>(2, &Extended::until, "extended.until", kRequired),
                    F(3, &Extended::authority, "extended.authority"));
}
constexpr auto FieldsOf(const OutcomeRecorded*) {
  return std::tuple(F(1, &OutcomeRecorded::code, "outcome.code", kRequired),
                    F(2, &OutcomeRecorded::result_of, "outcome.result_of"));
}
constexpr auto FieldsOf(const Closed*) {
  return std::tuple(F(1, &Closed::reason, "closed.reason"),
                    F(2, &Closed::merged_into, "closed.merged_into"));
}
constexpr auto FieldsOf(const Reopened*) {
  return std::tuple(F(1, &Reopened::reason, "reopened.reason"));
}
constexpr auto FieldsOf(const Linked*) {
  return std::tuple(F(1, &Linked::kind, "linked.kind"),
                    F(2, &Linked::case_id, "linked.case_id", kRequired));
}
constexpr auto FieldsOf(const Voided*) {
  return std::tuple(F(1, &Voided::event_id, "voided.event_id", kRequired),
                    F(2, &Voided::reason, "voided.reason"),
                    F(3, &Voided::handler, "voided.handler"));
}
constexpr auto FieldsOf(const Acknowledged*) {
  return std::tuple(F(1, &Acknowledged::alert_id, "acknowledged.alert_id", kRequired),
                    F(2, &Acknowledged::until, "acknowledged.until"));
}
constexpr auto FieldsOf(const Notified*) {
  return std::tuple(F(1, &Notified::alert_id, "notified.alert_id", kRequired),
                    F(2, &Notified::receiver, "notified.receiver"),
                    F(3, &Notified::state, "notified.state"));
}
constexpr auto FieldsOf(const PolicyMoved*) {
  return std::tuple(F(1, &PolicyMoved::version, "policy_moved.version", kRequired),
                    F(2, &PolicyMoved::reason, "policy_moved.reason"));
}

constexpr auto FieldsOf(const Qualified*) {
  return std::tuple(F(1, &Qualified::handler, "qualified.handler", kRequired),
                    F(2, &Qualified::qualification, "qualified.qualification", kRequired),
                    F(3, &Qualified::from, "qualified.from"),
                    F(4, &Qualified::until, "qualified.until"));
}
constexpr auto FieldsOf(const Absent*) {
  return std::tuple(F(1, &Absent::handler, "absent.handler", kRequired),
                    F(2, &Absent::from, "absent.from"), F(3, &Absent::until, "absent.until"));
}

constexpr auto FieldsOf(const Arrival*) {
  return std::tuple(F(1, &Arrival::partition), F(2, &Arrival::offset), F(3, &Arrival::time));
}

}  // namespace caseclock::model

namespace caseclock::codec {

// Numbers of CaseEvent.
inline constexpr uint32_t kEventId = 1;
inline constexpr uint32_t kSource = 2;
inline constexpr uint32_t kSequence = 3;
inline constexpr uint32_t kCaseId = 4;
inline constexpr uint32_t kOccurredAt = 5;
inline constexpr uint32_t kActor = 6;
inline constexpr uint32_t kFirstEvent = 16;
inline constexpr uint32_t kLastEvent = 99;  // of what the schema keeps for events
inline constexpr uint32_t kFirstFact = 80;  // about handlers

// The number of an event, by its EventType, and back; kEventTypes: no such event.
constexpr uint32_t EventNumber(size_t type) {
  const auto n = static_cast<uint32_t>(type);
  const auto of_cases = static_cast<uint32_t>(model::kCaseEventTypes);
  return n < of_cases ? kFirstEvent + n : kFirstFact + (n - of_cases);
}
constexpr size_t EventIndex(uint32_t number) {
  if (number - kFirstEvent < model::kCaseEventTypes) return number - kFirstEvent;
  const bool is_fact = number - kFirstFact < model::kEventTypes - model::kCaseEventTypes;
  return is_fact ? number - kFirstFact + model::kCaseEventTypes : model::kEventTypes;
}

}  // namespace caseclock::codec

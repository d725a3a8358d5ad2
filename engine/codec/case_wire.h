#pragma once

// Inside the codec: the field tables of case.proto and of the alert messages it shares. Numbers
// never change.

#include <utility>
#include <vector>

#include "engine/codec/event_fields.h"
#include "engine/codec/wire_fields.h"
#include "engine/model/case_state.h"

namespace caseclock::codec {

inline constexpr uint32_t kEntriesNumber = 4;
inline constexpr uint32_t kEntryTag = wire::Tag(kEntriesNumber, wire::Type::kBytes);

namespace wire {

struct History {};  // tells how something came in, not what is: not part of a view

template <typename T>
void WriteField(const Field<T, model::Arrival, History>& field, const model::Arrival& value,
                Writer* w) {
  const bool given = value.partition != 0 || value.offset != 0 || value.time.us != 0;
  if (given && w->with_history()) Write(field.number, value, w);
}
// The same, but for a value that is not left out when it is zero.
struct HistoryAlways {};
template <typename T>
void WriteField(const Field<T, model::Arrival, HistoryAlways>& field, const model::Arrival& value,
                Writer* w) {
  if (w->with_history()) Write(field.number, value, w);
}
template <typename T>
bool ReadField(const Field<T, model::Arrival, HistoryAlways>&, uint32_t tag, Reader* in,
               model::Arrival* value) {
  *value = {};
  return Read(tag, in, value);
}
template <typename T>
void WriteField(const Field<T, std::string, History>& field, const std::string& value, Writer* w) {
  if (!value.empty() && w->with_history()) Write(field.number, value, w);
}

inline void Write(uint32_t number, model::AlertState state, Writer* w) {
  w->Varint(number, static_cast<uint64_t>(state));
}
bool Read(uint32_t tag, Reader* in, model::AlertState* state);

inline void Write(uint32_t number, model::EventType type, Writer* w) {
  w->Varint(number, static_cast<uint64_t>(type) + 1);
}
inline void Write(uint32_t number, model::GrantKind kind, Writer* w) {
  w->Varint(number, static_cast<uint64_t>(kind));
}
inline void Write(uint32_t number, model::MoveKind kind, Writer* w) {
  w->Varint(number, static_cast<uint64_t>(kind));
}
bool Read(uint32_t tag, Reader* in, model::EventType* type);
bool Read(uint32_t tag, Reader* in, model::GrantKind* kind);
bool Read(uint32_t tag, Reader* in, model::MoveKind* kind);
// A reference that is none is left out.
void Write(uint32_t number, const model::EventRef& event, Writer* w);
// Written although it is none: there was one in the clock before.
void WriteField(const Field<model::ClockState, model::EventRef, Always>& field,
                const model::EventRef& event, Writer* w);

// What a clock's cycle and a told alert share with others of their case is written once:
//   ClockState  policy_version and origin as in the clock before, measured_from as started_at,
//               change_cause as start_cause;
//   ToldAlert   workflow, policy_version, queue and (both or neither) clock and cycle as in the
//               alert before.
// They make up two fifths of a record otherwise.
void Write(uint32_t number, const std::vector<model::ClockState>& clocks, Writer* w);
void Write(uint32_t number, const std::vector<model::ToldAlert>& told, Writer* w);
bool Read(uint32_t tag, Reader* in, std::vector<model::ClockState>* clocks);
bool Read(uint32_t tag, Reader* in, std::vector<model::ToldAlert>* told);

using CyclesBegun = std::vector<std::pair<base::Atom, uint32_t>>;
void Write(uint32_t number, const CyclesBegun& values, Writer* w);
bool Read(uint32_t tag, Reader* in, CyclesBegun* values);

}  // namespace wire
}  // namespace caseclock::codec

namespace caseclock::model {

constexpr auto FieldsOf(const EventRef*) {
  return std::tuple(F(1, &EventRef::source), F(2, &EventRef::event_id), F(3, &EventRef::type));
}
constexpr auto FieldsOf(const Grant*) {
  return std::tuple(F(1, &Grant::kind), F(2, &Grant::by), F(3, &Grant::actor),
                    F(4, &Grant::authority));
}
constexpr auto FieldsOf(const GivenExtension*) {
  using T = GivenExtension;
  return std::tuple(F(1, &T::by), F(2, &T::actor), F(3, &T::authority), F(4, &T::at),
                    F(5, &T::until), F(6, &T::counted_from), F(7, &T::lapsed));
}
constexpr auto FieldsOf(const DueMove*) {
  using T = DueMove;
  using codec::wire::NeverIfAbsent;
  return std::tuple(F(1, &T::kind), F(2, &T::by), F(3, &T::actor), F(4, &T::at),
                    F<NeverIfAbsent>(5, &T::due_before), F<NeverIfAbsent>(6, &T::due_after));
}
constexpr auto FieldsOf(const AlertTransition*) {
  using T = AlertTransition;
  return std::tuple(F(1, &T::state), F<codec::wire::Always>(2, &T::revision), F(3, &T::at),
                    F(4, &T::cause), F(5, &T::historical));
}
constexpr auto FieldsOf(const ReachedRung*) {
  using T = ReachedRung;
  return std::tuple(F(1, &T::rung), F(2, &T::repeat), F(3, &T::at), F(4, &T::skipped));
}
constexpr auto FieldsOf(const ExcludedSpan*) {
  using T = ExcludedSpan;
  return std::tuple(F(1, &T::reason), F(2, &T::from), F(3, &T::to), F(4, &T::began),
                    F(5, &T::ended));
}
constexpr auto FieldsOf(const ClockState*) {
  using T = ClockState;
  using namespace codec::wire;
  return std::tuple(
      F(1, &T::clock), F(2, &T::policy_version), F<AsFixed64>(3, &T::cycle),
      F<Always>(4, &T::ordinal), F(5, &T::started_at), F<Always>(6, &T::measured_from),
      F(7, &T::risk), F(8, &T::interval), F(9, &T::budget), F(10, &T::consumed),
      F(11, &T::running_since), F(12, &T::extended_until), F(13, &T::reached), F(14, &T::excluded),
      F(15, &T::beyond_horizon), F<NeverIfAbsent>(16, &T::due_at), F<History>(17, &T::start_cause),
      F<HistoryAlways>(18, &T::change_cause), F<NeverIfAbsent>(19, &T::next_rung_at),
      F(40, &T::limit_class), F(41, &T::held), F(42, &T::appointed), F<Always>(43, &T::origin),
      F(44, &T::grants), F(45, &T::moves), F(46, &T::extensions));
}
constexpr auto FieldsOf(const ActivePause*) {
  return std::tuple(F(1, &ActivePause::reason), F(2, &ActivePause::since),
                    F(3, &ActivePause::began));
}
constexpr auto FieldsOf(const Acknowledgement*) {
  using T = Acknowledgement;
  return std::tuple(F(1, &T::alert_id), F(2, &T::at), F(3, &T::until), F(4, &T::by));
}
constexpr auto FieldsOf(const IntervalOverride*) {
  using T = IntervalOverride;
  return std::tuple(F(1, &T::clock), F(2, &T::interval), F(3, &T::authority), F(4, &T::by),
                    F(5, &T::actor));
}
constexpr auto FieldsOf(const ClassValue*) {
  return std::tuple(F(1, &ClassValue::name), F(2, &ClassValue::value));
}
constexpr auto FieldsOf(const LastSeen*) {
  return std::tuple(F(1, &LastSeen::lookback), F(2, &LastSeen::at), F(3, &LastSeen::before));
}
constexpr auto FieldsOf(const Announcement*) {
  return std::tuple(F(1, &Announcement::clock), F(2, &Announcement::activity),
                    F(3, &Announcement::at));
}
constexpr auto FieldsOf(const Stay*) {
  return std::tuple(F(1, &Stay::clock), F(2, &Stay::from), F(3, &Stay::to), F(4, &Stay::began),
                    F(5, &Stay::ended));
}
constexpr auto FieldsOf(const HandlerFact*) {
  using T = HandlerFact;
  return std::tuple(F(1, &T::handler), F(2, &T::qualification),
                    F<codec::wire::NeverIfAbsent>(3, &T::until));
}
constexpr auto FieldsOf(const AssessedScore*) {
  return std::tuple(F(1, &AssessedScore::tool), F(2, &AssessedScore::score));
}
constexpr auto FieldsOf(const NamedHandler*) {
  return std::tuple(F(1, &NamedHandler::handler), F(2, &NamedHandler::since));
}
constexpr auto FieldsOf(const CaseView*) {
  using T = CaseView;
  return std::tuple(
      F(1, &T::referred), F(2, &T::closed), F(3, &T::queue), F(4, &T::workflow),
      F(5, &T::policy_version), F(6, &T::stage), F(7, &T::risk), F(8, &T::handler), F(9, &T::role),
      F(10, &T::origin), F(11, &T::screening), F(12, &T::outcome), F(13, &T::close_reason),
      F(14, &T::opened_at), F(15, &T::stage_since), F(16, &T::ungraded_since),
      F(17, &T::unassigned_since), F(18, &T::assigned_since), F(19, &T::outcome_at),
      F(20, &T::closed_at), F(21, &T::paused_total), F(22, &T::paused_since), F(23, &T::pauses),
      F(24, &T::clocks), F(25, &T::intervals), F(26, &T::acks), F(27, &T::cycles_begun),
      F(28, &T::events), F(29, &T::refused), F(30, &T::orphans), F(31, &T::transfers),
      F(32, &T::assignments), F(33, &T::reopened), F<codec::wire::History>(34, &T::waiting),
      F(40, &T::classes), F(41, &T::lookbacks), F(42, &T::announcements), F(43, &T::stays),
      F(44, &T::stopped), F(45, &T::deviations), F(46, &T::facts),
      F<codec::wire::NeverIfAbsent>(47, &T::unqualified_since), F(48, &T::calendars_of),
      F(49, &T::in_workflow_since), F(50, &T::referred_by), F(51, &T::scores), F(52, &T::repeat_of),
      F(53, &T::moved_while_closed), F(54, &T::closed_by), F(60, &T::ended_pauses));
}
constexpr auto FieldsOf(const ToldAlert*) {
  using T = ToldAlert;
  using namespace codec::wire;
  return std::tuple(F<AsBytes>(1, &T::id), F(2, &T::clock), F<AsFixed64>(3, &T::cycle),
                    F(4, &T::rung), F(5, &T::repeat), F(6, &T::policy_version), F(7, &T::due_at),
                    F<Always>(8, &T::revision), F(9, &T::transitions),
                    F<MaxIfAbsent>(10, &T::ended_in_page), F(11, &T::workflow), F(12, &T::queue));
}

}  // namespace caseclock::model

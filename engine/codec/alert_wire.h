#pragma once

// Inside the codec: the field tables of alert.proto. Numbers never change.

#include "engine/codec/case_wire.h"
#include "engine/model/alert.h"

namespace caseclock::codec::wire {

// RungKind counts from 0 in memory and, as an enum of proto3 must, from 1 on the wire.
inline void Write(uint32_t number, model::RungKind kind, Writer* w) {
  w->Varint(number, static_cast<uint64_t>(kind) + 1);
}
bool Read(uint32_t tag, Reader* in, model::RungKind* kind);

}  // namespace caseclock::codec::wire

namespace caseclock::model {

constexpr auto FieldsOf(const Segment*) {
  using T = Segment;
  return std::tuple(F(1, &T::from), F(2, &T::to), F<codec::wire::Negated>(3, &T::counted),
                    F(4, &T::reason), F(5, &T::began_by), F(6, &T::ended_by));
}
constexpr auto FieldsOf(const DueMeeting*) {
  using T = DueMeeting;
  return std::tuple(F(1, &T::kind), F(2, &T::at), F(3, &T::cutoff));
}
constexpr auto FieldsOf(const Proof*) {
  using T = Proof;
  return std::tuple(F(1, &T::workflow), F(2, &T::policy_version), F(3, &T::policy_hash),
                    F(4, &T::calendar), F(5, &T::calendar_version), F(6, &T::beyond_horizon),
                    F(7, &T::started_at), F(8, &T::risk), F(9, &T::budget), F(10, &T::segments),
                    F(11, &T::causes), F(12, &T::limit_class), F(13, &T::held),
                    F(14, &T::extended_until), F(15, &T::limit), F(16, &T::deadline),
                    F(17, &T::tzdata), F(18, &T::source), F(19, &T::grants), F(20, &T::moves),
                    F(21, &T::meeting));
}
constexpr auto FieldsOf(const Alert*) {
  using T = Alert;
  return std::tuple(F(1, &T::id), F<codec::wire::Always>(2, &T::revision), F(3, &T::state),
                    F(4, &T::kind), F(5, &T::rung), F(6, &T::repeat), F(7, &T::clock),
                    F(8, &T::case_id), F(9, &T::queue), F(10, &T::risk), F(11, &T::handler),
                    F(12, &T::due_at), F(13, &T::clock_due_at), F(14, &T::detected_at),
                    F(15, &T::historical), F(16, &T::transitions), F(17, &T::proof),
                    F(18, &T::source));
}

}  // namespace caseclock::model

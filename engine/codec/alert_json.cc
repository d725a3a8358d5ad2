#include <nlohmann/json.hpp>

#include "engine/base/time_text.h"
#include "engine/codec/output_codec.h"

namespace caseclock::codec {
namespace {

using Json = nlohmann::ordered_json;

// Never is null: an instant that will not come.
Json InstantJson(base::Instant t) {
  if (t == base::kNever) return nullptr;
  return base::FormatInstant(t);
}

Json AtomJson(base::Atom atom) {
  return std::string(atom.view());
}

Json ArrivalJson(const model::Arrival& arrival) {
  return {{"partition", arrival.partition},
          {"offset", arrival.offset},
          {"time", InstantJson(arrival.time)}};
}

Json TransitionJson(const model::AlertTransition& transition) {
  return {{"state", model::AlertStateName(transition.state)},
          {"revision", transition.revision},
          {"at", InstantJson(transition.at)},
          {"cause", transition.cause ? ArrivalJson(*transition.cause) : Json()},
          {"historical", transition.historical}};
}

Json EventJson(const model::EventRef& event) {
  return {{"source", AtomJson(event.source)},
          {"event_id", event.event_id},
          {"event", model::EventTypeName(event.type)}};
}

Json SegmentJson(const model::Segment& segment) {
  Json json = {{"from", InstantJson(segment.from)},
               {"to", InstantJson(segment.to)},
               {"counted", segment.counted},
               {"reason", AtomJson(segment.reason)}};
  if (!segment.began_by.empty()) json["began_by"] = EventJson(segment.began_by);
  if (!segment.ended_by.empty()) json["ended_by"] = EventJson(segment.ended_by);
  return json;
}

Json GrantJson(const model::Grant& grant) {
  return {{"kind", model::GrantKindName(grant.kind)},
          {"by", EventJson(grant.by)},
          {"actor", grant.actor},
          {"authority", AtomJson(grant.authority)}};
}

Json MeetingJson(const model::DueMeeting& meeting) {
  return {{"kind", AtomJson(meeting.kind)},
          {"at", InstantJson(meeting.at)},
          {"cutoff", InstantJson(meeting.cutoff)}};
}

Json MoveJson(const model::DueMove& move) {
  return {{"kind", model::MoveKindName(move.kind)},
          {"by", move.by.empty() ? Json() : EventJson(move.by)},
          {"actor", move.actor},
          {"at", InstantJson(move.at)},
          {"due_before", InstantJson(move.due_before)},
          {"due_after", InstantJson(move.due_after)}};
}

template <typename T, typename ToJson>
Json ListJson(const std::vector<T>& values, const ToJson& to_json) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(to_json(value));
  return list;
}

Json ProofJson(const model::Proof& proof) {
  Json json = {{"workflow", AtomJson(proof.workflow)},
               {"policy_version", AtomJson(proof.policy_version)},
               {"policy_hash", proof.policy_hash.str()},
               {"calendar", AtomJson(proof.calendar)},
               {"calendar_version", proof.calendar_version.str()},
               {"beyond_horizon", proof.beyond_horizon},
               {"started_at", InstantJson(proof.started_at)},
               {"risk", AtomJson(proof.risk)},
               {"budget", proof.budget ? Json(base::FormatDuration(*proof.budget)) : Json()},
               {"segments", ListJson(proof.segments, SegmentJson)},
               {"causes", ListJson(proof.causes, ArrivalJson)}};
  if (!proof.limit_class.empty()) json["limit_class"] = AtomJson(proof.limit_class);
  if (!proof.held.empty()) json["held"] = ListJson(proof.held, SegmentJson);
  if (proof.extended_until) json["extended_until"] = InstantJson(*proof.extended_until);
  if (proof.limit) json["limit"] = base::FormatPeriod(*proof.limit);
  if (!proof.deadline.empty()) json["deadline"] = AtomJson(proof.deadline);
  if (!proof.tzdata.empty()) json["tzdata"] = AtomJson(proof.tzdata);
  if (!proof.source.empty()) json["source"] = AtomJson(proof.source);
  if (!proof.grants.empty()) json["grants"] = ListJson(proof.grants, GrantJson);
  if (!proof.moves.empty()) json["moves"] = ListJson(proof.moves, MoveJson);
  if (proof.meeting) json["meeting"] = MeetingJson(*proof.meeting);
  return json;
}

}  // namespace

std::string AlertToJson(const model::Alert& alert) {
  Json json = {{"alert_id", base::ToHex(alert.id)},
               {"revision", alert.revision},
               {"state", model::AlertStateName(alert.state)},
               {"kind", model::RungKindName(alert.kind)},
               {"rung", AtomJson(alert.rung)},
               {"repeat", alert.repeat},
               {"clock", AtomJson(alert.clock)},
               {"case_id", alert.case_id},
               {"queue", AtomJson(alert.queue)},
               {"risk", AtomJson(alert.risk)},
               {"handler", AtomJson(alert.handler)},
               {"due_at", InstantJson(alert.due_at)},
               {"clock_due_at", InstantJson(alert.clock_due_at)},
               {"detected_at", InstantJson(alert.detected_at)},
               {"historical", alert.historical},
               {"transitions", ListJson(alert.transitions, TransitionJson)},
               {"proof", ProofJson(alert.proof)}};
  if (!alert.source.empty()) json["source"] = AtomJson(alert.source);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace caseclock::codec

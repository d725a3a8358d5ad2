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

Json SegmentJson(const model::Segment& segment) {
  return {{"from", InstantJson(segment.from)},
          {"to", InstantJson(segment.to)},
          {"counted", segment.counted},
          {"reason", AtomJson(segment.reason)}};
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

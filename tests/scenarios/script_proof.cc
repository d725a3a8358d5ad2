#include "tests/scenarios/script_proof.h"

#include "engine/base/time_text.h"

namespace caseclock::tests {
namespace {

std::string Dated(base::Instant t) {
  return t == base::kNever ? "none" : base::FormatInstant(t);
}

std::string Said(std::string_view text) {
  return text.empty() ? "-" : std::string(text);
}

}  // namespace

std::string SegmentsText(const std::vector<model::Segment>& segments) {
  std::string text;
  for (const model::Segment& segment : segments) {
    if (!text.empty()) text += ",";
    text += Said(segment.began_by.event_id);
    if (!segment.counted) text += ":" + segment.reason.str();
  }
  if (!segments.empty() && !segments.back().ended_by.empty()) {
    text += "|" + segments.back().ended_by.event_id;
  }
  return text;
}

std::string MoveText(const model::DueMove& move) {
  return std::string(model::MoveKindName(move.kind)) + " by=" + Said(move.by.event_id) +
         " from=" + Dated(move.due_before) + " to=" + Dated(move.due_after);
}

std::string GrantText(const model::Grant& grant) {
  return std::string(model::GrantKindName(grant.kind)) + " " + Said(grant.by.event_id) + " " +
         Said(grant.authority.view()) + " " + Said(grant.actor);
}

}  // namespace caseclock::tests

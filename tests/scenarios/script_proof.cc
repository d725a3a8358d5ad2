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

std::optional<std::string> SaidOf(const model::Alert& alert, const std::string& word) {
  const model::Proof& proof = alert.proof;
  if (word == "queue") return alert.queue.str();
  if (word == "risk") return alert.risk.str();
  if (word == "handler") return alert.handler.str();
  if (word == "budget") return proof.budget ? base::FormatDuration(*proof.budget) : "none";
  if (word == "limit") return proof.limit ? base::FormatPeriod(*proof.limit) : "none";
  if (word == "class") return proof.limit_class.str();
  if (word == "deadline") return proof.deadline.str();
  if (word == "segments") return SegmentsText(proof.segments);
  if (word == "meeting") return proof.meeting ? base::FormatInstant(proof.meeting->at) : "none";
  if (word == "moves") return std::to_string(proof.moves.size());
  return std::nullopt;
}

}  // namespace caseclock::tests

#include <charconv>

#include "caseclock/v1/commit.pb.h"
#include "engine/codec/generated.h"
#include "engine/codec/output_codec.h"
#include "engine/codec/sources_codec.h"

namespace caseclock::codec {
namespace {

constexpr std::string_view kCommitNote = "caseclock commit ";

void SetStep(const model::CommitStep& step, v1::CommitStep* message) {
  message->set_input_to(step.input_to);
  SetInstant(step.clock, message->mutable_clock());
  SetInstant(step.wall, message->mutable_wall());
  SetInstant(step.limit, message->mutable_limit());
  message->set_timers(step.timers);
  message->set_policies(step.policies);
  message->set_follow_after(step.follow_after);
  message->set_follow_to(step.follow_to);
}

model::CommitStep GetStep(const v1::CommitStep& message) {
  model::CommitStep step;
  step.input_to = message.input_to();
  step.clock = GetInstant(message.clock());
  step.wall = GetInstant(message.wall());
  step.limit = GetInstant(message.limit());
  step.timers = message.timers();
  step.policies = message.policies();
  step.follow_after = message.follow_after();
  step.follow_to = message.follow_to();
  return step;
}

}  // namespace

void EncodeCommit(const model::CommitRecord& record, std::string* out) {
  v1::CommitRecord message;
  message.set_sequence(record.sequence);
  message.set_previous(base::ToHex(record.previous));
  message.set_input_from(record.input_from);
  message.set_input_to(record.input_to);
  message.set_input_records(record.input_records);
  message.set_output_records(record.output_records);
  message.set_checksum(record.checksum);
  SetInstant(record.clock, message.mutable_clock());
  message.set_policy_hash(record.policy_hash);
  message.set_historical(record.historical);
  message.set_partials(record.partials);
  message.set_repair(record.repair);
  for (const model::CommitStep& step : record.steps) SetStep(step, message.add_steps());
  SetHeard(record.heard, message.mutable_heard());
  AppendMessage(message, out);
}

base::Status DecodeCommit(std::string_view bytes, model::CommitRecord* record) {
  v1::CommitRecord message;
  if (base::Status parsed = ParseMessage(bytes, "a commit record", &message); !parsed.ok())
    return parsed;
  *record = {};
  if (!base::FromHex(message.previous(), &record->previous))
    return base::Error{base::ErrorKind::kCorrupt,
                       "Expected a hash of 32 hex digits in a commit record, but it is none"};
  record->sequence = message.sequence();
  record->input_from = message.input_from();
  record->input_to = message.input_to();
  record->input_records = message.input_records();
  record->output_records = message.output_records();
  record->checksum = message.checksum();
  record->clock = GetInstant(message.clock());
  record->policy_hash = message.policy_hash();
  record->historical = message.historical();
  record->partials = message.partials();
  record->repair = message.repair();
  for (const v1::CommitStep& step : message.steps()) record->steps.push_back(GetStep(step));
  GetHeard(message.heard(), &record->heard);
  return {};
}

std::string EncodeCommitNote(int64_t sequence) {
  return std::string(kCommitNote) + std::to_string(sequence);
}

std::optional<int64_t> DecodeCommitNote(std::string_view note) {
  if (!note.starts_with(kCommitNote)) return std::nullopt;
  note.remove_prefix(kCommitNote.size());
  int64_t sequence = 0;
  const auto [end, code] = std::from_chars(note.data(), note.data() + note.size(), sequence);
  if (code != std::errc() || end != note.data() + note.size() || sequence < 1) return std::nullopt;
  return sequence;
}

}  // namespace caseclock::codec

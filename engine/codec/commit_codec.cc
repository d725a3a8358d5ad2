#include "caseclock/v1/commit.pb.h"
#include "engine/codec/generated.h"
#include "engine/codec/output_codec.h"

namespace caseclock::codec {

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
  return {};
}

}  // namespace caseclock::codec

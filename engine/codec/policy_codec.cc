#include "caseclock/v1/policy.pb.h"
#include "engine/codec/generated.h"
#include "engine/codec/output_codec.h"

namespace caseclock::codec {

void EncodePolicy(const model::PolicyRecord& record, std::string* out) {
  v1::PolicySet message;
  message.set_hash(record.hash);
  for (const model::PolicyText& file : record.files) {
    v1::PolicyFile* added = message.add_files();
    added->set_name(file.name);
    added->set_text(file.text);
  }
  AppendMessage(message, out);
}

base::Status DecodePolicy(std::string_view bytes, model::PolicyRecord* record) {
  v1::PolicySet message;
  if (base::Status parsed = ParseMessage(bytes, "a policy set", &message); !parsed.ok())
    return parsed;
  *record = {};
  record->hash = message.hash();
  for (const v1::PolicyFile& file : message.files())
    record->files.push_back({file.name(), file.text()});
  return {};
}

void EncodeActivation(const model::ActivationRecord& record, std::string* out) {
  v1::Activation message;
  message.set_hash(record.hash);
  SetInstant(record.effective_from, message.mutable_effective_from());
  SetInstant(record.activated_at, message.mutable_activated_at());
  message.set_by(record.by);
  AppendMessage(message, out);
}

base::Status DecodeActivation(std::string_view bytes, model::ActivationRecord* record) {
  v1::Activation message;
  if (base::Status parsed = ParseMessage(bytes, "an activation", &message); !parsed.ok())
    return parsed;
  *record = {};
  record->hash = message.hash();
  record->effective_from = GetInstant(message.effective_from());
  record->activated_at = GetInstant(message.activated_at());
  record->by = message.by();
  return {};
}

void EncodeMigration(const model::MigrationRecord& record, std::string* out) {
  v1::Migration message;
  message.set_source(base::ToHex(record.source));
  message.set_source_partitions(record.source_partitions);
  message.set_partitions(record.partitions);
  SetInstant(record.clock, message.mutable_clock());
  SetInstant(record.started_at, message.mutable_started_at());
  SetInstant(record.finished_at, message.mutable_finished_at());
  message.set_stage(static_cast<v1::Migration::Stage>(record.stage));
  message.set_partition(record.partition);
  message.set_after_case(record.after_case);
  message.set_next_offset(record.next_offset);
  message.set_cases(record.cases);
  message.set_pages(record.pages);
  message.set_handlers(record.handlers);
  message.set_handler_records(record.handler_records);
  message.set_alerts(record.alerts);
  message.set_rejects(record.rejects);
  message.set_policies(record.policies);
  message.set_bytes(record.bytes);
  message.set_commits(record.commits);
  AppendMessage(message, out);
}

base::Status DecodeMigration(std::string_view bytes, model::MigrationRecord* record) {
  v1::Migration message;
  if (base::Status parsed = ParseMessage(bytes, "a migration record", &message); !parsed.ok())
    return parsed;
  *record = {};
  if (!base::FromHex(message.source(), &record->source) || message.stage() < v1::Migration::CASES ||
      message.stage() > v1::Migration::DONE) {
    return base::Error{base::ErrorKind::kCorrupt,
                       "Expected a source of 32 hex digits and a stage in a migration record, but "
                       "they are none"};
  }
  record->source_partitions = message.source_partitions();
  record->partitions = message.partitions();
  record->clock = GetInstant(message.clock());
  record->started_at = GetInstant(message.started_at());
  record->finished_at = GetInstant(message.finished_at());
  record->stage = static_cast<model::MigrationStage>(message.stage());
  record->partition = message.partition();
  record->after_case = message.after_case();
  record->next_offset = message.next_offset();
  record->cases = message.cases();
  record->pages = message.pages();
  record->handlers = message.handlers();
  record->handler_records = message.handler_records();
  record->alerts = message.alerts();
  record->rejects = message.rejects();
  record->policies = message.policies();
  record->bytes = message.bytes();
  record->commits = message.commits();
  return {};
}

}  // namespace caseclock::codec

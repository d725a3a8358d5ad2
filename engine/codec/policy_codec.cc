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

}  // namespace caseclock::codec

#include "engine/codec/sources_codec.h"

#include "engine/codec/output_codec.h"

namespace caseclock::codec {

void EncodeHeard(const model::HeardSources& sources, std::string* out) {
  v1::HeardSources message;
  SetHeard(sources, message.mutable_sources());
  AppendMessage(message, out);
}

base::Status DecodeHeard(std::string_view bytes, model::HeardSources* sources) {
  v1::HeardSources message;
  if (base::Status parsed = ParseMessage(bytes, "sources heard", &message); !parsed.ok()) {
    return parsed;
  }
  sources->clear();
  GetHeard(message.sources(), sources);
  return {};
}

void EncodeSources(const model::SourcesRecord& record, std::string* out) {
  v1::Sources message;
  SetInstant(record.judged, message.mutable_judged());
  for (const model::Alert& alert : record.standing) EncodeAlert(alert, message.add_standing());
  for (const model::SourceStatus& status : record.sources) {
    v1::SourceStatus* added = message.add_sources();
    added->set_source(status.source.str());
    SetInstant(status.heard_at, added->mutable_heard_at());
    SetInstant(status.due_at, added->mutable_due_at());
    added->set_silent(status.silent);
  }
  AppendMessage(message, out);
}

base::Status DecodeSources(std::string_view bytes, model::SourcesRecord* record) {
  v1::Sources message;
  if (base::Status parsed = ParseMessage(bytes, "a record of sources", &message); !parsed.ok()) {
    return parsed;
  }
  *record = {};
  record->judged = GetInstant(message.judged());
  for (const std::string& standing : message.standing()) {
    if (auto status = DecodeAlert(standing, &record->standing.emplace_back()); !status.ok()) {
      return status;
    }
  }
  for (const v1::SourceStatus& status : message.sources()) {
    record->sources.push_back({base::Atom::Intern(status.source()), GetInstant(status.heard_at()),
                               GetInstant(status.due_at()), status.silent()});
  }
  return {};
}

}  // namespace caseclock::codec

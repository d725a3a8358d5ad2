#include "consumers/http/activation.h"

#include "consumers/http/json_text.h"
#include "engine/runtime/policies.h"

namespace caseclock::http {

base::Result<model::ActivationRecord> Activate(log::Log* log, const runtime::TopicNames& topics,
                                               const std::vector<model::PolicyText>& files,
                                               const std::function<base::Instant()>& clock,
                                               const std::string& by, base::Duration lead) {
  const base::Status active = runtime::ActivatePolicies(log, topics, files, clock, by, lead);
  if (!active.ok()) return active.error();
  runtime::PolicyReader reader(log, topics.policies);
  // A set that does not load here (kConfig) hides no activation.
  const auto read = reader.Read();
  if (!read.ok() && read.error().kind != base::ErrorKind::kConfig) return read.error();
  if (reader.last() == nullptr) {
    return base::Error{base::ErrorKind::kCorrupt,
                       "Expected an activation in " + topics.policies + ", but there is none"};
  }
  return *reader.last();
}

std::string ActivationToJson(const model::ActivationRecord& activation, base::Instant now) {
  std::string out;
  JsonWriter json(&out);
  json.Open('{').Key("activated").Bool(true).Key("hash").Text(activation.hash);
  json.Key("in_force_from");
  if (activation.effective_from <= base::kEarliestInstant) {
    json.Null();
  } else {
    json.Text(base::FormatInstant(activation.effective_from));
  }
  json.Key("in_force").Bool(activation.effective_from <= now).Close('}');
  return out;
}

}  // namespace caseclock::http

#include "engine/runtime/output_headers.h"

#include "engine/base/hash.h"
#include "engine/base/time_text.h"

namespace caseclock::runtime {

OutputHeaders::OutputHeaders(bool json)
    : content_type_(json ? "application/json" : "application/protobuf") {}

OutputHeaders::Headers OutputHeaders::OfAlert(std::string_view key, uint32_t revision,
                                              size_t transition, model::AlertState state,
                                              base::Instant told_at, std::string_view subject) {
  // The number of the transition tells two tellings of one revision apart.
  id_ = key;
  id_ += '/';
  id_ += std::to_string(revision);
  id_ += '/';
  id_ += std::to_string(transition);
  type_ = "caseclock.alert.";
  type_ += model::AlertStateName(state);
  type_ += ".v1";
  time_ = base::FormatInstant(told_at);
  return Put(subject);
}

OutputHeaders::Headers OutputHeaders::OfBacklog(const model::Backlog& backlog,
                                                std::string_view value) {
  id_ = backlog.queue;
  id_ += '/';
  id_ += base::ToHex(base::Hash(value));
  type_ = "caseclock.backlog.v1";
  time_ = base::FormatInstant(backlog.as_of);
  return Put(backlog.queue);
}

OutputHeaders::Headers OutputHeaders::OfReject(const model::Reject& reject) {
  id_ = reject.topic;
  id_ += '/';
  id_ += std::to_string(reject.partition);
  id_ += '/';
  id_ += std::to_string(reject.offset);
  type_ = "caseclock.reject.v1";
  time_ = base::FormatInstant(reject.timestamp);
  return Put({});
}

OutputHeaders::Headers OutputHeaders::Put(std::string_view subject) {
  size_t count = 0;
  const auto add = [&](std::string_view key, std::string_view value) {
    headers_[count++] = {key, value};
  };
  add("ce_specversion", "1.0");
  add("ce_id", id_);
  add("ce_source", "caseclock");
  add("ce_type", type_);
  add("ce_time", time_);
  if (!subject.empty()) add("ce_subject", subject);  // an empty one is none in CloudEvents
  add("content-type", content_type_);
  return Headers(headers_).first(count);
}

}  // namespace caseclock::runtime

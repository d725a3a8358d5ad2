#pragma once

// The headers of records for other programs: CloudEvents 1.0 in binary mode (Kafka binding 1.0.2,
// 3.2), and what form the value has. Told are alerts, backlogs and rejects; cases, partials and
// policies are state and no events. The names are on the wire and never change. One thread.

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/instant.h"
#include "engine/log/log.h"
#include "engine/model/alert.h"
#include "engine/model/backlog.h"
#include "engine/model/records.h"

namespace caseclock::runtime {

class OutputHeaders {
 public:
  using Headers = std::span<const log::HeaderView>;

  // `json`: values are JSON, else protobuf.
  explicit OutputHeaders(bool json);

  // What is returned holds until the next call, and as long as what it was made of.
  // One telling of an alert: `key` is that of its record, `transition` its number from 1, `subject`
  // the case or the source that it is about.
  Headers OfAlert(std::string_view key, uint32_t revision, size_t transition,
                  model::AlertState state, base::Instant told_at, std::string_view subject);
  // `value` is that of its record: figures that differ are another event.
  Headers OfBacklog(const model::Backlog& backlog, std::string_view value);
  // Known by where the record stood; when it came in is its time. It has no subject, as its key may
  // hold anything.
  Headers OfReject(const model::Reject& reject);

 private:
  Headers Put(std::string_view subject);

  const std::string_view content_type_;
  std::string id_;
  std::string type_;
  std::string time_;
  std::array<log::HeaderView, 7> headers_;
};

}  // namespace caseclock::runtime

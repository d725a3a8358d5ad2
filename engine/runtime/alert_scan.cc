#include "engine/runtime/alert_scan.h"

#include <algorithm>
#include <tuple>

#include "engine/codec/output_codec.h"
#include "engine/log/read_all.h"
#include "engine/runtime/engine_impl.h"

namespace caseclock::runtime {

using base::Status;

bool IsStanding(model::AlertState state) {
  switch (state) {
    case model::AlertState::kRaised:
    case model::AlertState::kAcknowledged:
    case model::AlertState::kEscalated:
      return true;
    case model::AlertState::kResolved:
    case model::AlertState::kRetracted:
      return false;
  }
  return false;
}

Status AlertScan::DecodeValue(std::string_view bytes, model::Alert* alert) const {
  if (!bytes.empty() && bytes.front() == '{') {
    return base::Error{base::ErrorKind::kConfig,
                       "Expected alerts in protobuf, but the engine was told to write JSON, which "
                       "it does not read back"};
  }
  return codec::DecodeAlert(bytes, alert);
}

Status AlertScan::ForEach(const Visit& visit) const {
  for (int32_t number = 0; number < shared_->partitions; ++number) {
    const log::TopicPartition partition{shared_->options.topics.alerts, number};
    auto reader = shared_->log->Open(partition, 0);
    if (!reader.ok()) return reader.status();
    auto status = log::ReadAll(reader.value().get(), 8192, [&](const log::RecordBatch& batch) {
      for (const log::RecordView& record : batch.records()) {
        base::Hash128 id;
        if (!record.key || !record.value || !base::FromHex(*record.key, &id)) continue;
        if (auto visited = visit(id, *record.value); !visited.ok()) return visited;
      }
      return Status();
    });
    if (!status.ok()) return status;
  }
  return {};
}

base::Result<std::vector<model::Alert>> AlertScan::Find(const AlertFilter& filter, size_t* total) {
  const auto told_at = [](const model::Alert& alert) {
    return alert.transitions.empty() ? alert.detected_at : alert.transitions.back().at;
  };
  std::map<base::Hash128, model::Alert> found;
  const Status status = ForEach([&](const base::Hash128& id, std::string_view bytes) {
    model::Alert alert;
    if (auto decoded = DecodeValue(bytes, &alert); !decoded.ok()) return decoded;
    // The last record of an id is what counts, also when it takes the alert out of the answer.
    const bool wanted = QueueMatches(alert.queue.view(), filter.queue) &&
                        (!filter.standing_only || IsStanding(alert.state)) &&
                        (!filter.since || told_at(alert) >= *filter.since);
    if (wanted) {
      found[id] = std::move(alert);
    } else {
      found.erase(id);
    }
    return Status();
  });
  if (!status.ok()) return status.error();
  std::vector<model::Alert> alerts;
  alerts.reserve(found.size());
  for (auto& [id, alert] : found) alerts.push_back(std::move(alert));
  std::stable_sort(alerts.begin(), alerts.end(), [&](const auto& a, const auto& b) {
    // Told together, they stand by case, as their clocks run.
    if (told_at(a) != told_at(b)) return told_at(a) > told_at(b);
    return std::tie(a.case_id, a.clock, a.due_at) < std::tie(b.case_id, b.clock, b.due_at);
  });
  if (total != nullptr) *total = alerts.size();
  if (alerts.size() > filter.limit) alerts.resize(filter.limit);
  return alerts;
}

base::Result<std::optional<model::Alert>> AlertScan::ById(const base::Hash128& id) {
  std::optional<model::Alert> found;
  const Status status = ForEach([&](const base::Hash128& other, std::string_view bytes) {
    if (other != id) return Status();
    return DecodeValue(bytes, &found.emplace());
  });
  if (!status.ok()) return status.error();
  return found;
}

}  // namespace caseclock::runtime

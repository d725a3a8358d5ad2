// Committer: the records for other programs, with CloudEvents headers.

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/codec/output_codec.h"
#include "engine/runtime/commit.h"
#include "engine/runtime/output_headers.h"

namespace caseclock::runtime {

using base::Status;

Status Committer::ProduceAlerts(Task* task) {
  const Products& products = task->products;
  if (products.alerts.empty()) return {};
  OutputHeaders headers(shared_->options.json_outputs);
  for (const EncodedAlert& alert : products.alerts) {
    const std::string_view bytes = std::string_view(products.alert_bytes).substr(alert.at);
    const std::string key = base::ToHex(alert.id);
    log::NewRecord record;
    record.key = key;
    record.value = bytes.substr(0, alert.value_size);
    record.headers =
        headers.OfAlert(key, alert.revision, alert.transition, alert.state, task->partition().clock,
                        bytes.substr(alert.value_size, alert.case_id_size));
    // A case has one partition, so all that is told of one alert lies in order in one partition.
    const Status status =
        producer_->Produce(shared_->options.topics.alerts, task->partition().number(), record);
    if (!status.ok()) return status;
  }
  return {};
}

Status Committer::ProduceRejects(Task* task) {
  const bool json = shared_->options.json_outputs;
  OutputHeaders headers(json);
  // By place: the order in which they were found depends on the batches they came in.
  std::vector<model::Reject>& rejects = task->products.rejects;
  std::sort(rejects.begin(), rejects.end(), [](const model::Reject& a, const model::Reject& b) {
    return a.partition != b.partition ? a.partition < b.partition : a.offset < b.offset;
  });
  for (const model::Reject& reject : rejects) {
    if (json) {
      scratch_ = codec::RejectToJson(reject);
    } else {
      scratch_.clear();
      codec::EncodeReject(reject, &scratch_);
    }
    log::NewRecord record;
    if (reject.key) record.key = *reject.key;
    record.value = scratch_;
    record.headers = headers.OfReject(reject);
    const Status status =
        producer_->Produce(shared_->options.topics.rejects, task->partition().number(), record);
    if (!status.ok()) return status;
  }
  return {};
}

Status Committer::ProduceReroutes(Task* task) {
  std::vector<log::HeaderView> headers;
  for (const Reroute& reroute : task->products.reroutes) {
    headers.clear();
    for (const auto& [key, value] : reroute.headers) headers.push_back({key, value});
    log::NewRecord record;
    record.key = reroute.key;
    record.value = reroute.value;
    record.timestamp = reroute.timestamp;
    record.headers = headers;
    const Status status =
        producer_->Produce(shared_->options.topics.events, reroute.partition, record);
    if (!status.ok()) return status;
  }
  return {};
}

}  // namespace caseclock::runtime

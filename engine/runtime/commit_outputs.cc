// Committer: the records for other programs, with CloudEvents headers.

#include "engine/base/hash.h"
#include "engine/base/time_text.h"
#include "engine/codec/output_codec.h"
#include "engine/runtime/commit.h"

namespace caseclock::runtime {
namespace {

using base::Status;

constexpr std::string_view ContentType(bool json) {
  return json ? "application/json" : "application/protobuf";
}

}  // namespace

Status Committer::ProduceAlerts(Task* task) {
  const bool json = shared_->options.json_outputs;
  for (const model::Alert& alert : task->products.alerts) {
    const std::string key = base::ToHex(alert.id);
    if (json) {
      scratch_ = codec::AlertToJson(alert);
    } else {
      scratch_.clear();
      codec::EncodeAlert(alert, &scratch_);
    }
    const std::string state(model::AlertStateName(alert.state));
    // One (id, revision, state) is told once, so that names the event; an acknowledgement can
    // follow another one, so the number of the transition makes it unique.
    const std::string id = key + "/" + std::to_string(alert.revision) + "/" + state + "/" +
                           std::to_string(alert.transitions.size());
    const std::string type = "caseclock.alert." + state + ".v1";
    const std::string time = base::FormatInstant(task->partition().clock);
    const log::HeaderView headers[] = {
        {"ce_specversion", "1.0"}, {"ce_id", id},     {"ce_source", "caseclock"},
        {"ce_type", type},         {"ce_time", time}, {"ce_subject", alert.case_id},
        {"content-type", ContentType(json)},
    };
    log::NewRecord record;
    record.key = key;
    record.value = scratch_;
    record.headers = headers;
    // A case has one partition, so all that is told of one alert lies in order in one partition.
    const Status status = producer_->Produce(shared_->options.topics.alerts,
                                             task->partition().number(), record);
    if (!status.ok()) return status;
  }
  return {};
}

Status Committer::ProduceRejects(Task* task) {
  const bool json = shared_->options.json_outputs;
  for (const model::Reject& reject : task->products.rejects) {
    if (json) {
      scratch_ = codec::RejectToJson(reject);
    } else {
      scratch_.clear();
      codec::EncodeReject(reject, &scratch_);
    }
    const log::HeaderView headers[] = {{"content-type", ContentType(json)}};
    log::NewRecord record;
    if (reject.key) record.key = *reject.key;
    record.value = scratch_;
    record.headers = headers;
    const Status status = producer_->Produce(shared_->options.topics.rejects,
                                             task->partition().number(), record);
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

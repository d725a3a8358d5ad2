#include "tests/simulation/simulated_producer.h"

#include "tests/simulation/simulated_log.h"

namespace caseclock::simulation {

using base::Error;
using base::ErrorKind;
using base::Status;

base::Result<std::unique_ptr<log::Producer>> SimulatedProducer::Open(
    Broker* broker, std::shared_ptr<const Wire> wire, const std::string& id) {
  const Request request(broker, *wire);
  if (!request.status.ok()) return request.status.error();
  if (id.empty()) {
    return Error{ErrorKind::kInvalid, "Expected a transactional id, but it is empty"};
  }
  ProducerName name = broker->transactions.Init(id);
  broker->Tell();
  return std::unique_ptr<log::Producer>(
      new SimulatedProducer(broker, std::move(wire), std::move(name)));
}

SimulatedProducer::~SimulatedProducer() {
  const Request request(broker_, *wire_);
  if (!request.status.ok() || !open_ || !begun_there_) return;
  static_cast<void>(broker_->transactions.End(name_, false));
  broker_->Tell();
}

Status SimulatedProducer::Check(bool open) const {
  if (broken_) return *broken_;
  if (open_ == open) return {};
  return Error{ErrorKind::kInvalid, open ? "Expected an open transaction, but there is none"
                                         : "Expected no open transaction, but there is one"};
}

Status SimulatedProducer::Judge(TxnAnswer answer) {
  switch (answer) {
    case TxnAnswer::kOk:
      return {};
    case TxnAnswer::kFenced:
      broken_ =
          Error{ErrorKind::kFenced, "Expected to be the newest producer " + name_.transactional_id +
                                        ", but its epoch has been raised"};
      open_ = false;
      return *broken_;
    case TxnAnswer::kInvalidState:
      doomed_ = true;
      return Error{ErrorKind::kUnavailable, "Expected the transaction of " +
                                                name_.transactional_id +
                                                " to be open, but it was ended behind its back"};
    case TxnAnswer::kStaleMember:
      doomed_ = true;
      return Error{ErrorKind::kUnavailable,
                   "Expected offsets from a present member, but the group has moved on"};
  }
  return {};
}

Status SimulatedProducer::Begin() {
  // Only the client takes note: the coordinator hears of it with the first record.
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status;
  if (auto status = Check(false); !status.ok()) return status;
  open_ = true;
  doomed_ = begun_there_ = false;
  announced_.clear();
  // A client that knows that it was fenced says so; one that does not learns it at its first
  // request. The contract asks for the former.
  return {};
}

Status SimulatedProducer::Produce(const std::string& topic, int32_t partition,
                                  const log::NewRecord& record) {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status;
  if (auto status = Check(true); !status.ok()) return status;
  auto found = broker_->Find(topic);
  if (!found.ok()) return found.status();
  auto where = broker_->Find(log::TopicPartition{topic, partition});
  if (!where.ok()) return where.status();
  if (auto status = broker_->Check(*found.value(), record); !status.ok()) return status;
  Transactions& transactions = broker_->transactions;
  if (announced_.insert(where.value()).second) {
    const TxnAnswer added = transactions.AddPartition(name_, where.value(), broker_->now());
    if (added != TxnAnswer::kOk) return Judge(added);
    begun_there_ = true;
  }
  return Judge(transactions.Write(name_, where.value(), Stored::Copy(record, broker_->now())));
}

Status SimulatedProducer::SendOffsets(
    const log::GroupToken& token, const std::map<log::TopicPartition, log::GroupOffset>& offsets) {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status;
  if (auto status = Check(true); !status.ok()) return status;
  for (const auto& [name, offset] : offsets) {
    if (auto found = broker_->Find(name); !found.ok()) return found.status();
  }
  const TxnAnswer answer = broker_->transactions.AddOffsets(name_, &broker_->groups[token.group],
                                                            token, offsets, broker_->now());
  begun_there_ |= answer != TxnAnswer::kFenced;
  return Judge(answer);
}

TxnAnswer SimulatedProducer::End(bool commit) {
  open_ = false;
  if (!begun_there_) return TxnAnswer::kOk;
  const TxnAnswer answer = broker_->transactions.End(name_, commit);
  if (broker_->SendTwin(name_, commit) && broker_->options.late_ends_are_noticed) {
    broken_ = Error{ErrorKind::kUnavailable, "Expected a new producer after an end of " +
                                                 name_.transactional_id +
                                                 " that was slow, but this is the old one"};
  }
  broker_->Tell();
  return answer;
}

base::Result<log::CommitOutcome> SimulatedProducer::Commit() {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status.error();
  if (auto status = Check(true); !status.ok()) return status.error();
  if (doomed_) {
    const TxnAnswer answer = End(false);
    if (answer == TxnAnswer::kFenced) return Judge(answer).error();
    return answer == TxnAnswer::kOk ? log::CommitOutcome::kAborted : log::CommitOutcome::kUnknown;
  }
  const TxnAnswer answer = End(true);
  if (answer == TxnAnswer::kOk) return log::CommitOutcome::kCommitted;
  if (answer == TxnAnswer::kFenced) return Judge(answer).error();
  broken_ = Error{ErrorKind::kUnavailable,
                  "Expected a new producer after a commit of " + name_.transactional_id +
                      " whose outcome is not known, but this is the old one"};
  return log::CommitOutcome::kUnknown;
}

Status SimulatedProducer::Abort() {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status;
  if (auto status = Check(true); !status.ok()) return status;
  return Judge(End(false));
}

}  // namespace caseclock::simulation

// KafkaProducer: how a transaction ends, and what is known about it when it does not end well.

#include <array>
#include <utility>

#include "engine/log/kafka/producer.h"

namespace caseclock::log::kafka {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

// Half of the time a request has: above it, one of them may have been given up and repeated, and
// the first may still be on its way.
constexpr int kLateShare = 2;
constexpr int kDeliveryBeforeAbortMillis = 1'000;

bool IsIndefinite(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
         code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
         code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT || code == RD_KAFKA_RESP_ERR__DESTROY ||
         // Ended behind our back: a late end of an earlier transaction took this one's place.
         code == RD_KAFKA_RESP_ERR_INVALID_TXN_STATE;
}

}  // namespace

KafkaError KafkaProducer::Repeat(const std::function<rd_kafka_error_t*(int)>& call) {
  const Deadline deadline(cluster_->options().request_timeout);
  for (;;) {
    KafkaError failed(call(std::max(deadline.ms(), 1)));
    if (failed == nullptr || deadline.passed()) return failed;
    if (rd_kafka_error_is_fatal(failed.get()) != 0 ||
        rd_kafka_error_is_retriable(failed.get()) == 0) {
      return failed;
    }
    client_->Pause();
  }
}

Error KafkaProducer::Judge(const KafkaError& failed, const std::string& expected) {
  const auto code = rd_kafka_error_code(failed.get());
  Error error = ErrorOf(code, expected, rd_kafka_error_string(failed.get()));
  const bool fatal = rd_kafka_error_is_fatal(failed.get()) != 0 ||
                     rd_kafka_fatal_error(client_->get(), nullptr, 0) != 0;
  if (!fatal) {
    // A record that cannot be says more than the transaction that it spoiled.
    if (undelivered_) return *undelivered_;
    if (const auto denied = Denied()) return *denied;
    if (error.kind == ErrorKind::kNotFound || error.kind == ErrorKind::kInvalid ||
        error.kind == ErrorKind::kConfig) {
      return error;
    }
    error.kind = ErrorKind::kUnavailable;
    return error;
  }
  // The broker ends a transaction that is open for too long by the same means by which a newer
  // producer would.
  const auto open_for = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begun_at_);
  if (error.kind == ErrorKind::kFenced && open_ &&
      open_for.count() >= cluster_->options().transaction_timeout.us) {
    error = {ErrorKind::kUnavailable,
             "Expected the transaction of " + id_ + " to end within " +
                 std::to_string(MillisOf(cluster_->options().transaction_timeout)) +
                 " ms, but the broker ended it; open a new producer"};
  }
  if (error.kind != ErrorKind::kFenced && error.kind != ErrorKind::kConfig) {
    error.kind = ErrorKind::kUnavailable;
  }
  broken_ = error;
  return error;
}

KafkaProducer::Calm KafkaProducer::NoteCalm() const {
  return {client_->disconnects(), std::chrono::steady_clock::now()};
}

bool KafkaProducer::WasCalm(const Calm& calm) const {
  client_->Serve();
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - calm.begun);
  const auto& options = cluster_->options();
  return client_->disconnects() == calm.disconnects &&
         took.count() < options.transaction_timeout.us / 2 / kLateShare;
}

base::Result<CommitOutcome> KafkaProducer::Undecided(const KafkaError& failed) {
  const Error error = Judge(failed, "Expected to commit a transaction of " + id_);
  if (error.kind == ErrorKind::kFenced) return error;
  broken_ = Error{
      ErrorKind::kUnavailable,
      "Expected a new producer after a commit of " + id_ +
          " whose outcome is not known, but this is the old one. It failed with: " + error.message};
  return CommitOutcome::kUnknown;
}

base::Result<CommitOutcome> KafkaProducer::Commit() {
  if (auto status = CheckOpen(); !status.ok()) return status.error();
  const Calm calm = NoteCalm();
  // -1: what is left of the transaction's time. Anything else could leave librdkafka and the broker
  // of two minds.
  KafkaError failed(rd_kafka_commit_transaction(client_->get(), -1));
  open_ = false;
  // A late twin of the request on a dead connection could end the next transaction: a new epoch
  // keeps it out.
  stale_ = !WasCalm(calm);
  if (failed == nullptr) return CommitOutcome::kCommitted;
  if (const auto denied = Denied()) {
    // The broker does not have all of it, so it was not asked to commit.
    const KafkaError ignored(rd_kafka_abort_transaction(client_->get(), -1));
    stale_ = true;
    return *denied;
  }
  const auto code = rd_kafka_error_code(failed.get());
  const bool fatal = rd_kafka_error_is_fatal(failed.get()) != 0;
  if (fatal || IsIndefinite(code) || stale_ ||
      rd_kafka_error_txn_requires_abort(failed.get()) == 0) {
    open_ = true;  // for Judge: it was, and how long it was says why it failed
    auto outcome = Undecided(failed);
    open_ = false;
    return outcome;
  }
  // Refused for good: a record was not delivered, or the group has moved on.
  const KafkaError unended(rd_kafka_abort_transaction(client_->get(), -1));
  stale_ = stale_ || !WasCalm(calm);
  if (unended != nullptr) return Undecided(unended);
  if (undelivered_ && undelivered_->kind != ErrorKind::kUnavailable) return *undelivered_;
  return CommitOutcome::kAborted;
}

Status KafkaProducer::Abort() {
  if (auto status = CheckOpen(); !status.ok()) {
    open_ = false;
    return status;
  }
  const Calm calm = NoteCalm();
  // While the broker is still busy with the markers of the last transaction, the partitions of this
  // one may not be in it yet, and an end of it is refused with INVALID_TXN_STATE, which would leave
  // its outcome in doubt. What cannot be delivered does not hold up its abort for long.
  if (!undelivered_) rd_kafka_flush(client_->get(), kDeliveryBeforeAbortMillis);
  const KafkaError failed(rd_kafka_abort_transaction(client_->get(), -1));
  stale_ = !WasCalm(calm);
  Status status;
  if (failed != nullptr) {
    status = Judge(failed, "Expected to abort a transaction of " + id_);
    stale_ = true;
  }
  open_ = false;
  return status;
}

}  // namespace caseclock::log::kafka

// Restore: whether what was read is whole, and fits the store and what the group has committed.

#include <algorithm>

#include "engine/codec/output_codec.h"
#include "engine/log/read_all.h"
#include "engine/runtime/last_commit.h"
#include "engine/runtime/restore.h"

namespace caseclock::runtime {

using base::Error;
using base::ErrorKind;
using base::Status;

Error Restore::Torn(const std::string& what) const {
  const std::string number = std::to_string(partition_.number());
  std::string way_out = "Nothing was changed. To see all that is wrong: caseclock state verify. ";
  if (partition_.has_position) {
    way_out += "Set the state directory " + partition_.Directory() +
               " aside and start again to rebuild it from the topic; if that is refused too: ";
  } else {
    way_out += "The topic itself is damaged; to put it right from the ledgers and the input: ";
  }
  return Error{ErrorKind::kCorrupt, "Partition " + number + " of " + shared_->options.topics.cases +
                                        ": " + what + ". " + way_out + "caseclock state repair"};
}

// The first finding; `state verify` has them all.
Status Restore::Judge() {
  if (tolerate_) return {};
  if (chain_->store_outdated()) {
    const std::string what =
        "Expected a state directory that was rebuilt since the topic was repaired, but it stands "
        "before that";
    // Else Run sets it aside, and nobody has to do anything.
    return shared_->options.read_only ? Torn(what) : Error{ErrorKind::kCorrupt, what};
  }
  if (!chain_->findings().empty()) return Torn(chain_->findings().front().text);
  return {};
}

// Offsets may be seen before the records that were committed with them: on Kafka each partition
// learns of a decision by itself. Notes say which commit to wait for. Offsets of older engines
// have none, and where a commit took no input they say nothing of it; a look of kLooksUnnamed is
// enough for markers, and a transaction that is open for longer has no offsets yet and will get
// none: its sender is no member any more.
Status Restore::CatchUpWith(const std::optional<log::GroupOffset>& committed) {
  constexpr base::Duration kLook = base::Millis(20);
  constexpr int64_t kLooksUnnamed = 50;
  const bool named = committed && codec::DecodeCommitNote(committed->note);
  const int64_t looks = named || shared_->options.snapshot ? 0 : kLooksUnnamed;
  const int64_t looks_at_most =
      std::max(kLooksUnnamed, shared_->options.transaction_timeout.us / kLook.us);
  const log::TopicPartition cases{shared_->options.topics.cases, partition_.number()};
  for (int64_t look = 0; look < looks || chain_->Lead(committed) < 0; ++look) {
    if (auto status = shared_->GoOnRestoring(); !status.ok()) return status;
    auto bounds = shared_->log->Bounds(cases);
    if (!bounds.ok()) return bounds.status();
    if (next_ < bounds.value().end) {
      if (auto status = ReadToEnd(); !status.ok()) return status;
    }
    if (!bounds.value().undecided) return {};
    if (chain_->Lead(committed) >= 0 && look >= looks) return {};
    if (look >= looks_at_most) return StillUndecided(*committed);
    auto reader = shared_->log->Open(cases, std::max(next_, bounds.value().end));
    if (!reader.ok()) return reader.status();
    // Only to wait; what it finds is read by the next round.
    if (auto waited = reader.value()->Read(kLook, 1); !waited.ok()) return waited.status();
  }
  return {};
}

Error Restore::StillUndecided(const log::GroupOffset& committed) const {
  const auto sequence = codec::DecodeCommitNote(committed.note);
  return {ErrorKind::kUnavailable,
          "Expected " +
              (sequence ? "commit " + std::to_string(*sequence)
                        : "the commit up to input offset " + std::to_string(committed.offset)) +
              ", which group " + shared_->options.group + " has committed, in " +
              shared_->options.topics.cases + "/" + std::to_string(partition_.number()) +
              " within " + std::to_string(shared_->options.transaction_timeout.us / 1000) +
              " ms, but the topic shows commit " + std::to_string(chain_->last().sequence) +
              " and a transaction that is not decided. Are all brokers there?"};
}

Status Restore::CheckEnd() {
  if (auto status = Judge(); !status.ok()) return status;
  if (auto status = ConfirmStore(); !status.ok()) return status;
  const std::string& group = shared_->options.group;
  if (group.empty()) return {};
  const log::TopicPartition input{shared_->options.topics.events, partition_.number()};
  auto committed = shared_->log->Committed(group, input);
  if (!committed.ok()) return committed.status();
  if (auto status = CatchUpWith(committed.value()); !status.ok()) return status;
  // What was read may be newer: engines are at work while a snapshot is taken, and an engine that
  // stood still has lost the partition without knowing. What has been committed by now includes
  // what was read.
  if (chain_->Lead(committed.value()) > 0) {
    committed = shared_->log->Committed(group, input);
    if (!committed.ok()) return committed.status();
    if (chain_->Lead(committed.value()) < 0) return Judge();
  }
  chain_->CheckCommitted(committed.value(), group);
  return Judge();
}

// Where nothing has come after the store's commit, that one must be in the log: a directory of
// another cluster, or of topics that were made anew, may fit by its numbers alone.
Status Restore::ConfirmStore() {
  if (!partition_.has_position || chain_->store_confirmed()) return {};
  const store::Position stands = partition_.position;
  const log::TopicPartition cases{shared_->options.topics.cases, partition_.number()};
  const auto last = LastCommitBefore(shared_->log, cases, start_);
  if (!last.ok()) return last.status();
  const std::string found = last.value() ? base::ToHex(base::Hash(*last.value())) : "none";
  if (found == base::ToHex(stands.commit)) return {};
  return Torn("Expected the last commit before offset " + std::to_string(start_) + " to be " +
              base::ToHex(stands.commit) + ", as the state directory has it, but it is " + found +
              ": the directory is of another log, or of this one before it was made anew");
}

}  // namespace caseclock::runtime

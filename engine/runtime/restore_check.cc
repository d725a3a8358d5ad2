// Restore: whether what was read is whole, and fits the store and what the group has committed.

#include <algorithm>

#include "engine/log/read_all.h"
#include "engine/runtime/restore.h"

namespace caseclock::runtime {

using base::Error;
using base::ErrorKind;
using base::Status;

Error Restore::Torn(const std::string& what) const {
  const std::string number = std::to_string(partition_.number());
  std::string way_out = "Nothing was changed. To see all that is wrong: caseclock state verify. ";
  if (partition_.has_position) {
    way_out += "Set the state directory " + shared_->options.state_dir + "/" + number +
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
    return Torn("Expected a state directory that was rebuilt since the topic was repaired, but " +
                std::string("it stands before that"));
  }
  if (!chain_->findings().empty()) return Torn(chain_->findings().front().text);
  return {};
}

// Offsets may be seen before the records that were committed with them.
Status Restore::CatchUpWith(int64_t input_offset) {
  while (partition_.position.input_offset < input_offset) {
    auto bounds = shared_->log->Bounds({shared_->options.topics.cases, partition_.number()});
    if (!bounds.ok()) return bounds.status();
    const int64_t before = partition_.position.sequence;
    if (next_ < bounds.value().end || bounds.value().undecided) {
      if (auto status = ReadToEnd(); !status.ok()) return status;
    }
    if (partition_.position.sequence == before && !bounds.value().undecided) return {};
  }
  return {};
}

// A commit without input (what time alone brings) leaves the group's offset where it was, so the
// offset does not say that its records are still on their way. Its transaction is decided, because
// Committed has waited for that, and its markers take milliseconds; one that is still open after
// kLooks has no offsets yet, and will get none: its sender is no member any more.
Status Restore::AwaitMarkers() {
  constexpr base::Duration kLook = base::Millis(20);
  constexpr int kLooks = 50;
  const log::TopicPartition cases{shared_->options.topics.cases, partition_.number()};
  for (int look = 0; look < kLooks && !shared_->stopping; ++look) {
    auto bounds = shared_->log->Bounds(cases);
    if (!bounds.ok()) return bounds.status();
    if (next_ < bounds.value().end) {
      if (auto status = ReadToEnd(); !status.ok()) return status;
    }
    if (!bounds.value().undecided) return {};
    auto reader = shared_->log->Open(cases, std::max(next_, bounds.value().end));
    if (!reader.ok()) return reader.status();
    // Only to wait; what it finds is read by the next round.
    if (auto waited = reader.value()->Read(kLook, 1); !waited.ok()) return waited.status();
  }
  return {};
}

Status Restore::CheckEnd() {
  if (auto status = Judge(); !status.ok()) return status;
  if (auto status = ConfirmStore(); !status.ok()) return status;
  const std::string& group = shared_->options.group;
  if (group.empty()) return {};
  const log::TopicPartition input{shared_->options.topics.events, partition_.number()};
  auto committed = shared_->log->Committed(group, input);
  if (!committed.ok()) return committed.status();
  if (!shared_->options.snapshot) {
    if (auto status = AwaitMarkers(); !status.ok()) return status;
  }
  if (auto status = CatchUpWith(committed.value().value_or(0)); !status.ok()) return status;
  // Engines may be at work while a snapshot is taken: what they have committed by now includes
  // what was read, and what had been committed before that was to be read.
  if (shared_->options.snapshot &&
      partition_.position.input_offset > committed.value().value_or(0)) {
    committed = shared_->log->Committed(group, input);
    if (!committed.ok()) return committed.status();
    if (committed.value().value_or(0) > partition_.position.input_offset) return Judge();
  }
  chain_->CheckCommitted(committed.value(), group);
  return Judge();
}

// Where nothing has come after the store's commit, that one must be in the log: a directory of
// another cluster, or of topics that were made anew, may fit by its numbers alone. It lies a few
// records before where the store stands, unless transactions were aborted since.
Status Restore::ConfirmStore() {
  if (!partition_.has_position || chain_->store_confirmed()) return {};
  const store::Position stands = partition_.position;
  const log::TopicPartition cases{shared_->options.topics.cases, partition_.number()};
  auto bounds = shared_->log->Bounds(cases);
  if (!bounds.ok()) return bounds.status();
  std::string found = "none";
  for (int64_t back = 8; found == "none"; back *= 64) {
    const int64_t from = std::max(bounds.value().first, start_ - back);
    auto reader = shared_->log->Open(cases, from);
    if (!reader.ok()) return reader.status();
    const Status read =
        log::ReadAll(reader.value().get(), 1024, [&](const log::RecordBatch& batch) -> Status {
          for (const log::RecordView& record : batch.records()) {
            if (record.key == model::kCommitKey && record.value && record.offset < start_) {
              found = base::ToHex(base::Hash(*record.value));
            }
          }
          return {};
        });
    if (!read.ok()) return read;
    if (from == bounds.value().first) break;
  }
  if (found == base::ToHex(stands.commit)) return {};
  return Torn("Expected the last commit before offset " + std::to_string(start_) + " to be " +
              base::ToHex(stands.commit) + ", as the state directory has it, but it is " + found +
              ": the directory is of another log, or of this one before it was made anew");
}

}  // namespace caseclock::runtime

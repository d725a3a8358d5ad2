#include "tests/simulation/broker_transactions.h"

#include <algorithm>
#include <vector>

namespace caseclock::simulation {

Transactions::Transaction* Transactions::Find(const ProducerName& who) {
  const auto found = by_id_.find(who.transactional_id);
  if (found == by_id_.end() || found->second.epoch != who.epoch) return nullptr;
  return &found->second;
}

ProducerName Transactions::Init(const std::string& transactional_id) {
  Transaction& transaction = by_id_[transactional_id];
  if (transaction.epoch == 0) transaction.producer = ++producers_;
  if (transaction.state == State::kOngoing) Finish(&transaction, false);
  transaction.state = State::kEmpty;
  return {transactional_id, ++transaction.epoch};
}

void Transactions::Continue(Transaction* transaction, base::Instant now) {
  if (transaction->state == State::kOngoing) return;
  transaction->state = State::kOngoing;
  transaction->began = now;
}

TxnAnswer Transactions::AddPartition(const ProducerName& who, BrokerPartition* partition,
                                     base::Instant now) {
  Transaction* transaction = Find(who);
  if (transaction == nullptr) return TxnAnswer::kFenced;
  Continue(transaction, now);
  transaction->partitions.insert(partition);
  return TxnAnswer::kOk;
}

TxnAnswer Transactions::Write(const ProducerName& who, BrokerPartition* partition,
                              std::shared_ptr<const Stored> record) {
  Transaction* transaction = Find(who);
  if (transaction == nullptr) return TxnAnswer::kFenced;
  if (transaction->state != State::kOngoing || !transaction->partitions.contains(partition)) {
    return TxnAnswer::kInvalidState;
  }
  partition->Append(std::move(record), transaction->producer);
  return TxnAnswer::kOk;
}

TxnAnswer Transactions::AddOffsets(const ProducerName& who, BrokerGroup* group,
                                   const log::GroupToken& token,
                                   const std::map<log::TopicPartition, log::GroupOffset>& offsets,
                                   base::Instant now) {
  Transaction* transaction = Find(who);
  if (transaction == nullptr) return TxnAnswer::kFenced;
  // The group becomes part of the transaction before its coordinator looks at the member.
  Continue(transaction, now);
  if (!group->Accepts(token)) return TxnAnswer::kStaleMember;
  for (const auto& [partition, offset] : offsets) {
    const auto [at, fresh] = transaction->offsets.insert_or_assign({group, partition}, offset);
    if (fresh) ++group->pending[partition];
  }
  return TxnAnswer::kOk;
}

TxnAnswer Transactions::End(const ProducerName& who, bool commit) {
  Transaction* transaction = Find(who);
  if (transaction == nullptr) return TxnAnswer::kFenced;
  if (transaction->state == State::kOngoing) {
    Finish(transaction, commit);
    return TxnAnswer::kOk;
  }
  // The same once more is a repeated request; anything else does not fit.
  const bool again = transaction->state == (commit ? State::kCommitted : State::kAborted);
  return again ? TxnAnswer::kOk : TxnAnswer::kInvalidState;
}

void Transactions::Finish(Transaction* transaction, bool commit) {
  // In the order of names: a set of pointers has none that a seed would repeat.
  std::vector<BrokerPartition*> order(transaction->partitions.begin(),
                                      transaction->partitions.end());
  std::sort(order.begin(), order.end(), [](const BrokerPartition* a, const BrokerPartition* b) {
    return a->name() < b->name();
  });
  for (BrokerPartition* partition : order) partition->End(transaction->producer, commit);
  for (const auto& [place, offset] : transaction->offsets) {
    auto& [group, partition] = place;
    if (--group->pending[partition] == 0) group->pending.erase(partition);
    if (commit) group->offsets.insert_or_assign(partition, offset);
  }
  transaction->partitions.clear();
  transaction->offsets.clear();
  transaction->state = commit ? State::kCommitted : State::kAborted;
}

void Transactions::Expire(base::Instant now, base::Duration timeout) {
  for (auto& [id, transaction] : by_id_) {
    if (transaction.state != State::kOngoing || now - transaction.began <= timeout) continue;
    Finish(&transaction, false);
    ++transaction.epoch;
  }
}

}  // namespace caseclock::simulation

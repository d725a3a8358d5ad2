#include "engine/runtime/commit.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"

namespace caseclock::runtime {

using base::Status;

base::Result<log::CommitOutcome> Committer::Commit(const std::vector<Task*>& tasks,
                                                   const log::GroupToken& token) {
  CHECK(std::is_sorted(tasks.begin(), tasks.end(), [](Task* a, Task* b) {
    return a->partition().number() < b->partition().number();
  }));
  // With partials the figures are changed before the commit, so that the chunks can be produced in
  // it; readers of the figures wait meanwhile. Without, they change after it, in a moment. Locks
  // are taken in order of partition, as readers do.
  std::vector<std::unique_lock<std::mutex>> figure_locks;
  for (Task* task : tasks) {
    if (!task->products.partials) continue;
    figure_locks.emplace_back(task->partition().figures_mutex);
    ApplyFigures(task);
  }
  // What was applied to figures is not in the log then: who waits for their locks must not show it.
  const auto give_up = [&] {
    for (Task* task : tasks) task->partition().dead = true;
  };
  if (auto status = ProduceAll(tasks, token); !status.ok()) {
    give_up();
    const Status aborted = producer_->Abort();  // the first error says more
    static_cast<void>(aborted);
    return status.error();
  }
  auto outcome = producer_->Commit();
  if (!outcome.ok() || outcome.value() != log::CommitOutcome::kCommitted) {
    give_up();
    return outcome;
  }

  for (size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i]->products.partials) Show(tasks[i], links_[i]);
  }
  // Before any other is taken: who looks at all figures holds theirs in the order of partitions.
  figure_locks.clear();
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i]->products.partials) continue;
    const std::lock_guard lock(tasks[i]->partition().figures_mutex);
    ApplyFigures(tasks[i]);
    Show(tasks[i], links_[i]);
  }
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (auto status = Settle(tasks[i], links_[i]); !status.ok()) return status.error();
  }
  shared_->counters.commits.fetch_add(1, std::memory_order_relaxed);
  return outcome;
}

void Committer::Show(Task* task, const Link& link) {
  Partition& partition = task->partition();
  partition.shown_offset = link.record.input_to;
  partition.shown_clock = partition.clock;
  partition.shown_heard = link.record.heard;
  partition.heard_to = partition.clock;
}

Status Committer::ProduceAll(const std::vector<Task*>& tasks, const log::GroupToken& token) {
  if (auto status = producer_->Begin(); !status.ok()) return status;
  links_.assign(tasks.size(), {});
  std::map<log::TopicPartition, log::GroupOffset> offsets;
  for (size_t i = 0; i < tasks.size(); ++i) {
    Task* task = tasks[i];
    links_[i].record.partials = task->products.partials;
    links_[i].record.sequence = task->partition().position.sequence + 1;
    if (auto status = ProduceCases(task, &links_[i]); !status.ok()) return status;
    if (auto status = ProduceAlerts(task); !status.ok()) return status;
    if (auto status = ProduceRejects(task); !status.ok()) return status;
    if (auto status = ProduceReroutes(task); !status.ok()) return status;
    if (task->products.partials) {
      if (auto status = ProducePartials(task); !status.ok()) return status;
    }
    offsets.insert_or_assign(
        log::TopicPartition{shared_->options.topics.events, task->partition().number()},
        log::GroupOffset(task->products.input_to,
                         codec::EncodeCommitNote(links_[i].record.sequence)));
  }
  if (auto status = producer_->SendOffsets(token, offsets); !status.ok()) return status;
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (auto status = ProduceLink(tasks[i], &links_[i]); !status.ok()) return status;
  }
  return {};
}

Status Committer::ProduceCase(int32_t partition, std::string_view key, std::string_view value,
                              Link* link) {
  link->record.checksum = base::Crc32c(value, base::Crc32c(key, link->record.checksum));
  ++link->record.output_records;
  link->case_bytes += key.size() + value.size();
  log::NewRecord record;
  record.key = key;
  record.value = value;
  return producer_->Produce(shared_->options.topics.cases, partition, record);
}

Status Committer::ProduceCases(Task* task, Link* link) {
  Partition& partition = task->partition();
  const bool repair = task->products.repair;
  if (repair) {  // so that what lies before it uncovered is not counted in
    if (auto status = Announce(partition.number()); !status.ok()) return status;
  }
  for (CachedCase* entry : partition.touched()) {
    if (!entry->changed) continue;
    for (const DirtyPage& page : entry->pages) {
      if (page.committed) continue;
      const Status status = ProduceCase(partition.number(), codec::PageKey(entry->id, page.index),
                                        page.bytes.view(), link);
      if (!status.ok()) return status;
    }
    partition.Pack(entry);
    const Status status = ProduceCase(partition.number(), entry->id, entry->bytes.view(), link);
    if (!status.ok()) return status;
  }
  return !repair && link->record.output_records == 0 ? Announce(partition.number()) : Status();
}

// So that the partition of the commit record is in the transaction before anything that matters: a
// late end of an earlier transaction then ends this one, and the commit record is refused, or this
// stays behind without one and a restore sees it.
Status Committer::Announce(int32_t partition) {
  log::NewRecord tombstone;
  tombstone.key = model::kCommitKey;
  return producer_->Produce(shared_->options.topics.cases, partition, tombstone);
}

Status Committer::ProduceLink(Task* task, Link* link) {
  const Products& products = task->products;
  const Partition& partition = task->partition();
  model::CommitRecord& record = link->record;
  record.previous = partition.position.commit;
  record.input_from = products.input_from;
  record.input_to = products.input_to;
  record.input_records = products.input_records;
  record.clock = partition.clock;
  record.policy_hash = shared_->policies.load()->At(partition.clock)->hash;
  record.historical = products.historical;
  record.repair = products.repair;
  record.steps = products.steps;
  record.heard = partition.heard;
  codec::EncodeCommit(record, &link->bytes);
  log::NewRecord made;
  made.key = model::kCommitKey;
  made.value = link->bytes;
  return producer_->Produce(shared_->options.topics.cases, partition.number(), made);
}

void Committer::ApplyFigures(Task* task) {
  if (task->products.figures.empty()) return;
  task->partition().figures.Apply(task->products.figures);
  task->partition().figures_changed = true;
}

Status Committer::ProducePartials(Task* task) {
  Partition& partition = task->partition();
  Status failed;
  const Status taken = partition.TellFigures([&](std::string_view key, std::string_view bytes) {
    if (!failed.ok()) return;
    const std::string_view queue = key.substr(0, key.find('\0'));
    log::NewRecord record;
    record.key = key;
    if (!bytes.empty()) record.value = bytes;  // a chunk that is gone: a tombstone
    failed = producer_->Produce(shared_->options.topics.partials,
                                log::PartitionOf(queue, shared_->partitions), record);
  });
  return failed.ok() ? taken : failed;
}

Status Committer::Settle(Task* task, const Link& link) {
  Partition& partition = task->partition();
  // The commit record, and at least what announces one without cases.
  partition.cases_end_least += std::max<int64_t>(1, link.record.output_records) + 1;
  partition.position.sequence = link.record.sequence;
  partition.position.commit = base::Hash(link.bytes);
  partition.position.input_offset = link.record.input_to;
  partition.position.clock = link.record.clock;
  partition.position.heard = link.record.heard;
  if (auto status = partition.Settle(); !status.ok()) return status;
  Products& products = task->products;
  const auto count = [](std::atomic<uint64_t>& counter, uint64_t n) {
    counter.fetch_add(n, std::memory_order_relaxed);
  };
  count(shared_->counters.alerts_told, products.alerts.size());
  count(shared_->counters.alert_bytes, products.alert_bytes.size());
  count(shared_->counters.case_records, static_cast<uint64_t>(link.record.output_records));
  count(shared_->counters.case_bytes, link.case_bytes);
  // Some were worked out before anybody listened.
  if (products.alerts_to_tell.size() < products.alerts.size() && shared_->subscribers.any()) {
    EngineEvent event;
    event.kind = EngineEvent::Kind::kResync;
    shared_->subscribers.Tell(event);
  }
  for (auto& alert : products.alerts_to_tell) {
    EngineEvent event;
    event.kind = EngineEvent::Kind::kAlert;
    event.alert = std::move(alert);
    shared_->subscribers.Tell(event);
  }
  products.Clear(link.record.input_to);
  return {};
}

}  // namespace caseclock::runtime

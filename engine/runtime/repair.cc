#include "engine/runtime/repair.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/runtime/chain_report.h"
#include "engine/runtime/commit.h"
#include "engine/runtime/repair_work.h"
#include "engine/runtime/restore.h"
#include "engine/runtime/shared_parts.h"
#include "engine/runtime/whole_group.h"

namespace caseclock::runtime {

using base::Error;
using base::ErrorKind;
using base::Status;

Repair::Repair() = default;
Repair::~Repair() = default;

base::Result<std::unique_ptr<Repair>> Repair::Open(log::Log* log, const EngineOptions& options) {
  std::unique_ptr<Repair> repair(new Repair);
  Shared& shared = repair->shared_;
  shared.log = log;
  shared.options = options;
  shared.options.snapshot = true;
  shared.options.make_topics = false;
  for (const std::string* topic : {&options.topics.events, &options.topics.cases}) {
    auto there = log->Partitions(*topic);
    if (!there.ok()) return there.error();
    if (shared.partitions != 0 && shared.partitions != there.value()) {
      return Error{ErrorKind::kConfig, "Expected " + options.topics.events + " and " +
                                           options.topics.cases +
                                           " to have as many partitions, but they do not"};
    }
    shared.partitions = there.value();
  }
  if (auto status = ReadActivatedPolicies(&shared); !status.ok()) return status.error();
  ShareResources(&shared);
  repair->checkpoints_ = std::make_unique<CheckpointWriter>(nullptr, options.driven);
  return repair;
}

base::Result<std::optional<RepairPlan>> Repair::Plan(int32_t partition) {
  const TopicNames& topics = shared_.options.topics;
  auto chain = ReadChain(shared_.log, topics, shared_.options.group, partition,
                         shared_.options.wall_clock());
  if (!chain.ok()) return chain.error();
  if (chain.value().findings.empty()) return std::optional<RepairPlan>();
  auto work = std::make_unique<Work>(&shared_, partition);
  work->chain = std::move(chain).value();
  work->plan.partition = partition;
  work->plan.committed = work->chain.committed;
  work->plan.sequence = work->chain.last.sequence + 1;
  work->plan.input_from = work->chain.last.input_to;
  for (const ChainFinding& finding : work->chain.findings) {
    work->plan.findings.push_back(finding.text);
    work->plan.input_from = std::min(work->plan.input_from, finding.input_before);
  }
  Restore restore(&shared_, &work->task, checkpoints_.get());
  restore.Tolerate();
  if (auto status = restore.Run(); !status.ok()) return status.error();
  if (auto status = CatchUpWithCases(work.get()); !status.ok()) return status.error();
  if (auto status = CompareTold(work.get()); !status.ok()) return status.error();
  if (auto status = ReadInputAgain(work.get()); !status.ok()) return status.error();
  if (auto status = Describe(work.get()); !status.ok()) return status.error();
  works_.push_back(std::move(work));
  return std::optional(works_.back()->plan);
}

Status Repair::Apply(base::Duration max_wait) {
  if (works_.empty()) return {};
  const std::string& group = shared_.options.group;
  // No static member: that would keep its place, and the engines waiting, for a session's length.
  auto consumer = shared_.log->Join(group, "", {shared_.options.topics.events});
  if (!consumer.ok()) return consumer.status();
  if (auto status = TakeAllPartitions(consumer.value().get(), shared_.partitions, group,
                                      shared_.options.monotonic, max_wait);
      !status.ok()) {
    return status;
  }
  auto producer = shared_.log->OpenProducer(group + "-repair");
  if (!producer.ok()) return producer.status();
  for (const auto& work : works_) {
    const Status done = CommitOne(work.get(), producer.value().get(), consumer.value()->token());
    if (!done.ok()) return done;
  }
  works_.clear();
  return {};
}

Status Repair::CommitOne(Work* work, log::Producer* producer, const log::GroupToken& token) {
  const std::string name = "partition " + std::to_string(work->plan.partition);
  auto chain = ReadChain(shared_.log, shared_.options.topics, shared_.options.group,
                         work->plan.partition, shared_.options.wall_clock());
  if (!chain.ok()) return chain.status();
  if (chain.value().hash != work->chain.hash || chain.value().committed != work->chain.committed ||
      chain.value().findings.size() != work->chain.findings.size()) {
    return Error{ErrorKind::kUnavailable, "Expected " + name +
                                              " to stand where it stood when it was looked at, but "
                                              "it has moved: look again"};
  }
  Committer committer(&shared_, producer);
  work->task.products.partials = true;
  auto outcome = committer.Commit({&work->task}, token);
  if (!outcome.ok()) return outcome.status();
  if (outcome.value() == log::CommitOutcome::kCommitted) return {};
  return Error{
      ErrorKind::kUnavailable,
      "Expected the repair of " + name + " to be committed, but the log " +
          (outcome.value() == log::CommitOutcome::kAborted ? "aborted it"
                                                           : "does not say whether it is") +
          ": look again"};
}

}  // namespace caseclock::runtime

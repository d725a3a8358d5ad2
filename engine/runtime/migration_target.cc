#include "engine/runtime/migration_target.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/codec/output_codec.h"
#include "engine/log/read_all.h"
#include "engine/runtime/whole_group.h"

namespace caseclock::runtime {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

constexpr size_t kReadAtOnce = 8192;
constexpr base::Duration kLook = base::Millis(20);

std::string NotEmpty(const std::string& topic) {
  return "Expected an empty log to migrate to, but " + topic +
         " holds records that no migration has written. Migrate to topics of another prefix, or to "
         "another directory";
}

// Nothing ever, so there is nothing to read, nor a right to read needed.
bool NothingWritten(const log::PartitionBounds& bounds) {
  return bounds.end == 0 && !bounds.undecided;
}

}  // namespace

base::Result<std::unique_ptr<MigrationTarget>> MigrationTarget::Open(
    log::Log* log, const MigrationTargetOptions& options) {
  CHECK(options.monotonic);
  std::unique_ptr<MigrationTarget> target(new MigrationTarget(log, options));
  const TopicNames& names = options.topics;
  auto events = log->Partitions(names.events);
  if (!events.ok()) return events.error();
  target->partitions_ = events.value();
  for (const std::string* name : {&names.cases, &names.partials, &names.alerts, &names.rejects}) {
    auto there = log->Partitions(*name);
    if (!there.ok()) return there.error();
    if (there.value() == target->partitions_) continue;
    return Error{ErrorKind::kConfig, "Expected " + *name + " to have the " +
                                         std::to_string(target->partitions_) + " partitions of " +
                                         names.events + ", but it has " +
                                         std::to_string(there.value())};
  }
  for (const std::string* name : {&names.backlog, &names.policies}) {
    if (auto there = log->Partitions(*name); !there.ok()) return there.error();
  }
  target->links_.resize(static_cast<size_t>(target->partitions_));
  return target;
}

// To the end, also of transactions that are decided and do not show it yet.
Status MigrationTarget::ReadWhole(const log::TopicPartition& partition, const Take& take) const {
  auto reader = log_->Open(partition, 0);
  if (!reader.ok()) return reader.status();
  const auto visit = [&](const log::RecordBatch& batch) -> Status {
    for (const log::RecordView& record : batch.records()) {
      if (auto status = take(record); !status.ok()) return status;
    }
    return {};
  };
  const base::Duration begun = options_.monotonic();
  for (;;) {
    auto bounds = log_->Bounds(partition);
    if (!bounds.ok()) return bounds.status();
    if (auto read = log::ReadAll(reader.value().get(), kReadAtOnce, visit); !read.ok()) return read;
    if (!bounds.value().undecided) return {};
    if (options_.monotonic() - begun > options_.decision_wait) {
      return Error{ErrorKind::kUnavailable, "Expected the transactions in " + partition.topic +
                                                " to be decided, but one is open: is anybody else "
                                                "writing there? Try again"};
    }
    auto batch = reader.value()->Read(kLook, kReadAtOnce);
    if (!batch.ok()) return batch.status();
    if (batch.value() == nullptr) continue;
    if (auto status = visit(*batch.value()); !status.ok()) return status;
  }
}

base::Result<bool> MigrationTarget::HasRecords(const std::string& topic) const {
  auto partitions = log_->Partitions(topic);
  if (!partitions.ok()) return partitions.error();
  for (int32_t number = 0; number < partitions.value(); ++number) {
    const log::TopicPartition partition{topic, number};
    auto bounds = log_->Bounds(partition);
    if (!bounds.ok()) return bounds.error();
    if (bounds.value().first > 0) return true;
    if (NothingWritten(bounds.value())) continue;
    // Transactions that were aborted leave offsets behind, but no records.
    bool any = false;
    const Status read = ReadWhole(partition, [&](const log::RecordView&) {
      any = true;
      return Status();
    });
    if (!read.ok()) return read.error();
    if (any) return true;
  }
  return false;
}

base::Result<std::optional<model::MigrationRecord>> MigrationTarget::ReadRecord(
    bool* others) const {
  std::optional<model::MigrationRecord> record;
  const log::TopicPartition policies{options_.topics.policies, 0};
  auto bounds = log_->Bounds(policies);
  if (!bounds.ok()) return bounds.error();
  if (NothingWritten(bounds.value())) return record;
  const Status read = ReadWhole(policies, [&](const log::RecordView& one) -> Status {
    if (one.key != model::kMigrationKey || !one.value) {
      *others = true;
      return {};
    }
    return codec::DecodeMigration(*one.value, &record.emplace());
  });
  if (!read.ok()) return read.error();
  return record;
}

base::Result<std::optional<model::MigrationRecord>> MigrationTarget::Look() const {
  bool others = false;
  auto record = ReadRecord(&others);
  if (!record.ok()) return record.error();
  if (record.value()) {
    if (record.value()->partitions == partitions_) return record;
    return Error{ErrorKind::kConfig, "Expected " + options_.topics.events + " to have the " +
                                         std::to_string(record.value()->partitions) +
                                         " partitions with which the migration began, but it has " +
                                         std::to_string(partitions_) + ": migrate to new topics"};
  }
  if (others) {
    return Error{ErrorKind::kConfig,
                 NotEmpty(options_.topics.policies) + "; the policies of the source come with it"};
  }
  const TopicNames& names = options_.topics;
  for (const std::string* topic : {&names.cases, &names.alerts, &names.partials, &names.backlog,
                                   &names.rejects, &names.events}) {
    auto any = HasRecords(*topic);
    if (!any.ok()) return any.error();
    if (any.value()) return Error{ErrorKind::kConfig, NotEmpty(*topic)};
  }
  for (int32_t number = 0; number < partitions_; ++number) {
    auto committed = log_->Committed(options_.group, {names.events, number});
    if (!committed.ok()) return committed.error();
    if (!committed.value()) continue;
    return Error{ErrorKind::kConfig, "Expected group " + options_.group +
                                         " to have committed nothing in " + names.events +
                                         ", but it has: give another --group, or topics of "
                                         "another prefix"};
  }
  return record;
}

base::Result<Chain> MigrationTarget::ReadCases(int32_t partition, int64_t* records) const {
  const log::TopicPartition cases{options_.topics.cases, partition};
  auto bounds = log_->Bounds(cases);
  if (!bounds.ok()) return bounds.error();
  Chain chain{std::nullopt};
  const Status read = ReadWhole(cases, [&](const log::RecordView& record) {
    if (chain.Take(record) == Chain::Kind::kCase) ++*records;
    return Status();
  });
  if (!read.ok()) return read.error();
  chain.End(base::kLongAgo);  // its own records, which no compaction has seen
  chain.CheckFirst(bounds.value().first);
  auto committed = log_->Committed(options_.group, {options_.topics.events, partition});
  if (!committed.ok()) return committed.error();
  chain.CheckCommitted(committed.value(), options_.group);
  if (chain.findings().empty()) return chain;
  return Error{ErrorKind::kCorrupt, "Partition " + std::to_string(partition) + " of " +
                                        cases.topic + ": " + chain.findings().front().text +
                                        ". Migrate to topics of another prefix, or to another "
                                        "directory"};
}

Status MigrationTarget::ReadLinks(const std::optional<model::MigrationRecord>& record) {
  int64_t commits = 0;
  int64_t records = 0;
  for (int32_t number = 0; number < partitions_; ++number) {
    auto chain = ReadCases(number, &records);
    if (!chain.ok()) return chain.status();
    Link& link = links_[static_cast<size_t>(number)];
    link.sequence = chain.value().last().sequence;
    link.hash = chain.value().hash();
    commits += link.sequence;
  }
  const int64_t expected = record ? record->commits : 0;
  const int64_t carried = record ? record->case_records() : 0;
  if (commits == expected && records == carried) return {};
  return Error{ErrorKind::kCorrupt,
               "Expected " + std::to_string(expected) + " commits with " + std::to_string(carried) +
                   " records in " + options_.topics.cases + ", as the migration has noted, but " +
                   "found " + std::to_string(commits) + " with " + std::to_string(records) +
                   ": others have written there, or a transaction is torn. Migrate to topics of "
                   "another prefix, or to another directory"};
}

base::Result<std::optional<model::MigrationRecord>> MigrationTarget::Begin() {
  // First the producer: it decides what an earlier run has left undecided, and fences it.
  auto producer = log_->OpenProducer(options_.group + "-migrate");
  if (!producer.ok()) return producer.error();
  producer_ = std::move(producer).value();
  // Not a static member: it leaves at its end, and engines can start at once.
  auto member = log_->Join(options_.group, "", {options_.topics.events});
  if (!member.ok()) return member.error();
  member_ = std::move(member).value();
  const Status alone = TakeAllPartitions(member_.get(), partitions_, options_.group,
                                         options_.monotonic, options_.max_wait);
  if (!alone.ok()) return alone.error();
  for (int32_t number = 0; number < partitions_; ++number) {
    // What is sent meanwhile waits for the engines.
    if (auto status = member_->Pause({options_.topics.events, number}); !status.ok()) {
      return status.error();
    }
  }
  auto record = Look();
  if (!record.ok()) return record;
  if (auto status = ReadLinks(record.value()); !status.ok()) return status.error();
  return record;
}

void MigrationTarget::SetCommit(base::Instant clock, const std::string& policy_hash) {
  CHECK(!open_);
  clock_ = clock;
  policy_hash_ = policy_hash;
}

Status MigrationTarget::Start() {
  if (open_) return {};
  open_ = true;
  return producer_->Begin();
}

Status MigrationTarget::Produce(const std::string& topic, int32_t partition,
                                const log::NewRecord& record) {
  return producer_->Produce(topic, partition, record);
}

// A partition whose commit brings no case begins with a tombstone that announces it, as every such
// commit does; cases come before all else, so it is known by then.
base::Result<MigrationTarget::Link*> MigrationTarget::Enter(int32_t partition, bool with_cases) {
  if (auto status = Start(); !status.ok()) return status.error();
  Link* link = &links_[static_cast<size_t>(partition)];
  if (!entered_.insert(partition).second) {
    CHECK(!with_cases || link->next.output_records > 0);
    return link;
  }
  link->next = {};
  link->next.sequence = link->sequence + 1;
  link->next.previous = link->hash;
  link->next.clock = clock_;
  link->next.policy_hash = policy_hash_;
  if (with_cases) return link;
  log::NewRecord tombstone;
  tombstone.key = model::kCommitKey;
  if (auto status = Produce(options_.topics.cases, partition, tombstone); !status.ok()) {
    return status.error();
  }
  return link;
}

Status MigrationTarget::Add(const MigrationItem& item) {
  if (!item.everywhere) {
    return AddTo(
        item.home.empty() ? item.partition % partitions_ : log::PartitionOf(item.home, partitions_),
        item);
  }
  for (int32_t number = 0; number < partitions_; ++number) {
    if (auto status = AddTo(number, item); !status.ok()) return status;
  }
  return {};
}

Status MigrationTarget::AddTo(int32_t partition, const MigrationItem& item) {
  const bool cases = item.stage == model::MigrationStage::kCases;
  auto link = Enter(partition, cases);
  if (!link.ok()) return link.status();
  const std::string& topic = cases ? options_.topics.cases
                             : item.stage == model::MigrationStage::kAlerts
                                 ? options_.topics.alerts
                                 : options_.topics.rejects;
  for (const log::NewRecord& record : item.records) {
    if (cases) {
      model::CommitRecord& next = link.value()->next;
      next.checksum = base::Crc32c(*record.value, base::Crc32c(*record.key, next.checksum));
      ++next.output_records;
    }
    if (auto status = Produce(topic, partition, record); !status.ok()) return status;
  }
  return {};
}

Status MigrationTarget::AddPolicy(const log::RecordView& record) {
  if (auto status = Start(); !status.ok()) return status;
  log::NewRecord made;
  made.key = record.key;
  made.value = record.value;
  made.headers = record.headers;
  return Produce(options_.topics.policies, 0, made);
}

Status MigrationTarget::AddEmptyCommits() {
  for (int32_t number = 0; number < partitions_; ++number) {
    if (links_[static_cast<size_t>(number)].sequence > 0 || entered_.contains(number)) continue;
    if (auto link = Enter(number, false); !link.ok()) return link.status();
  }
  return {};
}

// As every commit does: what was produced, then the offsets, then the commit records.
Status MigrationTarget::ProduceLinks() {
  std::map<log::TopicPartition, log::GroupOffset> offsets;
  for (const int32_t number : entered_) {
    const int64_t sequence = links_[static_cast<size_t>(number)].next.sequence;
    offsets.insert_or_assign(log::TopicPartition{options_.topics.events, number},
                             log::GroupOffset(0, codec::EncodeCommitNote(sequence)));
  }
  if (offsets.empty()) return {};
  if (auto status = producer_->SendOffsets(member_->token(), offsets); !status.ok()) return status;
  for (const int32_t number : entered_) {
    Link& link = links_[static_cast<size_t>(number)];
    std::string bytes;
    codec::EncodeCommit(link.next, &bytes);
    log::NewRecord made;
    made.key = model::kCommitKey;
    made.value = bytes;
    if (auto status = Produce(options_.topics.cases, number, made); !status.ok()) return status;
    link.sequence = link.next.sequence;
    link.hash = base::Hash(bytes);
  }
  return {};
}

// Kafka wants to hear from a member now and then; and an engine that joined must not be overlooked.
Status MigrationTarget::CheckGroup() {
  auto polled = member_->Poll({}, 1);
  if (!polled.ok()) return polled.status();
  if (polled.value().kind == log::Polled::Kind::kNothing) return {};
  return Error{ErrorKind::kUnavailable, "Expected to be the only member of group " +
                                            options_.group +
                                            ", but another one has joined. Stop it, and start "
                                            "again: the migration goes on from where it is"};
}

Status MigrationTarget::Commit(model::MigrationRecord* record) {
  if (auto status = CheckGroup(); !status.ok()) return status;
  if (auto status = Start(); !status.ok()) return status;
  record->commits += static_cast<int64_t>(entered_.size());
  std::string bytes;
  codec::EncodeMigration(*record, &bytes);
  log::NewRecord note;
  note.key = model::kMigrationKey;
  note.value = bytes;
  if (auto status = Produce(options_.topics.policies, 0, note); !status.ok()) return status;
  if (auto status = ProduceLinks(); !status.ok()) return status;
  auto outcome = producer_->Commit();
  if (!outcome.ok()) return outcome.status();
  open_ = false;
  entered_.clear();
  if (outcome.value() == log::CommitOutcome::kCommitted) return {};
  return Error{
      ErrorKind::kUnavailable,
      std::string("Expected a commit to go through, but the log ") +
          (outcome.value() == log::CommitOutcome::kAborted ? "aborted it"
                                                           : "does not say whether it did") +
          ". Start again: the migration goes on from what is there"};
}

Status MigrationTarget::Check(const model::MigrationRecord& record) const {
  int64_t records = 0;
  for (int32_t number = 0; number < partitions_; ++number) {
    if (auto chain = ReadCases(number, &records); !chain.ok()) return chain.status();
  }
  const int64_t carried = record.case_records();
  if (records == carried) return {};
  return Error{ErrorKind::kCorrupt, "Expected " + std::to_string(carried) + " records in " +
                                        options_.topics.cases + ", as were carried, but found " +
                                        std::to_string(records)};
}

}  // namespace caseclock::runtime

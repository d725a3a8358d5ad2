#include "engine/runtime/chain_report.h"

#include "engine/log/read_all.h"

namespace caseclock::runtime {
namespace {

using base::Status;

Status ReadOn(log::Reader* reader, Chain* chain) {
  return log::ReadAll(reader, 8192, [&](const log::RecordBatch& batch) -> Status {
    for (const log::RecordView& record : batch.records()) chain->Take(record);
    return {};
  });
}

// A transaction is decided within its time, a minute unless somebody set another; one that hangs
// for longer is for an operator to see.
constexpr base::Duration kLook = base::Millis(20);
constexpr int kLooks = 6000;

// Offsets may be seen before the records that were committed with them.
Status CatchUp(log::Log* log, const log::TopicPartition& cases,
               const std::optional<log::GroupOffset>& committed, log::Reader* reader,
               Chain* chain) {
  for (int look = 0; chain->Lead(committed) < 0; ++look) {
    const int64_t before = chain->last().sequence;
    auto bounds = log->Bounds(cases);
    if (!bounds.ok()) return bounds.status();
    if (auto status = ReadOn(reader, chain); !status.ok()) return status;
    if (chain->last().sequence != before) continue;
    if (!bounds.value().undecided) return {};
    if (look >= kLooks) {
      return base::Error{base::ErrorKind::kUnavailable,
                         "Expected the last commit of the group in " + cases.topic + "/" +
                             std::to_string(cases.partition) + ", but behind commit " +
                             std::to_string(before) +
                             " lies a transaction that nobody decides. Are all brokers there?"};
    }
    auto waits = log->Open(cases, bounds.value().end);
    if (!waits.ok()) return waits.status();
    // Only to wait; what it finds is read by the next look.
    if (auto waited = waits.value()->Read(kLook, 1); !waited.ok()) return waited.status();
  }
  return {};
}

}  // namespace

base::Result<ChainReport> ReadChain(log::Log* log, const TopicNames& topics,
                                    const std::string& group, int32_t partition,
                                    base::Instant now) {
  const log::TopicPartition cases{topics.cases, partition};
  const log::TopicPartition input{topics.events, partition};
  ChainReport report;
  if (!group.empty()) {
    auto committed = log->Committed(group, input);
    if (!committed.ok()) return committed.error();
    report.committed = committed.value();
  }
  auto bounds = log->Bounds(cases);
  if (!bounds.ok()) return bounds.error();
  auto reader = log->Open(cases, bounds.value().first);
  if (!reader.ok()) return reader.error();
  Chain chain{std::nullopt};
  chain.CheckFirst(bounds.value().first);
  Status read = ReadOn(reader.value().get(), &chain);
  if (read.ok()) read = CatchUp(log, cases, report.committed, reader.value().get(), &chain);
  if (!read.ok()) return read.error();
  chain.End(now);
  bool went_on = false;  // since the records were read
  if (!group.empty() && chain.Lead(report.committed) > 0) {
    auto newer = log->Committed(group, input);
    if (!newer.ok()) return newer.error();
    report.committed = newer.value();
    went_on = chain.Lead(report.committed) < 0;
  }
  if (!group.empty() && !went_on) chain.CheckCommitted(report.committed, group);
  report.findings = chain.findings();
  report.last = chain.last();
  report.hash = chain.hash();
  return report;
}

}  // namespace caseclock::runtime

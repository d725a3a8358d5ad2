#include "tests/kafka/audit/tellings.h"

#include <functional>

#include "engine/base/hash.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/log/read_all.h"
#include "engine/model/records.h"

namespace caseclock::tests {
namespace {

using base::Status;

constexpr size_t kAtOnce = 4096;
constexpr size_t kComplaintsKept = 50;

Status ForEachRecord(log::Log* log, const std::string& topic,
                     const std::function<Status(const log::RecordView&)>& visit) {
  const auto partitions = log->Partitions(topic);
  if (!partitions.ok()) return partitions.status();
  for (int32_t number = 0; number < partitions.value(); ++number) {
    auto reader = log->Open({topic, number}, 0);
    if (!reader.ok()) return reader.status();
    const Status read =
        log::ReadAll(reader.value().get(), kAtOnce, [&](const log::RecordBatch& batch) -> Status {
          for (const log::RecordView& record : batch.records()) {
            if (auto status = visit(record); !status.ok()) return status;
          }
          return {};
        });
    if (!read.ok()) return read;
  }
  return {};
}

// A page of a case and a commit record have a control character in their keys; a case id has none.
bool IsCase(const log::RecordView& record) {
  return record.key && record.value &&
         record.key->find_first_of(std::string_view("\0\x01", 2)) == std::string_view::npos;
}

}  // namespace

base::Result<Tellings> CountTellings(log::Log* log, const std::string& topic) {
  Tellings result;
  std::map<std::string, int> times;
  const Status read = ForEachRecord(log, topic, [&](const log::RecordView& record) -> Status {
    model::Alert alert;
    if (auto status = codec::DecodeAlert(*record.value, &alert); !status.ok()) return status;
    ++result.told;
    ++times[base::ToHex(alert.id) + "/" + std::to_string(alert.revision) + "/" +
            std::to_string(alert.transitions.size())];
    return {};
  });
  if (!read.ok()) return read.error();
  for (const auto& [step, count] : times) {
    if (count == 1) continue;
    result.doubled += count - 1;
    if (result.complaints.size() == kComplaintsKept) continue;
    result.complaints.push_back("alert " + step + ": expected it to be told once, but found it " +
                                std::to_string(count) + " times");
  }
  return result;
}

base::Result<std::vector<std::string>> Unfinished(log::Log* log, const AuditTopics& topics,
                                                  const std::string& group,
                                                  const Auditor& auditor) {
  std::vector<std::string> lines;
  for (int32_t number = 0; number < static_cast<int32_t>(auditor.replicas().size()); ++number) {
    const log::TopicPartition partition{topics.events, number};
    const std::string name = topics.events + "/" + std::to_string(number);
    const int64_t taken = auditor.TakenTo(number);
    int64_t waiting = 0;
    auto reader = log->Open(partition, taken);
    if (!reader.ok()) return reader.error();
    const Status read =
        log::ReadAll(reader.value().get(), kAtOnce, [&](const log::RecordBatch& batch) -> Status {
          waiting += static_cast<int64_t>(batch.records().size());
          return {};
        });
    if (!read.ok()) return read.error();
    if (waiting > 0) {
      lines.push_back(name + ": expected all input to be taken, but " + std::to_string(waiting) +
                      " records from offset " + std::to_string(taken) + " on are in no commit");
    }
    if (group.empty()) continue;
    const auto committed = log->Committed(group, partition);
    if (!committed.ok()) return committed.error();
    const int64_t stands = committed.value().value_or(0).offset;
    if (stands != taken) {
      lines.push_back(name + ": expected group " + group + " to stand at offset " +
                      std::to_string(taken) + ", where the last commit record ends, but it is at " +
                      std::to_string(stands));
    }
  }
  return lines;
}

base::Result<std::map<std::string, std::string>> Views(log::Log* log, const std::string& topic) {
  std::map<std::string, std::string> views;
  const Status read = ForEachRecord(log, topic, [&](const log::RecordView& record) -> Status {
    if (!IsCase(record)) return {};
    model::CaseState state;
    if (auto status = codec::DecodeCase(*record.value, &state); !status.ok()) return status;
    std::string bytes;
    codec::EncodeView(state.view, &bytes);
    views[std::string(*record.key)] = base::ToHex(base::Hash(bytes));
    return {};
  });
  if (!read.ok()) return read.error();
  return views;
}

}  // namespace caseclock::tests

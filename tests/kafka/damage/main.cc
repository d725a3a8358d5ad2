// kafka_damage: makes a group's topics what they must never be, in partition 0. The topics are
// PREFIX.events and so on, and the group is called PREFIX.
//
//   kafka_damage BROKERS copy FROM TO HOW   all that the topics of FROM hold, policies left out,
//                                           and its offsets, to those of TO, which are empty:
//     whole     as it is
//     half      to the newest commit with records of cases: of that these, but neither the commit
//               record nor the offsets: a transaction that a late end tore in two
//     missing   without a commit record in the middle
//   kafka_damage BROKERS ahead PREFIX       offsets to the end of the input, and no records: the
//                                           other half of a torn transaction
//   kafka_damage BROKERS twice PREFIX       the newest commit once more

#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/codec/output_codec.h"
#include "engine/log/kafka/kafka_log.h"
#include "engine/log/read_all.h"
#include "engine/model/records.h"

namespace caseclock::tests {
namespace {

using base::Status;
using log::GroupOffset;
using log::TopicPartition;
using Offsets = std::map<TopicPartition, GroupOffset>;

constexpr size_t kAtOnce = 4096;
constexpr const char* kCopied[] = {"events", "cases", "partials", "alerts", "backlog", "rejects"};

struct Record {
  base::Instant timestamp;
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::string>> headers;

  [[nodiscard]] bool IsCommit() const { return key == model::kCommitKey && value; }
};
using Records = std::vector<Record>;

base::Error Impossible(const std::string& message) {
  return {base::ErrorKind::kInvalid, message};
}

std::optional<std::string> Own(const std::optional<std::string_view>& bytes) {
  return bytes ? std::optional(std::string(*bytes)) : std::nullopt;
}

base::Result<Records> Read(log::Log* log, const TopicPartition& from) {
  Records records;
  auto reader = log->Open(from, 0);
  if (!reader.ok()) return reader.error();
  const Status read =
      log::ReadAll(reader.value().get(), kAtOnce, [&](const log::RecordBatch& batch) -> Status {
        for (const log::RecordView& view : batch.records()) {
          Record& record = records.emplace_back();
          record.timestamp = view.timestamp;
          record.key = Own(view.key);
          record.value = Own(view.value);
          for (const log::HeaderView& header : view.headers) {
            record.headers.emplace_back(header.key, header.value);
          }
        }
        return {};
      });
  if (!read.ok()) return read.error();
  return records;
}

// Where the commit records of a partition of cases lie.
std::vector<size_t> CommitsIn(const Records& cases) {
  std::vector<size_t> places;
  for (size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].IsCommit()) places.push_back(i);
  }
  return places;
}

// Writes to the topics of a group, as a member of it.
class Meddler {
 public:
  Meddler(log::Log* log, std::string prefix) : log_(log), prefix_(std::move(prefix)) {}

  Status Copy(const std::string& from, const std::string& how);
  Status Ahead();
  Status Twice();

 private:
  [[nodiscard]] TopicPartition Place(const std::string& topic, int32_t partition = 0) const {
    return {prefix_ + "." + topic, partition};
  }
  base::Result<Offsets> CopyAll(const std::string& from, const std::string& how);
  Status CutTheNewest(Records* cases, Offsets* offsets) const;
  Status Begin();
  Status Put(const TopicPartition& to, const Records& records);
  Status Commit(const Offsets& offsets);

  log::Log* const log_;
  const std::string prefix_;
  std::unique_ptr<log::Producer> producer_;
};

Status Meddler::Begin() {
  auto producer = log_->OpenProducer(prefix_ + "-meddler");
  if (!producer.ok()) return producer.status();
  producer_ = std::move(producer).value();
  return producer_->Begin();
}

Status Meddler::Put(const TopicPartition& to, const Records& records) {
  for (const Record& record : records) {
    std::vector<log::HeaderView> headers;
    for (const auto& [key, value] : record.headers) headers.push_back({key, value});
    log::NewRecord made;
    made.key = record.key;
    made.value = record.value;
    made.timestamp = record.timestamp;
    made.headers = headers;
    if (auto status = producer_->Produce(to.topic, to.partition, made); !status.ok()) return status;
  }
  return {};
}

Status Meddler::Commit(const Offsets& offsets) {
  std::unique_ptr<log::Consumer> member;
  if (!offsets.empty()) {
    auto joined = log_->Join(prefix_, "", {prefix_ + ".events"});
    if (!joined.ok()) return joined.status();
    member = std::move(joined).value();
    for (bool assigned = false; !assigned;) {
      auto polled = member->Poll(base::Millis(100), 1);
      if (!polled.ok()) return polled.status();
      assigned = polled.value().kind == log::Polled::Kind::kAssigned;
    }
    if (auto status = producer_->SendOffsets(member->token(), offsets); !status.ok()) return status;
  }
  auto outcome = producer_->Commit();
  if (!outcome.ok()) return outcome.status();
  if (outcome.value() == log::CommitOutcome::kCommitted) return {};
  return Impossible("Expected the damage to be committed, but it was not");
}

// Back to the newest one that has records: others only announce themselves.
Status Meddler::CutTheNewest(Records* cases, Offsets* offsets) const {
  std::vector<size_t> commits = CommitsIn(*cases);
  while (!commits.empty() && commits.back() > 0 && !(*cases)[commits.back() - 1].value) {
    commits.pop_back();
  }
  if (commits.size() < 2 || (*cases)[commits.back() - 1].IsCommit()) {
    return Impossible("Expected a newest commit with records of cases, but there is none");
  }
  model::CommitRecord before;
  const Record& kept = (*cases)[commits[commits.size() - 2]];
  if (auto status = codec::DecodeCommit(*kept.value, &before); !status.ok()) return status;
  cases->resize(commits.back());
  offsets->insert_or_assign(Place("events"),
                            GroupOffset(before.input_to, codec::EncodeCommitNote(before.sequence)));
  return {};
}

base::Result<Offsets> Meddler::CopyAll(const std::string& from, const std::string& how) {
  auto partitions = log_->Partitions(from + ".events");
  if (!partitions.ok()) return partitions.error();
  Offsets offsets;
  for (int32_t number = 0; number < partitions.value(); ++number) {
    auto committed = log_->Committed(from, {from + ".events", number});
    if (!committed.ok()) return committed.error();
    if (committed.value()) offsets.insert_or_assign(Place("events", number), *committed.value());
  }
  for (const std::string topic : kCopied) {
    auto count = log_->Partitions(from + "." + topic);
    if (!count.ok()) return count.error();
    for (int32_t number = 0; number < count.value(); ++number) {
      auto records = Read(log_, {from + "." + topic, number});
      if (!records.ok()) return records.error();
      if (topic == "cases" && number == 0 && how == "half") {
        const Status cut = CutTheNewest(&records.value(), &offsets);
        if (!cut.ok()) return cut.error();
      } else if (topic == "cases" && number == 0 && how == "missing") {
        const std::vector<size_t> commits = CommitsIn(records.value());
        if (commits.size() < 3) return Impossible("Expected three commits, but there are fewer");
        records.value().erase(records.value().begin() +
                              static_cast<std::ptrdiff_t>(commits[commits.size() / 2]));
      }
      const Status put = Put(Place(topic, number), records.value());
      if (!put.ok()) return put.error();
    }
  }
  return offsets;
}

Status Meddler::Copy(const std::string& from, const std::string& how) {
  if (auto status = Begin(); !status.ok()) return status;
  auto offsets = CopyAll(from, how);
  return offsets.ok() ? Commit(offsets.value()) : offsets.status();
}

Status Meddler::Ahead() {
  auto bounds = log_->Bounds(Place("events"));
  if (!bounds.ok()) return bounds.status();
  auto stands = log_->Committed(prefix_, Place("events"));
  if (!stands.ok()) return stands.status();
  const auto sequence = codec::DecodeCommitNote(stands.value().value_or(0).note);
  if (!sequence || stands.value()->offset >= bounds.value().end) {
    return Impossible("Expected input behind the last commit, but there is none");
  }
  if (auto status = Begin(); !status.ok()) return status;
  return Commit(
      {{Place("events"), GroupOffset(bounds.value().end, codec::EncodeCommitNote(*sequence + 1))}});
}

Status Meddler::Twice() {
  auto cases = Read(log_, Place("cases"));
  if (!cases.ok()) return cases.status();
  const std::vector<size_t> commits = CommitsIn(cases.value());
  if (commits.size() < 2) return Impossible("Expected two commits, but there are fewer");
  const auto begin = cases.value().begin();
  const auto at = [&](size_t commit) {
    return begin + static_cast<std::ptrdiff_t>(commits[commit]) + 1;
  };
  if (auto status = Begin(); !status.ok()) return status;
  const Status put = Put(Place("cases"), Records(at(commits.size() - 2), at(commits.size() - 1)));
  return put.ok() ? Commit({}) : put;
}

Status Run(log::Log* log, const std::vector<std::string>& words) {
  static const std::set<std::string> kHows = {"whole", "half", "missing"};
  if (words.size() == 5 && words[1] == "copy" && kHows.contains(words[4])) {
    return Meddler(log, words[3]).Copy(words[2], words[4]);
  }
  if (words.size() == 3 && words[1] == "ahead") return Meddler(log, words[2]).Ahead();
  if (words.size() == 3 && words[1] == "twice") return Meddler(log, words[2]).Twice();
  return Impossible(
      "Expected BROKERS copy FROM TO whole|half|missing, BROKERS ahead PREFIX or "
      "BROKERS twice PREFIX, but got something else");
}

}  // namespace
}  // namespace caseclock::tests

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  caseclock::log::KafkaOptions options;
  options.brokers = words.empty() ? "" : words[0];
  auto log = caseclock::log::OpenKafkaLog(options);
  const caseclock::base::Status status =
      log.ok() ? caseclock::tests::Run(log.value().get(), words) : log.status();
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return 2;
}

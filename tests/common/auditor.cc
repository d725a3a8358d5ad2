#include "tests/common/auditor.h"

#include <algorithm>

#include "engine/base/time_text.h"
#include "engine/codec/output_codec.h"
#include "engine/log/read_all.h"
#include "engine/policy/load.h"

namespace caseclock::tests {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

constexpr size_t kDifferencesKept = 50;

std::string Place(const std::string& topic, int32_t partition) {
  return topic + "/" + std::to_string(partition);
}

// Readable without the bytes: those are not text, and may be long.
std::string Describe(const OwnRecord& record) {
  std::string text = record.key ? "key " + record.key->substr(0, 40) : std::string("no key");
  text += record.value ? ", " + std::to_string(record.value->size()) + " bytes" : ", tombstone";
  for (const auto& [key, value] : record.headers) {
    if (key == "ce_id" || key == "ce_type" || key == "ce_time") text += ", " + value;
  }
  return text;
}

// A tombstone of the same key announces a commit without records of cases.
bool IsCommit(const OwnRecord& record) {
  return record.key == model::kCommitKey && record.value;
}

OwnRecord Announcement() {
  OwnRecord record;
  record.key = model::kCommitKey;
  return record;
}

}  // namespace

Auditor::Auditor(log::Log* log, AuditTopics topics) : log_(log), topics_(std::move(topics)) {}

void Auditor::Say(const std::string& line) {
  if (differences_.size() < kDifferencesKept) differences_.push_back(line);
}

base::Result<std::vector<OwnRecord>> Auditor::Read(const std::string& topic,
                                                   int32_t partition) const {
  auto reader = log_->Open({topic, partition}, 0);
  if (!reader.ok()) return reader.error();
  std::vector<OwnRecord> records;
  const Status read =
      log::ReadAll(reader.value().get(), 4096, [&](const log::RecordBatch& batch) -> Status {
        for (const log::RecordView& r : batch.records()) {
          OwnRecord& own = records.emplace_back();
          own.offset = r.offset;
          own.timestamp = r.timestamp;
          if (r.key) own.key.emplace(*r.key);
          if (r.value) own.value.emplace(*r.value);
          for (const log::HeaderView& header : r.headers) {
            own.headers.emplace_back(header.key, header.value);
          }
        }
        return {};
      });
  if (!read.ok()) return read.error();
  return records;
}

Status Auditor::ReadPolicies() {
  auto records = Read(topics_.policies, 0);
  if (!records.ok()) return records.status();
  std::map<std::string, policy::PolicyTexts> sets;
  for (const OwnRecord& record : records.value()) {
    if (record.key->starts_with(model::kActivationKey)) {
      model::ActivationRecord activation;
      if (auto status = codec::DecodeActivation(*record.value, &activation); !status.ok()) {
        return status;
      }
      policy::LoadResult loaded = policy::LoadPolicyTexts(sets[activation.hash]);
      if (!loaded.ok()) return Error{ErrorKind::kConfig, "Expected an activated set to load"};
      timeline_.Add(activation.effective_from, std::move(*loaded.set));
      continue;
    }
    model::PolicyRecord set;
    if (auto status = codec::DecodePolicy(*record.value, &set); !status.ok()) return status;
    sets[set.hash].clear();  // it may be there twice
    for (const model::PolicyText& file : set.files) {
      sets[set.hash].emplace_back(file.name, file.text);
    }
  }
  return {};
}

Status Auditor::Run() {
  if (auto status = ReadPolicies(); !status.ok()) return status;
  auto config = log_->Describe(topics_.events);
  if (!config.ok()) return config.status();
  const int32_t partitions = config.value().partitions;
  for (int32_t number = 0; number < partitions; ++number) {
    replicas_.push_back(std::make_unique<Replica>(topics_.events, number, partitions, &timeline_));
    auto input = Read(topics_.events, number);
    if (!input.ok()) return input.status();
    inputs_.push_back(std::move(input).value());
  }
  chains_.resize(inputs_.size());
  for (int32_t number = 0; number < partitions; ++number) {
    if (auto status = AuditPartition(number); !status.ok()) return status;
  }
  CheckRerouted();
  return CheckPartials();
}

Status Auditor::AuditPartition(int32_t number) {
  Stream streams[3];
  const std::string* const topics[] = {&topics_.cases, &topics_.alerts, &topics_.rejects};
  for (size_t i = 0; i < std::size(streams); ++i) {
    auto found = Read(*topics[i], number);
    if (!found.ok()) return found.status();
    streams[i] = {Place(*topics[i], number), std::move(found).value(), 0};
  }
  if (auto status = Replay(number, &streams[0], &streams[1], &streams[2]); !status.ok()) {
    return status;
  }
  for (const Stream& stream : streams) CheckAllMatched(stream);
  return {};
}

Status Auditor::Replay(int32_t number, Stream* cases, Stream* alerts, Stream* rejects) {
  Replica& replica = *replicas_[static_cast<size_t>(number)];
  size_t next_input = 0;
  for (const OwnRecord& record : cases->found) {
    if (!IsCommit(record)) continue;
    model::CommitRecord commit;
    if (auto status = codec::DecodeCommit(*record.value, &commit); !status.ok()) return status;
    for (const model::CommitStep& step : commit.steps) TakeStep(step, number, &next_input);
    Told told = replica.Commit(commit.clock);
    for (const OwnRecord& expected : told.cases) Match(expected, cases);
    if (told.cases.empty()) Match(Announcement(), cases);
    CheckCommit(number, commit, record, told.cases);
    ++cases->next;  // the commit record itself
    for (const OwnRecord& expected : told.alerts) Match(expected, alerts);
    for (const OwnRecord& expected : told.rejects) Match(expected, rejects);
    for (auto& [home, sent] : told.rerouted) {
      auto& all = rerouted_[home];
      std::move(sent.begin(), sent.end(), std::back_inserter(all));
    }
    ++counts_.commits;
    counts_.cases += static_cast<int64_t>(told.cases.size());
    counts_.alerts += static_cast<int64_t>(told.alerts.size());
    counts_.rejects += static_cast<int64_t>(told.rejects.size());
  }
  return {};
}

void Auditor::TakeStep(const model::CommitStep& step, int32_t number, size_t* next) {
  const std::vector<OwnRecord>& input = inputs_[static_cast<size_t>(number)];
  Replica& replica = *replicas_[static_cast<size_t>(number)];
  replica.Begin(step);
  const size_t first = *next;
  for (; *next < input.size() && input[*next].offset < step.input_to; ++*next) {
    replica.Take(input[*next]);
    ++counts_.inputs;
  }
  if (!step.follow_to.empty()) {
    replica.Follow();
  } else if (*next == first) {
    replica.RunOn();
  }
}

// Of the set in force at the commit's clock. Activations may have become known since its last step,
// so any of them may be the last one known.
std::string Auditor::PolicyHashOf(const model::CommitRecord& commit) const {
  const size_t least = commit.steps.empty() ? 1 : static_cast<size_t>(commit.steps.back().policies);
  for (size_t known = least; known < timeline_.size(); ++known) {
    const std::string& hash = timeline_.At(commit.clock, known).hash;
    if (hash == commit.policy_hash) return hash;
  }
  return timeline_.At(commit.clock, timeline_.size()).hash;
}

void Auditor::CheckCommit(int32_t number, const model::CommitRecord& commit,
                          const OwnRecord& record, const std::vector<OwnRecord>& told) {
  const auto at = static_cast<size_t>(number);
  Chain& chain = chains_[at];
  model::CommitRecord expected = commit;  // the schedule: input_to, steps, clock, partials
  expected.sequence = chain.last.sequence + 1;
  expected.previous = chain.hash;
  expected.input_from = chain.last.input_to;
  expected.input_records =
      std::count_if(inputs_[at].begin(), inputs_[at].end(), [&](const OwnRecord& input) {
        return input.offset >= chain.last.input_to && input.offset < commit.input_to;
      });
  expected.output_records = static_cast<int64_t>(told.size());
  expected.checksum = 0;
  for (const OwnRecord& one : told) {
    expected.checksum = base::Crc32c(*one.value, base::Crc32c(*one.key, expected.checksum));
  }
  expected.policy_hash = PolicyHashOf(commit);
  const std::string name =
      Place(topics_.cases, number) + ": commit " + std::to_string(commit.sequence);
  std::string bytes;
  codec::EncodeCommit(expected, &bytes);
  if (bytes != *record.value) {
    ++counts_.wrong;
    Say(name + ": expected sequence " + std::to_string(expected.sequence) + ", input from " +
        std::to_string(expected.input_from) + ", " + std::to_string(expected.input_records) +
        " inputs, " + std::to_string(expected.output_records) + " outputs, but found sequence " +
        std::to_string(commit.sequence) + ", input from " + std::to_string(commit.input_from) +
        ", " + std::to_string(commit.input_records) + " inputs, " +
        std::to_string(commit.output_records) + " outputs, or another chain or checksum");
  }
  if (replicas_[at]->clock() != commit.clock) {
    Say(name + ": expected the clock at " + base::FormatInstant(replicas_[at]->clock()) +
        ", but it is " + base::FormatInstant(commit.clock));
  }
  chain.last = commit;
  chain.hash = base::Hash(*record.value);
}

void Auditor::Match(const OwnRecord& expected, Stream* stream) {
  const bool over = stream->next >= stream->found.size();
  const std::string name = stream->name + " record " + std::to_string(stream->next);
  if (over || IsCommit(stream->found[stream->next])) {
    ++counts_.lost;
    Say(name + ": expected " + Describe(expected) + ", but there is nothing more");
    return;
  }
  const OwnRecord& found = stream->found[stream->next++];
  if (found.SameContent(expected)) return;
  ++counts_.wrong;
  Say(name + " at offset " + std::to_string(found.offset) + ": expected " + Describe(expected) +
      ", but found " + Describe(found));
}

void Auditor::CheckAllMatched(const Stream& stream) {
  if (stream.next == stream.found.size()) return;
  counts_.surplus += static_cast<int64_t>(stream.found.size() - stream.next);
  Say(stream.name + ": expected " + std::to_string(stream.next) + " records, but found " +
      std::to_string(stream.found.size()) + ", the next " + Describe(stream.found[stream.next]));
}

int64_t Auditor::TakenTo(int32_t partition) const {
  return chains_.at(static_cast<size_t>(partition)).last.input_to;
}

void Auditor::CheckRerouted() {
  const auto by_content = [](const OwnRecord& a, const OwnRecord& b) {
    return std::tie(a.headers, a.key, a.value) < std::tie(b.headers, b.key, b.value);
  };
  for (size_t number = 0; number < inputs_.size(); ++number) {
    // Those of several partitions come in in any order, and between records of clients.
    std::vector<OwnRecord>& expected = rerouted_[static_cast<int32_t>(number)];
    const std::vector<OwnRecord> of_one = expected;
    for (size_t i = 1; i < topics_.groups; ++i) {
      expected.insert(expected.end(), of_one.begin(), of_one.end());
    }
    std::vector<OwnRecord> found;
    for (const OwnRecord& record : inputs_[number]) {
      const bool moved =
          std::any_of(record.headers.begin(), record.headers.end(),
                      [](const auto& h) { return h.first == "caseclock-origin-offset"; });
      if (moved) found.push_back(record);
    }
    std::sort(expected.begin(), expected.end(), by_content);
    std::sort(found.begin(), found.end(), by_content);
    counts_.rerouted += static_cast<int64_t>(found.size());
    const bool same =
        std::equal(expected.begin(), expected.end(), found.begin(), found.end(),
                   [](const OwnRecord& a, const OwnRecord& b) { return a.SameContent(b); });
    if (same) continue;
    Say(Place(topics_.events, static_cast<int32_t>(number)) + ": expected " +
        std::to_string(expected.size()) + " records from other partitions, but found " +
        std::to_string(found.size()) + " or other ones");
  }
}

}  // namespace caseclock::tests

#include "engine/runtime/policies.h"

#include "engine/codec/output_codec.h"
#include "engine/log/read_all.h"
#include "engine/policy/load.h"
#include "engine/policy/succession.h"

namespace caseclock::runtime {
namespace {

using base::Error;
using base::ErrorKind;
using base::Instant;
using base::Status;

std::string ProblemText(const policy::Problems& problems) {
  std::string text;
  for (const policy::Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += policy::FormatProblem(problem);
  }
  return text;
}

}  // namespace

log::TopicConfig PoliciesTopic() {
  log::TopicConfig config;
  config.partitions = 1;
  config.compacted = true;
  return config;
}

Status PolicyReader::Take(const log::RecordView& record) {
  if (!record.key || !record.value) return {};
  if (*record.key == model::kMigrationKey) {
    return codec::DecodeMigration(*record.value, &migration_.emplace());
  }
  if (!record.key->starts_with(model::kActivationKey)) {
    model::PolicyRecord set;
    if (auto status = codec::DecodePolicy(*record.value, &set); !status.ok()) return status;
    sets_[set.hash] = std::move(set);
    return {};
  }
  model::ActivationRecord activation;
  if (auto status = codec::DecodeActivation(*record.value, &activation); !status.ok()) {
    return status;
  }
  activations_[record.offset] = std::move(activation);
  return {};
}

base::Result<std::shared_ptr<const model::PolicySet>> PolicyReader::Load(const std::string& hash) {
  auto& slot = loaded_[hash];
  if (slot != nullptr) return slot;
  const auto found = sets_.find(hash);
  if (found == sets_.end()) {
    return Error{ErrorKind::kConfig, "Expected the activated policy set " + hash + " in " + topic_ +
                                         ", but it is not there; activate it again"};
  }
  policy::PolicyTexts texts;
  for (const model::PolicyText& file : found->second.files) {
    texts.emplace_back(file.name, file.text);
  }
  policy::LoadResult result = policy::LoadPolicyTexts(texts);
  if (!result.ok()) {
    return Error{ErrorKind::kConfig, "The activated policy set " + hash +
                                         " does not load in this version:\n" +
                                         ProblemText(result.problems)};
  }
  slot = std::make_shared<const model::PolicySet>(std::move(*result.set));
  return slot;
}

base::Result<bool> PolicyReader::Read() {
  if (reader_ == nullptr) {
    auto reader = log_->Open({topic_, 0}, 0);
    if (!reader.ok()) return reader.error();
    reader_ = std::move(reader).value();
  }
  const Status read = log::ReadAll(reader_.get(), 1024, [&](const log::RecordBatch& batch) {
    for (const log::RecordView& record : batch.records()) {
      if (auto status = Take(record); !status.ok()) return status;
    }
    return Status();
  });
  if (!read.ok()) {
    reader_.reset();  // it may have stopped in the middle; what is taken again changes nothing
    return read.error();
  }
  if (auto status = CheckMigrated(*this); !status.ok()) return status.error();
  if (activations_.size() == in_timeline_) return false;
  auto timeline = std::make_shared<PolicyTimeline>();
  for (const auto& [offset, activation] : activations_) {
    auto set = Load(activation.hash);
    if (!set.ok()) return set.error();
    // What was carried here from another log begins to hear sources anew.
    const Instant begun = migration_ ? migration_->finished_at : activation.activated_at;
    timeline->Add(activation.effective_from, set.value(), std::max(begun, activation.activated_at));
  }
  timeline_ = std::move(timeline);
  in_timeline_ = activations_.size();
  sets_.clear();
  return true;
}

Status CheckMigrated(const PolicyReader& policies) {
  const std::optional<model::MigrationRecord>& migration = policies.migration();
  if (!migration || migration->done()) return {};
  return Error{ErrorKind::kConfig,
               "Expected the migration into this log to be done, but it has carried " +
                   std::to_string(migration->cases) +
                   " cases and then stopped, or is at work: with the same caseclock migrate "
                   "command it goes on from there"};
}

Status ActivatePolicies(log::Log* log, const TopicNames& topics,
                        const std::vector<model::PolicyText>& files, Instant now,
                        const std::string& by, base::Duration lead) {
  policy::PolicyTexts texts;
  for (const model::PolicyText& file : files) texts.emplace_back(file.name, file.text);
  const policy::LoadResult result = policy::LoadPolicyTexts(texts);
  if (!result.ok()) return Error{ErrorKind::kConfig, ProblemText(result.problems)};
  if (auto there = log->Partitions(topics.policies); !there.ok()) {
    if (there.error().kind != ErrorKind::kNotFound) return there.status();
    if (auto made = log->EnsureTopic(topics.policies, PoliciesTopic()); !made.ok()) return made;
  }
  PolicyReader reader(log, topics.policies);
  if (auto read = reader.Read(); !read.ok() && read.error().kind != ErrorKind::kConfig) {
    return read.status();
  }
  if (auto status = CheckMigrated(reader); !status.ok()) return status;
  if (reader.last() != nullptr && reader.last()->hash == result.set->hash) return {};
  if (reader.timeline() != nullptr) {
    const auto lost = policy::CheckSuccession(reader.timeline()->last(), result);
    if (!lost.empty()) return Error{ErrorKind::kConfig, ProblemText(lost)};
  }

  model::PolicyRecord set;
  set.hash = result.set->hash;
  for (const auto& [name, text] : result.texts) set.files.push_back({name, text});
  model::ActivationRecord activation;
  activation.hash = set.hash;
  // The first set of a log may judge its past; later ones must not, silently. Nor must one come
  // into force before the one it follows, whatever the clock here says.
  activation.effective_from = base::kEarliestInstant;
  if (reader.timeline() != nullptr) {
    const Instant last = reader.timeline()->periods().back().effective_from;
    activation.effective_from = std::max(now + lead, last + base::Duration{1});
  }
  activation.activated_at = now;
  activation.by = by;
  std::string set_bytes;
  codec::EncodePolicy(set, &set_bytes);
  std::string activation_bytes;
  codec::EncodeActivation(activation, &activation_bytes);
  // Of its own: a set that is gone back to is in force twice, and compaction must keep both times.
  const std::string activation_key =
      model::kActivationKey + (":" + set.hash) + ":" + std::to_string(activation.effective_from.us);
  auto appender = log->OpenAppender();
  if (!appender.ok()) return appender.status();
  std::array<log::NewRecord, 2> records;
  records[0].key = set.hash;
  records[0].value = set_bytes;
  records[1].key = activation_key;
  records[1].value = activation_bytes;
  return appender.value()->Append(topics.policies, records).status();
}

}  // namespace caseclock::runtime

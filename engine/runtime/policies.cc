#include "engine/runtime/policies.h"

#include "engine/codec/output_codec.h"
#include "engine/log/read_all.h"
#include "engine/policy/load.h"

namespace caseclock::runtime {
namespace {

using base::Error;
using base::ErrorKind;
using base::Instant;
using base::Status;

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
                                         policy::FormatProblems(result.problems)};
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

}  // namespace caseclock::runtime

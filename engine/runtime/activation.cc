// Activating a policy set.

#include <algorithm>

#include "engine/base/time_text.h"
#include "engine/codec/output_codec.h"
#include "engine/host/log.h"
#include "engine/policy/load.h"
#include "engine/policy/succession.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/last_commit.h"
#include "engine/runtime/policies.h"

namespace caseclock::runtime {
namespace {

using base::Error;
using base::ErrorKind;
using base::Instant;
using base::Status;

// Up to when anything has been judged, by what engines have committed; kLongAgo: nothing has.
base::Result<Instant> JudgedTo(log::Log* log, const std::string& topic) {
  Instant latest = base::kLongAgo;
  const auto partitions = log->Partitions(topic);
  if (!partitions.ok()) {
    if (partitions.error().kind == ErrorKind::kNotFound) return latest;
    return partitions.error();
  }
  for (int32_t number = 0; number < partitions.value(); ++number) {
    const log::TopicPartition cases{topic, number};
    const auto bounds = log->Bounds(cases);
    if (!bounds.ok()) return bounds.error();
    const auto last = LastCommitBefore(log, cases, bounds.value().end);
    if (!last.ok()) return last.error();
    if (!last.value()) continue;
    model::CommitRecord commit;
    if (auto status = codec::DecodeCommit(*last.value(), &commit); !status.ok()) {
      return status.error();
    }
    latest = std::max(latest, commit.clock);
  }
  return latest;
}

// When a set may come into force that follows others: neither before the last one nor before
// something that has been judged already, whatever the clock here says.
base::Result<Instant> Earliest(log::Log* log, const TopicNames& topics,
                               const PolicyTimeline& timeline,
                               const std::function<Instant()>& clock, base::Duration lead) {
  const auto judged = JudgedTo(log, topics.cases);  // takes a while where partitions are many
  const Instant now = clock();
  const Instant last = timeline.periods().back().effective_from;
  Instant from = std::max(now + lead, last + base::Duration{1});
  if (!judged.ok() && judged.error().kind == ErrorKind::kConfig) {
    host::LogWarning("may not read how far cases have been judged, so this clock alone decides",
                     {{"topic", topics.cases}, {"cause", judged.error().message}});
    return from;
  }
  if (!judged.ok()) return judged;
  if (judged.value() < now) return from;
  from = std::max(from, judged.value() + lead + base::Duration{1});
  if (judged.value() == now) return from;
  host::LogWarning(
      "cases have been judged up to later than the clock here says; the policies come "
      "into force after that",
      {{"clock", base::FormatInstant(now)},
       {"judged_to", base::FormatInstant(judged.value())},
       {"in_force_from", base::FormatInstant(from)}});
  return from;
}

Status Put(log::Appender* appender, const std::string& topic, const std::string& key,
           const std::string& bytes) {
  log::NewRecord record;
  record.key = key;
  record.value = bytes;
  return appender->Append(topic, {&record, 1}).status();
}

}  // namespace

Status ActivatePolicies(log::Log* log, const TopicNames& topics,
                        const std::vector<model::PolicyText>& files,
                        const std::function<Instant()>& clock, const std::string& by,
                        base::Duration lead) {
  policy::PolicyTexts texts;
  for (const model::PolicyText& file : files) texts.emplace_back(file.name, file.text);
  const policy::LoadResult result = policy::LoadPolicyTexts(texts);
  if (!result.ok()) return Error{ErrorKind::kConfig, policy::FormatProblems(result.problems)};
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
    if (!lost.empty()) return Error{ErrorKind::kConfig, policy::FormatProblems(lost)};
  }

  auto appender = log->OpenAppender();
  if (!appender.ok()) return appender.status();
  model::PolicyRecord set;
  set.hash = result.set->hash;
  for (const auto& [name, text] : result.texts) set.files.push_back({name, text});
  std::string bytes;
  codec::EncodePolicy(set, &bytes);
  // Alone, so that nothing slow is left to do once it is decided from when it is in force: engines
  // judge up to half the lead beyond what they have read.
  auto put = Put(appender.value().get(), topics.policies, set.hash, bytes);
  if (!put.ok()) return put;

  model::ActivationRecord activation;
  activation.hash = set.hash;
  activation.by = by;
  // The first set of a log may judge its past; later ones must not, silently.
  activation.effective_from = base::kEarliestInstant;
  if (reader.timeline() != nullptr) {
    auto from = Earliest(log, topics, *reader.timeline(), clock, lead);
    if (!from.ok()) return from.status();
    activation.effective_from = from.value();
  }
  activation.activated_at = clock();
  bytes.clear();
  codec::EncodeActivation(activation, &bytes);
  // Of its own: a set that is gone back to is in force twice, and compaction must keep both times.
  const std::string key =
      model::kActivationKey + (":" + set.hash) + ":" + std::to_string(activation.effective_from.us);
  return Put(appender.value().get(), topics.policies, key, bytes);
}

}  // namespace caseclock::runtime

#include "engine/runtime/standby.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>

#include "engine/base/check.h"
#include "engine/host/log.h"
#include "engine/runtime/followed_partitions.h"
#include "engine/runtime/member_id.h"
#include "engine/runtime/shared_parts.h"

namespace caseclock::runtime {
namespace {

using base::Duration;
using base::Error;
using base::ErrorKind;
using base::Status;

// A place that falls free is taken after as much at most, and a question of a coordinator costs
// next to nothing.
constexpr Duration kLookEvery = base::Millis(250);
constexpr std::chrono::milliseconds kRest{50};
constexpr Duration kCaughtUp = base::Seconds(2);  // with what there was so long ago
// A commit must not be counted by policies that are older than it: new ones come into force so much
// later than they can be read (kActivationLead), and half of that is for what is under way.
constexpr Duration kPoliciesLast{kActivationLead.us / 2};

// The stores of an earlier life: what the engine had then it may well have still.
std::set<int32_t> PartitionsIn(const std::string& directory, int32_t partitions) {
  std::set<int32_t> found;
  for (int32_t number = 0; number < partitions; ++number) {
    std::error_code ignored;
    if (std::filesystem::is_directory(directory + "/" + std::to_string(number), ignored)) {
      found.insert(number);
    }
  }
  return found;
}

}  // namespace

Standby::Standby() = default;

Standby::~Standby() {
  const Status ignored = Stop();  // whoever wants to know calls Stop first
  static_cast<void>(ignored);
}

base::Result<std::unique_ptr<Standby>> Standby::Open(log::Log* log, const EngineOptions& options,
                                                     Duration patience) {
  CHECK(options.wall_clock && options.monotonic);
  std::unique_ptr<Standby> standby(new Standby);
  standby->shared_.log = log;
  standby->shared_.options = options;
  standby->patience_ = patience;
  if (auto status = standby->Begin(); !status.ok()) return status.error();
  return standby;
}

Status Standby::Begin() {
  const EngineOptions& options = shared_.options;
  auto partitions = shared_.log->Partitions(options.topics.events);
  if (!partitions.ok()) return partitions.status();
  shared_.partitions = partitions.value();
  if (auto status = CheckPartitions(&shared_); !status.ok()) return status;
  policies_ = std::make_unique<PolicyReader>(shared_.log, options.topics.policies);
  if (auto status = ReadPolicies(); !status.ok()) return status;
  std::error_code code;
  std::filesystem::create_directories(options.state_dir, code);
  if (code) {
    return Error{ErrorKind::kIo,
                 "Cannot create the state directory " + options.state_dir + ": " + code.message()};
  }
  ShareResources(&shared_);
  checkpoints_ = std::make_unique<CheckpointWriter>(options.checkpoint_probe, options.driven);
  const int lanes = options.driven ? 1 : WorkerCount(options, shared_.partitions);
  for (int i = 0; i < lanes; ++i) {
    lanes_.push_back(std::make_unique<FollowedPartitions>(&shared_, checkpoints_.get()));
  }
  if (options.driven) return {};
  for (const auto& lane : lanes_) lane->Start();
  return {};
}

Status Standby::ReadPolicies() {
  if (auto read = policies_->Read(); !read.ok()) return read.status();
  if (policies_->timeline() == nullptr) return NoPolicies(shared_.options.topics);
  shared_.policies.store(policies_->timeline());
  const Duration until = shared_.options.monotonic() + kPoliciesLast;
  for (const auto& lane : lanes_) lane->FollowUntil(until);
  return {};
}

void Standby::Want(const std::set<int32_t>& partitions) {
  std::vector<std::set<int32_t>> shares(lanes_.size());
  for (const int32_t number : partitions) {
    shares[static_cast<size_t>(number) % lanes_.size()].insert(number);
  }
  for (size_t i = 0; i < lanes_.size(); ++i) lanes_[i]->Want(std::move(shares[i]));
}

base::Result<bool> Standby::Turn() {
  if (auto failed = shared_.health(); !failed.ok()) return failed.error();
  bool place_is_free = false;
  if (shared_.options.monotonic() >= next_look_) {
    auto looked = Look();
    const bool away = !looked.ok() && looked.error().kind == ErrorKind::kUnavailable;
    if (!looked.ok() && !away) return looked;
    if (away && !away_) {
      host::LogWarning("the log failed, trying again", {{"cause", looked.error().message}});
    }
    away_ = away;
    place_is_free = !away && looked.value();
    next_look_ = shared_.options.monotonic() + kLookEvery;
    ShareCaches(&shared_, stats().figures_bytes);
  }
  if (!shared_.options.driven || place_is_free) return place_is_free;
  auto followed = lanes_.front()->Turn();
  if (!followed.ok()) return followed;
  checkpoints_->WriteNext();
  return false;
}

base::Result<bool> Standby::Look() {
  if (auto status = ReadPolicies(); !status.ok()) return status.error();
  auto members = shared_.log->StaticMembers(shared_.options.group);
  if (!members.ok()) return members.error();
  int present = 0;
  std::set<int32_t> partitions;
  for (const log::StaticMember& member : members.value()) {
    if (!IsMemberOf(shared_.options.instance, member.instance)) continue;
    ++present;
    for (const log::TopicPartition& partition : member.partitions) {
      if (partition.topic == shared_.options.topics.events) partitions.insert(partition.partition);
    }
  }
  if (present > 0) {
    // Who leaves later than another one of the same engine is not all there was of it.
    members_seen_ = std::max(members_seen_, present);
    free_since_.reset();
    // While the group deals them out, nobody has any.
    if (!partitions.empty()) Want(partitions);
    return false;
  }
  if (members_seen_ > 0) return true;
  const Duration now = shared_.options.monotonic();
  if (!free_since_) {
    free_since_ = now;
    Want(PartitionsIn(shared_.options.state_dir, shared_.partitions));
    host::LogWarning(
        "no such engine in the group; its place is taken when it does not come",
        {{"instance", shared_.options.instance}, {"within_s", patience_.us / 1'000'000}});
  }
  return now - *free_since_ >= patience_;
}

base::Result<bool> Standby::AwaitPlace(const std::atomic<bool>& cancelled) {
  std::mutex mutex;
  std::condition_variable nobody;
  while (!cancelled) {
    auto turned = Turn();
    if (!turned.ok() || turned.value()) return turned;
    std::unique_lock lock(mutex);
    nobody.wait_for(lock, kRest);
  }
  return false;
}

Status Standby::Stop() {
  shared_.stopping = true;
  Status failed;
  for (const auto& lane : lanes_) {
    Status status = lane->Stop();
    if (failed.ok()) failed = std::move(status);
  }
  return failed.ok() ? shared_.health() : failed;
}

EngineStats Standby::stats() const {
  EngineStats stats;
  stats.standby = true;
  stats.checkpoints = shared_.counters.checkpoints;
  stats.budget_bytes = shared_.options.memory_bytes;
  stats.store_bytes = store::MemoryBytes(*shared_.resources);
  stats.clock = base::kNever;
  const Duration now = shared_.options.monotonic();
  for (const auto& lane : lanes_) lane->AddTo(now, &stats);
  stats.caught_up = stats.lag && *stats.lag <= kCaughtUp;
  if (stats.clock == base::kNever || stats.clock == base::kLongAgo) stats.clock = base::Instant{};
  stats.memory_bytes = stats.cache_bytes + stats.figures_bytes + stats.store_bytes;
  return stats;
}

}  // namespace caseclock::runtime

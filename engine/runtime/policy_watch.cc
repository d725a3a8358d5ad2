#include "engine/runtime/policy_watch.h"

#include <algorithm>
#include <chrono>

#include "engine/base/time_text.h"
#include "engine/host/log.h"
#include "engine/host/thread_name.h"
#include "engine/runtime/shared_parts.h"

namespace caseclock::runtime {
namespace {

using base::Instant;
using base::Status;

// Half of the lead is for clocks of machines that differ, and for what is under way.
constexpr base::Duration kKnownAhead{kActivationLead.us / 2};
constexpr std::chrono::milliseconds kReadEvery{1000};
// A log that is away is asked no more often, however much is held up by it.
constexpr std::chrono::milliseconds kRest{100};
// Of a worker for what is being read, unless the log is away: after a standstill, records that came
// in meanwhile would else be judged as of before it.
constexpr std::chrono::milliseconds kPatience{500};
constexpr int kFailuresInARow = 5;

}  // namespace

PolicyWatch::PolicyWatch(Shared* shared)
    : shared_(shared), reader_(shared->log, shared->options.topics.policies) {}

PolicyWatch::~PolicyWatch() {
  Stop();
}

Status PolicyWatch::Open() {
  if (auto status = TryRead(); !status.ok()) return status;
  return reader_.timeline() == nullptr ? NoPolicies(shared_->options.topics) : Status();
}

void PolicyWatch::Start() {
  if (!shared_->options.driven) thread_ = std::thread([this] { Run(); });
}

void PolicyWatch::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Instant PolicyWatch::Hold(Instant wall) {
  std::unique_lock lock(mutex_);
  if (wall > known_to_) Await(&lock, [&] { return wall <= known_to_; });
  const Instant held = std::min(wall, known_to_);
  judged_to_ = std::max(judged_to_, held);
  return held;
}

bool PolicyWatch::Knows(Instant judged) {
  std::unique_lock lock(mutex_);
  const auto known = [&, next = begun_ + 1] { return judged <= known_to_ || whole_ >= next; };
  if (!known()) Await(&lock, known);
  if (!known()) return false;
  judged_to_ = std::max(judged_to_, judged);
  return true;
}

void PolicyWatch::Await(std::unique_lock<std::mutex>* lock, const std::function<bool()>& done) {
  if (shared_->options.driven) return Read(lock);
  asked_ = true;
  changed_.notify_all();
  changed_.wait_for(*lock, kPatience, [&] { return stopping_ || failures_ > 0 || done(); });
}

void PolicyWatch::Run() {
  host::NameThread("policies");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, kReadEvery, [this] { return stopping_ || asked_; });
    if (stopping_) return;
    asked_ = false;
    Read(&lock);
    changed_.notify_all();
    if (failures_ > 0) changed_.wait_for(lock, kRest, [this] { return stopping_; });
  }
}

void PolicyWatch::Read(std::unique_lock<std::mutex>* lock) {
  const uint64_t number = ++begun_;
  lock->unlock();
  const Status read = TryRead();
  lock->lock();
  if (read.ok()) {
    failures_ = 0;
    whole_ = number;
    return;
  }
  const bool away = read.error().kind == base::ErrorKind::kUnavailable;
  if (!away || (++failures_ > kFailuresInARow && !shared_->options.outlive_outages)) {
    shared_->Fail(read.error());
    return;
  }
  if (failures_ > 1) return;  // said once
  host::LogWarning("could not read policies, trying again", {{"cause", read.error().message}});
}

Status PolicyWatch::TryRead() {
  // What was put there while it was read may have been missed.
  const Instant begun = shared_->options.wall_clock();
  const size_t before = reader_.timeline() == nullptr ? 0 : reader_.timeline()->periods().size();
  const auto read = reader_.Read();
  if (!read.ok()) return read.status();
  if (read.value()) {
    shared_->policies.store(reader_.timeline());
    if (before > 0) {
      host::LogInfo("policies activated", {{"hash", reader_.last()->hash}});
      SayIfLate(before);
    }
  }
  const std::lock_guard lock(mutex_);
  // Also where the wall clock was set back: what was put there since says so by that one.
  known_to_ = begun + kKnownAhead;
  return {};
}

// By a clock that is behind, or because it took long to write them. The first new ones are in force
// first.
void PolicyWatch::SayIfLate(size_t known) {
  const std::lock_guard lock(mutex_);
  const Instant from = reader_.timeline()->periods()[known].effective_from;
  if (shared_->options.clock != ClockMode::kWall || from > judged_to_) return;
  host::LogError(
      "policies came into force before they could be read: the clock by which they were activated "
      "is behind this one, or the log took long to take them. Cases judged since then were counted "
      "by the policies before; state "
      "verify finds what differs, and state repair puts it right",
      {{"in_force_from", base::FormatInstant(from)},
       {"judged_to", base::FormatInstant(judged_to_)}});
}

}  // namespace caseclock::runtime

#include "engine/runtime/shared.h"

#include <algorithm>

#include "engine/runtime/told_chunks.h"

namespace caseclock::runtime {

int Subscribers::Add(Engine::Subscriber subscriber) {
  const std::lock_guard lock(mutex_);
  subscribers_[next_id_] = std::move(subscriber);
  count_ = static_cast<int>(subscribers_.size());
  return next_id_++;
}

void Subscribers::Remove(int id) {
  const std::lock_guard lock(mutex_);
  subscribers_.erase(id);
  count_ = static_cast<int>(subscribers_.size());
}

void Subscribers::Tell(const EngineEvent& event) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, subscriber] : subscribers_) subscriber(event);
}

void Shared::Fail(const base::Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (health_.ok()) health_ = error;
  }
  stopping = true;
}

bool Shared::GoOnOpening() {
  if (!options.while_opening) return true;
  const int64_t total = restore_total;
  const int64_t done = std::min(restore_done.load(), total);
  const double share = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : -1;
  if (!options.while_opening(share, static_cast<uint64_t>(done))) stopping = true;
  return !stopping;
}

base::Status Shared::GoOnRestoring() {
  life.Restored();
  const bool unwanted = options.snapshot && !GoOnOpening();
  if (!unwanted && !stopping) return {};
  return base::Error{base::ErrorKind::kUnavailable, "Stopped while restoring"};
}

std::shared_ptr<ToldChunks> Shared::Told() {
  const std::lock_guard lock(mutex_);
  auto told = told_.lock();
  if (told == nullptr) {
    told = std::make_shared<ToldChunks>(log, options.topics.partials, partitions);
    told_ = told;
  }
  return told;
}

base::Status Shared::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

}  // namespace caseclock::runtime

#include "engine/runtime/shared.h"

#include "engine/base/check.h"

namespace caseclock::runtime {

const std::shared_ptr<const model::PolicySet>& PolicyTimeline::At(base::Instant t) const {
  CHECK(!periods.empty());
  const Period* best = &periods.front();
  for (const Period& period : periods) {
    if (period.effective_from <= t) best = &period;
  }
  return best->set;
}

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

base::Status Shared::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

}  // namespace caseclock::runtime

#include "engine/log/kafka/leader_handle.h"

#include <utility>

namespace caseclock::log::kafka {
namespace {

constexpr std::chrono::seconds kFresh{1};

}  // namespace

base::Result<std::unique_ptr<LeaderHandle>> LeaderHandle::Open(const KafkaOptions& options,
                                                               const Properties& fixed) {
  auto client = Client::Open(options, Role::kControl, fixed, nullptr);
  if (!client.ok()) return client.error();
  return std::unique_ptr<LeaderHandle>(new LeaderHandle(options, fixed, std::move(client).value()));
}

std::shared_ptr<const Client> LeaderHandle::client() const {
  const std::lock_guard lock(mutex_);
  return client_;
}

base::Status LeaderHandle::Renew(const std::shared_ptr<const Client>& stale) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (client_ != stale || now - opened_ < kFresh) return {};
  auto client = Client::Open(options_, Role::kControl, fixed_, nullptr);
  if (!client.ok()) return client.status();
  client_ = std::move(client).value();  // the old one ends with its last user
  opened_ = now;
  return {};
}

}  // namespace caseclock::log::kafka

#pragma once

// Alerts for queries: follows the alerts topic, and keeps what still stands in memory, the newest
// ones first to stay; the rest is read from the topic when asked for. Any thread.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/alert.h"
#include "engine/runtime/shared.h"

namespace caseclock::runtime {

class AlertScan {
 public:
  explicit AlertScan(Shared* shared) : shared_(shared) {}

  // Newest telling first. `total`, may be null: how many without the limit.
  base::Result<std::vector<model::Alert>> Find(const AlertFilter& filter, size_t* total = nullptr);
  base::Result<std::optional<model::Alert>> ById(const base::Hash128& id);

 private:
  using Visit = std::function<base::Status(const base::Hash128&, std::string_view bytes)>;
  base::Status ForEach(const Visit& visit) const;
  base::Status DecodeValue(std::string_view bytes, model::Alert* alert) const;

  Shared* const shared_;
};

// Raised, acknowledged or escalated: somebody should still look.
bool IsStanding(model::AlertState state);

}  // namespace caseclock::runtime

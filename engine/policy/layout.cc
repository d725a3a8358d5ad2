// The names that values are chosen from.

#include "engine/policy/layout.h"

#include <algorithm>

#include "engine/model/event.h"
#include "engine/model/policy.h"

namespace caseclock::policy {

const Key* Layout::Find(std::string_view name) const {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

const KnownNames& EventNames() {
  static const KnownNames kNames = [] {
    KnownNames names;
    for (size_t i = 0; i < model::kCaseEventTypes; ++i)
      names.push_back(model::EventTypeName(static_cast<model::EventType>(i)));
    return names;
  }();
  return kNames;
}

const KnownNames& ScreeningDecisions() {
  static const KnownNames kNames = {"in", "out", "returned"};
  return kNames;
}

const KnownNames& DeadlineNames() {
  static const KnownNames kNames = {"elapsed",
                                    "working_time",
                                    "working_days",
                                    "days_counting_trigger_day",
                                    "days_after_trigger_day",
                                    "scheduled"};
  return kNames;
}

const KnownNames& RegradeNames() {
  static const KnownNames kNames = {"rebase", "restart", "keep"};
  return kNames;
}

const KnownNames& LackNames() {
  static const KnownNames kNames = {model::LackName(model::Lack::kUnqualified),
                                    model::LackName(model::Lack::kAway)};
  return kNames;
}

}  // namespace caseclock::policy

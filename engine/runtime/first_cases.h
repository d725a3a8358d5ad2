#pragma once

// Which case comes first: the oldest that is open, and the longest overdue of each clock. Of two of
// one instant the one whose id comes first, so that the answer is the same every time.

#include <map>
#include <string>
#include <utility>

#include "engine/base/atom.h"
#include "engine/base/instant.h"
#include "engine/core/figures.h"

namespace caseclock::runtime {

class FirstCases {
 public:
  void OfferOpen(base::Instant opened_at, const std::string& case_id) {
    Keep(&oldest_, opened_at, case_id);
  }
  // REQUIRES: `due_at` has passed.
  void OfferDue(base::Atom clock, base::Instant due_at, const std::string& case_id) {
    Keep(&due_[clock], due_at, case_id);
  }
  void Offer(const FirstCases& other) {
    if (!other.oldest_.second.empty()) OfferOpen(other.oldest_.first, other.oldest_.second);
    for (const auto& [clock, first] : other.due_) OfferDue(clock, first.first, first.second);
  }

  [[nodiscard]] core::ExtremeCases Names() const {
    core::ExtremeCases names;
    names.oldest_case = oldest_.second;
    for (const auto& [clock, first] : due_) {
      names.most_overdue_by_clock.emplace_back(clock, first.second);
    }
    return names;
  }

 private:
  using First = std::pair<base::Instant, std::string>;
  static void Keep(First* first, base::Instant t, const std::string& case_id) {
    if (first->second.empty() || std::pair(t, case_id) < *first) *first = {t, case_id};
  }
  First oldest_;
  std::map<base::Atom, First> due_;
};

}  // namespace caseclock::runtime

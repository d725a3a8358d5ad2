#include "engine/runtime/head_window.h"

#include <algorithm>

namespace caseclock::runtime {

void HeadWindow::Insert(base::Instant t, std::string_view case_id) {
  if (t >= end_) return;  // also kNever
  entries_.insert(Entry{t, std::string(case_id)});
  if (entries_.size() > limit_ * 2) Shrink();
}

void HeadWindow::Erase(base::Instant t, std::string_view case_id) {
  if (t >= end_) return;
  const auto at = entries_.find(Before::View(t, case_id));
  if (at != entries_.end()) entries_.erase(at);
}

void HeadWindow::Shrink() {
  auto cut = std::next(entries_.begin(), static_cast<std::ptrdiff_t>(limit_));
  // All entries of one instant stay together, or the end would not be an instant.
  cut = entries_.lower_bound(Before::View(cut->at, std::string_view()));
  if (cut == entries_.begin()) return;  // so many of one instant: better too many than wrong
  end_ = cut->at;
  entries_.erase(cut, entries_.end());
}

base::Status HeadWindow::Refill(const Source& indexed, const Source& newer) {
  const base::Instant from = end_;
  base::Instant last = from;
  bool more = false;
  base::Status status = indexed(from, [&](base::Instant t, std::string_view case_id) {
    if (entries_.size() >= limit_ && t != last) {
      more = true;
      return false;
    }
    last = t;
    entries_.insert(entries_.end(), Entry{t, std::string(case_id)});
    return true;
  });
  if (!status.ok()) return status;
  // Up to `last` inclusive the index has been read.
  end_ = more ? base::Instant{last.us + 1} : base::kNever;
  return newer(from, [&](base::Instant t, std::string_view case_id) {
    if (t >= from && t < end_) Insert(t, case_id);
    return true;
  });
}

}  // namespace caseclock::runtime

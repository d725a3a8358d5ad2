#include "engine/runtime/head_window.h"

#include <algorithm>

namespace caseclock::runtime {

void HeadWindow::Insert(base::Instant t, std::string_view case_id) {
  if (!Reaches(t, case_id)) return;  // also kNever
  entries_.insert(Entry{t, std::string(case_id)});
  if (entries_.size() > limit_ * 2) Shrink();
}

void HeadWindow::Erase(base::Instant t, std::string_view case_id) {
  if (!Reaches(t, case_id)) return;
  const auto at = entries_.find(Before::View(t, case_id));
  if (at != entries_.end()) entries_.erase(at);
}

void HeadWindow::Shrink() {
  const auto cut = std::next(entries_.begin(), static_cast<std::ptrdiff_t>(limit_));
  end_ = *cut;
  entries_.erase(cut, entries_.end());
}

base::Status HeadWindow::Refill(const Source& indexed, const Source& newer) {
  const Entry from = end_;
  end_ = {base::kNever, {}};
  base::Status status = indexed(from, [&](base::Instant t, std::string_view case_id) {
    if (entries_.size() >= limit_) {
      end_ = {t, std::string(case_id)};
      return false;
    }
    entries_.insert(entries_.end(), Entry{t, std::string(case_id)});
    return true;
  });
  if (status.ok()) {
    status = newer(from, [&](base::Instant t, std::string_view case_id) {
      if (!Before()(Before::View(t, case_id), from)) Insert(t, case_id);
      return true;
    });
  }
  if (!status.ok()) {
    entries_.clear();  // not all that should be: as before
    end_ = from;
  }
  return status;
}

}  // namespace caseclock::runtime

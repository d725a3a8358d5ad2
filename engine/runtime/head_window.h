#pragma once

// The earliest entries of an ordered set of (instant, case id) that is too large for memory:
// timers, or the open cases of a queue. Holds exactly the entries before one that is its end,
// however many there are of one instant (a bulk import, limits that end with a day); the others are
// found in the store's index and among the cases that are newer than the store, by Refill. Owned by
// a partition; not thread-safe.

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/instant.h"
#include "engine/base/result.h"

namespace caseclock::runtime {

class HeadWindow {
 public:
  // At most twice `limit` entries are held.
  explicit HeadWindow(size_t limit) : limit_(limit) {}

  // `t` of kNever is no entry.
  void Insert(base::Instant t, std::string_view case_id);
  void Erase(base::Instant t, std::string_view case_id);

  struct Entry {
    base::Instant at;
    std::string case_id;
  };
  struct Before {
    using is_transparent = void;
    using View = std::pair<base::Instant, std::string_view>;
    static View Of(const Entry& e) { return {e.at, e.case_id}; }
    static View Of(const View& v) { return v; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return Of(a) < Of(b);
    }
  };
  using Entries = std::set<Entry, Before>;

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  // REQUIRES: !empty()
  [[nodiscard]] const Entry& front() const { return *entries_.begin(); }
  [[nodiscard]] const Entries& entries() const { return entries_; }
  // Whether such an entry lies before the end: it is held if it is there at all.
  [[nodiscard]] bool Reaches(base::Instant t, std::string_view case_id) const {
    return Before()(Before::View(t, case_id), end_);
  }
  // The earliest instant that anything can stand at.
  [[nodiscard]] base::Instant Next() const { return empty() ? end_.at : front().at; }
  // There is no more than is held.
  [[nodiscard]] bool whole() const { return end_.at == base::kNever; }
  // Nothing held, but there may be more.
  [[nodiscard]] bool NeedsRefill() const { return empty() && !whole(); }
  [[nodiscard]] size_t size() const { return entries_.size(); }

  // Where to look for more: calls its argument with entries from one on, until it returns false.
  // `indexed` must be in order; `newer` may give any, in any order, but all of those.
  using Visit = std::function<bool(base::Instant, std::string_view case_id)>;
  using Source = std::function<base::Status(const Entry& from, const Visit&)>;
  base::Status Refill(const Source& indexed, const Source& newer);

 private:
  void Shrink();

  const size_t limit_;
  Entries entries_;
  Entry end_{base::kLongAgo, {}};  // at kNever: all there are
};

}  // namespace caseclock::runtime

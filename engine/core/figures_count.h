#pragma once

// Counting facts between two seconds. Whole days are taken by their totals; only chunks on a
// boundary are looked into.

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "engine/core/figures_table.h"

namespace caseclock::core {

// One series of one partition.
struct SeriesView {
  FigureTable* table = nullptr;
  FigureSeries* series = nullptr;
};

// The seconds from `first` through `last`, both counted; none when last < first.
struct SecondRange {
  int64_t first = std::numeric_limits<int64_t>::min();
  int64_t last = std::numeric_limits<int64_t>::max();

  [[nodiscard]] bool Has(int64_t second) const { return first <= second && second <= last; }
  [[nodiscard]] bool Covers(int64_t from, int64_t to) const { return first <= from && to <= last; }
  [[nodiscard]] bool Meets(int64_t from, int64_t to) const { return first <= to && from <= last; }
};
constexpr SecondRange UpTo(int64_t last) {
  return {.last = last};
}
constexpr SecondRange Before(int64_t end) {
  return {.last = end - 1};
}

// Of all these: a chunk that cannot be read counts as empty, and the table's status says so.

// Facts with `second` and `other` in the given seconds.
int64_t CountFacts(SeriesView view, SecondRange second, SecondRange other = {});
// The least `second` of such facts.
std::optional<int64_t> EarliestSecond(SeriesView view, SecondRange second, SecondRange other = {});
// The greatest `other` of all facts.
std::optional<int64_t> GreatestOther(SeriesView view);

// Facts of several series in order of `second`, the latest first, up to an instant.
class LatestFirst {
 public:
  LatestFirst(std::span<const SeriesView> views, int64_t last);

  [[nodiscard]] int64_t size() const { return size_; }
  // The second of the fact at `rank`. REQUIRES: 1 <= rank <= size().
  [[nodiscard]] int64_t SecondAt(int64_t rank) const;

 private:
  [[nodiscard]] std::vector<KeyCount> FactsOf(int32_t day) const;

  std::span<const SeriesView> views_;
  int64_t last_ = 0;
  int32_t first_day_ = 0;
  std::vector<int64_t> by_day_;  // from first_day_ on
  int64_t size_ = 0;
};

}  // namespace caseclock::core

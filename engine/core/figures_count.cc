#include "engine/core/figures_count.h"

#include <algorithm>

namespace caseclock::core {
namespace {

int64_t StartOf(const DayChunk& chunk) {
  return chunk.day * kDaySeconds;
}
int64_t EndOf(const DayChunk& chunk) {
  return StartOf(chunk) + kDaySeconds - 1;
}

// The days that meet `second`.
std::span<DayChunk> DaysIn(SeriesView view, SecondRange second) {
  std::vector<DayChunk>& days = view.series->days;
  const auto first = std::partition_point(
      days.begin(), days.end(), [&](const DayChunk& chunk) { return EndOf(chunk) < second.first; });
  const auto last = std::partition_point(
      first, days.end(), [&](const DayChunk& chunk) { return StartOf(chunk) <= second.last; });
  return {first, last};
}

int64_t CountInside(SeriesView view, DayChunk* chunk, SecondRange second, SecondRange other) {
  int64_t count = 0;
  view.table->Scan(*view.series, chunk, [&](int64_t s, int64_t o, int64_t n) {
    if (second.Has(s) && other.Has(o)) count += n;
  });
  return count;
}

}  // namespace

int64_t CountFacts(SeriesView view, SecondRange second, SecondRange other) {
  const bool any_other = other.Covers(-kOtherBias, kOtherBias);
  int64_t count = 0;
  for (DayChunk& chunk : DaysIn(view, second)) {
    const int64_t total = view.table->Total(chunk);
    if (total == 0) continue;
    bool whole = second.Covers(StartOf(chunk), EndOf(chunk));
    if (!any_other) {
      const ValueRange others = view.table->Others(chunk);
      if (!other.Meets(others.min, others.max)) continue;
      whole = whole && other.Covers(others.min, others.max);
    }
    count += whole ? total : CountInside(view, &chunk, second, other);
  }
  return count;
}

std::optional<int64_t> EarliestSecond(SeriesView view, SecondRange second, SecondRange other) {
  std::vector<KeyCount> facts;
  for (DayChunk& chunk : DaysIn(view, second)) {
    if (view.table->Total(chunk) == 0) continue;
    facts.clear();
    view.table->Unpack(*view.series, &chunk, &facts);
    for (const KeyCount& fact : facts) {
      const int64_t at = StartOf(chunk) + SecondOfKey(fact.key);
      if (second.Has(at) && other.Has(OtherOfKey(fact.key))) return at;
    }
  }
  return std::nullopt;
}

std::optional<int64_t> GreatestOther(SeriesView view) {
  std::optional<int64_t> greatest;
  std::vector<KeyCount> facts;
  for (DayChunk& chunk : view.series->days) {
    if (view.table->Total(chunk) == 0) continue;
    if (greatest && view.table->Others(chunk).max <= *greatest) continue;
    facts.clear();
    view.table->Unpack(*view.series, &chunk, &facts);
    for (const KeyCount& fact : facts) {
      greatest = std::max(greatest.value_or(OtherOfKey(fact.key)), OtherOfKey(fact.key));
    }
  }
  return greatest;
}

LatestFirst::LatestFirst(std::span<const SeriesView> views, int64_t last)
    : views_(views), last_(last) {
  const SecondRange until = UpTo(last);
  int32_t end_day = 0;
  bool any = false;
  for (const SeriesView& view : views) {
    const std::span<DayChunk> days = DaysIn(view, until);
    if (days.empty()) continue;
    first_day_ = any ? std::min(first_day_, days.front().day) : days.front().day;
    end_day = any ? std::max(end_day, days.back().day + 1) : days.back().day + 1;
    any = true;
  }
  by_day_.resize(static_cast<size_t>(end_day - first_day_));
  for (const SeriesView& view : views) {
    for (DayChunk& chunk : DaysIn(view, until)) {
      const int64_t count =
          EndOf(chunk) <= last ? view.table->Total(chunk) : CountInside(view, &chunk, until, {});
      by_day_[static_cast<size_t>(chunk.day - first_day_)] += count;
      size_ += count;
    }
  }
}

int64_t LatestFirst::SecondAt(int64_t rank) const {
  CHECK(rank >= 1 && rank <= size_);
  size_t day = by_day_.size() - 1;
  for (; by_day_[day] < rank; --day) rank -= by_day_[day];
  const int32_t chunk_day = first_day_ + static_cast<int32_t>(day);
  const std::vector<KeyCount> facts = FactsOf(chunk_day);
  auto at = facts.rbegin();
  for (; at != facts.rend() && at->count < rank; ++at) rank -= at->count;
  if (at == facts.rend()) return chunk_day * kDaySeconds;  // not read
  return chunk_day * kDaySeconds + SecondOfKey(at->key);
}

std::vector<KeyCount> LatestFirst::FactsOf(int32_t day) const {
  const int64_t start = day * kDaySeconds;
  std::vector<KeyCount> facts;
  for (const SeriesView& view : views_) {
    for (DayChunk& chunk : DaysIn(view, {start, start + kDaySeconds - 1})) {
      view.table->Unpack(*view.series, &chunk, &facts);
    }
  }
  std::erase_if(facts, [&](const KeyCount& f) { return start + SecondOfKey(f.key) > last_; });
  SortCounts(&facts);
  return facts;
}

}  // namespace caseclock::core

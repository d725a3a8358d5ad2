// Merging changes into a packed day.

#include "engine/core/figures_pack.h"

#include <algorithm>

namespace caseclock::core {
namespace {

constexpr uint64_t kPastAll = std::numeric_limits<uint64_t>::max();

void AppendVarint(uint64_t value, std::vector<uint8_t>* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<uint8_t>(value));
}

uint64_t ZigZag(int64_t value) {
  return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
}

// How a result stores its gaps: decided before the first entry is written.
struct Layout {
  bool plain = true;
  ValueRange gaps;
};

class PackWriter {
 public:
  PackWriter(PackScratch* scratch, int64_t day_start, Layout layout)
      : heads_(scratch->heads), gaps_(scratch->gaps), day_start_(day_start), layout_(layout) {
    heads_.clear();
    gaps_.clear();
    if (!layout_.plain) width_ = GapWidth(layout_.gaps);
  }

  void Append(uint64_t key, int64_t count) {
    const int64_t second = SecondOfKey(key);
    AppendHead(second, count);
    if (width_ != 0) AppendGap(OtherOfKey(key) - day_start_ - second);
  }

  // Copies the entries of `reader` below `end`, beginning with its present one, and leaves it
  // behind them; `*more`: there is an entry there. The gaps must be stored as here.
  void CopyRun(PackReader* reader, uint64_t end, bool* more) {
    AppendHead(reader->second(), reader->count());  // its neighbour before may be another one now
    const uint8_t* const head = reader->head_end();
    const uint8_t* const gap = reader->gap_end() - width_;
    PackReader::Passed passed;
    *more = reader->PassBelow(end, &passed);
    heads_.insert(heads_.end(), head, passed.head_end);
    gaps_.insert(gaps_.end(), gap, passed.gap_end);
    second_ = passed.second;
    entries_ += passed.after;
  }

  PackedBytes Finish() {
    if (entries_ == 0) return PackedBytes();
    std::vector<uint8_t> header;
    AppendVarint(entries_ << 1 | (layout_.plain ? 1 : 0), &header);
    if (!layout_.plain) {
      AppendVarint(ZigZag(layout_.gaps.min), &header);
      AppendVarint(static_cast<uint64_t>(layout_.gaps.max - layout_.gaps.min), &header);
    }
    PackedBytes packed(header.size() + heads_.size() + gaps_.size());
    uint8_t* const heads = std::copy(header.begin(), header.end(), packed.data());
    std::copy(gaps_.begin(), gaps_.end(), std::copy(heads_.begin(), heads_.end(), heads));
    return packed;
  }

  [[nodiscard]] size_t entries() const { return entries_; }

 private:
  void AppendHead(int64_t second, int64_t count) {
    const uint64_t head = static_cast<uint64_t>(second - second_) << 1 | (count == 1 ? 0 : 1);
    AppendVarint(head, &heads_);
    if (count != 1) AppendVarint(static_cast<uint64_t>(count - 2), &heads_);
    second_ = second;
    ++entries_;
  }
  void AppendGap(int64_t gap) {
    const auto stored = static_cast<uint64_t>(gap - layout_.gaps.min);
    for (size_t i = 0; i < width_; ++i) gaps_.push_back(static_cast<uint8_t>(stored >> 8 * i));
  }

  std::vector<uint8_t>& heads_;
  std::vector<uint8_t>& gaps_;
  int64_t day_start_;
  Layout layout_;
  size_t width_ = 0;
  int64_t second_ = 0;
  size_t entries_ = 0;
};

// Both merges: `run(end, &more)` takes the entries of `reader` below `end`, `add` takes one.
template <typename Run, typename Add>
void Merge(PackReader* reader, std::span<const KeyCount> changes, const Run& run, const Add& add) {
  bool more = reader->Next();
  for (const KeyCount& change : changes) {
    if (more && reader->Below(change.key)) run(change.key, &more);
    int64_t count = change.count;
    if (more && reader->key() == change.key) {
      count += reader->count();
      more = reader->Next();
    }
    CHECK(count >= 0);
    if (count > 0) add(change.key, count);
  }
  if (more) run(kPastAll, &more);
}

// Entry by entry.
template <typename Add>
void MergeEach(PackReader* reader, std::span<const KeyCount> changes, const Add& add) {
  const auto run = [&](uint64_t end, bool* more) {
    while (*more && reader->Below(end)) {
      add(reader->key(), reader->count());
      *more = reader->Next();
    }
  };
  Merge(reader, changes, run, add);
}

// The bounds of the gaps grow with every change; they are measured anew when much is taken away.
Layout LayoutFor(std::span<const uint8_t> packed, int64_t day_start,
                 std::span<const KeyCount> changes) {
  PackReader reader(packed, day_start);
  Layout layout{reader.plain(), reader.gaps()};
  size_t removals = 0;
  const auto include = [&](uint64_t key, int64_t) {
    layout.gaps.Include(OtherOfKey(key) - day_start - SecondOfKey(key));
  };
  for (const KeyCount& change : changes) {
    layout.plain = layout.plain && OtherOfKey(change.key) == 0;
    if (change.count > 0) include(change.key, change.count);
    if (change.count < 0) ++removals;
  }
  if (layout.plain) return layout;
  if (reader.plain() || removals * 4 > reader.entries()) {
    layout.gaps = ValueRange();
    MergeEach(&reader, changes, include);
  }
  return layout;
}

}  // namespace

size_t MergePacked(std::span<const uint8_t> packed, int64_t day_start,
                   std::span<const KeyCount> changes, PackScratch* scratch, PackedBytes* result) {
  PackReader reader(packed, day_start);
  const Layout layout = LayoutFor(packed, day_start, changes);
  PackWriter writer(scratch, day_start, layout);
  const auto add = [&](uint64_t key, int64_t count) { writer.Append(key, count); };
  if (layout.plain == reader.plain() && (layout.plain || layout.gaps == reader.gaps())) {
    Merge(
        &reader, changes, [&](uint64_t end, bool* more) { writer.CopyRun(&reader, end, more); },
        add);
  } else {
    MergeEach(&reader, changes, add);
  }
  *result = writer.Finish();
  return writer.entries();
}

void MergeUnpacked(std::span<const uint8_t> packed, int64_t day_start,
                   std::span<const KeyCount> changes, std::vector<KeyCount>* result) {
  PackReader reader(packed, day_start);
  MergeEach(&reader, changes, [&](uint64_t key, int64_t count) {
    result->push_back({key, count});
  });
}

}  // namespace caseclock::core

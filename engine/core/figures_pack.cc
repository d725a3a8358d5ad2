#include "engine/core/figures_pack.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace caseclock::core {
namespace {

constexpr uint8_t kOnHeap = 0xFF;
constexpr size_t kInPlace = 15;
constexpr uint8_t kPlain = 0, kSmall = 1, kRanged = 2;
constexpr size_t kSmallEntries = 16;
constexpr size_t kRangedHeader = 17;

// Writes entries behind room for the longest header; Finish puts the right one before them.
class PackWriter {
 public:
  PackWriter(std::vector<uint8_t>* out, int64_t day_start, bool plain)
      : out_(*out), day_start_(day_start), plain_(plain) {
    out_.resize(kRangedHeader);
  }

  void Append(uint64_t key, int64_t count) {
    const int64_t second = SecondOfKey(key);
    Varint(static_cast<uint64_t>(second - second_) << 1 | (count == 1 ? 0 : 1));
    second_ = second;
    if (!plain_) {
      const int64_t gap = OtherOfKey(key) - day_start_ - second;
      const int64_t step = gap - gap_;
      Varint(static_cast<uint64_t>(step) << 1 ^ static_cast<uint64_t>(step >> 63));
      gap_ = gap;
    }
    if (count != 1) Varint(static_cast<uint64_t>(count - 2));
    Counted(OtherOfKey(key));
  }

  // Copies the run of entries of `reader` below `end`, which begins with its present one, and
  // leaves it behind the run; `*more` tells whether it is on an entry then. Only the first of a run
  // is encoded anew: its neighbour before may be another one now.
  void CopyRun(PackReader* reader, uint64_t end, bool* more) {
    Append(reader->key(), reader->count());
    const uint8_t* const run = reader->end();
    const uint8_t* run_end = run;
    uint64_t last = reader->key();
    while ((*more = reader->Next()) && reader->key() < end) {
      last = reader->key();
      Counted(reader->other());
      run_end = reader->end();
    }
    out_.insert(out_.end(), run, run_end);
    second_ = SecondOfKey(last);
    gap_ = OtherOfKey(last) - day_start_ - second_;
  }

  PackedBytes Finish() {
    if (entries_ == 0) return PackedBytes();
    if (plain_ || entries_ <= kSmallEntries) {
      out_[kRangedHeader - 1] = plain_ ? kPlain : kSmall;
      return PackedBytes(std::span<const uint8_t>(out_).subspan(kRangedHeader - 1));
    }
    out_[0] = kRanged;
    std::memcpy(&out_[1], &min_other_, sizeof(min_other_));
    std::memcpy(&out_[9], &max_other_, sizeof(max_other_));
    return PackedBytes(out_);
  }

  [[nodiscard]] size_t entries() const { return entries_; }

 private:
  void Varint(uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<uint8_t>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<uint8_t>(value));
  }
  void Counted(int64_t other) {
    ++entries_;
    min_other_ = std::min(min_other_, other);
    max_other_ = std::max(max_other_, other);
  }

  std::vector<uint8_t>& out_;
  int64_t day_start_;
  bool plain_;
  int64_t second_ = 0;
  int64_t gap_ = 0;
  size_t entries_ = 0;
  int64_t min_other_ = std::numeric_limits<int64_t>::max();
  int64_t max_other_ = std::numeric_limits<int64_t>::min();
};

// Both merges: `run(end, &more)` takes the entries of `reader` below `end`, `add` takes one.
template <typename Run, typename Add>
void Merge(PackReader* reader, std::span<const KeyCount> changes, const Run& run, const Add& add) {
  bool more = reader->Next();
  for (const KeyCount& change : changes) {
    if (more && reader->key() < change.key) run(change.key, &more);
    int64_t count = change.count;
    if (more && reader->key() == change.key) {
      count += reader->count();
      more = reader->Next();
    }
    CHECK(count >= 0);
    if (count > 0) add(change.key, count);
  }
  if (more) run(std::numeric_limits<uint64_t>::max(), &more);
}

}  // namespace

PackedBytes::PackedBytes(std::span<const uint8_t> bytes) {
  if (bytes.size() <= kInPlace) {
    std::copy(bytes.begin(), bytes.end(), raw_);
    raw_[15] = static_cast<uint8_t>(bytes.size());
    return;
  }
  CHECK(bytes.size() <= std::numeric_limits<uint32_t>::max());
  auto* const heap = new uint8_t[bytes.size()];
  std::memcpy(heap, bytes.data(), bytes.size());
  const auto size = static_cast<uint32_t>(bytes.size());
  std::memcpy(raw_, &heap, sizeof(heap));
  std::memcpy(raw_ + 8, &size, sizeof(size));
  raw_[15] = kOnHeap;
}

std::span<const uint8_t> PackedBytes::bytes() const {
  if (raw_[15] != kOnHeap) return {raw_, raw_[15]};
  const uint8_t* heap = nullptr;
  uint32_t size = 0;
  std::memcpy(&heap, raw_, sizeof(heap));
  std::memcpy(&size, raw_ + 8, sizeof(size));
  return {heap, size};
}

size_t PackedBytes::HeapBytes() const {
  // A word of the allocator's own before each block, blocks in steps of 16.
  return raw_[15] != kOnHeap ? 0 : (bytes().size() + 8 + 15) / 16 * 16;
}

void PackedBytes::Free() {
  if (raw_[15] == kOnHeap) delete[] bytes().data();
}

void PackedBytes::Swap(PackedBytes& o) noexcept {
  std::swap(raw_, o.raw_);
}

PackReader::PackReader(std::span<const uint8_t> packed, int64_t day_start)
    : at_(packed.data()), limit_(packed.data() + packed.size()), day_start_(day_start) {
  if (packed.empty()) return;
  plain_ = packed[0] == kPlain;
  at_ += packed[0] == kRanged ? kRangedHeader : 1;
}

OtherRange PackedOthers(std::span<const uint8_t> packed) {
  if (packed.empty() || packed[0] == kPlain) return {.known = true};
  if (packed[0] == kSmall) return {};
  OtherRange range{.known = true};
  std::memcpy(&range.min, &packed[1], sizeof(range.min));
  std::memcpy(&range.max, &packed[9], sizeof(range.max));
  return range;
}

void SortCounts(std::vector<KeyCount>* counts) {
  std::sort(counts->begin(), counts->end(),
            [](const KeyCount& a, const KeyCount& b) { return a.key < b.key; });
  size_t kept = 0;
  for (size_t i = 0; i < counts->size();) {
    KeyCount sum = (*counts)[i];
    for (++i; i < counts->size() && (*counts)[i].key == sum.key; ++i)
      sum.count += (*counts)[i].count;
    if (sum.count != 0) (*counts)[kept++] = sum;
  }
  counts->resize(kept);
}

size_t MergePacked(std::span<const uint8_t> packed, int64_t day_start,
                   std::span<const KeyCount> changes, std::vector<uint8_t>* scratch,
                   PackedBytes* result) {
  PackReader reader(packed, day_start);
  const bool plain =
      reader.plain() && std::all_of(changes.begin(), changes.end(), [](const KeyCount& change) {
        return OtherOfKey(change.key) == 0;
      });
  PackWriter writer(scratch, day_start, plain);
  const auto add = [&](uint64_t key, int64_t count) { writer.Append(key, count); };
  if (plain == reader.plain()) {
    Merge(
        &reader, changes, [&](uint64_t end, bool* more) { writer.CopyRun(&reader, end, more); },
        add);
  } else {
    Merge(
        &reader, changes,
        [&](uint64_t end, bool* more) {
          while (*more && reader.key() < end) {
            writer.Append(reader.key(), reader.count());
            *more = reader.Next();
          }
        },
        add);
  }
  *result = writer.Finish();
  return writer.entries();
}

void MergeUnpacked(std::span<const uint8_t> packed, int64_t day_start,
                   std::span<const KeyCount> changes, std::vector<KeyCount>* result) {
  PackReader reader(packed, day_start);
  const auto add = [&](uint64_t key, int64_t count) { result->push_back({key, count}); };
  Merge(
      &reader, changes,
      [&](uint64_t end, bool* more) {
        while (*more && reader.key() < end) {
          add(reader.key(), reader.count());
          *more = reader.Next();
        }
      },
      add);
}

}  // namespace caseclock::core

#pragma once

// A block: consecutive records of one partition, compressed together, as one value in the store.
// The format is at the top of block.cc. A sealed block does not know its offsets: they are in its
// key, so that it can be compressed before the commit that gives them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/instant.h"
#include "engine/base/result.h"
#include "engine/log/log.h"

namespace caseclock::log::embedded {

// Bytes without the zeroing of std::string.
struct Bytes {
  std::unique_ptr<char[]> data;
  size_t size = 0;
  [[nodiscard]] std::string_view view() const { return {data.get(), size}; }
};

struct BlockHeader {
  base::Instant appended;
  int64_t span = 0;  // last offset - first offset, counting those that compaction removed
  uint32_t records = 0;
  uint32_t headers = 0;  // of all records together
  uint32_t raw_bytes = 0;
};

struct SealedBlock {
  std::string value;  // complete after StampBlock
  BlockHeader header;
  std::shared_ptr<const Bytes> raw;  // uncompressed, if asked for
};

// Sets the time of appending, and the checksum that covers it.
void StampBlock(base::Instant appended, SealedBlock* block);

// Collects records. Reusable after Seal. One thread.
class BlockWriter {
 public:
  // `gap`: how many offsets lie between the previous record (or the block's start) and this one.
  void Add(const NewRecord& record, uint64_t gap = 0);
  // REQUIRES: records() > 0. `span` as in BlockHeader, at least what was added.
  SealedBlock Seal(bool keep_raw, int64_t span);
  SealedBlock Seal(bool keep_raw) { return Seal(keep_raw, static_cast<int64_t>(records_) - 1); }
  void Clear();
  [[nodiscard]] size_t bytes() const { return size_; }
  [[nodiscard]] uint32_t records() const { return records_; }

 private:
  void Reserve(size_t more);

  std::unique_ptr<char[]> buffer_;
  size_t size_ = 0;
  size_t capacity_ = 0;
  uint32_t records_ = 0;
  uint32_t headers_ = 0;
  int64_t last_millis_ = 0;
};

// A decoded block. Immutable; the views of its records point into it.
class Block {
 public:
  // `last`: the last offset, from the key. Errors: kCorrupt, the message to be preceded by where.
  static base::Result<std::shared_ptr<const Block>> Decode(std::string_view value, int64_t last);
  static base::Result<std::shared_ptr<const Block>> FromRaw(std::shared_ptr<const Bytes> raw,
                                                            const BlockHeader& header,
                                                            int64_t last);
  // Only the header; does not verify the checksum.
  static base::Result<BlockHeader> DecodeHeader(std::string_view value);

  [[nodiscard]] int64_t last() const { return last_; }
  [[nodiscard]] int64_t first() const { return last_ - header_.span; }
  [[nodiscard]] const BlockHeader& header() const { return header_; }
  [[nodiscard]] const std::vector<RecordView>& records() const { return records_; }

 private:
  bool Parse();

  std::shared_ptr<const Bytes> raw_;
  BlockHeader header_;
  int64_t last_ = 0;
  std::vector<RecordView> records_;
  std::vector<HeaderView> headers_;  // of all records; never reallocated once spans point into it
};

}  // namespace caseclock::log::embedded

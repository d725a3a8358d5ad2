#include "engine/log/embedded/block.h"

#include <lz4.h>

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/log/embedded/bytes.h"

// block   := version:u8 = 1  crc:u32  body          (numbers little-endian)
// body    := codec:u8  appended_ms:i64  span:i64  records:u32  headers:u32  raw_bytes:u32  payload
// codec   := 0 (payload as it is) | 1 (payload is one LZ4 block of raw_bytes when unpacked)
// payload := record*
// record  := flags:u8  [gap]  [millis]  [key]  [value]  [headers]        each if its flag is set
// gap     := varint, offsets left out before this record (compaction); without it, none
// millis  := varint, zigzag, difference to the last record of the block that has one (at first 0);
//            without it, the timestamp is appended_ms
// key, value := length:varint bytes
// headers := count:varint (key value)*
//
// crc is CRC-32C of the body. The record's offset is first + gaps + index, first = last - span, and
// last is in the key of the block (keys.h). An absent key or value is not the same as an empty one.
//
// These bytes are on disk: numbers and order NEVER change. A new layout is a new version.

namespace caseclock::log::embedded {
namespace {

constexpr char kVersion = 1;
constexpr size_t kCrcAt = 1;
constexpr size_t kBodyAt = 5;
constexpr size_t kAppendedAt = 6;
constexpr size_t kSpanAt = 14;
constexpr size_t kRecordsAt = 22;
constexpr size_t kHeadersAt = 26;
constexpr size_t kRawBytesAt = 30;
constexpr size_t kPayloadAt = 34;

enum Codec : char { kPlain = 0, kLz4 = 1 };

enum Flag : unsigned char { kKey = 1, kValue = 2, kHeaders = 4, kMillis = 8, kGap = 16 };
constexpr unsigned char kAllFlags = 31;

// Below this a compressed block is hardly smaller.
constexpr size_t kWorthCompressing = 128;

// Of LZ4: a third less of its time than at 1, for a twentieth more bytes.
constexpr int kAcceleration = 4;

// LZ4 packs at most 255 bytes into one.
constexpr size_t kMostPacked = 256;

char* PutBytes(char* p, std::string_view bytes) {
  p = PutVarint(p, bytes.size());
  if (!bytes.empty()) std::memcpy(p, bytes.data(), bytes.size());
  return p + bytes.size();
}

const char* GetBytes(const char* p, const char* end, std::string_view* bytes) {
  uint64_t size;
  p = GetVarint(p, end, &size);
  if (p == nullptr || size > static_cast<uint64_t>(end - p)) return nullptr;
  *bytes = std::string_view(p, size);
  return p + size;
}

// Microseconds of it fit into 64 bits.
bool IsMillis(int64_t millis) {
  constexpr int64_t kMost = base::kNever.us / 1000;
  return millis >= -kMost && millis <= kMost;
}

base::Error Corrupt(const char* expectation) {
  return base::Error{base::ErrorKind::kCorrupt, expectation};
}

std::string MakeValue(const BlockHeader& header, Codec codec, std::string_view payload) {
  std::string value;
  value.reserve(kPayloadAt + payload.size());
  value.resize(kPayloadAt);
  value[0] = kVersion;
  value[kBodyAt] = codec;
  PutFixed(&value[kSpanAt], header.span);
  PutFixed(&value[kRecordsAt], header.records);
  PutFixed(&value[kHeadersAt], header.headers);
  PutFixed(&value[kRawBytesAt], header.raw_bytes);
  value.append(payload);
  return value;
}

// At least `size` bytes, until the next call in this thread. Kept, because fresh memory of this
// size is paid for by a page fault for every page; a rare larger block gets some that is not.
char* Scratch(size_t size) {
  constexpr size_t kKept = 512 << 10;
  thread_local std::vector<char> kept(kKept);
  thread_local std::unique_ptr<char[]> rare;
  rare.reset();
  if (size <= kKept) return kept.data();
  rare = std::make_unique_for_overwrite<char[]>(size);
  return rare.get();
}

}  // namespace

void StampBlock(base::Instant appended, SealedBlock* block) {
  block->header.appended = base::Instant::FromMillis(appended.Millis());
  std::string& value = block->value;
  PutFixed(&value[kAppendedAt], appended.Millis());
  PutFixed(&value[kCrcAt], base::Crc32c(std::string_view(value).substr(kBodyAt)));
}

void BlockWriter::Reserve(size_t more) {
  if (capacity_ - size_ >= more) return;
  const size_t capacity = std::max(size_ + more, std::max<size_t>(capacity_ * 2, 4096));
  auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ > 0) std::memcpy(buffer.get(), buffer_.get(), size_);
  buffer_ = std::move(buffer);
  capacity_ = capacity;
}

void BlockWriter::Add(const NewRecord& record, uint64_t gap) {
  size_t bound = 1 + 5 * kMaxVarint;
  unsigned char flags = 0;
  if (record.key) flags |= kKey, bound += record.key->size();
  if (record.value) flags |= kValue, bound += record.value->size();
  if (record.timestamp) flags |= kMillis;
  if (gap > 0) flags |= kGap;
  if (!record.headers.empty()) flags |= kHeaders;
  for (const HeaderView& h : record.headers)
    bound += 2 * kMaxVarint + h.key.size() + h.value.size();
  Reserve(bound);

  char* p = buffer_.get() + size_;
  *p++ = static_cast<char>(flags);
  if (gap > 0) p = PutVarint(p, gap);
  if (record.timestamp) {
    const int64_t millis = record.timestamp->Millis();
    p = PutVarint(p, ZigZag(millis - last_millis_));
    last_millis_ = millis;
  }
  if (record.key) p = PutBytes(p, *record.key);
  if (record.value) p = PutBytes(p, *record.value);
  if (!record.headers.empty()) {
    p = PutVarint(p, record.headers.size());
    for (const HeaderView& h : record.headers) p = PutBytes(PutBytes(p, h.key), h.value);
    headers_ += static_cast<uint32_t>(record.headers.size());
  }
  size_ = static_cast<size_t>(p - buffer_.get());
  ++records_;
}

SealedBlock BlockWriter::Seal(bool keep_raw, int64_t span) {
  CHECK(records_ > 0 && span >= static_cast<int64_t>(records_) - 1);
  SealedBlock block;
  block.header.span = span;
  block.header.records = records_;
  block.header.headers = headers_;
  block.header.raw_bytes = static_cast<uint32_t>(size_);
  const std::string_view raw(buffer_.get(), size_);
  int packed = 0;
  if (size_ >= kWorthCompressing) {
    // Room for less than the raw size: what does not shrink is stored as it is.
    const auto room = size_ - size_ / 16;
    char* const scratch = Scratch(room);
    packed = LZ4_compress_fast(raw.data(), scratch, static_cast<int>(size_), static_cast<int>(room),
                               kAcceleration);
    if (packed > 0) {
      block.value = MakeValue(block.header, kLz4, {scratch, static_cast<size_t>(packed)});
    }
  }
  if (packed <= 0) block.value = MakeValue(block.header, kPlain, raw);
  if (keep_raw) {
    block.raw = std::make_shared<Bytes>(Bytes{std::move(buffer_), size_});
    capacity_ = 0;
  }
  Clear();
  return block;
}

void BlockWriter::Clear() {
  size_ = 0;
  records_ = 0;
  headers_ = 0;
  last_millis_ = 0;
}

base::Result<BlockHeader> Block::DecodeHeader(std::string_view value) {
  if (value.size() < kPayloadAt) return Corrupt("Expected a whole block, but it is cut short");
  if (value[0] != kVersion) return Corrupt("Expected a block of version 1, but it has another");
  const char* p = value.data();
  BlockHeader header;
  const auto appended = GetFixed<int64_t>(p + kAppendedAt);
  if (!IsMillis(appended)) return Corrupt("Expected the time of appending, but it is none");
  header.appended = base::Instant::FromMillis(appended);
  header.span = GetFixed<int64_t>(p + kSpanAt);
  header.records = GetFixed<uint32_t>(p + kRecordsAt);
  header.headers = GetFixed<uint32_t>(p + kHeadersAt);
  header.raw_bytes = GetFixed<uint32_t>(p + kRawBytesAt);
  return header;
}

base::Result<std::shared_ptr<const Block>> Block::Decode(std::string_view value, int64_t last) {
  auto header = DecodeHeader(value);
  if (!header.ok()) return header.error();
  if (base::Crc32c(value.substr(kBodyAt)) != GetFixed<uint32_t>(value.data() + kCrcAt)) {
    return Corrupt("Expected an intact block, but its checksum is wrong");
  }
  const size_t size = header.value().raw_bytes;
  const std::string_view payload = value.substr(kPayloadAt);
  const char codec = value[kBodyAt];
  const bool fits = codec == kPlain ? size == payload.size() : size <= payload.size() * kMostPacked;
  if ((codec != kPlain && codec != kLz4) || !fits) {
    return Corrupt("Expected a block with a known codec and size, but it has not");
  }
  auto raw = std::make_shared<Bytes>(Bytes{std::make_unique_for_overwrite<char[]>(size), size});
  if (codec == kPlain) {
    std::memcpy(raw->data.get(), payload.data(), size);
  } else {
    const int unpacked = LZ4_decompress_safe(
        payload.data(), raw->data.get(), static_cast<int>(payload.size()), static_cast<int>(size));
    if (unpacked < 0 || static_cast<size_t>(unpacked) != size) {
      return Corrupt("Expected a block that unpacks, but it does not");
    }
  }
  return FromRaw(std::move(raw), header.value(), last);
}

base::Result<std::shared_ptr<const Block>> Block::FromRaw(std::shared_ptr<const Bytes> raw,
                                                          const BlockHeader& header, int64_t last) {
  auto block = std::make_shared<Block>();
  block->raw_ = std::move(raw);
  block->header_ = header;
  block->last_ = last;
  if (!block->Parse()) return Corrupt("Expected a block of whole records, but it is not");
  return std::shared_ptr<const Block>(std::move(block));
}

bool Block::Parse() {
  const char* p = raw_->data.get();
  const char* const end = p + raw_->size;
  // A record takes at least one byte, a header two: no reserving on the word of bad counts.
  if (header_.records > raw_->size || header_.headers > raw_->size) return false;
  if (header_.span < 0 || header_.span > last_) return false;
  records_.resize(header_.records);
  headers_.reserve(header_.headers);
  int64_t offset = first();
  int64_t millis = 0;
  for (RecordView& record : records_) {
    if (p == end) return false;
    const auto flags = static_cast<unsigned char>(*p++);
    if (flags > kAllFlags) return false;
    uint64_t number = 0;
    if ((flags & kGap) != 0) {
      if ((p = GetVarint(p, end, &number)) == nullptr) return false;
      if (number > static_cast<uint64_t>(header_.span)) return false;
      offset += static_cast<int64_t>(number);
    }
    if (offset > last_) return false;
    record.offset = offset++;
    record.timestamp = header_.appended;
    if ((flags & kMillis) != 0) {
      if ((p = GetVarint(p, end, &number)) == nullptr) return false;
      if (__builtin_add_overflow(millis, UnZigZag(number), &millis)) return false;
      if (!IsMillis(millis)) return false;
      record.timestamp = base::Instant::FromMillis(millis);
    }
    if ((flags & kKey) != 0) {
      if ((p = GetBytes(p, end, &record.key.emplace())) == nullptr) return false;
    }
    if ((flags & kValue) != 0) {
      if ((p = GetBytes(p, end, &record.value.emplace())) == nullptr) return false;
    }
    if ((flags & kHeaders) != 0) {
      if ((p = GetVarint(p, end, &number)) == nullptr) return false;
      const size_t begin = headers_.size();
      if (number > header_.headers - begin) return false;
      for (uint64_t i = 0; i < number; ++i) {
        HeaderView& h = headers_.emplace_back();
        if ((p = GetBytes(p, end, &h.key)) == nullptr) return false;
        if ((p = GetBytes(p, end, &h.value)) == nullptr) return false;
      }
      record.headers = std::span<const HeaderView>(headers_).subspan(begin);
    }
  }
  return p == end;
}

}  // namespace caseclock::log::embedded

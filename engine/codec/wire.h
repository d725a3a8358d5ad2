#pragma once

// Protocol buffers' binary form, read and written by hand. Reader never looks past its bytes and
// allocates nothing; every call answers false on damage, after which the reader is not used again.
// Writer appends to a string. (protobuf.dev, "Encoding".)

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace caseclock::codec::wire {

static_assert(std::endian::native == std::endian::little, "fixed-width fields are copied as they are");

enum class Type : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

inline constexpr uint32_t Tag(uint32_t number, Type type) {
  return number << 3 | static_cast<uint32_t>(type);
}
inline constexpr uint32_t NumberOf(uint32_t tag) { return tag >> 3; }

inline constexpr uint64_t ZigZag(int64_t n) {
  return static_cast<uint64_t>(n) << 1 ^ static_cast<uint64_t>(n >> 63);
}
inline constexpr int64_t UnZigZag(uint64_t n) {
  return static_cast<int64_t>(n >> 1 ^ (0 - (n & 1)));
}
inline constexpr size_t VarintSize(uint64_t n) {
  return (static_cast<size_t>(std::bit_width(n | 1)) + 6) / 7;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  [[nodiscard]] bool AtEnd() const { return at_ == end_; }
  [[nodiscard]] const char* at() const { return at_; }

  bool Varint(uint64_t* value) {
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) [[likely]] {
      *value = static_cast<uint8_t>(*at_++);
      return true;
    }
    return LongVarint(value);
  }
  // A field's number and wire type; groups and number 0 are damage.
  bool ReadTag(uint32_t* tag) {
    uint64_t value = 0;
    if (!Varint(&value) || value > 0xffffffffU || value < 8) return false;
    *tag = static_cast<uint32_t>(value);
    return true;
  }
  bool Fixed64(uint64_t* value) {
    if (end_ - at_ < 8) return false;
    std::memcpy(value, at_, 8);
    at_ += 8;
    return true;
  }
  bool Fixed32(uint32_t* value) {
    if (end_ - at_ < 4) return false;
    std::memcpy(value, at_, 4);
    at_ += 4;
    return true;
  }
  bool Bytes(std::string_view* bytes) {
    uint64_t size = 0;
    if (!Varint(&size) || size > static_cast<uint64_t>(end_ - at_)) return false;
    *bytes = {at_, static_cast<size_t>(size)};
    at_ += size;
    return true;
  }
  // Passes over the value of a field that has just given its tag.
  bool Skip(uint32_t tag) {
    uint64_t number = 0;
    uint32_t word = 0;
    std::string_view bytes;
    switch (tag & 7) {
      case 0:
        return Varint(&number);
      case 1:
        return Fixed64(&number);
      case 2:
        return Bytes(&bytes);
      case 5:
        return Fixed32(&word);
      default:
        return false;
    }
  }

 private:
  bool LongVarint(uint64_t* value) {
    uint64_t result = 0;
    for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at_++);
      result |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        *value = result;
        return true;
      }
    }
    return false;
  }

  const char* at_;
  const char* end_;
};

// Appends to `out`, which must not be touched otherwise until Finish (or the end of the Writer). It
// grows the string ahead in steps, because growing it byte by byte would cost more than the bytes.
class Writer {
 public:
  explicit Writer(std::string* out, size_t expected = 256)
      : out_(out), start_(out->size()), at_(start_) {
    out_->resize(at_ + expected);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { Finish(); }

  // Cuts the string to what was written.
  void Finish() { out_->resize(at_); }

  // Fields that tell how something came about are left out from here on (see case_wire.h).
  void LeaveOutHistory() { with_history_ = false; }
  [[nodiscard]] bool with_history() const { return with_history_; }

  void Varint(uint64_t n) {
    Reserve(10);
    PutVarint(n);
  }
  void Varint(uint32_t number, uint64_t n) {
    Reserve(15);
    PutVarint(Tag(number, Type::kVarint));
    PutVarint(n);
  }
  void Fixed64(uint32_t number, uint64_t n) {
    Reserve(13);
    PutVarint(Tag(number, Type::kFixed64));
    Put(&n, 8);
  }
  void Fixed64(uint64_t n) {
    Reserve(8);
    Put(&n, 8);
  }
  void Bytes(uint32_t number, std::string_view bytes) {
    Reserve(15 + bytes.size());
    PutVarint(Tag(number, Type::kBytes));
    PutVarint(bytes.size());
    Put(bytes.data(), bytes.size());
  }
  void Raw(std::string_view bytes) {
    Reserve(bytes.size());
    Put(bytes.data(), bytes.size());
  }
  // A nested message: Begin, its fields, End with what Begin gave.
  size_t Begin(uint32_t number) {
    Reserve(6);
    PutVarint(Tag(number, Type::kBytes));
    return ++at_;  // one byte for the length, which is enough for nearly all
  }
  void End(size_t begin) {
    const size_t size = at_ - begin;
    const size_t more = VarintSize(size) - 1;
    if (more > 0) {
      Reserve(more);
      std::memmove(out_->data() + begin + more, out_->data() + begin, size);
      at_ = begin + more + size;
    }
    const size_t end = at_;
    at_ = begin - 1;
    PutVarint(size);
    at_ = end;
  }

 private:
  void Reserve(size_t more) {
    // In step with what this writer wrote, not with the whole string: that may be a large batch.
    if (out_->size() - at_ < more) [[unlikely]] out_->resize(at_ + more + (at_ - start_) + 128);
  }
  void PutVarint(uint64_t n) {
    char* p = out_->data() + at_;
    while (n >= 0x80) {
      *p++ = static_cast<char>(n | 0x80);
      n >>= 7;
    }
    *p++ = static_cast<char>(n);
    at_ = static_cast<size_t>(p - out_->data());
  }
  void Put(const void* bytes, size_t size) {
    if (size != 0) std::memcpy(out_->data() + at_, bytes, size);
    at_ += size;
  }

  std::string* out_;
  size_t start_;
  size_t at_;
  bool with_history_ = true;
};

}  // namespace caseclock::codec::wire

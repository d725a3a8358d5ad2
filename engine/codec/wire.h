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

static_assert(std::endian::native == std::endian::little,
              "fixed-width fields are copied as they are");

enum class Type : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

inline constexpr uint32_t Tag(uint32_t number, Type type) {
  return number << 3 | static_cast<uint32_t>(type);
}
inline constexpr uint32_t NumberOf(uint32_t tag) {
  return tag >> 3;
}

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
  explicit Writer(std::string* out, size_t expected = 192)
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

  void Varint(uint64_t n) { Wrote(PutVarint(n, Room(10))); }
  void Varint(uint32_t number, uint64_t n) {
    Wrote(PutVarint(n, PutVarint(Tag(number, Type::kVarint), Room(15))));
  }
  void Fixed64(uint32_t number, uint64_t n) {
    char* p = PutVarint(Tag(number, Type::kFixed64), Room(13));
    std::memcpy(p, &n, 8);
    Wrote(p + 8);
  }
  void Bytes(uint32_t number, std::string_view bytes) {
    char* p = PutVarint(Tag(number, Type::kBytes), Room(15 + bytes.size()));
    Wrote(PutBytes(bytes, PutVarint(bytes.size(), p)));
  }
  void Raw(std::string_view bytes) { Wrote(PutBytes(bytes, Room(bytes.size()))); }
  // A message {1: seconds, 2: nanos}, as Timestamp and Duration are; zeros left out.
  void Time(uint32_t number, int64_t seconds, int64_t nanos) {
    char* const p = PutVarint(Tag(number, Type::kBytes), Room(5 + 1 + 22));
    char* at = p + 1;
    if (seconds != 0) {
      *at++ = static_cast<char>(Tag(1, Type::kVarint));
      at = PutVarint(static_cast<uint64_t>(seconds), at);
    }
    if (nanos != 0) {
      *at++ = static_cast<char>(Tag(2, Type::kVarint));
      at = PutVarint(static_cast<uint64_t>(nanos), at);
    }
    *p = static_cast<char>(at - p - 1);
    Wrote(at);
  }
  // A nested message: Begin, its fields, End with what Begin gave.
  size_t Begin(uint32_t number) {
    Wrote(PutVarint(Tag(number, Type::kBytes), Room(6)));
    return ++at_;  // one byte for the length, which is enough for nearly all
  }
  void End(size_t begin) {
    const size_t size = at_ - begin;
    const size_t more = VarintSize(size) - 1;
    if (more > 0) {
      Room(more);
      std::memmove(out_->data() + begin + more, out_->data() + begin, size);
      at_ += more;
    }
    PutVarint(size, out_->data() + begin - 1);
  }

 private:
  // Where the next bytes go: at least `more` of them fit.
  char* Room(size_t more) {
    // In step with what this writer wrote, not with the whole string: that may be a large batch.
    if (out_->size() - at_ < more) [[unlikely]]
      out_->resize(at_ + more + (at_ - start_) + 128);
    return out_->data() + at_;
  }
  void Wrote(const char* end) { at_ = static_cast<size_t>(end - out_->data()); }

  // Each answers with the end of what it wrote.
  static char* PutVarint(uint64_t n, char* p) {
    while (n >= 0x80) {
      *p++ = static_cast<char>(n | 0x80);
      n >>= 7;
    }
    *p++ = static_cast<char>(n);
    return p;
  }
  // Codes are short, and a call to memcpy costs more than they do.
  static char* PutBytes(std::string_view bytes, char* p) {
    const size_t size = bytes.size();
    const char* from = bytes.data();
    if (size >= 4 && size <= 8) {
      std::memcpy(p + size - 4, from + size - 4, 4);
      std::memcpy(p, from, 4);
    } else if (size > 8 && size <= 16) {
      std::memcpy(p + size - 8, from + size - 8, 8);
      std::memcpy(p, from, 8);
    } else if (size > 16) {
      std::memcpy(p, from, size);
    } else {
      for (size_t i = 0; i < size; ++i) p[i] = from[i];
    }
    return p + size;
  }

  std::string* out_;
  size_t start_;
  size_t at_;
  bool with_history_ = true;
};

}  // namespace caseclock::codec::wire

#include "engine/codec/wire_value.h"

#include <array>

namespace caseclock::codec::wire {
namespace {

constexpr int64_t kMicros = 1'000'000;

// Both keep whole microseconds; what protobuf allows beyond that is dropped.
bool ReadTime(uint32_t tag, Reader* in, int64_t* seconds, int64_t* nanos) {
  std::string_view bytes;
  return ReadBytes(tag, in, &bytes) && TakeSecondsAndNanos(bytes, seconds, nanos);
}

}  // namespace

bool TakeSecondsAndNanos(std::string_view bytes, int64_t* seconds, int64_t* nanos) {
  Reader in(bytes);
  *seconds = 0;
  *nanos = 0;
  while (!in.AtEnd()) {
    uint32_t tag = 0;
    uint64_t n = 0;
    if (!in.ReadTag(&tag)) return false;
    if (tag == Tag(1, Type::kVarint)) {
      if (!in.Varint(&n)) return false;
      *seconds = static_cast<int64_t>(n);
    } else if (tag == Tag(2, Type::kVarint)) {
      if (!in.Varint(&n)) return false;
      *nanos = static_cast<int32_t>(n);
    } else if (!in.Skip(tag)) {
      return false;
    }
  }
  return true;
}

bool ToInstant(int64_t seconds, int64_t nanos, base::Instant* t) {
  if (nanos < 0 || nanos >= 1'000'000'000) return false;
  if (seconds < kFirstSecond || seconds > kLastSecond) return false;
  if (seconds == kLastSecond) {
    *t = base::kNever;
  } else if (seconds == kFirstSecond && nanos == 0) {
    *t = base::kLongAgo;
  } else {
    *t = base::Instant{seconds * kMicros + nanos / 1'000};
  }
  return true;
}

void PutInstant(uint32_t number, base::Instant t, Writer* w) {
  const int64_t seconds = t.us >= 0 ? t.us / kMicros : (t.us + 1) / kMicros - 1;
  if (seconds >= kLastSecond) return w->Time(number, kLastSecond, 0);
  if (seconds < kFirstSecond) return w->Time(number, kFirstSecond, 0);
  w->Time(number, seconds, (t.us - seconds * kMicros) * 1'000);
}

void PutDuration(uint32_t number, base::Duration d, Writer* w) {
  w->Time(number, d.us / kMicros, d.us % kMicros * 1'000);
}

void PutHash(uint32_t number, base::Hash128 hash, Writer* w) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::array<char, 32> text;
  for (size_t i = 0; i < 16; ++i) {
    text[15 - i] = kDigits[(hash.high >> (4 * i)) & 15];
    text[31 - i] = kDigits[(hash.low >> (4 * i)) & 15];
  }
  w->Bytes(number, {text.data(), text.size()});
}

bool Read(uint32_t tag, Reader* in, base::Instant* value) {
  int64_t seconds = 0;
  int64_t nanos = 0;
  return ReadTime(tag, in, &seconds, &nanos) && ToInstant(seconds, nanos, value);
}

bool Read(uint32_t tag, Reader* in, base::Duration* value) {
  int64_t seconds = 0;
  int64_t nanos = 0;
  if (!ReadTime(tag, in, &seconds, &nanos)) return false;
  return !__builtin_mul_overflow(seconds, kMicros, &value->us) &&
         !__builtin_add_overflow(value->us, nanos / 1'000, &value->us);
}

bool Read(uint32_t tag, Reader* in, base::Hash128* value) {
  std::string_view bytes;
  return ReadBytes(tag, in, &bytes) && base::FromHex(bytes, value);
}

bool Read(uint32_t tag, Reader* in, base::Period* value) {
  std::string_view bytes;
  if (!ReadBytes(tag, in, &bytes)) return false;
  const base::Result<base::Period> period = base::ParsePeriod(bytes);
  if (period.ok()) *value = period.value();
  return period.ok();
}

bool Read(uint32_t tag, Reader* in, std::vector<uint64_t>* values) {
  if ((tag & 7) == static_cast<uint32_t>(Type::kFixed64))
    return in->Fixed64(&values->emplace_back());
  std::string_view bytes;
  if (!ReadBytes(tag, in, &bytes) || bytes.size() % 8 != 0) return false;
  const size_t before = values->size();
  values->resize(before + bytes.size() / 8);
  if (!bytes.empty()) std::memcpy(values->data() + before, bytes.data(), bytes.size());
  return true;
}

}  // namespace caseclock::codec::wire

#pragma once

// How the values of model structs look on the wire: one overload a type. A value that is its proto3
// default is left out; what is read starts from a default-constructed struct.
//
// Instants are google.protobuf.Timestamp, whole microseconds. Its legal range has an end on either
// side: from 9999-12-31T23:59:59Z on an instant is kNever, up to 0001-01-01T00:00:00Z kLongAgo.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/atom.h"
#include "engine/base/hash.h"
#include "engine/base/instant.h"
#include "engine/base/time_text.h"
#include "engine/codec/wire.h"

namespace caseclock::codec::wire {

inline constexpr int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z: kLongAgo
inline constexpr int64_t kLastSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z: kNever

// {seconds = 1, nanos = 2} of Timestamp (nanos not negative) and Duration (signs agree).
bool TakeSecondsAndNanos(std::string_view bytes, int64_t* seconds, int64_t* nanos);
// False beyond what an instant can be.
bool ToInstant(int64_t seconds, int64_t nanos, base::Instant* t);

// Always written, also when zero.
void PutInstant(uint32_t number, base::Instant t, Writer* w);
void PutDuration(uint32_t number, base::Duration d, Writer* w);
void PutHash(uint32_t number, base::Hash128 hash, Writer* w);

// Write: field `number` unless the value is the default.

inline void Write(uint32_t number, bool value, Writer* w) {
  if (value) w->Varint(number, 1);
}
inline void Write(uint32_t number, uint32_t value, Writer* w) {
  if (value != 0) w->Varint(number, value);
}
inline void Write(uint32_t number, uint16_t value, Writer* w) {
  if (value != 0) w->Varint(number, value);
}
inline void Write(uint32_t number, uint64_t value, Writer* w) {
  if (value != 0) w->Varint(number, value);
}
inline void Write(uint32_t number, int64_t value, Writer* w) {
  if (value != 0) w->Varint(number, static_cast<uint64_t>(value));
}
inline void Write(uint32_t number, int32_t value, Writer* w) {
  Write(number, static_cast<int64_t>(value), w);
}
inline void Write(uint32_t number, std::string_view value, Writer* w) {
  if (!value.empty()) w->Bytes(number, value);
}
inline void Write(uint32_t number, const std::string& value, Writer* w) {
  Write(number, std::string_view(value), w);
}
inline void Write(uint32_t number, base::Atom value, Writer* w) {
  Write(number, value.view(), w);
}
inline void Write(uint32_t number, base::Instant value, Writer* w) {
  if (value.us != 0) PutInstant(number, value, w);
}
inline void Write(uint32_t number, base::Duration value, Writer* w) {
  if (value.us != 0) PutDuration(number, value, w);
}
inline void Write(uint32_t number, base::Hash128 value, Writer* w) {
  PutHash(number, value, w);
}
inline void Write(uint32_t number, const base::Period& value, Writer* w) {
  w->Bytes(number, base::FormatPeriod(value));
}
// An optional is written when it is there, whatever its value.
inline void Write(uint32_t number, const std::optional<int32_t>& value, Writer* w) {
  if (value) w->Varint(number, static_cast<uint64_t>(static_cast<int64_t>(*value)));
}
inline void Write(uint32_t number, const std::optional<base::Instant>& value, Writer* w) {
  if (value) PutInstant(number, *value, w);
}
inline void Write(uint32_t number, const std::optional<base::Duration>& value, Writer* w) {
  if (value) PutDuration(number, *value, w);
}
inline void Write(uint32_t number, const std::optional<base::Period>& value, Writer* w) {
  if (value) Write(number, *value, w);
}
inline void Write(uint32_t number, const std::vector<base::Atom>& values, Writer* w) {
  for (const base::Atom value : values) w->Bytes(number, value.view());
}
// Packed fixed64.
inline void Write(uint32_t number, const std::vector<uint64_t>& values, Writer* w) {
  if (values.empty()) return;
  w->Bytes(number, {reinterpret_cast<const char*>(values.data()), values.size() * 8});
}

// Read: the value of a field whose tag has been read; false on damage.

inline bool ReadVarint(uint32_t tag, Reader* in, uint64_t* value) {
  return (tag & 7) == 0 && in->Varint(value);
}
inline bool ReadBytes(uint32_t tag, Reader* in, std::string_view* value) {
  return (tag & 7) == 2 && in->Bytes(value);
}
inline bool Read(uint32_t tag, Reader* in, bool* value) {
  uint64_t n = 0;
  if (!ReadVarint(tag, in, &n)) return false;
  *value = n != 0;
  return true;
}
template <typename Integer>
requires std::is_integral_v<Integer>
bool Read(uint32_t tag, Reader* in, Integer* value) {
  uint64_t n = 0;
  if (!ReadVarint(tag, in, &n)) return false;
  *value = static_cast<Integer>(n);
  return true;
}
inline bool Read(uint32_t tag, Reader* in, std::optional<int32_t>* value) {
  return Read(tag, in, &value->emplace());
}
inline bool Read(uint32_t tag, Reader* in, std::string_view* value) {
  return ReadBytes(tag, in, value);
}
inline bool Read(uint32_t tag, Reader* in, std::string* value) {
  std::string_view bytes;
  if (!ReadBytes(tag, in, &bytes)) return false;
  value->assign(bytes);
  return true;
}
inline bool Read(uint32_t tag, Reader* in, base::Atom* value) {
  std::string_view bytes;
  if (!ReadBytes(tag, in, &bytes)) return false;
  *value = base::Atom::Intern(bytes);
  return !value->lost();
}
inline bool Read(uint32_t tag, Reader* in, std::vector<base::Atom>* values) {
  return Read(tag, in, &values->emplace_back());
}
bool Read(uint32_t tag, Reader* in, base::Instant* value);
bool Read(uint32_t tag, Reader* in, base::Duration* value);
bool Read(uint32_t tag, Reader* in, base::Hash128* value);
bool Read(uint32_t tag, Reader* in, base::Period* value);
// Packed or, as protobuf allows, one by one.
bool Read(uint32_t tag, Reader* in, std::vector<uint64_t>* values);
inline bool Read(uint32_t tag, Reader* in, std::optional<base::Instant>* value) {
  return Read(tag, in, &value->emplace());
}
inline bool Read(uint32_t tag, Reader* in, std::optional<base::Duration>* value) {
  return Read(tag, in, &value->emplace());
}
inline bool Read(uint32_t tag, Reader* in, std::optional<base::Period>* value) {
  return Read(tag, in, &value->emplace());
}

}  // namespace caseclock::codec::wire

#pragma once

// Tables of fields: one list a message, from which its writer and reader follow. A table is what
// FieldsOf(const T*) answers (found by argument-dependent lookup or declared before use): a tuple
// of Field in ascending order of number, which is also the canonical order of the bytes.

#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/codec/wire_value.h"

namespace caseclock::codec::wire {

// How a value is written and read where its C++ type does not say.
struct ByType {};
struct AsFixed64 {};      // uint64_t: a hash, whose varint would be longer
struct Always {};         // an integer or instant written even when zero: its default is another
struct NeverIfAbsent {};  // an instant whose default is kNever
struct MaxIfAbsent {};    // a uint32_t whose default is the largest
struct Negated {};        // a bool whose default is true: the wire holds its opposite
struct AsBytes {};        // a Hash128 in sixteen bytes, where nobody reads it as text

template <typename T, typename M, typename Kind>
struct Field {
  uint32_t number;
  M T::*member;
  const char* name;
  bool required;
};

template <typename Kind = ByType, typename T, typename M>
constexpr Field<T, M, Kind> F(uint32_t number, M T::*member, const char* name = "",
                              bool required = false) {
  return {number, member, name, required};
}

template <typename T>
concept HasFields = requires(const T* t) {
  FieldsOf(t);
};

// Bit n set: field n is left out, whatever it holds.
template <HasFields T>
void WriteFields(const T& message, Writer* w, uint64_t left_out = 0);
template <HasFields T>
bool ReadFields(std::string_view bytes, T* message);

// A nested message is written even when it is empty.
template <HasFields T>
void Write(uint32_t number, const T& message, Writer* w) {
  const size_t begin = w->Begin(number);
  WriteFields(message, w);
  w->End(begin);
}
template <HasFields T>
void Write(uint32_t number, const std::vector<T>& messages, Writer* w) {
  for (const T& message : messages) Write(number, message, w);
}
template <HasFields T>
void Write(uint32_t number, const std::optional<T>& message, Writer* w) {
  if (message) Write(number, *message, w);
}
template <HasFields T>
bool Read(uint32_t tag, Reader* in, T* message) {
  std::string_view bytes;
  return ReadBytes(tag, in, &bytes) && ReadFields(bytes, message);
}
template <HasFields T>
bool Read(uint32_t tag, Reader* in, std::vector<T>* messages) {
  return Read(tag, in, &messages->emplace_back());
}
template <HasFields T>
bool Read(uint32_t tag, Reader* in, std::optional<T>* message) {
  return Read(tag, in, &message->emplace());
}

template <typename T, typename M>
void WriteField(const Field<T, M, ByType>& field, const M& value, Writer* w) {
  Write(field.number, value, w);
}
template <typename T>
void WriteField(const Field<T, uint64_t, AsFixed64>& field, uint64_t value, Writer* w) {
  if (value != 0) w->Fixed64(field.number, value);
}
template <typename T>
void WriteField(const Field<T, uint32_t, Always>& field, uint32_t value, Writer* w) {
  w->Varint(field.number, value);
}
template <typename T>
void WriteField(const Field<T, base::Instant, Always>& field, base::Instant value, Writer* w) {
  PutInstant(field.number, value, w);
}
template <typename T>
void WriteField(const Field<T, base::Instant, NeverIfAbsent>& field, base::Instant value,
                Writer* w) {
  if (value != base::kNever) PutInstant(field.number, value, w);
}
template <typename T>
void WriteField(const Field<T, uint32_t, MaxIfAbsent>& field, uint32_t value, Writer* w) {
  if (value != UINT32_MAX) w->Varint(field.number, value);
}

template <typename T>
void WriteField(const Field<T, bool, Negated>& field, bool value, Writer* w) {
  if (!value) w->Varint(field.number, 1);
}

template <typename T>
void WriteField(const Field<T, base::Hash128, AsBytes>& field, base::Hash128 value, Writer* w) {
  // Big-endian, so that these bytes in hex are the hash as it is printed.
  const uint64_t words[] = {__builtin_bswap64(value.high), __builtin_bswap64(value.low)};
  char bytes[16];
  std::memcpy(bytes, words, sizeof bytes);
  w->Bytes(field.number, {bytes, sizeof bytes});
}

template <typename T, typename M, typename Kind>
bool ReadField(const Field<T, M, Kind>&, uint32_t tag, Reader* in, M* value) {
  return Read(tag, in, value);
}
template <typename T>
bool ReadField(const Field<T, uint64_t, AsFixed64>&, uint32_t tag, Reader* in, uint64_t* value) {
  return (tag & 7) == static_cast<uint32_t>(Type::kFixed64) && in->Fixed64(value);
}
template <typename T>
bool ReadField(const Field<T, base::Hash128, AsBytes>&, uint32_t tag, Reader* in,
               base::Hash128* value) {
  std::string_view bytes;
  if (!ReadBytes(tag, in, &bytes) || bytes.size() != 16) return false;
  uint64_t words[2];
  std::memcpy(words, bytes.data(), sizeof words);
  *value = {__builtin_bswap64(words[0]), __builtin_bswap64(words[1])};
  return true;
}
template <typename T>
bool ReadField(const Field<T, bool, Negated>&, uint32_t tag, Reader* in, bool* value) {
  if (!Read(tag, in, value)) return false;
  *value = !*value;
  return true;
}

template <HasFields T>
void WriteFields(const T& message, Writer* w, uint64_t left_out) {
  const auto write = [&](const auto& field) {
    if ((left_out >> field.number & 1) == 0) WriteField(field, message.*field.member, w);
  };
  std::apply([&](const auto&... field) { (write(field), ...); }, FieldsOf(&message));
}

// Reads what stands at `tag` and as many as follow of the same field; true unless damaged. On
// return `tag` is the next field's, 0 at the end.
template <typename T, typename FieldType>
bool ReadRun(const FieldType& field, T* message, uint32_t* tag, Reader* in) {
  while (NumberOf(*tag) == field.number) {
    if (!ReadField(field, *tag, in, &(message->*field.member))) return false;
    *tag = 0;
    if (!in->AtEnd() && !in->ReadTag(tag)) return false;
  }
  return true;
}

// Fields mostly come in canonical order, so one pass over the table meets them all; whatever is out
// of order is met by another pass, and what no pass met is unknown and passed over.
template <HasFields T>
bool ReadFields(std::string_view bytes, T* message) {
  Reader in(bytes);
  uint32_t tag = 0;
  if (!in.AtEnd() && !in.ReadTag(&tag)) return false;
  while (tag != 0) {
    const char* const before = in.at();
    const bool read = std::apply(
        [&](const auto&... field) { return (ReadRun(field, message, &tag, &in) && ...); },
        FieldsOf(static_cast<const T*>(nullptr)));
    if (!read) return false;
    if (tag == 0) return true;
    if (in.at() != before) continue;
    if (!in.Skip(tag)) return false;
    tag = 0;
    if (!in.AtEnd() && !in.ReadTag(&tag)) return false;
  }
  return true;
}

}  // namespace caseclock::codec::wire

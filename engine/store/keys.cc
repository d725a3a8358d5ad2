#include "engine/store/keys.h"

#include "engine/base/check.h"

namespace caseclock::store {
namespace {
constexpr uint64_t kSignBit = uint64_t{1} << 63;
}

void AppendBig32(uint32_t v, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) *out += static_cast<char>(v >> shift);
}

void AppendBig64(uint64_t v, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) *out += static_cast<char>(v >> shift);
}

void AppendInstant(base::Instant t, std::string* out) {
  AppendBig64(static_cast<uint64_t>(t.us) ^ kSignBit, out);
}

uint32_t ReadBig32(std::string_view bytes) {
  CHECK(bytes.size() >= 4);
  uint32_t v = 0;
  for (size_t i = 0; i < 4; ++i) v = v << 8 | static_cast<unsigned char>(bytes[i]);
  return v;
}

uint64_t ReadBig64(std::string_view bytes) {
  CHECK(bytes.size() >= 8);
  uint64_t v = 0;
  for (size_t i = 0; i < 8; ++i) v = v << 8 | static_cast<unsigned char>(bytes[i]);
  return v;
}

base::Instant ReadInstant(std::string_view bytes) {
  return base::Instant{static_cast<int64_t>(ReadBig64(bytes) ^ kSignBit)};
}

std::string PositionKey() {
  return std::string(1, kMetaTable) + "position";
}

std::string HandlersWholeKey() {
  return std::string(1, kMetaTable) + "handlers";
}

std::string FoldKey() {
  return std::string(1, kMetaTable) + "fold";
}

std::string UntoldKey() {
  return std::string(1, kMetaTable) + "untold";
}

std::string HandlerPrefix(std::string_view handler) {
  std::string key;
  key.reserve(handler.size() + 2);
  key += kHandlerTable;
  key += handler;
  key += '\0';
  return key;
}

std::string HandlerKey(std::string_view handler, std::string_view case_id) {
  std::string key = HandlerPrefix(handler);
  key += case_id;
  return key;
}

std::string CaseKey(std::string_view case_id) {
  std::string key;
  key.reserve(1 + case_id.size());
  key += kCaseTable;
  key += case_id;
  return key;
}

std::string PageKeyOf(std::string_view case_id, uint32_t page) {
  std::string key;
  key.reserve(case_id.size() + 6);
  key += kPageTable;
  key += case_id;
  key += '\0';
  AppendBig32(page, &key);
  return key;
}

std::string DedupKey(std::string_view case_id, uint64_t fingerprint) {
  std::string key;
  key.reserve(case_id.size() + 10);
  key += kDedupTable;
  key += case_id;
  key += '\0';
  AppendBig64(fingerprint, &key);
  return key;
}

std::string IndexPrefix(std::string_view queue, std::string_view kind) {
  std::string key;
  key += kIndexTable;
  key += queue;
  key += '\0';
  key += kind;
  key += '\0';
  return key;
}

std::string IndexKey(std::string_view queue, std::string_view kind, base::Instant t,
                     std::string_view case_id) {
  std::string key;
  key.reserve(queue.size() + kind.size() + case_id.size() + 11);
  key += kIndexTable;
  key += queue;
  key += '\0';
  key += kind;
  key += '\0';
  AppendInstant(t, &key);
  key += case_id;
  return key;
}

std::string FigureKeyOf(std::string_view chunk_key) {
  std::string key(1, kFigureTable);
  key += chunk_key;
  return key;
}

std::string TimerKey(base::Instant t, std::string_view case_id) {
  std::string key;
  key.reserve(case_id.size() + 9);
  key += kTimerTable;
  AppendInstant(t, &key);
  key += case_id;
  return key;
}

}  // namespace caseclock::store

#include "engine/store/keys.h"

#include "engine/base/big_endian.h"
#include "engine/codec/case_codec.h"

namespace caseclock::store {
namespace {
constexpr uint64_t kSignBit = uint64_t{1} << 63;
}

void AppendBigInstant(base::Instant t, std::string* out) {
  base::AppendBig64(static_cast<uint64_t>(t.us) ^ kSignBit, out);
}

base::Instant ReadBigInstant(std::string_view bytes) {
  return base::Instant{static_cast<int64_t>(base::ReadBig64(bytes) ^ kSignBit)};
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
  return kPageTable + codec::PageKey(case_id, page);
}

std::string DedupKey(std::string_view case_id, uint64_t fingerprint) {
  std::string key;
  key.reserve(case_id.size() + 10);
  key += kDedupTable;
  key += case_id;
  key += '\0';
  base::AppendBig64(fingerprint, &key);
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
  std::string key = IndexPrefix(queue, kind);
  key.reserve(key.size() + 8 + case_id.size());
  AppendBigInstant(t, &key);
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
  AppendBigInstant(t, &key);
  key += case_id;
  return key;
}

}  // namespace caseclock::store

// Chunks of queue figures: QueuePartial of figures.proto, three columns of differences, so that a
// usual fact (a second after the one before it, once) costs two bytes. And their keys:
//
//   key := queue 0x00 partition:be32 kind:u8 label1 0x00 label2 0x00 day:be32
//
// with the sign bit of the day turned over, so that days before 1970 sort first. Codes hold no
// 0x00.

#include "engine/base/big_endian.h"
#include "engine/codec/output_codec.h"
#include "engine/codec/wire_value.h"

namespace caseclock::codec {
namespace {

using wire::Reader;

constexpr int64_t kDaySeconds = 86'400;
constexpr uint32_t kSignBit = 0x80000000U;

bool IsKind(uint64_t n) {
  return (n >= static_cast<uint64_t>(model::FigureKind::kOpen) &&
          n <= static_cast<uint64_t>(model::FigureKind::kHandled)) ||
         (n >= static_cast<uint64_t>(model::FigureKind::kFlowIn) &&
          n <= static_cast<uint64_t>(model::FigureKind::kScreeningDeviation));
}

// Takes from the front of `bytes`; false if there is not enough.
bool TakeBigEndian(std::string_view* bytes, uint32_t* n) {
  if (bytes->size() < 4) return false;
  *n = base::ReadBig32(*bytes);
  bytes->remove_prefix(4);
  return true;
}

bool TakeText(std::string_view* bytes, base::Atom* text) {
  const size_t end = bytes->find('\0');
  if (end == std::string_view::npos) return false;
  *text = base::Atom::Intern(bytes->substr(0, end));
  bytes->remove_prefix(end + 1);
  return true;
}

// Differences wrap, so that any two seconds have one.
int64_t Minus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
int64_t Plus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

using Entry = model::FigureChunk::Entry;

// No instant that an event may have lies further from 1970 (core packs 40 bits of them).
constexpr int64_t kMostOther = int64_t{1} << 39;

void WriteDifferences(uint32_t number, const model::FigureChunk& chunk, int64_t Entry::*column,
                      int64_t first, wire::Writer* w) {
  const size_t begin = w->Begin(number);
  for (const Entry& entry : chunk.entries) {
    w->Varint(wire::ZigZag(Minus(entry.*column, first)));
    first = entry.*column;
  }
  w->End(begin);
}

bool AllAre(const model::FigureChunk& chunk, int64_t Entry::*column, int64_t value) {
  for (const Entry& entry : chunk.entries) {
    if (entry.*column != value) return false;
  }
  return true;
}

// A packed column; what lies in `values` before it is replaced.
bool ReadColumn(uint32_t tag, Reader* in, std::vector<int64_t>* values) {
  std::string_view bytes;
  if (!wire::ReadBytes(tag, in, &bytes)) return false;
  values->clear();
  values->reserve(bytes.size());
  Reader column(bytes);
  while (!column.AtEnd()) {
    uint64_t n = 0;
    if (!column.Varint(&n)) return false;
    values->push_back(wire::UnZigZag(n));
  }
  return true;
}

struct Columns {
  std::vector<int64_t> seconds;
  std::vector<int64_t> others;
  std::vector<int64_t> counts;
};

bool ReadField(uint32_t tag, Reader* in, ChunkKey* key, Columns* columns) {
  uint64_t n = 0;
  switch (wire::NumberOf(tag)) {
    case 1:
      return wire::Read(tag, in, &key->figure.queue);
    case 2:
      return wire::Read(tag, in, &key->partition);
    case 3:
      if (!wire::ReadVarint(tag, in, &n) || !IsKind(n)) return false;
      key->figure.kind = static_cast<model::FigureKind>(n);
      return true;
    case 4:
      return wire::Read(tag, in, &key->figure.label1);
    case 5:
      return wire::Read(tag, in, &key->figure.label2);
    case 6:
      if (!wire::ReadVarint(tag, in, &n)) return false;
      key->day = static_cast<int32_t>(wire::UnZigZag(n));
      return true;
    case 7:
      return ReadColumn(tag, in, &columns->seconds);
    case 8:
      return ReadColumn(tag, in, &columns->others);
    case 9:
      return ReadColumn(tag, in, &columns->counts);
    default:
      return in->Skip(tag);
  }
}

bool Join(const Columns& columns, int64_t second, model::FigureChunk* chunk) {
  const size_t size = columns.seconds.size();
  if (!columns.others.empty() && columns.others.size() != size) return false;
  if (!columns.counts.empty() && columns.counts.size() != size) return false;
  chunk->entries.resize(size);
  int64_t other = 0;
  for (size_t i = 0; i < size; ++i) {
    second = Plus(second, columns.seconds[i]);
    other = columns.others.empty() ? 0 : Plus(other, columns.others[i]);
    chunk->entries[i] = {second, other, columns.counts.empty() ? 1 : columns.counts[i]};
  }
  return true;
}

base::Error Corrupt(const char* what) {
  return {base::ErrorKind::kCorrupt, std::string("Expected the ") + what +
                                         " of a chunk of queue figures, but it does not fit"};
}

}  // namespace

std::string FigureChunkKey(const ChunkKey& key) {
  std::string bytes(key.figure.queue.view());
  bytes += '\0';
  base::AppendBig32(static_cast<uint32_t>(key.partition), &bytes);
  bytes += static_cast<char>(key.figure.kind);
  bytes += key.figure.label1.view();
  bytes += '\0';
  bytes += key.figure.label2.view();
  bytes += '\0';
  base::AppendBig32(static_cast<uint32_t>(key.day) ^ kSignBit, &bytes);
  return bytes;
}

base::Result<ChunkKey> ParseFigureChunkKey(std::string_view bytes) {
  ChunkKey key;
  uint32_t partition = 0;
  uint32_t day = 0;
  if (!TakeText(&bytes, &key.figure.queue) || !TakeBigEndian(&bytes, &partition) || bytes.empty() ||
      !IsKind(static_cast<uint8_t>(bytes.front())))
    return Corrupt("key");
  key.figure.kind = static_cast<model::FigureKind>(bytes.front());
  bytes.remove_prefix(1);
  if (!TakeText(&bytes, &key.figure.label1) || !TakeText(&bytes, &key.figure.label2) ||
      !TakeBigEndian(&bytes, &day) || !bytes.empty())
    return Corrupt("key");
  key.partition = static_cast<int32_t>(partition);
  key.day = static_cast<int32_t>(day ^ kSignBit);
  return key;
}

void EncodeChunk(const ChunkKey& key, const model::FigureChunk& chunk, std::string* out) {
  wire::Writer w(out, 128 + chunk.entries.size() * 4);
  wire::Write(1, key.figure.queue, &w);
  wire::Write(2, key.partition, &w);
  w.Varint(3, static_cast<uint64_t>(key.figure.kind));
  wire::Write(4, key.figure.label1, &w);
  wire::Write(5, key.figure.label2, &w);
  wire::Write(6, wire::ZigZag(key.day), &w);
  if (chunk.entries.empty()) return;
  WriteDifferences(7, chunk, &Entry::second, key.day * kDaySeconds, &w);
  if (!AllAre(chunk, &Entry::other, 0)) WriteDifferences(8, chunk, &Entry::other, 0, &w);
  if (AllAre(chunk, &Entry::count, 1)) return;
  const size_t begin = w.Begin(9);
  for (const Entry& entry : chunk.entries) w.Varint(wire::ZigZag(entry.count));
  w.End(begin);
}

base::Status DecodeChunk(std::string_view bytes, ChunkKey* key, model::FigureChunk* chunk) {
  *key = {};
  Columns columns;
  Reader in(bytes);
  while (!in.AtEnd()) {
    uint32_t tag = 0;
    if (!in.ReadTag(&tag) || !ReadField(tag, &in, key, &columns)) return Corrupt("value");
  }
  if (!Join(columns, key->day * kDaySeconds, chunk)) return Corrupt("value");
  return {};
}

base::Status CheckChunk(const ChunkKey& key, const model::FigureChunk& chunk) {
  const Entry* before = nullptr;
  for (const Entry& entry : chunk.entries) {
    const bool after = before == nullptr || before->second < entry.second ||
                       (before->second == entry.second && before->other < entry.other);
    if (!after || entry.count <= 0 || model::ChunkDay(entry.second) != key.day ||
        entry.other <= -kMostOther || entry.other >= kMostOther) {
      return Corrupt("facts");
    }
    before = &entry;
  }
  return {};
}

}  // namespace caseclock::codec

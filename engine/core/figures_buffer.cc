#include "engine/core/figures_buffer.h"

#include <bit>

namespace caseclock::core {
namespace {

constexpr uint64_t Slot(uint64_t hash, uint32_t id) {
  return (hash & 0xFFFFFFFF00000000ULL) | (uint64_t{id} + 1);
}
constexpr uint32_t IdOf(uint64_t slot) {
  return static_cast<uint32_t>(slot) - 1;
}

uint64_t Mix(uint64_t x) {
  x ^= x >> 33;
  x *= 0xFF51AFD7ED558CCDULL;
  x ^= x >> 33;
  return x;
}

uint64_t KeyBits(const model::FigureKey& key) {
  return key.queue.PointerHash() ^ std::rotl<uint64_t>(key.label1.PointerHash(), 21) ^
         std::rotl<uint64_t>(key.label2.PointerHash(), 42) ^
         static_cast<uint64_t>(key.kind) * 0xC4CEB9FE1A85EC53ULL;
}

}  // namespace

size_t FigureKeyHash::operator()(const model::FigureKey& key) const {
  return Mix(KeyBits(key));
}

uint64_t ChangeBuffers::HashOf(const model::FigureKey& key, int32_t day) {
  return Mix(KeyBits(key) + static_cast<uint64_t>(day) * 0x9E3779B97F4A7C15ULL);
}

std::optional<ChangeBuffers::Id> ChangeBuffers::Find(const model::FigureKey& key, int32_t day,
                                                     uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  for (size_t i = hash & mask; slots_[i] != 0; i = (i + 1) & mask) {
    if ((slots_[i] ^ hash) >> 32 != 0) continue;
    const ChangeBuffer& buffer = pool_[IdOf(slots_[i])];
    if (buffer.day == day && buffer.key == key) return IdOf(slots_[i]);
  }
  return std::nullopt;
}

ChangeBuffers::Id ChangeBuffers::Add(const model::FigureKey& key, int32_t day, uint64_t hash,
                                     uint32_t series) {
  Id id = static_cast<Id>(pool_.size());
  if (free_.empty()) {
    pool_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  ChangeBuffer& buffer = pool_[id];
  buffer.key = key;
  buffer.day = day;
  buffer.series = series;
  buffer.hash = hash;
  order_.push_back(id);
  if (order_.size() * 2 > slots_.size()) {
    Grow();
  } else {
    Insert(hash, id);
  }
  return id;
}

void ChangeBuffers::RemoveOldest() {
  const Id id = order_.front();
  order_.pop_front();
  Erase(pool_[id].hash, id);
  pool_[id] = ChangeBuffer();
  free_.push_back(id);
}

void ChangeBuffers::Insert(uint64_t hash, Id id) {
  const size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  while (slots_[i] != 0) i = (i + 1) & mask;
  slots_[i] = Slot(hash, id);
}

// Closes the gap: an entry behind it moves up unless it would come before its own place.
void ChangeBuffers::Erase(uint64_t hash, Id id) {
  const size_t mask = slots_.size() - 1;
  size_t gap = hash & mask;
  while (slots_[gap] != Slot(hash, id)) gap = (gap + 1) & mask;
  slots_[gap] = 0;
  for (size_t i = (gap + 1) & mask; slots_[i] != 0; i = (i + 1) & mask) {
    const size_t home = pool_[IdOf(slots_[i])].hash & mask;
    if (((i - home) & mask) < ((i - gap) & mask)) continue;
    slots_[gap] = slots_[i];
    slots_[i] = 0;
    gap = i;
  }
}

void ChangeBuffers::Grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (const Id id : order_) Insert(pool_[id].hash, id);
}

size_t ChangeBuffers::MemoryBytes() const {
  size_t bytes = pool_.capacity() * sizeof(ChangeBuffer) + slots_.capacity() * sizeof(uint64_t) +
                 (free_.capacity() + order_.size()) * sizeof(Id);
  for (const ChangeBuffer& buffer : pool_) bytes += buffer.changes.capacity() * sizeof(KeyCount);
  return bytes;
}

}  // namespace caseclock::core

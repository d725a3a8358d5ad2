#include "engine/core/figures_index.h"

#include <bit>

namespace caseclock::core {
namespace {

uint64_t HashOf(const model::FigureKey& key) {
  uint64_t x = key.queue.PointerHash() ^ std::rotl<uint64_t>(key.label1.PointerHash(), 21) ^
               std::rotl<uint64_t>(key.label2.PointerHash(), 42) ^
               static_cast<uint64_t>(key.kind) * 0xC4CEB9FE1A85EC53ULL;
  x ^= x >> 33;
  x *= 0xFF51AFD7ED558CCDULL;
  return x ^ x >> 33;
}

void Insert(uint64_t hash, uint32_t number, std::vector<uint64_t>* slots) {
  const size_t mask = slots->size() - 1;
  size_t i = hash & mask;
  while ((*slots)[i] != 0) i = (i + 1) & mask;
  (*slots)[i] = (hash & 0xFFFFFFFF00000000ULL) | (uint64_t{number} + 1);
}

}  // namespace

uint32_t FigureKeyIndex::NumberOf(const model::FigureKey& key) {
  const uint64_t hash = HashOf(key);
  const size_t mask = slots_.size() - 1;
  for (size_t i = hash & mask; slots_[i] != 0; i = (i + 1) & mask) {
    if ((slots_[i] ^ hash) >> 32 != 0) continue;
    const uint32_t number = static_cast<uint32_t>(slots_[i]) - 1;
    if (keys_[number] == key) return number;
  }
  return Add(key, hash);
}

uint32_t FigureKeyIndex::Add(const model::FigureKey& key, uint64_t hash) {
  const auto number = static_cast<uint32_t>(keys_.size());
  keys_.push_back(key);
  if (keys_.size() * 2 <= slots_.size()) {
    Insert(hash, number, &slots_);
    return number;
  }
  slots_.assign(slots_.size() * 2, 0);
  for (uint32_t n = 0; n < keys_.size(); ++n) Insert(HashOf(keys_[n]), n, &slots_);
  return number;
}

size_t FigureKeyIndex::MemoryBytes() const {
  return keys_.capacity() * sizeof(model::FigureKey) + slots_.capacity() * sizeof(uint64_t);
}

}  // namespace caseclock::core

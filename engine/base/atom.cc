#include "engine/base/atom.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace caseclock::base {
namespace {

// Shards keep threads apart; the strings sit in deques, so their addresses never move.
struct Shard {
  std::mutex mutex;
  std::deque<std::string> texts;
  std::unordered_map<std::string_view, const std::string*> by_text;
};
constexpr size_t kShards = 64;

std::array<Shard, kShards>& Shards() {
  static auto* shards = new std::array<Shard, kShards>();
  return *shards;
}
std::atomic<size_t> atom_count{0};
std::atomic<size_t> atom_limit{4'000'000};

const std::string* InternShared(std::string_view text) {
  Shard& shard = Shards()[std::hash<std::string_view>{}(text) % kShards];
  std::lock_guard lock(shard.mutex);
  if (auto it = shard.by_text.find(text); it != shard.by_text.end()) return it->second;
  if (atom_count.load(std::memory_order_relaxed) >= AtomLimit()) return nullptr;
  const std::string& stored = shard.texts.emplace_back(text);
  shard.by_text.emplace(stored, &stored);
  atom_count.fetch_add(1, std::memory_order_relaxed);
  return &stored;
}

// A direct-mapped memory of what this thread interned lately, so that the usual case takes no lock.
struct Recent {
  static constexpr size_t kSlots = 1024;
  std::array<const std::string*, kSlots> slots{};
};

// Spreads short codes well enough for a direct-mapped table, at a fraction of a full hash.
size_t SlotOf(std::string_view text) {
  uint64_t head = 0;
  uint64_t tail = 0;
  const size_t size = text.size();
  // Copies of a fixed size, which are single loads: a call to memcpy would cost more than the rest.
  if (size >= 8) {
    std::memcpy(&head, text.data(), 8);
    std::memcpy(&tail, text.data() + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(&head, text.data(), 4);
    std::memcpy(&tail, text.data() + size - 4, 4);
  } else {
    for (const char c : text) head = head << 8 | static_cast<unsigned char>(c);
  }
  const uint64_t mixed =
      (head ^ (tail * 0x9E3779B97F4A7C15ULL) ^ text.size()) * 0xff51afd7ed558ccdULL;
  return (mixed >> 48) % Recent::kSlots;
}

}  // namespace

const std::string Atom::kLost = "…";

size_t AtomLimit() {
  return atom_limit.load(std::memory_order_relaxed);
}
void SetAtomLimit(size_t most) {
  atom_limit.store(most, std::memory_order_relaxed);
}

Atom Atom::Intern(std::string_view text) {
  Atom atom;
  if (text.empty()) return atom;
  thread_local Recent recent;
  const std::string*& slot = recent.slots[SlotOf(text)];
  if (slot == nullptr || *slot != text) {
    const std::string* found = InternShared(text);
    if (found == nullptr) {
      atom.text_ = &kLost;
      return atom;
    }
    slot = found;
  }
  atom.text_ = slot;
  return atom;
}

}  // namespace caseclock::base

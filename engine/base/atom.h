#pragma once

// Atom: a code (queue, stage, handler, reason …) interned once for the whole process, so that the
// hot path compares pointers and allocates nothing. Equal text means equal atom. Order is by text,
// so that nothing depends on who was interned first. Interning is thread-safe; atoms live until the
// process ends, which is why only codes (bounded sets) become atoms, never references or ids.

#include <cstddef>
#include <string>
#include <string_view>

namespace caseclock::base {

class Atom {
 public:
  constexpr Atom() = default;  // the empty code
  // Interns `text`. When there are as many as AtomLimit(), somebody sends as codes what is none:
  // then memory stays bounded, and each new text is the one atom that is lost(). Whoever takes
  // texts from outside has to refuse it: two such texts are equal.
  static Atom Intern(std::string_view text);
  [[nodiscard]] bool lost() const { return text_ == &kLost; }

  [[nodiscard]] std::string_view view() const {
    return text_ == nullptr ? std::string_view() : std::string_view(*text_);
  }
  [[nodiscard]] std::string str() const { return std::string(view()); }
  [[nodiscard]] bool empty() const { return text_ == nullptr; }

  bool operator==(const Atom& other) const { return text_ == other.text_; }
  bool operator<(const Atom& other) const { return text_ != other.text_ && view() < other.view(); }

  // For hash tables in memory only: the value differs from run to run.
  [[nodiscard]] size_t PointerHash() const {
    return reinterpret_cast<size_t>(text_) * 0x9E3779B97F4A7C15ULL;
  }

 private:
  static const std::string kLost;  // "…", which no code can be
  const std::string* text_ = nullptr;
};

// How many atoms there may be in this process: 4,000,000 unless set. Any thread; what there is
// stays.
size_t AtomLimit();
void SetAtomLimit(size_t most);

}  // namespace caseclock::base

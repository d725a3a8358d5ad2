#pragma once

// A store of figure chunks in memory, for tables that let go of theirs.

#include <map>
#include <utility>

#include "engine/core/figures.h"

namespace caseclock::core {

class ChunkShelf : public ChunkReader {
 public:
  base::Status Read(const model::FigureKey& key, int32_t day,
                    model::FigureChunk* chunk) const override {
    ++reads;
    if (broken) return base::Error{base::ErrorKind::kIo, "the shelf is broken"};
    const auto at = stored.find({key, day});
    if (at != stored.end()) *chunk = at->second;
    return {};
  }

  base::Status Take(Figures* figures) {
    return figures->TakeChanged(
        [&](const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk) {
          taken.insert_or_assign(Name(key, day), chunk);
        });
  }
  void Begin(Figures* figures) {
    moving.swap(taken);
    figures->BeginStoring();
  }
  void End(Figures* figures) {
    for (auto& [name, chunk] : moving) stored.insert_or_assign(name, std::move(chunk));
    moving.clear();
    figures->EndStoring();
  }
  // All that changed is stored, and all that can go goes.
  void PutAway(Figures* figures) {
    CHECK(Take(figures).ok());
    Begin(figures);
    End(figures);
    figures->Trim(0);
    figures->Trim(0);
  }

  using Name = std::pair<model::FigureKey, int32_t>;
  std::map<Name, model::FigureChunk> taken, moving, stored;
  bool broken = false;
  mutable int reads = 0;
};

}  // namespace caseclock::core

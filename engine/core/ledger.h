#pragma once

// A page of the ledger: entries in canonical order, found, inserted and removed in their encoded
// form. Pure. Positions are byte offsets of an entry's first byte.

#include <optional>
#include <string_view>

#include "engine/core/step.h"
#include "engine/model/case_state.h"

namespace caseclock::core {

// Canonical order: (occurred_at, source, sequence, event_id), codes by text; of facts about
// handlers that change at the same instant, what makes one fit comes before all else, what makes
// him unfit after it. Total on different events, and the same whatever the order of arrival.
bool Precedes(const model::Event& a, const model::Event& b);

// Same source and event id are given; is it the same event?
bool SameContent(const model::Event& a, const model::Event& b);
// Of two events with one id, the one that holds: higher sequence, then higher content hash.
bool Supersedes(const model::Event& challenger, const model::Event& holder);

struct EntryPlace {
  uint32_t index = 0;
  uint32_t byte = 0;
};

// Calls visit(EntryPlace, LedgerEntry&) for each entry from `place` on until it returns false. The
// entry's event has its case id set; it lives until the next one is decoded.
template <typename Visit>
void ForEachEntry(const model::LedgerPage& page, EntryPlace place, EntryDecoder decode,
                  std::string_view case_id, const Visit& visit) {
  LedgerEntry entry;
  while (place.byte < page.entries.size()) {
    decode(std::string_view(page.entries).substr(place.byte), &entry);
    entry.event.case_id = case_id;
    const uint32_t size = entry.size;
    if (!visit(place, entry)) return;
    place.byte += size;
    ++place.index;
  }
}

template <typename Visit>
void ForEachEntry(const model::LedgerPage& page, EntryDecoder decode, std::string_view case_id,
                  const Visit& visit) {
  ForEachEntry(page, EntryPlace(), decode, case_id, visit);
}

// Where an event belongs: before the first entry that it precedes.
EntryPlace PlaceFor(const model::LedgerPage& page, EntryDecoder decode, const model::Event& event);
std::optional<EntryPlace> FindById(const model::LedgerPage& page, EntryDecoder decode,
                                   uint64_t fingerprint);
bool HasFingerprint(const model::LedgerPage& page, uint64_t fingerprint);
bool IsVoided(const model::LedgerPage& page, uint64_t fingerprint);

// The folded mark is not moved: the caller folds again.
void InsertEntry(EntryPlace place, std::string_view bytes, uint64_t fingerprint,
                 model::LedgerPage* page);
void RemoveEntry(EntryPlace place, uint32_t size, model::LedgerPage* page);

}  // namespace caseclock::core

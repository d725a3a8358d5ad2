#include "engine/core/region.h"

#include <algorithm>

#include "engine/core/follow_calendars.h"
#include "engine/core/ledger.h"

namespace caseclock::core {
namespace {

using model::CaseView;
using model::LedgerPage;

// Targets of the voids that had come by then: for past figures, where the pages' marks say too
// much.
std::vector<uint64_t> VoidsKnown(EntryDecoder decode, std::string_view case_id,
                                 std::span<const LedgerPage* const> pages,
                                 const RegionOptions& options) {
  std::vector<uint64_t> targets;
  for (const LedgerPage* page : pages) {
    ForEachEntry(*page, decode, case_id, [&](EntryPlace, const LedgerEntry& entry) {
      const auto* voided = std::get_if<model::Voided>(&entry.event.body);
      if (voided != nullptr && entry.arrival.time <= options.arrived_by) {
        targets.push_back(model::EventFingerprint(entry.event.source, voided->event_id));
      }
      return true;
    });
  }
  return targets;
}

}  // namespace

void FoldPage(const StepContext& context, std::string_view case_id, const LedgerPage& page,
              EntryPlace from, size_t until, const RegionOptions& options,
              std::span<const uint64_t> voids, RegionFold* fold) {
  if (from.byte == 0) fold->newest = FoldMark();
  ForEachEntry(
      page, from, context.decode, case_id, [&](EntryPlace place, const LedgerEntry& entry) {
        if (place.byte >= until || entry.event.occurred_at > options.now) return false;
        fold->newest = {place.index + 1, place.byte + entry.size, place.byte};
        if (entry.arrival.time > options.arrived_by) return true;
        FoldedEntry note{page.index, place.index, false, Refusal::kNone};
        const uint64_t fingerprint = page.fingerprints[place.index];
        note.voided = options.voids_by_arrival
                          ? std::find(voids.begin(), voids.end(), fingerprint) != voids.end()
                          : IsVoided(page, fingerprint);
        if (!note.voided) {
          const auto bytes = std::string_view(page.entries).substr(place.byte, entry.size);
          FollowCalendars(context, entry.event.occurred_at, &fold->view);
          const auto& policies = PoliciesFor(context, fold->view, entry.event);
          note.refusal =
              ApplyEvent({policies, context.decode, entry.event, entry.arrival, bytes, page.index},
                         &fold->view, &fold->effects);
        }
        if (options.visit != nullptr) (*options.visit)(entry, note);
        return true;
      });
}

RegionFold FoldRegion(const StepContext& context, std::string_view case_id, CaseView start,
                      std::span<const LedgerPage* const> pages, const RegionOptions& options) {
  RegionFold fold;
  fold.view = std::move(start);
  std::vector<uint64_t> voids;
  if (options.voids_by_arrival) voids = VoidsKnown(context.decode, case_id, pages, options);
  for (const LedgerPage* page : pages) {
    FoldPage(context, case_id, *page, {}, page->entries.size(), options, voids, &fold);
  }
  return fold;
}

}  // namespace caseclock::core

#include "engine/core/region.h"

#include <algorithm>

#include "engine/core/ledger.h"

namespace caseclock::core {
namespace {

using model::CaseView;
using model::LedgerPage;

// Targets of the voids that had come by then: for past figures, where the pages' marks say too much.
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

class RegionFolder {
 public:
  RegionFolder(const model::PolicySet& policies, const RegionOptions& options, CaseView* view,
               FoldEffects* effects)
      : policies_(policies), options_(options), view_(view), effects_(effects) {}

  void Fold(const LedgerEntry& entry, FoldedEntry note) {
    const size_t ended = effects_->ended.size();
    const bool waits = !view_->referred;
    note.refusal = ApplyEvent(policies_, entry.event, entry.arrival, view_, effects_);
    if (note.refusal == Refusal::kNotReferred) {
      note.orphan = true;
      orphans_.push_back(entry);
    } else if (waits && view_->referred) {
      TakeInOrphans();
    }
    for (size_t i = ended; i < effects_->ended.size(); ++i) effects_->ended[i].page = note.page;
    Tell(entry, note);
  }

  void Tell(const LedgerEntry& entry, const FoldedEntry& note) const {
    if (options_.visit != nullptr) (*options_.visit)(entry, note);
  }

 private:
  // Their own instants lie before the case: they take effect when it begins.
  void TakeInOrphans() {
    for (LedgerEntry& orphan : orphans_) {
      orphan.event.occurred_at = view_->opened_at;
      --view_->events;  // counted when it came
      ApplyEvent(policies_, orphan.event, orphan.arrival, view_, effects_);
    }
    orphans_.clear();
  }

  const model::PolicySet& policies_;
  const RegionOptions& options_;
  CaseView* view_;
  FoldEffects* effects_;
  std::vector<LedgerEntry> orphans_;
};

}  // namespace

RegionResult FoldRegion(const model::PolicySet& policies, EntryDecoder decode,
                        std::string_view case_id, const CaseView& start,
                        std::span<const LedgerPage* const> pages, const RegionOptions& options,
                        FoldEffects* effects) {
  RegionResult result;
  result.view = start;
  std::vector<uint64_t> voids;
  if (options.voids_by_arrival) voids = VoidsKnown(decode, case_id, pages, options);
  RegionFolder folder(policies, options, &result.view, effects);
  for (const LedgerPage* page : pages) {
    result.before.push_back(result.view);
    result.newest = FoldMark();
    ForEachEntry(*page, decode, case_id, [&](EntryPlace place, const LedgerEntry& entry) {
      if (entry.event.occurred_at > options.now) return false;
      result.newest = {place.index + 1, place.byte + entry.size, place.byte};
      if (entry.arrival.time > options.arrived_by) return true;
      FoldedEntry note{page->index, place.index, false, false, Refusal::kNone};
      const uint64_t fingerprint = page->fingerprints[place.index];
      note.voided = options.voids_by_arrival
                        ? std::find(voids.begin(), voids.end(), fingerprint) != voids.end()
                        : IsVoided(*page, fingerprint);
      if (note.voided) {
        folder.Tell(entry, note);
      } else {
        folder.Fold(entry, note);
      }
      return true;
    });
  }
  return result;
}

}  // namespace caseclock::core

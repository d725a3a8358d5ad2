#include "engine/core/ledger.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/core/handler_facts.h"

namespace caseclock::core {
namespace {

using model::Event;
using model::LedgerPage;

// Text that two contents of one id share only when they are equal; for ordering, never stored.
class ContentText {
 public:
  explicit ContentText(const Event& event) {
    if (event.body.index() < model::kCaseEventTypes) Add(event.occurred_at);
    Add(event.actor);
    Add(static_cast<int64_t>(event.body.index()));
    std::visit([this](const auto& body) { Body(body); }, event.body);
  }
  [[nodiscard]] base::Hash128 hash() const { return base::Hash(text_); }

 private:
  void Add(std::string_view s) {
    Add(static_cast<int64_t>(s.size()));
    text_ += s;
  }
  void Add(base::Atom a) { Add(a.view()); }
  void Add(int64_t n) { text_.append(reinterpret_cast<const char*>(&n), sizeof n); }
  void Add(base::Instant t) { Add(t.us); }
  void Add(const base::Period& p) {
    Add(int64_t{p.months});
    Add(int64_t{p.days});
    Add(p.time.us);
  }
  void Add(const base::Hash128& h) {
    Add(static_cast<int64_t>(h.high));
    Add(static_cast<int64_t>(h.low));
  }
  template <typename T>
  void Add(const std::optional<T>& value) {
    Add(int64_t{value.has_value()});
    if (value) Add(static_cast<T>(*value));
  }
  void Add(int32_t n) { Add(int64_t{n}); }

  void Body(const model::Referred& e) { All(e.queue, e.risk, e.origin, e.subject, e.repeat_of); }
  void Body(const model::Screened& e) {
    All(e.decision, e.guidance, e.score);
    for (base::Atom criterion : e.criteria) Add(criterion);
    // Events from before there were roles keep their place among their rivals.
    if (!e.role.empty()) Add(e.role);
  }
  void Body(const model::Assessed& e) { All(e.tool, e.tool_version, e.grade, e.score); }
  void Body(const model::Assigned& e) { All(e.handler, e.role); }
  void Body(const model::Unassigned& e) { All(e.reason); }
  void Body(const model::Staged& e) { All(e.stage); }
  void Body(const model::Transferred& e) { All(e.queue, e.reason); }
  void Body(const model::Paused& e) { All(e.reason); }
  void Body(const model::Resumed& e) { All(e.reason); }
  void Body(const model::Performed& e) { All(e.activity, e.result); }
  void Body(const model::Scheduled& e) { All(e.activity, e.at, e.meeting); }
  void Body(const model::IntervalSet& e) { All(e.clock, e.interval, e.authority); }
  void Body(const model::Extended& e) { All(e.clock, e.until, e.authority); }
  void Body(const model::OutcomeRecorded& e) { All(e.code, e.result_of); }
  void Body(const model::Closed& e) { All(e.reason, e.merged_into); }
  void Body(const model::Reopened& e) { All(e.reason); }
  void Body(const model::Linked& e) { All(e.kind, e.case_id); }
  void Body(const model::Voided& e) {
    All(e.event_id, e.reason);
    if (!e.handler.empty()) Add(e.handler);
  }
  void Body(const model::Qualified& e) { All(e.handler, e.qualification, e.from, e.until); }
  void Body(const model::Absent& e) { All(e.handler, e.from, e.until); }
  void Body(const model::Acknowledged& e) { All(e.alert_id, e.until); }
  void Body(const model::Notified& e) { All(e.alert_id, e.receiver, e.state); }
  void Body(const model::PolicyMoved& e) { All(e.version, e.reason); }
  template <typename... Fields>
  void All(const Fields&... fields) {
    (Add(fields), ...);
  }

  std::string text_;
};

}  // namespace

bool Precedes(const Event& a, const Event& b) {
  if (a.occurred_at != b.occurred_at) return a.occurred_at < b.occurred_at;
  if (const int rank = FactRank(a) - FactRank(b); rank != 0) return rank < 0;
  if (!(a.source == b.source)) return a.source < b.source;
  if (a.sequence != b.sequence) return a.sequence < b.sequence;
  return a.event_id < b.event_id;
}

bool SameContent(const Event& a, const Event& b) {
  return a.occurred_at == b.occurred_at && a.sequence == b.sequence && a.actor == b.actor &&
         a.body == b.body;
}

bool Supersedes(const Event& challenger, const Event& holder) {
  if (challenger.sequence != holder.sequence) return challenger.sequence > holder.sequence;
  // Facts about handlers stand in a case's ledger at other instants than in their own, and must be
  // settled the same way in both: by what they say first.
  const base::Hash128 mine = ContentText(challenger).hash();
  const base::Hash128 theirs = ContentText(holder).hash();
  return mine == theirs ? challenger.occurred_at > holder.occurred_at : mine > theirs;
}

EntryPlace PlaceFor(const LedgerPage& page, EntryDecoder decode, const Event& event) {
  EntryPlace found{static_cast<uint32_t>(page.fingerprints.size()),
                   static_cast<uint32_t>(page.entries.size())};
  ForEachEntry(page, decode, event.case_id, [&](EntryPlace place, const LedgerEntry& entry) {
    if (!Precedes(event, entry.event)) return true;
    found = place;
    return false;
  });
  return found;
}

std::optional<EntryPlace> FindById(const LedgerPage& page, EntryDecoder decode,
                                   uint64_t fingerprint) {
  const auto it = std::find(page.fingerprints.begin(), page.fingerprints.end(), fingerprint);
  if (it == page.fingerprints.end()) return std::nullopt;
  const auto index = static_cast<uint32_t>(it - page.fingerprints.begin());
  std::optional<EntryPlace> found;
  ForEachEntry(page, decode, {}, [&](EntryPlace place, const LedgerEntry&) {
    if (place.index != index) return true;
    found = place;
    return false;
  });
  return found;
}

bool HasFingerprint(const LedgerPage& page, uint64_t fingerprint) {
  return std::find(page.fingerprints.begin(), page.fingerprints.end(), fingerprint) !=
         page.fingerprints.end();
}

bool IsVoided(const LedgerPage& page, uint64_t fingerprint) {
  return std::find(page.voided.begin(), page.voided.end(), fingerprint) != page.voided.end();
}

void InsertEntry(EntryPlace place, std::string_view bytes, uint64_t fingerprint, LedgerPage* page) {
  page->entries.insert(place.byte, bytes);
  page->fingerprints.insert(page->fingerprints.begin() + place.index, fingerprint);
}

void RemoveEntry(EntryPlace place, uint32_t size, LedgerPage* page) {
  const uint64_t fingerprint = page->fingerprints[place.index];
  page->entries.erase(place.byte, size);
  page->fingerprints.erase(page->fingerprints.begin() + place.index);
  page->voided.erase(std::remove(page->voided.begin(), page->voided.end(), fingerprint),
                     page->voided.end());
}

}  // namespace caseclock::core

#include <iterator>

#include "engine/codec/case_codec.h"
#include "engine/codec/case_wire.h"

namespace caseclock::codec {
namespace wire {

bool Read(uint32_t tag, Reader* in, model::AlertState* state) {
  uint64_t n = 0;
  if (!ReadVarint(tag, in, &n)) return false;
  *state = static_cast<model::AlertState>(n);
  return n >= static_cast<uint64_t>(model::AlertState::kRaised) &&
         n <= static_cast<uint64_t>(model::AlertState::kRetracted);
}

bool Read(uint32_t tag, Reader* in, model::EventType* type) {
  uint64_t n = 0;
  if (!ReadVarint(tag, in, &n) || n < 1 || n > model::kEventTypes) return false;
  *type = static_cast<model::EventType>(n - 1);
  return true;
}

bool Read(uint32_t tag, Reader* in, model::GrantKind* kind) {
  uint64_t n = 0;
  if (!ReadVarint(tag, in, &n)) return false;
  *kind = static_cast<model::GrantKind>(n);
  return n >= static_cast<uint64_t>(model::GrantKind::kInterval) &&
         n <= static_cast<uint64_t>(model::GrantKind::kExtension);
}

bool Read(uint32_t tag, Reader* in, model::MoveKind* kind) {
  uint64_t n = 0;
  if (!ReadVarint(tag, in, &n)) return false;
  *kind = static_cast<model::MoveKind>(n);
  return n >= static_cast<uint64_t>(model::MoveKind::kKept) &&
         n <= static_cast<uint64_t>(model::MoveKind::kCalendar);
}

bool Read(uint32_t tag, Reader* in, std::vector<model::ClockState>* clocks) {
  constexpr base::Instant kNoInstant{base::kNever.us - 1};  // none on the wire reads as this
  constexpr int32_t kNoPartition = -1;
  constexpr auto kNoType = static_cast<model::EventType>(model::kEventTypes);
  model::ClockState& clock = clocks->emplace_back();
  clock.measured_from = kNoInstant;
  clock.change_cause.partition = kNoPartition;
  clock.origin.type = kNoType;
  if (!Read(tag, in, &clock)) return false;
  if (clock.measured_from == kNoInstant) clock.measured_from = clock.started_at;
  if (clock.change_cause.partition == kNoPartition) clock.change_cause = clock.start_cause;
  const bool first = clocks->size() == 1;
  if (clock.policy_version.empty() && !first) {
    clock.policy_version = std::prev(clocks->end(), 2)->policy_version;
  }
  if (clock.origin.type == kNoType) {
    clock.origin = first ? model::EventRef() : std::prev(clocks->end(), 2)->origin;
  }
  return true;
}

bool Read(uint32_t tag, Reader* in, std::vector<model::ToldAlert>* told) {
  model::ToldAlert& alert = told->emplace_back();
  if (!Read(tag, in, &alert)) return false;
  if (told->size() == 1) return true;
  const model::ToldAlert& before = *std::prev(told->end(), 2);
  if (alert.clock.empty()) {
    alert.clock = before.clock;
    alert.cycle = before.cycle;
  }
  if (alert.policy_version.empty()) alert.policy_version = before.policy_version;
  if (alert.workflow.empty()) alert.workflow = before.workflow;
  if (alert.queue.empty()) alert.queue = before.queue;
  return true;
}

bool Read(uint32_t tag, Reader* in, CyclesBegun* values) {
  std::string_view bytes;
  if (!ReadBytes(tag, in, &bytes)) return false;
  auto& [clock, count] = values->emplace_back();
  Reader inner(bytes);
  while (!inner.AtEnd()) {
    uint32_t field = 0;
    if (!inner.ReadTag(&field)) return false;
    const bool good = NumberOf(field) == 1   ? Read(field, &inner, &clock)
                      : NumberOf(field) == 2 ? Read(field, &inner, &count)
                                             : inner.Skip(field);
    if (!good) return false;
  }
  return true;
}

}  // namespace wire

namespace {

using wire::Reader;

// Collects entries as they lie in the record: one run when this program wrote it.
class EntryRuns {
 public:
  explicit EntryRuns(std::string* entries) : entries_(entries) { entries_->clear(); }

  void Add(const char* begin, const char* end) {
    if (begin != run_end_) {
      Flush();
      run_begin_ = begin;
    }
    run_end_ = end;
    ++count_;
  }
  void Flush() {
    if (run_end_ != run_begin_) entries_->append(run_begin_, run_end_);
    run_begin_ = run_end_;
  }
  [[nodiscard]] size_t count() const { return count_; }

 private:
  std::string* entries_;
  const char* run_begin_ = nullptr;
  const char* run_end_ = nullptr;
  size_t count_ = 0;
};

// Fields 3 … 9 but the entries.
bool ReadPageField(uint32_t tag, Reader* in, model::LedgerPage* page) {
  switch (wire::NumberOf(tag)) {
    case 3:
      return wire::Read(tag, in, &page->index);
    case 5:
      return wire::Read(tag, in, &page->fingerprints);
    case 6:
      return wire::Read(tag, in, &page->folded_count);
    case 7:
      return wire::Read(tag, in, &page->folded_bytes);
    case 8:
      return wire::Read(tag, in, &page->last_folded_at);
    case 9:
      return wire::Read(tag, in, &page->voided);
    default:
      return in->Skip(tag);
  }
}

bool PageAgrees(const model::LedgerPage& page, size_t entries) {
  return page.fingerprints.size() == entries && page.folded_count <= entries &&
         page.folded_bytes <= page.entries.size() && page.last_folded_at <= page.folded_bytes;
}

bool ReadCaseField(uint32_t tag, Reader* in, model::CaseState* state) {
  switch (wire::NumberOf(tag)) {
    case 1:
      return wire::Read(tag, in, &state->case_id);
    case 2:
      return wire::Read(tag, in, &state->view);
    case 10:
      state->before = std::make_unique<model::CaseView>();
      return wire::Read(tag, in, state->before.get());
    case 11:
      return wire::Read(tag, in, &state->pending_voids);
    case 12:
      return wire::Read(tag, in, &state->told);
    case 13:
      return wire::Read(tag, in, &state->timer_at);
    case 14:
      return wire::Read(tag, in, &state->conflicts);
    case 16:
      return wire::Read(tag, in, &state->checkpoints_valid);
    case 18:
      return wire::Read(tag, in, &state->named);
    default:
      return ReadPageField(tag, in, &state->page);
  }
}

bool ReadClosedPageField(uint32_t tag, Reader* in, model::ClosedPage* page) {
  switch (wire::NumberOf(tag)) {
    case 1:
      return in->Skip(tag);
    case 10:
      return wire::Read(tag, in, &page->before);
    case 12:
      return wire::Read(tag, in, &page->told);
    default:
      return ReadPageField(tag, in, &page->page);
  }
}

// Reads a record that holds a page; `read_field` reads what is not an entry.
template <typename ReadField>
bool ReadRecord(std::string_view bytes, model::LedgerPage* page, const ReadField& read_field) {
  Reader in(bytes);
  EntryRuns runs(&page->entries);
  while (!in.AtEnd()) {
    const char* const begin = in.at();
    uint32_t tag = 0;
    std::string_view entry;
    if (!in.ReadTag(&tag)) return false;
    if (tag != kEntryTag) {
      if (!read_field(tag, &in)) return false;
      continue;
    }
    if (!in.Bytes(&entry)) return false;
    runs.Add(begin, in.at());
  }
  runs.Flush();
  return PageAgrees(*page, runs.count());
}

base::Error Corrupt(const char* what) {
  return {base::ErrorKind::kCorrupt, std::string("Expected the record of a ") + what +
                                         ", but its bytes break off or do not fit together"};
}

}  // namespace

base::Status DecodeCase(std::string_view bytes, model::CaseState* state) {
  *state = {};
  const bool read = ReadRecord(
      bytes, &state->page, [&](uint32_t tag, Reader* in) { return ReadCaseField(tag, in, state); });
  return read ? base::Status() : Corrupt("case");
}

base::Status DecodePage(std::string_view bytes, model::ClosedPage* page) {
  *page = {};
  const bool read = ReadRecord(bytes, &page->page, [&](uint32_t tag, Reader* in) {
    return ReadClosedPageField(tag, in, page);
  });
  return read ? base::Status() : Corrupt("page of a ledger");
}

}  // namespace caseclock::codec

#include <initializer_list>

#include "engine/base/big_endian.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/case_wire.h"

namespace caseclock::codec {
namespace wire {
namespace {

constexpr uint64_t LeaveOut(bool when, std::initializer_list<uint32_t> numbers) {
  uint64_t bits = 0;
  if (when) {
    for (const uint32_t number : numbers) bits |= uint64_t{1} << number;
  }
  return bits;
}

}  // namespace

void Write(uint32_t number, const model::EventRef& event, Writer* w) {
  if (event == model::EventRef()) return;
  const size_t begin = w->Begin(number);
  WriteFields(event, w);
  w->End(begin);
}

void WriteField(const Field<model::ClockState, model::EventRef, Always>& field,
                const model::EventRef& event, Writer* w) {
  const size_t begin = w->Begin(field.number);
  WriteFields(event, w);
  w->End(begin);
}

void Write(uint32_t number, const std::vector<model::ClockState>& clocks, Writer* w) {
  const model::ClockState* before = nullptr;
  const model::EventRef none;
  for (const model::ClockState& clock : clocks) {
    uint64_t shared = LeaveOut(clock.measured_from == clock.started_at, {6}) |
                      LeaveOut(clock.change_cause == clock.start_cause, {18}) |
                      LeaveOut(clock.origin == (before == nullptr ? none : before->origin), {43});
    if (before != nullptr) {
      shared |= LeaveOut(clock.policy_version == before->policy_version, {2});
    }
    const size_t begin = w->Begin(number);
    WriteFields(clock, w, shared);
    w->End(begin);
    before = &clock;
  }
}

void Write(uint32_t number, const std::vector<model::ToldAlert>& told, Writer* w) {
  const model::ToldAlert* before = nullptr;
  for (const model::ToldAlert& alert : told) {
    uint64_t shared = 0;
    if (before != nullptr) {
      const bool same_cycle = alert.clock == before->clock && alert.cycle == before->cycle;
      shared = LeaveOut(same_cycle, {2, 3}) |
               LeaveOut(alert.policy_version == before->policy_version, {6}) |
               LeaveOut(alert.workflow == before->workflow, {11}) |
               LeaveOut(alert.queue == before->queue, {12});
    }
    const size_t begin = w->Begin(number);
    WriteFields(alert, w, shared);
    w->End(begin);
    before = &alert;
  }
}

void Write(uint32_t number, const CyclesBegun& values, Writer* w) {
  for (const auto& [clock, count] : values) {
    const size_t begin = w->Begin(number);
    Write(1, clock, w);
    Write(2, count, w);
    w->End(begin);
  }
}

}  // namespace wire

namespace {

// Fields 3 … 9, which CaseState and LedgerPage share. The entries are fields already.
void WritePage(const model::LedgerPage& page, wire::Writer* w) {
  wire::Write(3, page.index, w);
  w->Raw(page.entries);
  wire::Write(5, page.fingerprints, w);
  wire::Write(6, page.folded_count, w);
  wire::Write(7, page.folded_bytes, w);
  wire::Write(8, page.last_folded_at, w);
  wire::Write(9, page.voided, w);
}

}  // namespace

void EncodeCase(const model::CaseState& state, std::string* out) {
  wire::Writer w(out, 768 + state.page.entries.size());
  wire::Write(1, state.case_id, &w);
  wire::Write(2, state.view, &w);
  WritePage(state.page, &w);
  if (state.before != nullptr) wire::Write(10, *state.before, &w);
  wire::Write(11, state.pending_voids, &w);
  wire::Write(12, state.told, &w);
  if (state.timer_at != base::kNever) wire::PutInstant(13, state.timer_at, &w);
  wire::Write(14, state.conflicts, &w);
  if (state.checkpoints_valid != UINT32_MAX) w.Varint(16, state.checkpoints_valid);
  wire::Write(18, state.named, &w);
}

void EncodePage(std::string_view case_id, const model::ClosedPage& page, std::string* out) {
  wire::Writer w(out, 768 + page.page.entries.size());
  wire::Write(1, case_id, &w);
  WritePage(page.page, &w);
  wire::Write(10, page.before, &w);
  wire::Write(12, page.told, &w);
}

namespace {
constexpr size_t kPageNumberBytes = 5;  // 00 and four more
}  // namespace

std::string PageKey(std::string_view case_id, uint32_t page) {
  std::string key(case_id);
  key += '\0';
  base::AppendBig32(page, &key);
  return key;
}

bool IsPageKey(std::string_view key) {
  return key.size() > kPageNumberBytes && key[key.size() - kPageNumberBytes] == '\0';
}

std::pair<std::string_view, uint32_t> SplitPageKey(std::string_view key) {
  const std::string_view id = key.substr(0, key.size() - kPageNumberBytes);
  return {id, base::ReadBig32(key.substr(id.size() + 1))};
}

void EncodeView(const model::CaseView& view, std::string* out) {
  wire::Writer w(out, 768);
  w.LeaveOutHistory();
  wire::WriteFields(view, &w);
}

}  // namespace caseclock::codec

#pragma once

// Random values of the model's structs, by the codec's own tables of fields. The same seed gives
// the same values.

#include <deque>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/codec/alert_wire.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"

namespace caseclock::codec {

class RandomValues {
 public:
  explicit RandomValues(uint64_t seed) : random_(seed) {}

  // 0 … n - 1
  uint64_t Below(uint64_t n) { return random_() % n; }
  bool Coin() { return Below(2) == 0; }
  std::string Code() {
    static constexpr std::string_view kChars =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/+-";
    std::string text;
    for (uint64_t n = 1 + Below(8); n > 0; --n) text += kChars[Below(kChars.size())];
    return text;
  }
  // Lives as long as this.
  std::string_view Text() {
    return texts_.emplace_back(Coin() ? Code() : Code() + "-Ærø–" + Code());
  }
  // Within what an event may carry.
  base::Instant InstantOfEvent() {
    const auto range = static_cast<uint64_t>(base::kLatestInstant.us - base::kEarliestInstant.us);
    const base::Instant t{base::kEarliestInstant.us + static_cast<int64_t>(Below(range))};
    return Coin() ? t : base::Instant::FromSeconds(t.Seconds());
  }

  void Fill(bool* value) { *value = Coin(); }
  void Fill(uint16_t* value) { *value = static_cast<uint16_t>(Below(65536)); }
  void Fill(uint32_t* value) { *value = Coin() ? static_cast<uint32_t>(Below(99)) + 1 : Word(); }
  void Fill(uint64_t* value) { *value = Coin() ? Below(9) : random_(); }
  void Fill(int32_t* value) { *value = static_cast<int32_t>(Word()); }
  void Fill(int64_t* value) { *value = Coin() ? static_cast<int64_t>(random_()) : 0; }
  void Fill(std::string* value) { *value = Coin() ? std::string(Text()) : ""; }
  void Fill(std::string_view* value) { *value = Coin() ? Text() : std::string_view(); }
  void Fill(base::Atom* value) { *value = Coin() ? base::Atom::Intern(Code()) : base::Atom(); }
  void Fill(base::Instant* value) {
    const uint64_t kind = Below(6);
    *value = kind == 0   ? base::kNever
             : kind == 1 ? base::kLongAgo
             : kind == 2 ? base::Instant{0}
                         : InstantOfEvent();
  }
  void Fill(base::Duration* value) { value->us = static_cast<int64_t>(random_()) >> Below(60); }
  void Fill(base::Period* value) {
    *value = {static_cast<int32_t>(Below(400)), static_cast<int32_t>(Below(400)),
              base::Duration{static_cast<int64_t>(Below(90'000'000'000'000))}};
  }
  void Fill(base::Hash128* value) { *value = {random_(), random_()}; }
  void Fill(model::AlertState* value) { *value = static_cast<model::AlertState>(1 + Below(5)); }
  void Fill(model::RungKind* value) { *value = static_cast<model::RungKind>(Below(3)); }
  void Fill(model::EventType* value) {
    *value = static_cast<model::EventType>(Below(model::kEventTypes));
  }
  void Fill(model::GrantKind* value) { *value = static_cast<model::GrantKind>(1 + Below(2)); }
  void Fill(model::MoveKind* value) { *value = static_cast<model::MoveKind>(1 + Below(6)); }
  void Fill(std::pair<base::Atom, uint32_t>* value) {
    Fill(&value->first);
    Fill(&value->second);
  }
  // An empty code in a list would be a code that says nothing.
  void Fill(std::vector<base::Atom>* values) {
    values->clear();
    for (uint64_t n = Below(4); n > 0; --n) values->push_back(base::Atom::Intern(Code()));
  }
  template <typename T>
  void Fill(std::vector<T>* values) {
    values->clear();
    for (uint64_t n = Below(4); n > 0; --n) Fill(&values->emplace_back());
  }
  template <typename T>
  void Fill(std::optional<T>* value) {
    value->reset();
    if (Coin()) Fill(&value->emplace());
  }
  template <wire::HasFields T>
  void Fill(T* message) {
    FillFields(message);
  }
  template <wire::HasFields T>
  void FillFields(T* message) {
    std::apply([&](const auto&... field) { (Fill(&(message->*field.member)), ...); },
               FieldsOf(static_cast<const T*>(nullptr)));
  }

  // These have their codes: one that is absent on the wire is that of the one before.
  void Fill(model::ClockState* clock) {
    FillFields(clock);
    FillIfEmpty(&clock->policy_version);
  }
  void Fill(model::ToldAlert* told) {
    FillFields(told);
    for (base::Atom* code : {&told->clock, &told->policy_version, &told->workflow, &told->queue}) {
      FillIfEmpty(code);
    }
  }

  // A valid event: what it must have, it has.
  model::Event Event(model::EventType type) {
    model::Event event;
    event.event_id = Text();
    event.source = base::Atom::Intern(Code());
    event.sequence = Coin() ? Below(1000) : 0;
    event.case_id = Text();
    event.occurred_at = InstantOfEvent();
    Fill(&event.actor);
    FillBody(static_cast<size_t>(type), &event.body);
    if (auto* screened = std::get_if<model::Screened>(&event.body)) {
      static const char* const kDecisions[] = {"in", "out", "returned"};
      screened->decision = base::Atom::Intern(kDecisions[Below(3)]);
    }
    if (!model::HandlerOf(event).empty()) event.case_id = {};
    if (auto* qualified = std::get_if<model::Qualified>(&event.body)) {
      SetUntil(qualified->from.value_or(base::kLongAgo), &qualified->until);
    }
    if (auto* absent = std::get_if<model::Absent>(&event.body)) {
      SetUntil(absent->from.value_or(event.occurred_at), &absent->until);
    }
    return event;
  }
  model::Event Event() { return Event(static_cast<model::EventType>(Below(model::kEventTypes))); }
  model::Arrival Arrival() {
    return {static_cast<int32_t>(Below(64)), static_cast<int64_t>(Below(1ULL << 40)),
            InstantOfEvent()};
  }

  void FillPage(model::LedgerPage* page) {
    *page = {};
    page->index = static_cast<uint32_t>(Below(9));
    const uint64_t entries = Below(7);
    for (uint64_t i = 0; i < entries; ++i) {
      if (Coin()) {
        page->last_folded_at = static_cast<uint32_t>(page->entries.size());
        page->folded_count = static_cast<uint32_t>(i + 1);
      }
      EncodeLedgerEntry(Event(), Arrival(), &page->entries);
      if (page->folded_count == i + 1)
        page->folded_bytes = static_cast<uint32_t>(page->entries.size());
      page->fingerprints.push_back(random_());
    }
    Fill(&page->voided);
  }
  model::ClosedPage ClosedPage() {
    model::ClosedPage page;
    FillPage(&page.page);
    Fill(&page.before);
    Fill(&page.told);
    return page;
  }
  model::CaseState Case() {
    model::CaseState state;
    state.case_id = Text();
    Fill(&state.view);
    FillPage(&state.page);
    if (Coin()) {
      state.before = std::make_unique<model::CaseView>();
      Fill(state.before.get());
    }
    Fill(&state.pending_voids);
    Fill(&state.told);
    Fill(&state.timer_at);
    Fill(&state.conflicts);
    if (Coin()) Fill(&state.checkpoints_valid);
    Fill(&state.named);
    return state;
  }
  model::Alert Alert() {
    model::Alert alert;
    Fill(&alert);
    return alert;
  }

 private:
  // What ends ends after it began.
  static void SetUntil(base::Instant from, std::optional<base::Instant>* until) {
    if (*until && **until <= from) *until = std::nullopt;
  }
  void FillIfEmpty(base::Atom* code) {
    if (code->empty()) *code = base::Atom::Intern(Code());
  }
  uint32_t Word() { return static_cast<uint32_t>(random_()); }

  template <size_t kIndex = 0>
  void FillBody(size_t index, model::EventBody* body) {
    if constexpr (kIndex < model::kEventTypes) {
      if (index != kIndex) return FillBody<kIndex + 1>(index, body);
      auto& event = body->emplace<kIndex>();
      std::apply(
          [&](const auto&... field) { (FillField(field.required, &(event.*field.member)), ...); },
          FieldsOf(&std::as_const(event)));
    }
  }
  template <typename M>
  void FillField(bool required, M* value) {
    if constexpr (std::is_same_v<M, base::Instant>) {
      *value = InstantOfEvent();
    } else if constexpr (std::is_same_v<M, std::optional<base::Instant>>) {
      *value = Coin() ? std::optional(InstantOfEvent()) : std::nullopt;
    } else if constexpr (std::is_same_v<M, base::Atom>) {
      *value = required || Coin() ? base::Atom::Intern(Code()) : base::Atom();
    } else if constexpr (std::is_same_v<M, std::string_view>) {
      *value = required || Coin() ? Text() : std::string_view();
    } else {
      Fill(value);
    }
  }

  std::mt19937_64 random_;
  std::deque<std::string> texts_;
};

}  // namespace caseclock::codec

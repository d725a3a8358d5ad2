#include "engine/codec/case_codec.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "caseclock/v1/case.pb.h"
#include "tests/unit/codec/generated.h"
#include "tests/unit/codec/random_values.h"

namespace caseclock::codec {
namespace {

constexpr int kCases = 1'000;

// Whether the members of its table fill a struct but for padding. A member that was added to the
// struct but not to the table leaves a gap.
template <typename T>
bool TableCoversStruct() {
  struct Member {
    size_t at;
    size_t size;
    size_t alignment;
  };
  static const T value{};
  std::vector<Member> members;
  const auto add = [&]<typename M>(M T::*member) {
    const auto at =
        reinterpret_cast<uintptr_t>(&(value.*member)) - reinterpret_cast<uintptr_t>(&value);
    members.push_back({at, sizeof(M), alignof(M)});
  };
  std::apply([&](const auto&... field) { (add(field.member), ...); },
             FieldsOf(static_cast<const T*>(nullptr)));
  std::sort(members.begin(), members.end(),
            [](const Member& x, const Member& y) { return x.at < y.at; });
  members.push_back({sizeof(T), 0, alignof(T)});
  size_t end = 0;
  for (const Member& member : members) {
    if ((end + member.alignment - 1) / member.alignment * member.alignment != member.at)
      return false;
    end = member.at + member.size;
  }
  return true;
}

TEST(Tables, HaveEveryMemberOfTheirStructs) {
  EXPECT_TRUE(TableCoversStruct<model::CaseView>());
  EXPECT_TRUE(TableCoversStruct<model::ClockState>());
  EXPECT_TRUE(TableCoversStruct<model::ReachedRung>());
  EXPECT_TRUE(TableCoversStruct<model::ExcludedSpan>());
  EXPECT_TRUE(TableCoversStruct<model::ActivePause>());
  EXPECT_TRUE(TableCoversStruct<model::Acknowledgement>());
  EXPECT_TRUE(TableCoversStruct<model::IntervalOverride>());
  EXPECT_TRUE(TableCoversStruct<model::EventRef>());
  EXPECT_TRUE(TableCoversStruct<model::AssessedScore>());
  EXPECT_TRUE(TableCoversStruct<model::Stay>());
  EXPECT_TRUE(TableCoversStruct<model::Grant>());
  EXPECT_TRUE(TableCoversStruct<model::DueMove>());
  EXPECT_TRUE(TableCoversStruct<model::GivenExtension>());
  EXPECT_TRUE(TableCoversStruct<model::ToldAlert>());
  EXPECT_TRUE(TableCoversStruct<model::AlertTransition>());
  EXPECT_TRUE(TableCoversStruct<model::Alert>());
  EXPECT_TRUE(TableCoversStruct<model::Proof>());
  EXPECT_TRUE(TableCoversStruct<model::DueMeeting>());
  EXPECT_TRUE(TableCoversStruct<model::Segment>());
  EXPECT_TRUE(TableCoversStruct<model::Arrival>());
  EXPECT_TRUE(TableCoversStruct<model::Referred>());
  EXPECT_TRUE(TableCoversStruct<model::Screened>());
  EXPECT_TRUE(TableCoversStruct<model::Notified>());
}

std::string Encoded(const model::CaseState& state) {
  std::string bytes;
  EncodeCase(state, &bytes);
  return bytes;
}

std::string Encoded(const model::ClosedPage& page) {
  std::string bytes;
  EncodePage("C-1", page, &bytes);
  return bytes;
}

std::string View(const model::CaseView& view) {
  std::string bytes;
  EncodeView(view, &bytes);
  return bytes;
}

TEST(CaseCodec, BytesAreThoseOfTheGeneratedClass) {
  RandomValues random(1);
  for (int i = 0; i < kCases; ++i) {
    const std::string bytes = Encoded(random.Case());
    ASSERT_EQ(ThroughGenerated<v1::CaseState>(bytes), bytes);
  }
}

TEST(CaseCodec, DecodesToTheSame) {
  RandomValues random(2);
  model::CaseState read;
  for (int i = 0; i < kCases; ++i) {
    const model::CaseState state = random.Case();
    const std::string bytes = Encoded(state);
    const base::Status decoded = DecodeCase(bytes, &read);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(read.case_id, state.case_id);
    EXPECT_EQ(read.page.entries, state.page.entries);
    EXPECT_EQ(read.page.fingerprints, state.page.fingerprints);
    EXPECT_EQ(read.timer_at, state.timer_at);
    EXPECT_EQ(read.checkpoints_valid, state.checkpoints_valid);
    EXPECT_EQ(read.before == nullptr, state.before == nullptr);
    ASSERT_EQ(Encoded(read), bytes);
  }
}

TEST(CaseCodec, DefaultsComeBackAsDefaults) {
  model::CaseState read;
  ASSERT_TRUE(DecodeCase(Encoded(model::CaseState()), &read).ok());
  EXPECT_EQ(read.timer_at, base::kNever);
  EXPECT_EQ(read.checkpoints_valid, 0xffffffffU);
  model::CaseState state;
  state.view.clocks.emplace_back();
  state.told.emplace_back();
  ASSERT_TRUE(DecodeCase(Encoded(state), &read).ok());
  EXPECT_EQ(read.view.clocks[0].due_at, base::kNever);
  EXPECT_EQ(read.view.clocks[0].ordinal, 1U);
  EXPECT_FALSE(read.view.clocks[0].running_since.has_value());
  EXPECT_EQ(read.told[0].ended_in_page, model::ToldAlert::kLive);
}

TEST(CaseCodec, WhatAlertsAndClocksShareIsWrittenOnce) {
  RandomValues random(7);
  model::CaseState state;
  model::ToldAlert first;
  random.Fill(&first);
  state.told.push_back(first);
  model::ToldAlert other = first;  // of the same cycle
  other.rung = 9;
  state.told.push_back(other);
  other.queue = base::Atom::Intern("other/queue");
  other.cycle ^= 1;  // of the same clock, but another cycle
  state.told.push_back(other);
  model::ClockState clock;
  random.Fill(&clock);
  clock.measured_from = clock.started_at;
  clock.change_cause = clock.start_cause;
  state.view.clocks = {clock, clock};
  state.view.clocks[1].measured_from = base::Instant{};
  state.view.clocks[1].change_cause = {};

  v1::CaseState message;
  ASSERT_TRUE(message.ParseFromString(Encoded(state)));
  EXPECT_EQ(message.told(1).clock() + message.told(1).queue() + message.told(1).workflow(), "");
  EXPECT_EQ(message.told(1).cycle(), 0U);
  EXPECT_EQ(message.told(2).clock(), first.clock.view());
  EXPECT_EQ(message.told(2).workflow(), "");
  EXPECT_FALSE(message.view().clocks(0).has_measured_from());
  EXPECT_FALSE(message.view().clocks(0).has_change_cause());
  EXPECT_EQ(message.view().clocks(1).policy_version(), "");

  model::CaseState read;
  ASSERT_TRUE(DecodeCase(Encoded(state), &read).ok());
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read.told[i].id, first.id);
    EXPECT_EQ(read.told[i].clock, first.clock);
    EXPECT_EQ(read.told[i].cycle, state.told[i].cycle);
    EXPECT_EQ(read.told[i].policy_version, first.policy_version);
    EXPECT_EQ(read.told[i].workflow, first.workflow);
    EXPECT_EQ(read.told[i].queue, state.told[i].queue);
  }
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read.view.clocks[i].measured_from, state.view.clocks[i].measured_from);
    EXPECT_EQ(read.view.clocks[i].change_cause, state.view.clocks[i].change_cause);
    EXPECT_EQ(read.view.clocks[i].policy_version, clock.policy_version);
  }
}

TEST(CaseCodec, PagesToo) {
  RandomValues random(3);
  model::ClosedPage read;
  for (int i = 0; i < kCases; ++i) {
    const model::ClosedPage page = random.ClosedPage();
    const std::string bytes = Encoded(page);
    ASSERT_EQ(ThroughGenerated<v1::LedgerPage>(bytes), bytes);
    ASSERT_TRUE(DecodePage(bytes, &read).ok());
    EXPECT_EQ(read.page.entries, page.page.entries);
    ASSERT_EQ(Encoded(read), bytes);
  }
}

TEST(CaseCodec, EntriesAmongOtherFieldsAreCollected) {
  RandomValues random(4);
  std::string first;
  std::string second;
  EncodeLedgerEntry(random.Event(), random.Arrival(), &first);
  EncodeLedgerEntry(random.Event(), random.Arrival(), &second);
  const std::string one_print("\x29\x01\x00\x00\x00\x00\x00\x00\x00",
                              9);  // fingerprints, not packed
  model::CaseState read;
  ASSERT_TRUE(DecodeCase(first + one_print + second + one_print, &read).ok());
  EXPECT_EQ(read.page.entries, first + second);
  EXPECT_EQ(read.page.fingerprints, (std::vector<uint64_t>{1, 1}));
}

TEST(CaseCodec, APageThatDoesNotAgreeWithItselfIsCorrupt) {
  RandomValues random(5);
  const auto broken = [&](const auto& breaks) {
    model::CaseState state;
    EncodeLedgerEntry(random.Event(), random.Arrival(), &state.page.entries);
    state.page.fingerprints = {7};
    state.page.folded_count = 1;
    state.page.folded_bytes = static_cast<uint32_t>(state.page.entries.size());
    model::CaseState read;
    EXPECT_TRUE(DecodeCase(Encoded(state), &read).ok());
    breaks(&state.page);
    const base::Status decoded = DecodeCase(Encoded(state), &read);
    return !decoded.ok() && decoded.error().kind == base::ErrorKind::kCorrupt;
  };
  EXPECT_TRUE(broken([](model::LedgerPage* p) { p->fingerprints.push_back(8); }));
  EXPECT_TRUE(broken([](model::LedgerPage* p) { p->folded_count = 2; }));
  EXPECT_TRUE(broken([](model::LedgerPage* p) { ++p->folded_bytes; }));
  EXPECT_TRUE(broken([](model::LedgerPage* p) { p->last_folded_at = p->folded_bytes + 1; }));
  EXPECT_TRUE(broken([](model::LedgerPage* p) { p->entries.pop_back(); }));
}

TEST(CaseView, LeavesOutHowItCameAboutAndNothingElse) {
  RandomValues random(6);
  for (int i = 0; i < kCases; ++i) {
    model::CaseView view;
    random.Fill(&view);
    const std::string bytes = View(view);
    for (model::ClockState& clock : view.clocks) {
      clock.start_cause = random.Arrival();
      clock.change_cause = {};
    }
    ASSERT_EQ(View(view), bytes);
    ASSERT_EQ(ThroughGenerated<v1::CaseView>(bytes), bytes);
  }
}

TEST(PageKey, SortsByIndexBehindItsCase) {
  EXPECT_EQ(PageKey("C", 1), std::string("C\0\0\0\0\1", 6));
  EXPECT_LT(PageKey("C", 255), PageKey("C", 256));
  EXPECT_LT(std::string("C"), PageKey("C", 0));
  EXPECT_LT(PageKey("C", 0xffffffff), PageKey("C\x20", 0));
}

TEST(CaseToJson, IsReadable) {
  model::CaseState state;
  state.case_id = "C-1";
  state.view.referred = true;
  state.view.queue = base::Atom::Intern("wmp/marac");
  state.view.paused_total = base::Hours(26);
  state.view.opened_at = base::Instant::FromSeconds(1'772'446'500);
  state.view.clocks.emplace_back().cycle = 0xabc;
  const base::Result<std::string> json = CaseToJson(Encoded(state));
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json.value(), R"({"case_id":"C-1","view":{"referred":true,"queue":"wmp/marac",)"
                          R"("opened_at":"2026-03-02T10:15:00Z","paused_total":"P1DT2H",)"
                          R"("clocks":[{"cycle":"0000000000000abc","ordinal":1}]}})");
  model::ClosedPage page;
  page.page.index = 3;
  const base::Result<std::string> page_json = CaseToJson(Encoded(page));
  ASSERT_TRUE(page_json.ok());
  EXPECT_EQ(page_json.value(), R"({"case_id":"C-1","index":3,"before":{}})");
  EXPECT_FALSE(CaseToJson("\x08").ok());
}

}  // namespace
}  // namespace caseclock::codec

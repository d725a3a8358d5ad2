// Silences of a source over partitions: against a slow count of all that was heard, in steps of any
// size, and at the edges.

#include "engine/core/silence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "engine/base/time_text.h"

namespace caseclock::core {
namespace {

using base::Atom;
using base::Hours;
using base::Instant;
using base::Seconds;
using model::AlertState;
using model::Hearing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Atom A(std::string_view text) {
  return Atom::Intern(text);
}
const Instant kStart = base::ParseInstant("2026-03-02T09:00:00Z").value();

// Some partitions, and what was told so far.
class Watch {
 public:
  explicit Watch(size_t partitions, base::Duration silence = Hours(4)) : heard_(partitions) {
    policies_.hash = "h";
    policies_.sources.push_back({A("rms"), silence, {}, {}});
    expected_ = {{base::kLongAgo, kStart}};
  }
  model::PolicySet& policies() { return policies_; }
  void Expect(const Expected& expected) { expected_ = {expected}; }

  void Hear(size_t partition, Instant at) {
    const Hearing heard{at, ++events_, static_cast<int32_t>(partition), events_count_++};
    core::Hear(policies_.sources[0], heard, record_.judged, &heard_[partition]);
  }
  // What is told when everything up to `now` is known: "raised 13:00", …
  std::vector<std::string> At(Instant now, bool historical = false) {
    std::vector<const model::HeardSources*> known;
    for (const auto& heard : heard_) known.push_back(&heard);
    Judgement judgement = Judge(policies_, expected_, known, now, historical, record_);
    record_ = std::move(judgement.record);
    std::vector<std::string> told;
    for (const model::Alert& alert : judgement.told) {
      told.push_back(std::string(model::AlertStateName(alert.state)) + " " +
                     base::FormatInstant(alert.due_at).substr(11, 5));
      tellings_[alert.id].push_back(alert.state);
      last_ = alert;
    }
    return told;
  }
  [[nodiscard]] const model::SourcesRecord& record() const { return record_; }
  [[nodiscard]] const model::Alert& last() const { return last_; }
  [[nodiscard]] const std::map<base::Hash128, std::vector<AlertState>>& tellings() const {
    return tellings_;
  }

 private:
  model::PolicySet policies_;
  std::vector<Expected> expected_;
  std::vector<model::HeardSources> heard_;
  model::SourcesRecord record_;
  model::Alert last_;
  std::map<base::Hash128, std::vector<AlertState>> tellings_;
  uint64_t events_ = 0;
  int64_t events_count_ = 0;
};

TEST(Silence, IsToldOnceAndEndsWhenTheSourceIsHeard) {
  Watch watch(2);
  watch.Hear(0, kStart);
  watch.Hear(1, kStart + Hours(1));
  EXPECT_THAT(watch.At(kStart + Hours(5)), IsEmpty());  // at the due instant it is in time
  EXPECT_FALSE(watch.record().sources[0].silent);
  EXPECT_THAT(watch.At(kStart + Hours(5) + Seconds(1)), ElementsAre("raised 14:00"));
  EXPECT_TRUE(watch.record().sources[0].silent);
  EXPECT_EQ(watch.last().source, A("rms"));
  ASSERT_EQ(watch.last().proof.causes.size(), 1U);  // the event that began it
  EXPECT_EQ(watch.last().proof.causes[0].partition, 1);
  EXPECT_THAT(watch.At(kStart + Hours(9)), IsEmpty());
  watch.Hear(0, kStart + Hours(10));
  EXPECT_THAT(watch.At(kStart + Hours(11)), ElementsAre("resolved 14:00"));
  ASSERT_TRUE(watch.last().transitions.back().cause.has_value());
  EXPECT_EQ(watch.last().transitions.back().cause->offset, 2);
  EXPECT_THAT(watch.record().standing, IsEmpty());
  EXPECT_THAT(watch.At(kStart + Hours(13)), IsEmpty());
}

TEST(Silence, OfOnePartitionIsNone) {
  Watch watch(2);
  for (int hour = 0; hour <= 24; hour += 3) watch.Hear(0, kStart + Hours(hour));
  watch.Hear(1, kStart);
  EXPECT_THAT(watch.At(kStart + Hours(24)), IsEmpty());
}

TEST(Silence, ThatIsOverByTheTimeItIsSeenIsToldWithItsEnd) {
  Watch watch(3);
  watch.Hear(0, kStart);
  watch.Hear(2, kStart + Hours(9));
  EXPECT_THAT(watch.At(kStart + Hours(10), true), ElementsAre("raised 13:00", "resolved 13:00"));
  EXPECT_TRUE(watch.last().historical);
  EXPECT_EQ(watch.last().transitions.back().at, kStart + Hours(9));
}

TEST(Silence, OfWhoWasNeverHeardCountsFromWhenItWasExpected) {
  Watch watch(2);
  watch.Expect({base::kLongAgo, kStart + Hours(2)});
  EXPECT_THAT(watch.At(kStart + Hours(6)), IsEmpty());
  EXPECT_THAT(watch.At(kStart + Hours(7)), ElementsAre("raised 15:00"));
  EXPECT_THAT(watch.last().proof.causes, IsEmpty());
  EXPECT_THAT(watch.At(kStart + Hours(8)), IsEmpty());
  watch.Hear(1, kStart + Hours(8));
  EXPECT_THAT(watch.At(kStart + Hours(9)), ElementsAre("resolved 15:00"));
}

TEST(Silence, ThatEndsAtTheVeryInstantOfALookIsToldOnce) {
  Watch watch(2);
  watch.Hear(0, kStart);
  EXPECT_THAT(watch.At(kStart + Hours(8)), ElementsAre("raised 13:00"));
  watch.Hear(1, kStart + Hours(9));
  EXPECT_THAT(watch.At(kStart + Hours(9)), ElementsAre("resolved 13:00"));
  watch.Hear(0, kStart + Hours(9));
  EXPECT_THAT(watch.At(kStart + Hours(10)), IsEmpty());
  EXPECT_THAT(watch.At(kStart + Hours(11)), IsEmpty());
  EXPECT_THAT(watch.record().standing, IsEmpty());
}

TEST(Silence, FromBeforeTheSourceWasExpectedCountsFromThen) {
  Watch watch(1);
  watch.Hear(0, kStart);
  watch.Expect({kStart + Hours(30), kStart + Hours(30)});
  EXPECT_THAT(watch.At(kStart + Hours(33)), IsEmpty());
  EXPECT_THAT(watch.At(kStart + Hours(35)), ElementsAre("raised 19:00"));
}

TEST(Silence, AtNightIsNoneForASourceOfOfficeHours) {
  Watch watch(1);
  model::Calendar office;
  office.id = A("office");
  office.version = "1";
  for (int day = 0; day < 5; ++day) office.week[static_cast<size_t>(day)] = {{9 * 3600, 17 * 3600}};
  office.first_day = 20'000;
  office.last_day = 30'000;
  watch.policies().calendars.push_back(office);
  watch.policies().sources[0].calendar = A("office");
  watch.Expect({base::kLongAgo, kStart + Hours(7)});
  watch.Hear(0, kStart + Hours(7));  // Monday, 16:00
  EXPECT_THAT(watch.At(kStart + Hours(27)),
              IsEmpty());  // Tuesday, 12:00: four hours, to the second
  EXPECT_THAT(watch.At(kStart + Hours(27) + Seconds(1)), ElementsAre("raised 12:00"));
  EXPECT_EQ(watch.last().proof.calendar, A("office"));
}

TEST(Silence, ChangedRulesLeaveWhatWasTold) {
  Watch watch(1);
  watch.Hear(0, kStart);
  EXPECT_THAT(watch.At(kStart + Hours(5)), ElementsAre("raised 13:00"));
  watch.policies().sources[0].silence = Hours(48);
  EXPECT_THAT(watch.At(kStart + Hours(6)), IsEmpty());
  watch.Hear(0, kStart + Hours(7));  // a gap too short for the new rule
  EXPECT_THAT(watch.At(kStart + Hours(8)), ElementsAre("resolved 13:00"));
  watch.policies().sources[0].silence = Hours(4);
  EXPECT_THAT(watch.At(kStart + Hours(12)), ElementsAre("raised 20:00"));
  watch.policies().sources.clear();
  watch.Expect({});
  EXPECT_THAT(watch.At(kStart + Hours(13)), ElementsAre("resolved 20:00"));
  EXPECT_THAT(watch.record().standing, IsEmpty());
}

// However time comes along and however the events are spread, each silence of the whole is told
// once.
TEST(Silence, IsWhatASlowCountFinds) {
  for (uint32_t seed = 1; seed <= 400; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int64_t n) {
      return std::uniform_int_distribution<int64_t>(0, n - 1)(random);
    };
    const auto partitions = static_cast<size_t>(1 + below(5));
    Watch watch(partitions);
    std::vector<std::pair<Instant, size_t>> heard;
    Instant at = kStart;
    for (int i = 0; i < 60; ++i) {
      at = at + Seconds(below(8) == 0 ? 1 + below(8) * 7'200 : below(6) * 1'200);
      heard.emplace_back(at, static_cast<size_t>(below(static_cast<int64_t>(partitions))));
    }
    const Instant end = at + Hours(below(9));
    // The slow count.
    std::vector<std::pair<Instant, bool>> silences;  // due, over
    for (size_t i = 0; i < heard.size(); ++i) {
      const Instant due = heard[i].first + Hours(4);
      const bool last = i + 1 == heard.size();
      if (due < (last ? end : heard[i + 1].first)) silences.emplace_back(due, !last);
    }
    // Before the first event.
    if (kStart + Hours(4) < heard[0].first)
      silences.insert(silences.begin(), {kStart + Hours(4), true});
    // Some partitions run ahead of what is known of all.
    std::vector<std::string> told;
    size_t next = 0;
    for (Instant now = kStart; now < end;) {
      now = std::min(end, now + Seconds(1 + below(6) * 3'600));
      const Instant ahead = now + Seconds(below(2) * below(40'000));
      for (; next < heard.size() && heard[next].first <= ahead; ++next) {
        watch.Hear(heard[next].second, heard[next].first);
      }
      for (std::string& one : watch.At(now)) told.push_back(std::move(one));
    }
    std::vector<std::string> expected;
    for (const auto& [due, over] : silences) {
      const std::string time = base::FormatInstant(due).substr(11, 5);
      expected.push_back("raised " + time);
      if (over) expected.push_back("resolved " + time);
    }
    ASSERT_EQ(told, expected) << "seed " << seed;
    ASSERT_EQ(watch.tellings().size(), silences.size()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace caseclock::core

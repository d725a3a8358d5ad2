#pragma once

// What may be written in the files of a policy set: one table of keys, by which the loader takes or
// refuses them and of which the JSON Schema for editors is made, so that the two cannot differ. A
// key that the loader asks for and that is not here, or that is needed here and not there, ends the
// program (Fields).

#include <cstdint>
#include <string_view>
#include <vector>

namespace caseclock::policy {

using KnownNames = std::vector<std::string_view>;

struct Layout;

// What stands behind a key.
struct Value {
  enum class Form {
    kText,      // any text
    kCode,      // kCodePattern
    kEachCode,  // the same, or with * for what for_each names
    kFlag,      // true or false
    kNumber,    // a whole number within `range`
    kPeriod,    // P7D, PT4H30M, 28d
    kDuration,  // the same without months and years
    kInstant,   // RFC 3339, or a date
    kDate,
    kHours,    // 09:00-12:00+13:00-17:00
    kPercent,  // 75%, the number within `range`
    kChoice,   // one of `names`
    kQueue,    // a queue's name, or a prefix that ends in *
    kMap,      // the keys of `map`
    kMapOf,    // keys of the form of[0], or one of `names`; each value of[1]
    kList,     // items of[0]
    kEither,   // one of `of`
  };
  struct Range {
    int32_t least = 0;
    int32_t most = 0;
  };
  Form form = Form::kText;
  Range range;
  KnownNames names;
  const Layout* map = nullptr;
  std::vector<Value> of;
};

struct Key {
  std::string_view name;
  bool needed = false;
  Value value;
  std::string_view says;  // for people who write policies
};

// A map with a fixed set of keys.
struct Layout {
  std::string_view what;  // in messages: "a clock"
  std::vector<Key> keys;
  [[nodiscard]] const Key* Find(std::string_view name) const;  // nullptr: no such key
};

// The kinds of file.
const Layout& WorkflowFile();
const Layout& QueuesFile();
const Layout& CalendarFile();

// Their parts.
const Layout& VersionLayout();
const Layout& QualificationLayout();
const Layout& CaseloadLayout();
const Layout& ScreeningLayout();
const Layout& GuidanceLayout();
const Layout& LookbackLayout();
const Layout& StageLayout();
const Layout& ClassLayout();
const Layout& OutcomeLayout();
const Layout& ClockLayout();
const Layout& DatedDeadlineLayout();
const Layout& AccumulatesLayout();
const Layout& AdvanceLayout();
const Layout& ExtendsForLayout();
const Layout& ExtensionLayout();
const Layout& WarningLayout();
const Layout& OverdueLayout();
const Layout& QueueLayout();
const Layout& SourceLayout();
const Layout& CoverageLayout();
const Layout& MeetingLayout();

// Names that values are chosen from.
const KnownNames& EventNames();
const KnownNames& ScreeningDecisions();
const KnownNames& DeadlineNames();
const KnownNames& RegradeNames();
const KnownNames& LackNames();

inline constexpr std::string_view kCodePattern = "[A-Za-z0-9_.:/+-]{1,64}";
// `*` in it stands for each of the names of a clock's for_each.
inline constexpr std::string_view kEachCodePattern = "[A-Za-z0-9_.:/+*-]{1,64}";
inline constexpr Value::Range kPercents{0, 99};
inline constexpr Value::Range kShares{0, 100};  // of a whole, in percent
inline constexpr Value::Range kScores{0, 1'000'000};
inline constexpr Value::Range kEarlyDays{0, 366};
inline constexpr Value::Range kLateDays{1, 366};
inline constexpr Value::Range kOverdueCaps{1, 1'000};
inline constexpr Value::Range kExtendDays{1, 366};
inline constexpr Value::Range kCaseloads{1, 10'000};

}  // namespace caseclock::policy

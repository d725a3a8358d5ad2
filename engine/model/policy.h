#pragma once

// Policies, compiled: what the YAML of deploy/policies says, as plain structs that the core reads.
// Built and checked by engine/policy; immutable afterwards and shared between threads.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/atom.h"
#include "engine/base/instant.h"
#include "engine/base/time_text.h"
#include "engine/model/calendar.h"
#include "engine/model/event.h"

namespace caseclock::model {

// An event of this type whose principal code is one of `codes` (empty: any code).
struct EventMatch {
  EventType type = EventType::kReferred;
  std::vector<Atom> codes = {};
  Atom when = {};    // only while this look-back holds; empty: whether or not
  Atom unless = {};  // only while this one does not
  bool operator==(const EventMatch&) const = default;
};
using EventMatches = std::vector<EventMatch>;

// Deadlines. A sum type, because the shapes differ in kind and more may come: add an alternative,
// and the compiler names every place.

// Calendar time: months and days of the zone, then exact time.
struct ElapsedTime {
  bool operator==(const ElapsedTime&) const = default;
};
// Only the working hours of the calendar count; the target must be exact time (PT4H).
struct WorkingTime {
  bool operator==(const WorkingTime&) const = default;
};
// The end of the Nth working day after the day of the trigger, day 0; targets in days.
struct WorkingDays {
  bool operator==(const WorkingDays&) const = default;
};
// The end of a local day: of the last one of so many days, or of months and years, of which the day
// of the trigger is the first ("within the period of 3 days beginning with", Sexual Offences Act
// 2003 s.83(1)) or the day after it is. What is disregarded moves it by whole days.
struct WholeDays {
  bool counts_trigger_day = false;
  bool operator==(const WholeDays&) const = default;
};
// The next meeting of the calendar whose agenda is not closed when the cycle begins, or when its
// last pause ends. No targets. Undated and flagged where the calendar knows of none.
struct AtMeeting {
  Atom meeting;
  bool operator==(const AtMeeting&) const = default;
};
// The instant that the `scheduled` event which began the cycle says, or so long `before` it by the
// calendar; a later event moves it. No targets. An appointment that had passed already is due at
// once; one that came too near to leave so long is overdue from when that ran out.
struct AtScheduled {
  base::Period before;
  bool operator==(const AtScheduled&) const = default;
};
using DeadlineRule =
    std::variant<ElapsedTime, WorkingTime, WorkingDays, WholeDays, AtMeeting, AtScheduled>;

// How a rule counts: "elapsed", "working_time", "working_days", "days_after_trigger_day",
// "days_counting_trigger_day", "next_meeting", "scheduled", "before_scheduled".
std::string_view DeadlineName(const DeadlineRule& rule);

// The limit for one grade, or for one value of the class in ClockRule::limits_by; `limit` absent:
// it has none, the clock runs undated. Without a risk, the first target of a rule is for ungraded
// cases and the last one for every grade that has no target of its own; often they are one and the
// same.
struct Target {
  Atom risk;
  std::optional<base::Period> limit;
  bool operator==(const Target&) const = default;
};

// Exclusions: what a pause does to a clock. A sum type for the same reason.

// Time while one of these pause reasons holds does not count.
struct Disregard {
  std::vector<Atom> reasons;
  bool operator==(const Disregard&) const = default;
};
// Time counts on, but a limit that would pass while one of these reasons holds continues to the end
// of `days` days, the first of them the day on which the reason ceases (s.85(3)). While
// it holds there is no due instant.
struct ExtendTo {
  std::vector<Atom> reasons;
  int32_t days = 1;
  bool operator==(const ExtendTo&) const = default;
};
using Exclusion = std::variant<Disregard, ExtendTo>;

enum class RegradeRule : uint8_t {
  kRebase,   // the new limit counts from where the cycle began; consumed time is kept
  kRestart,  // the new limit counts from the regrade
  kKeep,     // the limit of the cycle stays as it was
};

// Ladder

enum class RungKind : uint8_t { kWarning, kBreach, kOverdue };

struct Rung {
  RungKind kind = RungKind::kBreach;
  Atom name;  // stable, part of alert ids: "warning_50", "breach", "overdue"
  // A warning stands at `percent` of the budget (0, as it begins, … 99) or `before` the due
  // instant.
  std::optional<int32_t> percent;
  std::optional<base::Duration> before;
  // Overdue repeats at due + every, due + 2 every, … at most `cap` times.
  base::Duration every;
  int32_t cap = 0;
  bool operator==(const Rung&) const = default;
};

// Who may extend a clock, and how far: a limit counted from where the cycle began.
struct ExtensionStep {
  Atom authority;
  base::Period until;
  // It may before the limit has passed, and not before the one below; and within this time,
  // counted like `until`, whether or not that is so (a court that sits later, PACE 1984 s.43(5)).
  std::optional<base::Period> granted_within = std::nullopt;
  bool operator==(const ExtensionStep&) const = default;
};

// What a start does after a stop.
enum class AfterStop : uint8_t {
  kNothing,  // the clock runs once
  kRestart,  // a new cycle begins
  kResume,   // a cycle that goes on where the stopped one was; the time between does not count
};

// A clock that begins by a sum: when stays, begun and ended by these events, come to
// `total` of elapsed time within any period of `within`. It counts from that instant, also when no
// event marks it, and does not begin after all when the last stay ended before. Its end takes the
// stays with it: what it asked for is done.
struct Accumulation {
  EventMatches from;
  EventMatches to;
  base::Duration total;
  base::Period within;
  bool operator==(const Accumulation&) const = default;
};

// A clock that may be fulfilled before what begins it happens (Sexual Offences Act 2003
// s.84(2) to (4)): a `scheduled` event of the same activity says for when it is expected. When it
// then happens at most `early` days before that day, or by the end of `late` days beginning with
// it, the cycle is fulfilled as it begins. Sooner, the notice is void. By then not at all, and
// `failed`, a clock that counts from the day of the notice, stays to be fulfilled; otherwise it is
// cancelled. Notices for several days stand side by side: `failed` counts for the first of them,
// and when that is done with, for the next.
struct AdvanceNotice {
  EventMatches notice;
  int32_t early = 0;
  int32_t late = 1;
  Atom failed;
  bool operator==(const AdvanceNotice&) const = default;
};

// What about its handler a clock may run while it is so (ClockRule::runs_while).
enum class Lack : uint8_t {
  kUnqualified,  // he lacks a qualification that the version asks for
  kAway,         // he is absent
};
// "unqualified", "away": as policies name them.
std::string_view LackName(Lack lack);

// One obligation. An event is put to it in the order that engine/core/cycles.h declares.
struct ClockRule {
  Atom name;
  EventMatches starts_on;
  EventMatches stops_on;        // fulfils the running cycle
  EventMatches cancels_on;      // ends it, and fulfils nothing
  EventMatches resets_on;       // fulfils the running cycle and begins the next one
  bool from_referral = false;   // the cycle counts from the referral, whatever started it
  bool from_scheduled = false;  // it counts from the instant that its `scheduled` event says
  AfterStop after_stop = AfterStop::kNothing;
  bool stops_at_close = true;    // closing the case stops it
  std::vector<Lack> runs_while;  // it runs while one of these holds of an open case; no events then
  bool is_absence = false;       // measures the lack of something (assignment, grade): listed so
  std::optional<Accumulation> accumulates;
  std::optional<AdvanceNotice> advance;
  DeadlineRule deadline;
  Atom calendar;                // empty: the queue's
  Atom limits_by;               // the class whose value chooses the target; empty: the risk
  std::vector<Target> targets;  // by grade or value
  std::vector<Exclusion> exclusions;
  std::vector<ExtensionStep> extensions;  // lowest authority first; empty: anybody, to any instant
  RegradeRule regrade = RegradeRule::kRebase;
  std::vector<Rung> ladder;  // ascending: warnings, breach, overdue
  Atom owner;                // the role that answers for it; empty: the queue's team
  std::string source;        // statute, guidance or paper, with confidence
};

struct StageRule {
  Atom name;
  EventMatches enters_on;  // besides a `staged` event that names it
  bool operator==(const StageRule&) const = default;
};

// Something about a case besides its risk that limits are chosen by: whether the victim has
// enhanced rights, say. An event of `set_by` says what it is now: the grade of an
// `assessed` one, which leaves the risk alone then, or the result of a `performed` one.
struct ClassRule {
  Atom name;
  EventMatches set_by;
  std::vector<Atom> values;  // another value is refused
  bool operator==(const ClassRule&) const = default;
};

// Whether one of these events happened within a period before another: a further
// incident within twelve months of the referral is a repeat, later it is a new case. Events of the
// instant itself do not count; the end of the period does.
struct LookbackRule {
  Atom name;
  EventMatches of;
  base::Period within;
  bool operator==(const LookbackRule&) const = default;
};

// What a version of the screening guidance says of a decision. A case goes in when its score is
// high enough, when it meets one of the criteria in `in_for`, while a look-back holds (a repeat),
// or when its referral says that it is a repeat of an earlier case. `judgement`: criteria by which
// a person may bring a case in besides, but never keep one out
// ("should not be used to downgrade an actuarial risk assessment", SafeLives' referral criteria).
struct GuidanceVersion {
  Atom version;
  Instant effective_from = base::kLongAgo;
  std::optional<int32_t> in_at_score;  // this and more
  std::vector<Atom> score_of;  // besides that of the decision, the last one of each of these tools
  std::vector<Atom> in_for;
  std::vector<Atom> judgement;
  Atom in_when;                   // empty: none
  bool in_for_repeat_of = false;  // its referral names an earlier case
  bool operator==(const GuidanceVersion&) const = default;
};
struct ScreeningRule {
  std::vector<GuidanceVersion> guidance;  // ascending by effective_from; empty: any will do
  int32_t sample_percent = 0;  // of the decisions, to be looked at again whatever they say
  bool operator==(const ScreeningRule&) const = default;
};

struct OutcomeDefinition {
  std::string text;            // "charge, caution, community resolution, …": published with it
  std::vector<Atom> positive;  // codes
  bool operator==(const OutcomeDefinition&) const = default;
};

// A handler needs one of `any_of`, while the case is in one of these stages and has one of these
// grades (none: in any).
struct QualificationRule {
  std::vector<Atom> any_of;
  std::vector<Atom> risks;
  std::vector<Atom> stages;
  bool operator==(const QualificationRule&) const = default;
};

// How many open cases one handler should have at most, over all partitions. Cases that stand under
// a version with such a rule are counted by their handlers; which limit holds is said by the
// version in force.
struct CaseloadRule {
  int32_t limit = 0;   // more than so many open cases are too many; at least 1
  std::string source;  // guidance or paper, with confidence
};

struct WorkflowVersion {
  Atom version;  // "2026-01"
  base::Instant effective_from = base::kLongAgo;
  std::vector<StageRule> stages;  // in order; the first one is where a referral lands
  std::vector<Atom> risks;        // most urgent first; a grade outside the list is refused
  ScreeningRule screening;
  std::vector<ClassRule> classes;
  std::vector<LookbackRule> lookbacks;
  std::vector<ClockRule> clocks;
  std::vector<Atom> outcome_codes;  // an outcome outside the list is refused; empty: any will do
  std::vector<OutcomeDefinition> outcomes;
  std::vector<QualificationRule> qualifications;  // a handler meets all of these
  std::optional<CaseloadRule> caseload;           // absent: no limit, and nothing is counted
};

struct Workflow {
  Atom name;
  std::vector<WorkflowVersion> versions;  // ascending by effective_from
};

// `pattern` is a queue name, or a prefix that ends in "*".
struct QueueBinding {
  std::string pattern;
  Atom workflow;
  Atom team;
  Atom calendar;
};

// A records system that must be heard from. By its own rhythm: one that is fed by people in office
// hours is silent at night.
struct SourceRule {
  Atom source;             // as in its events
  base::Duration silence;  // longer than this it may not be silent: of elapsed time, or …
  Atom calendar;           // … of this calendar's working hours; empty: elapsed
  Atom owner;              // the role that answers for it; empty: none is named
  bool operator==(const SourceRule&) const = default;
};

struct PolicySet {
  std::string hash;  // of its canonical text: the key in the policies topic
  std::vector<Workflow> workflows;
  std::vector<QueueBinding> queues;  // first match wins
  std::vector<SourceRule> sources;   // each once
  std::vector<Calendar> calendars;
};

// A set, and when it takes effect; until the next one does.
struct PolicyPeriod {
  base::Instant effective_from;
  const PolicySet* set = nullptr;
};

// Lookups; nullptr when there is none. Linear: sets are small, and hot callers keep the pointer.
const QueueBinding* FindQueue(const PolicySet& set, std::string_view queue);
const Workflow* FindWorkflow(const PolicySet& set, Atom name);
const Calendar* FindCalendar(const PolicySet& set, Atom id);
// The version in force at `t`: the last one effective by then, else the first.
const WorkflowVersion* VersionAt(const Workflow& workflow, base::Instant t);
const WorkflowVersion* FindVersion(const Workflow& workflow, Atom version);
const ClockRule* FindClock(const WorkflowVersion& version, Atom name);
// `holding`: the look-backs that hold as the event happens. Without them nothing that asks for one
// matches.
bool Matches(const EventMatches& matches, const Event& event, std::span<const Atom> holding = {});

}  // namespace caseclock::model

// A clock of a workflow.

#include "engine/policy/layout_values.h"

namespace caseclock::policy {
namespace {

Value Limit() {
  return Either({OneOf({"none"}), Of(Form::kPeriod)});
}
Value Rung() {
  static const Layout kOverdue{
      "an overdue rung",
      {{"overdue", kNeeded, Map(OverdueLayout()), "reminders after the breach"}}};
  return Either(
      {OneOf({"breach"}), Within(Form::kPercent, kPercents), Map(WarningLayout()), Map(kOverdue)});
}

}  // namespace

const Layout& ClockLayout() {
  static const Layout kLayout{
      "a clock",
      {{"for_each", kOptional, Codes(),
        "a clock for each of these names, which stands for * in its own name and in the codes of "
        "its events"},
       {"starts_on", kOptional, Events(Form::kEachCode),
        "events that start it; needed unless it accumulates or has runs_while"},
       {"stops_on", kOptional, Events(Form::kEachCode), "events that fulfil it"},
       {"cancels_on", kOptional, Events(Form::kEachCode),
        "events that end it without fulfilling it: neither met nor missed, unless its limit has "
        "passed"},
       {"resets_on", kOptional, Events(Form::kEachCode), "events that fulfil it and begin it anew"},
       {"runs_while", kOptional, Either({OneOf(LackNames()), List(OneOf(LackNames()))}),
        "it runs while the handler lacks a qualification (unqualified), or is absent (away), and "
        "ends when he does not; instead of events"},
       {"accumulates", kOptional, Map(AccumulatesLayout()), "stays by whose sum it starts"},
       {"advance", kOptional, Map(AdvanceLayout()), "notice by which it is fulfilled in advance"},
       {"from_referral", kOptional, Of(Form::kFlag),
        "it counts from the referral, whatever started it"},
       {"from_scheduled", kOptional, Of(Form::kFlag),
        "it counts from the instant that its scheduled event says"},
       {"restarts", kOptional, Of(Form::kFlag), "after a stop, a start begins a new cycle"},
       {"resumes", kOptional, Of(Form::kFlag),
        "after a stop, a start takes it up where it was; the time between does not count"},
       {"stops_at_close", kOptional, Of(Form::kFlag), "closing the case stops it (true)"},
       {"absence", kOptional, Of(Form::kFlag), "it measures that something is missing"},
       {"deadline", kNeeded, Either({OneOf(DeadlineNames()), Map(DatedDeadlineLayout())}),
        "how its time counts"},
       {"calendar", kOptional, Of(Form::kCode), "a calendar other than the queue's"},
       {"limit", kOptional, Limit(), "one limit for all: P7D, PT24H, P1M, 28d, or none"},
       {"limits", kOptional, MapOf(Of(Form::kCode), Limit()),
        "limits by risk, `ungraded` and `default`; or by the class of limits_by"},
       {"limits_by", kOptional, Of(Form::kCode), "the class by whose value limits are chosen"},
       {"pauses_for", kOptional, Codes(), "pause reasons while which its time does not count"},
       {"extends_for", kOptional, Map(ExtendsForLayout()),
        "pause reasons while which the limit does not pass"},
       {"extensions", kOptional, List(Map(ExtensionLayout())),
        "who may extend it, and how far; lowest authority first"},
       {"regrade", kOptional, OneOf(RegradeNames()),
        "from when a new limit counts: where the cycle began (rebase), now (restart), or not at "
        "all (keep)"},
       {"ladder", kNeeded, List(Rung()),
        "what is told and when: [50%, {before: PT24H}, breach, {overdue: {every: P1D, cap: 10}}]"},
       {"owner", kOptional, Of(Form::kCode), "the role that answers for it"},
       {"source", kNeeded, Of(Form::kText),
        "the statute, guidance or paper it comes from, with confidence"}}};
  return kLayout;
}

const Layout& DatedDeadlineLayout() {
  static const Layout kLayout{
      "a deadline",
      {{"next_meeting", kOptional, Of(Form::kCode),
        "the kind of meeting: the next one of the calendar whose agenda is open"},
       {"before_scheduled", kOptional, Of(Form::kPeriod),
        "so long before the instant that its scheduled event says"}}};
  return kLayout;
}

const Layout& AccumulatesLayout() {
  static const Layout kLayout{
      "accumulates",
      {{"from", kNeeded, PlainEvents(), "events that begin a stay"},
       {"to", kNeeded, PlainEvents(), "events that end it"},
       {"total", kNeeded, Of(Form::kDuration), "the sum of stays by which the clock starts"},
       {"within", kNeeded, Of(Form::kPeriod), "the period in which they come to it"}}};
  return kLayout;
}

const Layout& AdvanceLayout() {
  static const Layout kLayout{
      "advance",
      {{"notice", kNeeded, PlainEvents(), "scheduled events that announce what starts the clock"},
       {"early", kNeeded, Within(Form::kNumber, kEarlyDays),
        "so many days before the announced one the notice holds"},
       {"late", kNeeded, Within(Form::kNumber, kLateDays),
        "and for so many days, the first of them the announced one"},
       {"failed", kOptional, Of(Form::kCode), "the clock that runs if nothing happens by then"}}};
  return kLayout;
}

const Layout& ExtendsForLayout() {
  static const Layout kLayout{
      "extends_for",
      {{"reasons", kNeeded, Codes(), "pause reasons"},
       {"days", kNeeded, Within(Form::kNumber, kExtendDays),
        "a limit that would pass while one of them holds continues for so many days, the first of "
        "them that on which it ends"}}};
  return kLayout;
}

const Layout& ExtensionLayout() {
  static const Layout kLayout{
      "an extension",
      {{"authority", kNeeded, Of(Form::kCode), "who may extend it"},
       {"until", kNeeded, Of(Form::kPeriod), "how far, counted from where the cycle began"},
       {"granted_within", kOptional, Of(Form::kPeriod),
        "so long, counted in the same way, it may also when the limit has passed or those below "
        "have not extended; else only before the limit has passed, and not before the one below"}}};
  return kLayout;
}

const Layout& WarningLayout() {
  static const Layout kLayout{
      "a warning", {{"before", kNeeded, Of(Form::kDuration), "so long before the breach"}}};
  return kLayout;
}

const Layout& OverdueLayout() {
  static const Layout kLayout{
      "overdue",
      {{"every", kNeeded, Of(Form::kDuration), "the time between reminders after the breach"},
       {"cap", kNeeded, Within(Form::kNumber, kOverdueCaps), "how many of them at most"}}};
  return kLayout;
}

}  // namespace caseclock::policy

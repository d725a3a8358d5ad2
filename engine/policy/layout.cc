#include "engine/policy/layout.h"

#include <algorithm>

#include "engine/model/event.h"
#include "engine/model/policy.h"

namespace caseclock::policy {
namespace {

using Form = Value::Form;

constexpr bool kNeeded = true;
constexpr bool kOptional = false;

Value Of(Form form) {
  return {form, {}, {}, nullptr, {}};
}
Value Within(Form form, Value::Range range) {
  return {form, range, {}, nullptr, {}};
}
Value OneOf(const KnownNames& names) {
  return {Form::kChoice, {}, names, nullptr, {}};
}
Value Map(const Layout& layout) {
  return {Form::kMap, {}, {}, &layout, {}};
}
Value MapOf(Value key, Value value) {
  return {Form::kMapOf, {}, {}, nullptr, {std::move(key), std::move(value)}};
}
Value List(Value item) {
  return {Form::kList, {}, {}, nullptr, {std::move(item)}};
}
Value Either(std::vector<Value> alternatives) {
  return {Form::kEither, {}, {}, nullptr, std::move(alternatives)};
}

Value Codes() {
  return Either({Of(Form::kCode), List(Of(Form::kCode))});
}
// An event, or a map of events to the codes that narrow them down; or a list of such.
Value EventsOf(const KnownNames& keys, Form code) {
  const Value codes = Either({Of(code), List(Of(code))});
  const Value map = MapOf(OneOf(keys), codes);
  return Either({OneOf(EventNames()), map, List(Either({OneOf(EventNames()), map}))});
}
Value PlainEvents() {
  return EventsOf(EventNames(), Form::kCode);
}
// The same, with a condition beside them.
Value Events(Form code = Form::kCode) {
  KnownNames keys = EventNames();
  keys.insert(keys.end(), {"when", "unless"});
  return EventsOf(keys, code);
}
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

const Key* Layout::Find(std::string_view name) const {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

const KnownNames& EventNames() {
  static const KnownNames kNames = [] {
    KnownNames names;
    for (size_t i = 0; i < model::kCaseEventTypes; ++i)
      names.push_back(model::EventTypeName(static_cast<model::EventType>(i)));
    return names;
  }();
  return kNames;
}

const KnownNames& ScreeningDecisions() {
  static const KnownNames kNames = {"in", "out", "returned"};
  return kNames;
}

const KnownNames& DeadlineNames() {
  static const KnownNames kNames = {"elapsed",
                                    "working_time",
                                    "working_days",
                                    "days_counting_trigger_day",
                                    "days_after_trigger_day",
                                    "scheduled"};
  return kNames;
}

const KnownNames& RegradeNames() {
  static const KnownNames kNames = {"rebase", "restart", "keep"};
  return kNames;
}

const KnownNames& LackNames() {
  static const KnownNames kNames = {model::LackName(model::Lack::kUnqualified),
                                    model::LackName(model::Lack::kAway)};
  return kNames;
}

// ---------------------------------------------------------------------------------------------
// A workflow

const Layout& WorkflowFile() {
  static const Layout kLayout{
      "a workflow",
      {{"workflow", kNeeded, Of(Form::kCode), "its name"},
       {"versions", kNeeded, List(Map(VersionLayout())),
        "the rules, version by version, in the order of effective_from; once activated, a version "
        "stays as it is"}}};
  return kLayout;
}

const Layout& VersionLayout() {
  static const Layout kLayout{
      "a version",
      {{"version", kNeeded, Of(Form::kCode), "its name, like 2026-01"},
       {"effective_from", kOptional, Of(Form::kInstant),
        "when it comes into force; may be left out in the first version alone"},
       {"owner", kOptional, Of(Form::kCode),
        "the role that answers for clocks without an owner of their own"},
       {"stages", kNeeded, List(Either({Of(Form::kCode), Map(StageLayout())})),
        "in order; the first one is where a case begins"},
       {"risks", kNeeded, Codes(), "the grades, most urgent first"},
       {"screening", kOptional, Map(ScreeningLayout()), "what decisions are held against"},
       {"classes", kOptional, MapOf(Of(Form::kCode), Map(ClassLayout())),
        "what limits are chosen by besides the risk"},
       {"lookbacks", kOptional, MapOf(Of(Form::kCode), Map(LookbackLayout())),
        "what `when` and `unless` of events ask for: whether another happened within a period"},
       {"clocks", kOptional, MapOf(Of(Form::kEachCode), Map(ClockLayout())),
        "the obligations, by name"},
       {"outcome_codes", kOptional, Codes(), "what an outcome can be; another one is refused"},
       {"outcomes", kOptional, List(Map(OutcomeLayout())), "what counts as a positive outcome"},
       {"qualifications", kOptional,
        Either({Of(Form::kCode), List(Either({Of(Form::kCode), Map(QualificationLayout())}))}),
        "what a handler needs, all of it; without them on record, he is unqualified"},
       {"caseload", kOptional, Map(CaseloadLayout()), "what one handler should have at most"}}};
  return kLayout;
}

const Layout& CaseloadLayout() {
  static const Layout kLayout{
      "a caseload",
      {{"limit", kNeeded, Within(Form::kNumber, kCaseloads),
        "so many open cases of a queue, over all partitions; with more, a handler is over it"},
       {"source", kNeeded, Of(Form::kText),
        "the guidance or paper it comes from, with confidence"}}};
  return kLayout;
}

const Layout& QualificationLayout() {
  static const Layout kLayout{"a qualification",
                              {{"one_of", kNeeded, Codes(), "any of these will do"},
                               {"risks", kOptional, Codes(), "asked for with these grades alone"},
                               {"stages", kOptional, Codes(), "asked for in these stages alone"}}};
  return kLayout;
}

const Layout& ScreeningLayout() {
  static const Value one = Either({Of(Form::kCode), Map(GuidanceLayout())});
  static const Layout kLayout{
      "screening",
      {{"guidance", kNeeded, Either({Of(Form::kCode), Map(GuidanceLayout()), List(one)}),
        "versions of the guidance, in the order of effective_from; a bare name says nothing "
        "itself"},
       {"sample_percent", kOptional, Within(Form::kNumber, kShares),
        "so many of a hundred decisions are looked at again, whatever they say"}}};
  return kLayout;
}

const Layout& GuidanceLayout() {
  static const Layout kLayout{
      "a version of the guidance",
      {{"version", kNeeded, Of(Form::kCode), "its name, which decisions say they followed"},
       {"effective_from", kOptional, Of(Form::kInstant), "when it came into force"},
       {"in_at_score", kOptional, Within(Form::kNumber, kScores),
        "a case with this score and more goes in"},
       {"score_of", kOptional, Codes(),
        "tools whose last score counts as well as that of the decision, whichever is the higher"},
       {"in_for", kOptional, Codes(), "and so does one that meets one of these criteria"},
       {"in_when", kOptional, Of(Form::kCode), "and one for which a look-back holds"},
       {"in_for_repeat_of", kOptional, Of(Form::kFlag),
        "and one whose referral names the case it repeats"},
       {"judgement", kOptional, Codes(), "criteria that may bring a case in, never keep it out"}}};
  return kLayout;
}

const Layout& LookbackLayout() {
  static const Layout kLayout{"a look-back",
                              {{"of", kNeeded, Events(), "the events looked back to"},
                               {"within", kNeeded, Of(Form::kPeriod), "how far, by the calendar"}}};
  return kLayout;
}

const Layout& StageLayout() {
  static const Layout kLayout{
      "a stage",
      {{"name", kNeeded, Of(Form::kCode), "its name"},
       {"enters_on", kOptional, Events(),
        "events that lead here, besides a `staged` one that names it; the last stage that matches "
        "is entered"}}};
  return kLayout;
}

const Layout& ClassLayout() {
  static const Layout kLayout{
      "a class",
      {{"set_by", kNeeded, PlainEvents(),
        "`performed` events, whose result is the value, or `assessed` ones, whose grade is"},
       {"values", kNeeded, Codes(), "what it can be; another value is refused"}}};
  return kLayout;
}

const Layout& OutcomeLayout() {
  static const Layout kLayout{
      "an outcome definition",
      {{"text", kNeeded, Of(Form::kText), "the definition, published with the figures"},
       {"positive", kNeeded, Codes(), "outcome codes that count as positive"}}};
  return kLayout;
}

// ---------------------------------------------------------------------------------------------
// A clock

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

// ---------------------------------------------------------------------------------------------
// Queues and calendars

const Layout& QueuesFile() {
  static const Layout kLayout{"the queues",
                              {{"queues", kNeeded, List(Map(QueueLayout())),
                                "the first one that matches a queue's name counts"},
                               {"sources", kOptional, List(Map(SourceLayout())),
                                "records systems that must be heard from"}}};
  return kLayout;
}

const Layout& SourceLayout() {
  static const Layout kLayout{
      "a source",
      {{"source", kNeeded, Of(Form::kCode), "as its events name it"},
       {"silence", kNeeded, Of(Form::kDuration),
        "when nothing has come for longer than this, it is silent"},
       {"calendar", kOptional, Of(Form::kCode),
        "only the working hours of this calendar count; without it, all time"},
       {"owner", kOptional, Of(Form::kCode), "the role that answers for it"}}};
  return kLayout;
}

const Layout& QueueLayout() {
  static const Layout kLayout{
      "a queue",
      {{"queue", kNeeded, Of(Form::kQueue), "its name, or a prefix that ends in *"},
       {"workflow", kNeeded, Of(Form::kCode), "the workflow that runs it"},
       {"team", kOptional, Of(Form::kCode), "whose it is"},
       {"calendar", kNeeded, Of(Form::kCode), "its days and hours"}}};
  return kLayout;
}

const Layout& CalendarFile() {
  static const Layout kLayout{
      "a calendar",
      {{"calendar", kNeeded, Of(Form::kCode), "its name"},
       {"version", kNeeded, Of(Form::kCode), "of this data, told with every result"},
       {"zone", kNeeded, Of(Form::kText), "the time zone, as tzdata names it: Europe/London"},
       {"week", kNeeded, MapOf(Of(Form::kText), Of(Form::kHours)),
        "hours by day: `mon-fri: 09:00-12:00+13:00-17:00`; a day without is no working day"},
       {"covers", kNeeded, Map(CoverageLayout()),
        "the days this list is complete for; results beyond them are flagged"},
       {"holidays", kOptional, List(Of(Form::kDate)), "days without work"},
       {"special", kOptional, MapOf(Of(Form::kDate), Of(Form::kHours)),
        "days with hours of their own"},
       {"meetings", kOptional, MapOf(Of(Form::kCode), List(Map(MeetingLayout()))),
        "by kind, in the order of time"},
       {"source", kOptional, Of(Form::kText), "where the list comes from"}}};
  return kLayout;
}

const Layout& CoverageLayout() {
  static const Layout kLayout{"covers",
                              {{"from", kNeeded, Of(Form::kDate), "the first day"},
                               {"to", kNeeded, Of(Form::kDate), "the last day"}}};
  return kLayout;
}

const Layout& MeetingLayout() {
  static const Layout kLayout{
      "a meeting",
      {{"at", kNeeded, Of(Form::kInstant), "when it is"},
       {"cutoff", kNeeded, Of(Form::kInstant), "until when something can come onto its agenda"}}};
  return kLayout;
}

}  // namespace caseclock::policy

// A workflow's file and its parts, but for the clocks.

#include "engine/policy/layout_values.h"

namespace caseclock::policy {

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

}  // namespace caseclock::policy

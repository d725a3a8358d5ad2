// Files of queues and of calendars.

#include "engine/policy/layout_values.h"

namespace caseclock::policy {

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

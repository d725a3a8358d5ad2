// A case explained, for people.

#include <array>

#include "consumers/cli/json_parts.h"
#include "consumers/cli/render.h"
#include "consumers/http/policy_words.h"
#include "engine/base/time_text.h"

namespace caseclock::cli {
namespace {

// "2026-03-02" → "Mon 2026-03-02".
std::string WithWeekday(const std::string& date) {
  static constexpr std::array kNames = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  const auto midnight = base::ParseInstant(date + "T00:00:00Z");
  if (!midnight.ok()) return date;
  const int64_t day = midnight.value().Seconds() / 86'400;
  return std::string(kNames[static_cast<size_t>((day % 7 + 7) % 7)]) + " " + date;
}

// 53 h 05 min: a working day is not 24 hours, so days would say something else.
std::string Hours(int64_t seconds) {
  const std::string minutes = std::to_string(seconds / 60 % 60);
  return std::to_string(seconds / 3'600) + " h " + (minutes.size() < 2 ? "0" : "") + minutes +
         " min";
}

// The limit as a number of days, to be checked against a calendar on the wall.
std::string DaysText(const Json& days) {
  const bool working = days.value("working", false);
  const auto of = [&](int64_t n) { return Counted(n, working ? "working day" : "day"); };
  const int64_t limit = Number(days, "limit");
  const int64_t counted = Number(days, "counted");
  const int64_t moved = Number(days, "disregarded");
  std::string out = counted == 0 ? "none of " + of(limit) + " has begun"
                    : counted > limit
                        ? of(limit) + " have passed"
                        : std::string(working ? "working day " : "day ") + std::to_string(counted) +
                              " of " + std::to_string(limit);
  out += ": the first is " + WithWeekday(Text(days, "first"));
  const std::string last = Text(days, "last");
  if (!last.empty()) out += ", the last " + WithWeekday(last);
  if (moved > 0) {
    out += "; " + of(moved) + (moved == 1 ? " is" : " are") + " left out for what is excluded";
  }
  return out;
}

void AppendSum(const Json& clock, std::string* out) {
  const Json days = Part(clock, "days");
  if (!days.empty()) {
    *out += "  = " + DaysText(days) + "\n";
    return;
  }
  if (!clock.contains("budget_seconds")) return;
  const int64_t counted = Number(clock, "counted_seconds");
  const int64_t budget = Number(clock, "budget_seconds");
  if (Text(clock, "deadline") == "working_time") {
    *out += "  = counted  " + Hours(counted) + " of " + Hours(budget) + " of working time\n";
    return;
  }
  *out += "  = counted  " + ForPeople(counted) + " of " + ForPeople(budget);
  // Days keep the time of day, so one of them has 23 or 25 hours.
  if (Text(clock, "limit").find('T') == std::string::npos && budget % 86'400 != 0) {
    *out += " (the clocks change on the way)";
  }
  *out += "\n";
}

// The meeting that is the limit, to be looked up in the calendar.
void AppendMeeting(const Json& clock, std::string* out) {
  const Json meeting = Part(clock, "meeting");
  if (meeting.empty()) return;
  const std::string calendar =
      "calendar " + Text(clock, "calendar") + " " + Text(clock, "calendar_version");
  if (!Text(meeting, "at").empty()) {
    *out += "  = " + Text(meeting, "kind") + " at " + Text(meeting, "at") + ", by " + calendar +
            ": its agenda closes " + Text(meeting, "cutoff") + "\n";
  } else if (clock.value("beyond_horizon", false)) {
    *out += "  = " + calendar + " knows of no " + Text(meeting, "kind") + " whose agenda is open\n";
  }
}

// "paused rms/17 of rms"; empty: no event is named.
std::string EventText(const Json& event) {
  if (event.empty()) return {};
  return Text(event, "event") + " " + Text(event, "event_id") + " of " + Text(event, "source");
}

// What a stretch began with; and what it ended with, where no further one begins there.
std::string CausesText(const Json& stretch, bool last) {
  const std::string began = EventText(Part(stretch, "began_by"));
  const std::string ended = EventText(Part(stretch, "ended_by"));
  std::string out;
  if (!began.empty()) out += "; began with " + began;
  if (last && !ended.empty()) out += "; ended with " + ended;
  return out;
}

void AppendSegment(const Json& segment, const Json& clock, std::string* out) {
  const std::string to = Text(segment, "to");
  const bool by_day = clock.contains("days");
  *out += segment.value("counted", true) ? "  + counted   " : "  - excluded  ";
  *out += Text(segment, "from") + " to " + (to.empty() ? "now" : to);
  if (segment.contains("counted_seconds") && !by_day) {
    const int64_t counted = Number(segment, "counted_seconds");
    *out += "  " + (Text(clock, "deadline") == "working_time" ? Hours(counted) + " of working time"
                                                              : ForPeople(counted));
  }
  if (segment.contains("reason")) *out += "  " + Text(segment, "reason");
  if (segment.contains("disregarded_seconds")) {
    const bool working = Part(clock, "days").value("working", false);
    *out += ", " + Hours(Number(segment, "disregarded_seconds")) + " of " +
            (working ? "working days" : "its days") + "; each whole 24 h moves the limit by one";
  }
}

std::string DueText(const std::string& due) {
  return due.empty() ? "no due instant" : "due " + due;
}

void AppendMoves(const Json& clock, std::string* out) {
  for (const Json& move : Part(clock, "moves")) {
    const std::string by = EventText(Part(move, "by"));
    const std::string kind = Text(move, "kind");
    *out += "  at " + Text(move, "at") + " " +
            (kind == "calendar" ? "other days count" : "limit " + kind) + ", by " +
            (by.empty() ? "a corrected calendar" : by);
    if (!Text(move, "actor").empty()) *out += ", recorded by " + Text(move, "actor");
    *out += ": " + DueText(Text(move, "due_before")) + " before, " +
            DueText(Text(move, "due_after")) + " after\n";
  }
}

void AppendGrants(const Json& clock, std::string* out) {
  for (const Json& grant : Part(clock, "grants")) {
    *out += Text(grant, "kind") == "interval" ? "  interval fixed by " : "  extended by ";
    *out += EventText(Part(grant, "by"));
    if (!Text(grant, "actor").empty()) *out += ", recorded by " + Text(grant, "actor");
    const std::string authority = Text(grant, "authority");
    *out += authority.empty() ? ", no authority said\n" : ", authority " + authority + "\n";
  }
}

// Those that a correction of what the clock counts from has left without effect.
void AppendLapsed(const Json& clock, std::string* out) {
  for (const Json& given : Part(clock, "extensions")) {
    const std::string why = Text(given, "lapsed");
    if (why.empty()) continue;
    *out += "  of no effect " + EventText(Part(given, "by")) + ", given at " + Text(given, "at") +
            " until " + Text(given, "until") + " when it was counted from " +
            Text(given, "counted_from") + ": from where it is counted now that was " +
            (why == "limit_passed" ? "after the limit had passed"
                                   : "before the authority below had extended") +
            "\n";
  }
}

void AppendStays(const Json& clock, std::string* out) {
  for (const Json& stay : Part(clock, "stays")) {
    const std::string to = Text(stay, "to");
    *out += "  adds up     " + Text(stay, "from") + " to " + (to.empty() ? "now" : to) +
            CausesText(stay, true) + "\n";
  }
}

void AppendHeld(const Json& clock, std::string* out) {
  for (const Json& held : Part(clock, "held")) {
    const std::string to = Text(held, "to");
    *out += "  held for " + Text(held, "reason") + " from " + Text(held, "from") + " to " +
            (to.empty() ? "now" : to) + ": not due in it";
    const std::string otherwise = "at the end of " + Counted(Number(held, "days"), "day") +
                                  " that begin with the day on " + "which it ends";
    if (!to.empty() || !clock.contains("unheld_due_at")) {
      *out += ", but " + otherwise + ", where the limit would have passed in it\n";
    } else {
      const std::string due = Text(clock, "unheld_due_at");
      *out += "; it would be " + (due.empty() ? "undated" : "due " + due) +
              ", or if that lies in it, " + otherwise + "\n";
    }
  }
}

// From where it is counted, which limit, and by which rule and calendar.
void AppendLimit(const Json& clock, std::string* out) {
  *out += "  counted from " + Text(clock, "measured_from");
  if (clock.contains("interval")) {
    *out += ", interval of this case " + Text(clock, "interval");
  } else if (clock.contains("limit")) {
    *out += ", limit " + Text(clock, "limit");
    if (clock.contains("limit_for")) *out += " for " + Text(clock, "limit_for");
  } else if (clock.contains("meeting")) {
    *out += ", due at the next " + Text(Part(clock, "meeting"), "kind") + " whose agenda is open";
  } else if (Text(clock, "deadline") == "scheduled") {
    *out += ", due when it is scheduled for";
  } else {
    *out += ", no limit for " + Text(clock, "risk");
  }
  *out += " (policy " + Text(clock, "policy_version") + ", calendar " + Text(clock, "calendar") +
          " " + Text(clock, "calendar_version");
  if (!Text(clock, "tzdata").empty()) *out += ", tzdata " + Text(clock, "tzdata");
  *out += ")\n";
}

// What it would be otherwise: without what a person decided, or by a calendar corrected since.
void AppendOtherwise(const Json& clock, std::string* out) {
  const auto due = [](const std::string& at) { return at.empty() ? "undated" : "due " + at; };
  if (clock.contains("policy_due_at")) {
    *out += "  by the policy alone it would be " + due(Text(clock, "policy_due_at")) + "\n";
  }
  if (!clock.contains("known_now")) return;
  const Json known = Part(clock, "known_now");
  *out += "  as known now, by version " + Text(known, "calendar_version") +
          " of the calendar, it would be " + due(Text(known, "due_at")) + "\n";
}

void AppendExtended(const Json& clock, std::string* out) {
  if (Text(clock, "extended_until").empty()) return;
  *out += "  extended until " + Text(clock, "extended_until");
  if (clock.contains("ladder_seconds")) {
    *out += ": " + ForPeople(Number(clock, "ladder_seconds")) +
            " from where it is counted, of which the warnings are parts";
  }
  *out += "\n";
}

void AppendArithmetic(const Json& clock, bool colours, std::string* out) {
  AppendLimit(clock, out);
  AppendStays(clock, out);
  const Json segments = Part(clock, "segments");
  for (const Json& segment : segments) {
    AppendSegment(segment, clock, out);
    *out += CausesText(segment, &segment == &segments.back()) + "\n";
  }
  AppendSum(clock, out);
  AppendMeeting(clock, out);
  AppendGrants(clock, out);
  AppendLapsed(clock, out);
  AppendMoves(clock, out);
  if (!Text(clock, "appointed").empty()) {
    *out += "  scheduled for " + Text(clock, "appointed") + "\n";
  }
  AppendOtherwise(clock, out);
  AppendHeld(clock, out);
  AppendExtended(clock, out);
  if (clock.value("beyond_horizon", false)) {
    *out += Coloured("  beyond the horizon of the calendar: may change with newer data",
                     Colour::kYellow, colours) +
            "\n";
  }
  if (!Text(clock, "source").empty()) *out += "  source: " + Text(clock, "source") + "\n";
}

void AppendLiveClock(const Json& clock, bool colours, std::string* out) {
  *out += "\n" + Coloured(Text(clock, "clock"), Colour::kBold, colours) + "  cycle " +
          Text(clock, "cycle") + ", ";
  const std::string due = Text(clock, "due_at");
  if (!due.empty()) {
    const int64_t left = Number(clock, "due_in_seconds");
    *out += "due " + due + ", ";
    *out += left >= 0 ? "in " + ForPeople(left)
                      : Coloured("overdue by " + ForPeople(-left), Colour::kRed, colours);
    if (Text(clock, "state") == "paused") *out += ", paused since";
  } else {
    const Json held = Part(clock, "held");
    const std::string state = Text(clock, "state");
    *out += state == "held" && !held.empty() ? "held for " + Text(held.back(), "reason") +
                                                   ": counts on, not due while that lasts"
            : state == "paused" ? "paused: no due instant"
                                : "no due instant";
  }
  *out += '\n';
  AppendArithmetic(clock, colours, out);
  for (const Json& rung : Part(clock, "rungs")) {
    const bool repeats = Text(rung, "rung") == "overdue";
    *out += "  " + http::RungInWords(Text(rung, "rung"), repeats ? 1 : 0) + ": " +
            (Text(rung, "due_at").empty() ? "-" : Text(rung, "due_at")) +
            (rung.value("reached", false) ? ", reached" : "") + "\n";
  }
  const std::string next = Text(clock, "next_alert_at");
  if (!next.empty()) *out += "  the next alert is due " + next + "\n";
}

// What brought it about, for people.
std::string CauseText(const Json& cause) {
  const std::string kind = Text(cause, "kind");
  if (kind == "calendar") return "a corrected calendar";
  if (kind != "event") return kind;
  const std::string event = EventText(cause.contains("event_id") ? cause : Json());
  if (!event.empty()) return event;
  return "an event that another one of its id has replaced since (partition " +
         Text(cause, "partition") + ", offset " + Text(cause, "offset") + ")";
}

void AppendTransition(const Json& transition, std::string* out) {
  *out += "  " + Text(transition, "state") + " " + Text(transition, "at");
  const std::string cause = CauseText(Part(transition, "cause"));
  if (!cause.empty()) *out += " by " + cause;
  *out += transition.value("historical", false) ? " (told afterwards)\n" : "\n";
}

// Where the case stands.
void AppendStanding(const Json& root, std::string* out) {
  if (Text(root, "queue").empty()) {
    *out += "no referral has come in yet: the events below wait for it, and no clock runs\n";
  } else {
    *out += std::string(root.value("open", false) ? "open" : "not open") + ", queue " +
            Text(root, "queue") + ", stage " + Text(root, "stage") + ", risk " +
            Text(root, "risk") + ", handler " +
            (Text(root, "handler").empty() ? "nobody" : Text(root, "handler")) + "\n";
  }
}

// What somebody should look at.
void AppendNotes(const Json& root, bool colours, std::string* out) {
  if (const int64_t conflicts = Number(root, "conflicts"); conflicts > 0) {
    *out += Coloured(Counted(conflicts, "record") +
                         " came with the id of another event and other content: the one with "
                         "the higher sequence stands, else always the same of the two",
                     Colour::kYellow, colours) +
            "\n";
  }
  if (!Text(root, "unqualified_since").empty()) {
    std::string lacks;
    for (const Json& one : Part(root, "lacks")) {
      lacks += (lacks.empty() ? "" : "; ") + one.get<std::string>();
    }
    *out += Coloured(
                "handler unqualified since " + Text(root, "unqualified_since") + ": lacks " + lacks,
                Colour::kYellow, colours) +
            "\n";
  }
  if (root.value("handler_away", false)) {
    *out += Coloured("handler is absent", Colour::kYellow, colours) + "\n";
  }
  for (const Json& pause : Part(root, "pauses")) {
    *out += "paused for " + Text(pause, "reason") + " since " + Text(pause, "since") + "\n";
  }
  for (const Json& code : Part(root, "deviations")) {
    *out +=
        Coloured("screening deviates: " + code.get<std::string>(), Colour::kYellow, colours) + "\n";
  }
  for (const Json& announced : Part(root, "announced")) {
    *out += Text(announced, "activity") + " is announced for " + Text(announced, "at") +
            " (clock " + Text(announced, "clock") + ")\n";
  }
}

void AppendEndedClock(const Json& clock, bool colours, std::string* out) {
  const bool cancelled = clock.value("cancelled", false);
  *out += "\n" + Text(clock, "clock") + "  cycle " + Text(clock, "cycle") + ", " +
          (cancelled ? "cancelled " : "ended ") + Text(clock, "ended_at") + ", due " +
          (Text(clock, "due_at").empty() ? "-" : Text(clock, "due_at"));
  if (clock.value("missed", false)) {
    *out += ", " + Coloured("late", Colour::kRed, colours);
  } else if (!cancelled) {
    *out += clock.value("met", false) ? ", in time" : ", without a limit";
  }
  *out += "\n";
  AppendArithmetic(clock, colours, out);
}

void AppendTold(const Json& alert, std::string* out) {
  *out += Text(alert, "alert_id") + "  " + Text(alert, "clock") + ", " +
          http::RungInWords(Text(alert, "rung"), Number(alert, "repeat")) + ", due " +
          Text(alert, "due_at") + "\n";
  for (const Json& transition : Part(alert, "transitions")) AppendTransition(transition, out);
}

}  // namespace

std::string CaseText(const std::string& json, bool colours, size_t width) {
  const Json root = Parse(json);
  std::string out = Coloured("case " + Text(root, "case_id"), Colour::kBold, colours) + "  as of " +
                    Text(root, "as_of") + "\n";
  AppendStanding(root, &out);
  AppendNotes(root, colours, &out);
  out += "\nLedger\n" + LedgerTable(json).ToText(colours, width);
  if (const Json migrated = Part(root, "migrated"); !migrated.empty()) {
    out +=
        "This log was migrated; places \"of the source\", and those in proofs of alerts with a "
        "time up to " +
        Text(migrated, "clock") + ", are in the log it came from.\n";
  }
  out += "\nClocks";
  const Json clocks = Part(root, "clocks");
  if (clocks.empty()) out += "\nnone runs\n";
  for (const Json& clock : clocks) AppendLiveClock(clock, colours, &out);
  for (const Json& clock : Part(root, "ended_cycles")) AppendEndedClock(clock, colours, &out);
  const Json alerts = Part(root, "alerts");
  if (!alerts.empty()) out += "\nAlerts told\n";
  for (const Json& alert : alerts) AppendTold(alert, &out);
  return out;
}

}  // namespace caseclock::cli

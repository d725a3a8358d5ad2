#include "consumers/cli/render.h"

#include <algorithm>
#include <cmath>

#include "consumers/cli/json_parts.h"
#include "consumers/http/policy_words.h"
#include "engine/base/time_text.h"

namespace caseclock::cli {
namespace {

Cell Span(int64_t seconds) {
  return seconds == 0 ? std::string("-") : ForPeople(seconds);
}

Cell Warn(int64_t count, Colour colour) {
  if (count == 0) return Grouped(count);
  return {Grouped(count), colour};
}

std::string FlowText(const Json& queue, const char* window) {
  const Json flow = Part(Part(queue, "flow"), window);
  return std::to_string(Number(flow, "in")) + "/" + std::to_string(Number(flow, "out"));
}

struct Overdue {
  int64_t count = 0, due_24h = 0, seconds = 0;
  std::string case_id, clock;
};

Overdue OverdueOf(const Json& queue) {
  Overdue sum;
  const Json clocks = Part(queue, "clocks");
  for (const auto& [name, clock] : clocks.items()) {
    sum.count += Number(clock, "overdue");
    sum.due_24h += Number(clock, "due_24h");
    if (Number(clock, "overdue_seconds_max") > sum.seconds) {
      sum.seconds = Number(clock, "overdue_seconds_max");
      sum.case_id = Text(clock, "most_overdue_case");
      sum.clock = name;
    }
  }
  return sum;
}

// Handlers over the limit; "-" where there is none.
Cell OverCaseload(const Json& queue) {
  const Json caseload = Part(queue, "caseload");
  if (caseload.empty()) return std::string("-");
  return Warn(Number(caseload, "handlers_over"), Colour::kYellow);
}

// Three digits of a part: "34.1 %".
std::string PercentText(double part) {
  const auto thousandths = std::llround(part * 1'000);
  return std::to_string(thousandths / 10) + "." + std::to_string(thousandths % 10) + " %";
}

Colour KindColour(const std::string& kind) {
  return kind == "warning" ? Colour::kYellow : Colour::kRed;
}

}  // namespace

Table BacklogTable(const std::string& json, bool people) {
  if (!people) return FlatBacklogTable(json);
  Table table({"queue", ">open", ">overdue limits", ">most overdue", "clock", "case",
               ">limits due 24h", ">unassigned", ">ungraded", ">unqualified", ">over caseload",
               ">in/out 1d", ">in/out 7d", ">age p50", ">age max", "oldest case"});
  for (const Json& queue : ListOf(json)) {
    const Overdue overdue = OverdueOf(queue);
    const Json age = Part(queue, "age_seconds");
    table.Add({Text(queue, "queue"), Grouped(Number(queue, "open")),
               Warn(overdue.count, Colour::kRed), Span(overdue.seconds), overdue.clock,
               overdue.case_id, Warn(overdue.due_24h, Colour::kYellow),
               Grouped(Number(Part(queue, "unassigned"), "count")),
               Grouped(Number(Part(queue, "ungraded"), "count")),
               Grouped(Number(queue, "unqualified")), OverCaseload(queue), FlowText(queue, "P1D"),
               FlowText(queue, "P7D"), Span(Number(age, "p50")), Span(Number(age, "max")),
               Text(age, "oldest_case")});
  }
  return table;
}

std::string BacklogNote(const std::string& json) {
  std::string first, last, watermark;
  for (const Json& queue : ListOf(json)) {
    const std::string as_of = Text(queue, "as_of");
    const std::string mark = Text(queue, "watermark");
    if (first.empty() || as_of < first) first = as_of;
    last = std::max(last, as_of);
    if (watermark.empty() || mark < watermark) watermark = mark;
  }
  if (first.empty()) return "";
  std::string note = "As of " + first + (first == last ? "" : " to " + last);
  // Before the first record of every partition, the watermark is where no log begins.
  const auto up_to = base::ParseInstant(watermark);
  if (up_to.ok() && up_to.value() <= base::Instant{}) {
    return note + "; not every partition has been read yet, so more is to come.\n";
  }
  if (!watermark.empty()) note += "; everything that came in up to " + watermark + " is counted";
  return note + ".\n";
}

Table ClockTable(const std::string& json, bool people) {
  if (!people) return FlatClockTable(json);
  Table table({"queue", "clock", ">running", ">paused", ">undated", ">due 24h", ">due 7d",
               ">overdue", ">most overdue", "case", "next due"});
  for (const Json& queue : ListOf(json)) {
    const Json clocks = Part(queue, "clocks");
    for (const auto& [name, clock] : clocks.items()) {
      table.Add({Text(queue, "queue"), name, Grouped(Number(clock, "running")),
                 Grouped(Number(clock, "paused")), Grouped(Number(clock, "undated")),
                 Warn(Number(clock, "due_24h"), Colour::kYellow), Grouped(Number(clock, "due_7d")),
                 Warn(Number(clock, "overdue"), Colour::kRed),
                 Span(Number(clock, "overdue_seconds_max")), Text(clock, "most_overdue_case"),
                 Text(clock, "next_due_at")});
    }
  }
  return table;
}

Table ScreeningTable(const std::string& json, bool people) {
  if (!people) return FlatScreeningTable(json);
  Table table({"queue", "guidance", "role", "window", ">in", ">out", ">returned", ">deviations",
               ">out of decided", ">deviating"});
  const auto share = [](const Json& row, const char* key) {
    const Json ratio = Part(row, key);
    return ratio.is_number() ? PercentText(ratio.get<double>()) : std::string("-");
  };
  for (const Json& queue : ListOf(json)) {
    for (const Json& row : Part(queue, "screening")) {
      table.Add({Text(queue, "queue"), Text(row, "guidance"), Text(row, "role"),
                 Text(row, "window"), Grouped(Number(row, "in")), Grouped(Number(row, "out")),
                 Grouped(Number(row, "returned")), Warn(Number(row, "deviations"), Colour::kYellow),
                 share(row, "out_ratio"), share(row, "deviation_ratio")});
    }
  }
  return table;
}

Table CaseloadTable(const std::string& json, bool people) {
  if (!people) return FlatCaseloadTable(json);
  Table table({"queue", ">limit", ">handlers", ">most cases", ">over the limit", ">their cases",
               "handler", ">cases"});
  for (const Json& queue : ListOf(json)) {
    const Json caseload = Part(queue, "caseload");
    if (caseload.empty()) continue;
    std::vector<Cell> row = {Text(queue, "queue"),
                             Grouped(Number(caseload, "limit")),
                             Grouped(Number(caseload, "handlers")),
                             Grouped(Number(caseload, "cases_max")),
                             Warn(Number(caseload, "handlers_over"), Colour::kYellow),
                             Grouped(Number(caseload, "cases_of_handlers_over"))};
    const size_t width = row.size();
    for (const Json& one : Part(caseload, "over")) {
      row.emplace_back(Text(one, "handler"));
      row.emplace_back(Warn(Number(one, "cases"), Colour::kYellow));
      table.Add(std::exchange(row, std::vector<Cell>(width, Cell(""))));
    }
    if (row[0].text.empty()) continue;
    row.emplace_back("-");
    row.emplace_back("-");
    table.Add(std::move(row));
  }
  return table;
}

Table AlertTable(const std::string& json, bool people) {
  if (!people) return FlatAlertTable(json);
  Table table({"kind", "state", "case", "queue", "clock", "rung", "risk", "due_at", "detected_at",
               "alert_id"});
  for (const Json& alert : ListOf(json)) {
    const std::string kind = Text(alert, "kind");
    const std::string source = Text(alert, "source");
    table.Add({Cell(kind, KindColour(kind)), Text(alert, "state"),
               source.empty() ? Text(alert, "case_id") : "source " + source, Text(alert, "queue"),
               Text(alert, "clock"),
               http::RungInWords(Text(alert, "rung"), Number(alert, "repeat")), Text(alert, "risk"),
               Text(alert, "due_at"), Text(alert, "detected_at"), Text(alert, "alert_id")});
  }
  return table;
}

Table TakenTable(const std::string& json) {
  Table table({"alert_id", ">partition", ">offset"});
  for (const Json& taken : ListOf(json)) {
    table.Add({Text(taken, "alert_id"), Text(taken, "partition"), Text(taken, "offset")});
  }
  return table;
}

Table CaseTable(const std::string& json, bool people) {
  if (!people) return FlatCaseTable(json);
  Table table({"case_id", "queue", "stage", "risk", "handler", "opened_at", "due_at", "due_clock",
               ">overdue", "next_due_at", "next_due_clock", "paused", "unqualified",
               "handler_away"});
  for (const Json& entry : ListOf(json)) {
    const std::string handler = Text(entry, "handler");
    const auto warned = [&](const char* key) {
      const std::string value = Text(entry, key);
      return value == "true" ? Cell(value, Colour::kYellow) : Cell(value);
    };
    table.Add({Text(entry, "case_id"), Text(entry, "queue"), Text(entry, "stage"),
               Text(entry, "risk"),
               handler.empty() ? Cell("(nobody)", Colour::kYellow) : Cell(handler),
               Text(entry, "opened_at"), Text(entry, "due_at"), Text(entry, "due_clock"),
               Warn(Number(entry, "overdue"), Colour::kRed), Text(entry, "next_due_at"),
               Text(entry, "next_due_clock"), Text(entry, "paused"), warned("unqualified"),
               warned("handler_away")});
  }
  return table;
}

std::string ActivationText(const std::string& json) {
  const Json told = Parse(json);
  if (!told.contains("in_force_from")) return "activated\n";  // by a caseclock that does not say
  const std::string from = Text(told, "in_force_from");
  std::string text = "set " + Text(told, "hash");
  if (from.empty()) {
    text += " is in force, over all of the log";
  } else if (told.value("in_force", false)) {
    text += " is in force since " + from;
  } else {
    text += " comes into force at " + from + "; until then the set before it judges";
  }
  return text + "\n";
}

Table ActivationTable(const std::string& json) {
  Table table({"hash", "in_force_from", "in_force"});
  for (const Json& told : ListOf(json)) {
    table.Add({Text(told, "hash"), Text(told, "in_force_from"), Text(told, "in_force")});
  }
  return table;
}

Table SourceTable(const std::string& json, bool people) {
  if (!people) return FlatSourceTable(json);
  Table table({"source", "heard_at", "silent after", "state"});
  for (const Json& source : ListOf(json)) {
    const std::string heard = Text(source, "heard_at");
    table.Add({Text(source, "source"), heard.empty() ? "(never)" : heard, Text(source, "due_at"),
               source.value("silent", false) ? Cell("silent", Colour::kRed) : Cell("heard")});
  }
  return table;
}

Table RejectTable(const std::string& json) {
  Table table({"topic", ">partition", ">offset", "timestamp", "reason", ">bytes", "message"});
  for (const Json& reject : ListOf(json)) {
    table.Add({Text(reject, "topic"), Text(reject, "partition"), Text(reject, "offset"),
               Text(reject, "timestamp"), Text(reject, "reason"), Text(reject, "value_size"),
               Text(reject, "message")});
  }
  return table;
}

Table LedgerTable(const std::string& json) {
  Table table(
      {"occurred_at", "event", "code", "disposition", "arrived_at", "source", "event_id", "place"});
  const Json root = Parse(json);
  for (const Json& entry : Part(root, "ledger")) {
    std::string fate = Text(entry, "disposition");
    if (entry.contains("refusal")) fate += " (" + Text(entry, "refusal") + ")";
    const bool plain = fate == "accepted";
    std::string event = Text(entry, "event");
    std::string code = Text(entry, "code");
    std::string at = Text(entry, "occurred_at");
    if (entry.contains("about_handler")) {  // a fact about one: it begins to hold, or ceases
      if (entry.value("ends", false)) event += " until";
      code += (code.empty() ? "" : " ") + Text(entry, "about_handler");
      if (at.empty()) at = "since ever";
    }
    table.Add({at, event, code, plain ? Cell(fate) : Cell(fate, Colour::kYellow),
               Text(entry, "arrived_at"), Text(entry, "source"), Text(entry, "event_id"),
               Text(entry, "partition") + ":" + Text(entry, "offset") +
                   (Text(entry, "log") == "source" ? " of the source" : "")});
  }
  return table;
}

Table PolicyTable(const std::string& json) {
  Table table({"workflow", "version", "effective_from", "clock", "deadline", "for", "limit"});
  const Json root = Parse(json);
  for (const Json& workflow : Part(root, "workflows")) {
    for (const Json& version : Part(workflow, "versions")) {
      for (const Json& clock : Part(version, "clocks")) {
        const Json targets = Part(clock, "targets");
        for (const auto& [grade, limit] : targets.items()) {
          table.Add({Text(workflow, "name"), Text(version, "version"),
                     Text(version, "effective_from"), Text(clock, "name"), Text(clock, "deadline"),
                     grade, Text(targets, grade.c_str())});
        }
      }
    }
  }
  return table;
}

}  // namespace caseclock::cli

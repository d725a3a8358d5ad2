#include "consumers/cli/render.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace caseclock::cli {
namespace {

using Json = nlohmann::ordered_json;

Json Parse(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json::array() : json;
}

// One queue alone comes as an object.
Json ListOf(const std::string& text) {
  Json json = Parse(text);
  return json.is_array() ? json : Json::array({json});
}

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

int64_t Number(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_number() ? 0 : found->get<int64_t>();
}

Json Part(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? Json::object() : *found;
}

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

// Three digits of a part: "34.1 %".
std::string PercentText(double part) {
  const auto thousandths = static_cast<int64_t>(part * 1'000 + 0.5);
  return std::to_string(thousandths / 10) + "." + std::to_string(thousandths % 10) + " %";
}

// "breach", or of several alike "overdue 2".
std::string RungText(const Json& alert) {
  const int64_t repeat = Number(alert, "repeat");
  return Text(alert, "rung") + (repeat > 0 ? " " + std::to_string(repeat) : "");
}

Colour KindColour(const std::string& kind) {
  return kind == "warning" ? Colour::kYellow : Colour::kRed;
}

}  // namespace

Table BacklogTable(const std::string& json, bool people) {
  if (!people) return FlatTable(json, {"queue", "as_of", "watermark", "definitions", "open"});
  Table table({"queue", ">open", ">overdue limits", ">most overdue", "clock", "case",
               ">limits due 24h", ">unassigned", ">ungraded", ">in/out 1d", ">in/out 7d",
               ">age p50", ">age max", "oldest case"});
  for (const Json& queue : ListOf(json)) {
    const Overdue overdue = OverdueOf(queue);
    const Json age = Part(queue, "age_seconds");
    table.Add({Text(queue, "queue"), Grouped(Number(queue, "open")),
               Warn(overdue.count, Colour::kRed), Span(overdue.seconds), overdue.clock,
               overdue.case_id, Warn(overdue.due_24h, Colour::kYellow),
               Grouped(Number(Part(queue, "unassigned"), "count")),
               Grouped(Number(Part(queue, "ungraded"), "count")), FlowText(queue, "P1D"),
               FlowText(queue, "P7D"), Span(Number(age, "p50")), Span(Number(age, "max")),
               Text(age, "oldest_case")});
  }
  return table;
}

Table ClockTable(const std::string& json, bool people) {
  if (!people) return FlatClockTable(json);
  Table table({"queue", "clock", ">running", ">paused", ">undated", ">due 24h", ">due 7d",
               ">overdue", ">most overdue", "case"});
  for (const Json& queue : ListOf(json)) {
    const Json clocks = Part(queue, "clocks");
    for (const auto& [name, clock] : clocks.items()) {
      table.Add({Text(queue, "queue"), name, Grouped(Number(clock, "running")),
                 Grouped(Number(clock, "paused")), Grouped(Number(clock, "undated")),
                 Warn(Number(clock, "due_24h"), Colour::kYellow), Grouped(Number(clock, "due_7d")),
                 Warn(Number(clock, "overdue"), Colour::kRed),
                 Span(Number(clock, "overdue_seconds_max")), Text(clock, "most_overdue_case")});
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

Table AlertTable(const std::string& json, bool people) {
  if (!people) {
    return FlatTable(json, {"alert_id", "revision", "state", "kind", "rung", "repeat", "clock",
                            "case_id", "queue", "risk", "handler", "due_at", "clock_due_at",
                            "detected_at", "historical", "transitions"});
  }
  Table table({"kind", "state", "case", "queue", "clock", "rung", "risk", "due_at", "detected_at",
               "alert_id"});
  for (const Json& alert : ListOf(json)) {
    const std::string kind = Text(alert, "kind");
    const std::string source = Text(alert, "source");
    table.Add({Cell(kind, KindColour(kind)), Text(alert, "state"),
               source.empty() ? Text(alert, "case_id") : "source " + source, Text(alert, "queue"),
               Text(alert, "clock"), RungText(alert), Text(alert, "risk"), Text(alert, "due_at"),
               Text(alert, "detected_at"), Text(alert, "alert_id")});
  }
  return table;
}

Table CaseTable(const std::string& json, bool people) {
  Table table({"case_id", "queue", "stage", "risk", "handler", "opened_at", "due_at", "due_clock",
               "paused"});
  for (const Json& entry : ListOf(json)) {
    const std::string handler = Text(entry, "handler");
    table.Add({Text(entry, "case_id"), Text(entry, "queue"), Text(entry, "stage"),
               Text(entry, "risk"),
               handler.empty() && people ? Cell("(nobody)", Colour::kYellow) : Cell(handler),
               Text(entry, "opened_at"), Text(entry, "due_at"), Text(entry, "due_clock"),
               Text(entry, "paused")});
  }
  return table;
}

Table SourceTable(const std::string& json, bool people) {
  if (!people) return FlatTable(json, {"source", "heard_at", "due_at", "silent"});
  Table table({"source", "heard_at", "silent after", ""});
  for (const Json& source : ListOf(json)) {
    const std::string heard = Text(source, "heard_at");
    table.Add({Text(source, "source"), heard.empty() ? "(never)" : heard, Text(source, "due_at"),
               source.value("silent", false) ? Cell("silent", Colour::kRed) : Cell("")});
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
    table.Add({Text(entry, "occurred_at"), Text(entry, "event"), Text(entry, "code"),
               plain ? Cell(fate) : Cell(fate, Colour::kYellow), Text(entry, "arrived_at"),
               Text(entry, "source"), Text(entry, "event_id"),
               Text(entry, "partition") + ":" + Text(entry, "offset")});
  }
  return table;
}

namespace {

void AppendArithmetic(const Json& clock, bool colours, std::string* out) {
  *out += "  counted from " + Text(clock, "measured_from");
  if (clock.contains("interval")) {
    *out += ", interval of this case " + Text(clock, "interval");
  } else if (clock.contains("limit")) {
    *out += ", limit " + Text(clock, "limit") + " for " +
            Text(clock, clock.contains("limit_class") ? "limit_class" : "risk");
  } else {
    *out += ", no limit for " + Text(clock, "risk");
  }
  *out += " (policy " + Text(clock, "policy_version") + ", calendar " + Text(clock, "calendar") +
          " " + Text(clock, "calendar_version") + ")\n";
  for (const Json& segment : Part(clock, "segments")) {
    const std::string to = Text(segment, "to");
    *out += segment.value("counted", true) ? "  + counted   " : "  - excluded  ";
    *out += Text(segment, "from") + " to " + (to.empty() ? "now" : to);
    if (segment.contains("counted_seconds"))
      *out += "  " + ForPeople(Number(segment, "counted_seconds"));
    if (segment.contains("reason")) *out += "  " + Text(segment, "reason");
    *out += '\n';
  }
  if (clock.contains("budget_seconds")) {
    *out += "  = counted  " + ForPeople(Number(clock, "counted_seconds")) + " of a budget of " +
            ForPeople(Number(clock, "budget_seconds")) + "\n";
  }
  if (!Text(clock, "appointed").empty()) {
    *out += "  scheduled for " + Text(clock, "appointed") + "\n";
  }
  if (clock.contains("policy_due_at")) {
    const std::string due = Text(clock, "policy_due_at");
    *out += "  by the policy alone it would be " + (due.empty() ? "undated" : "due " + due) + "\n";
  }
  if (clock.contains("known_now")) {
    const Json known = Part(clock, "known_now");
    const std::string due = Text(known, "due_at");
    *out += "  as known now, by version " + Text(known, "calendar_version") +
            " of the calendar, it would be " + (due.empty() ? "undated" : "due " + due) + "\n";
  }
  for (const Json& held : Part(clock, "held")) {
    const std::string to = Text(held, "to");
    *out += "  held for " + Text(held, "reason") + " from " + Text(held, "from") + " to " +
            (to.empty() ? "now" : to) + ": the limit may not pass in it\n";
  }
  if (!Text(clock, "extended_until").empty()) {
    *out += "  extended until " + Text(clock, "extended_until") + "\n";
  }
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
  } else {
    const Json held = Part(clock, "held");
    const bool is_held = !held.empty() && Text(held.back(), "to").empty();
    *out += is_held                        ? "held: no due instant"
            : clock.value("running", true) ? "no due instant"
                                           : "paused: no due instant";
  }
  *out += '\n';
  AppendArithmetic(clock, colours, out);
  for (const Json& rung : Part(clock, "rungs")) {
    *out += "  rung " + Text(rung, "rung") + "  " +
            (Text(rung, "due_at").empty() ? "-" : Text(rung, "due_at")) +
            (rung.value("reached", false) ? "  reached" : "") + "\n";
  }
}

}  // namespace

std::string CaseText(const std::string& json, bool colours) {
  const Json root = Parse(json);
  std::string out = Coloured("case " + Text(root, "case_id"), Colour::kBold, colours) + "  as of " +
                    Text(root, "as_of") + "\n";
  out += std::string(root.value("open", false) ? "open" : "not open") + ", queue " +
         Text(root, "queue") + ", stage " + Text(root, "stage") + ", risk " + Text(root, "risk") +
         ", handler " + (Text(root, "handler").empty() ? "nobody" : Text(root, "handler")) + "\n";
  for (const Json& pause : Part(root, "pauses")) {
    out += "paused for " + Text(pause, "reason") + " since " + Text(pause, "since") + "\n";
  }
  for (const Json& code : Part(root, "deviations")) {
    out +=
        Coloured("screening deviates: " + code.get<std::string>(), Colour::kYellow, colours) + "\n";
  }
  for (const Json& announced : Part(root, "announced")) {
    out += Text(announced, "activity") + " is announced for " + Text(announced, "at") + " (clock " +
           Text(announced, "clock") + ")\n";
  }
  out += "\nLedger\n" + LedgerTable(json).ToText(colours);
  out += "\nClocks";
  const Json clocks = Part(root, "clocks");
  if (clocks.empty()) out += "\nnone runs\n";
  for (const Json& clock : clocks) AppendLiveClock(clock, colours, &out);
  for (const Json& clock : Part(root, "ended_cycles")) {
    out += "\n" + Text(clock, "clock") + "  cycle " + Text(clock, "cycle") + ", ended " +
           Text(clock, "ended_at") + ", due " +
           (Text(clock, "due_at").empty() ? "-" : Text(clock, "due_at")) + ", " +
           (clock.value("met", true) ? "in time" : Coloured("late", Colour::kRed, colours)) + "\n";
    AppendArithmetic(clock, colours, &out);
  }
  const Json alerts = Part(root, "alerts");
  if (!alerts.empty()) out += "\nAlerts told\n";
  for (const Json& alert : alerts) {
    out += Text(alert, "alert_id") + "  " + Text(alert, "clock") + " " + RungText(alert) +
           ", due " + Text(alert, "due_at") + ":";
    for (const Json& transition : Part(alert, "transitions")) {
      out += " " + Text(transition, "state") + " " + Text(transition, "at") +
             (transition.value("historical", false) ? " (afterwards)" : "");
    }
    out += "\n";
  }
  return out;
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

#include "consumers/cli/policy_page.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "consumers/http/policy_words.h"

namespace caseclock::cli {
namespace {

using Json = nlohmann::json;
using Lines = std::vector<std::string>;
using http::PlainWords;

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const Json& List(const Json& object, const char* key) {
  static const Json kNone = Json::array();
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : kNone;
}

const Json& Part(const Json& object, const char* key) {
  static const Json kNone = Json::object();
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : kNone;
}

Lines Texts(const Json& object, const char* key) {
  Lines out;
  for (const Json& one : List(object, key)) {
    if (one.is_string()) out.push_back(one.get<std::string>());
  }
  return out;
}

std::string Joined(const Lines& parts, std::string_view between = ", ") {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
  return out;
}

std::string Words(const Json& object, const char* key) {
  Lines out = Texts(object, key);
  for (std::string& one : out) one = PlainWords(one);
  return Joined(out);
}

std::string Capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

std::string Sentence(const std::string& text) {
  return text.empty() ? "" : Capital(text) + ".";
}

std::string When(const std::string& events) {
  return events.empty() ? "" : "When " + events + ".";
}

// "2026-01-01" where it is midnight.
std::string Day(const std::string& instant) {
  return instant.ends_with("T00:00:00Z") ? instant.substr(0, 10) : instant;
}

// One version of one workflow within the set.
class VersionPage {
 public:
  VersionPage(const Json& set, const Json& workflow, const Json& version, const Json* next,
              Page* page)
      : set_(set), workflow_(workflow), version_(version), next_(next), page_(page) {}

  void Write() {
    page_->Heading(
        1, Capital(PlainWords(Text(workflow_, "name"))) + ": policy " + Text(version_, "version"));
    About();
    Stages();
    Grades();
    Glance();
    page_->Heading(2, "Clocks");
    for (const Json& clock : List(version_, "clocks")) Clock(clock);
    Outcomes();
    Sources();
    Sign();
  }

 private:
  std::vector<const Json*> Queues() const {
    std::vector<const Json*> found;
    for (const Json& queue : List(set_, "queues")) {
      if (Text(queue, "workflow") == Text(workflow_, "name")) found.push_back(&queue);
    }
    return found;
  }

  void About() {
    Lines queues;
    Lines calendars;
    for (const Json* queue : Queues()) {
      const std::string team = Text(*queue, "team");
      queues.push_back(Text(*queue, "pattern") + (team.empty() ? "" : ", team " + team) +
                       ", calendar " + Text(*queue, "calendar"));
      for (const Json& calendar : List(set_, "calendars")) {
        if (Text(calendar, "id") != Text(*queue, "calendar")) continue;
        const Json& covers = Part(calendar, "covers");
        const std::string line = Text(calendar, "id") + " " + Text(calendar, "version") + ", " +
                                 Text(calendar, "zone") + ", known from " + Text(covers, "from") +
                                 " to " + Text(covers, "to");
        if (std::find(calendars.begin(), calendars.end(), line) == calendars.end())
          calendars.push_back(line);
      }
    }
    const std::string from = Text(version_, "effective_from");
    page_->Facts(
        {{"Policy", {Text(workflow_, "name")}},
         {"Version", {Text(version_, "version")}},
         {"In force from", {from.empty() ? "its activation, no date is given" : Day(from)}},
         {"Until", {next_ == nullptr ? "" : Day(Text(*next_, "effective_from"))}},
         {"Queues", queues},
         {"Calendars", calendars},
         {"Content hash", {Text(set_, "hash")}}});
    page_->Paragraph(
        "A case's clock keeps the version that was in force when it started, until the case is "
        "moved to another one. Alerts name the version; the hash is that of the whole set of "
        "policies and calendars this version is part of.");
  }

  void Stages() {
    page_->Heading(2, "Stages");
    std::vector<Page::Row> rows;
    for (const Json& stage : List(version_, "enters")) {
      const std::string events = Text(stage, "on");
      const std::string alone =
          rows.empty() ? "A case begins here." : "When the records system says so.";
      rows.push_back({std::to_string(rows.size() + 1), PlainWords(Text(stage, "stage")),
                      events.empty() ? alone : When(events)});
    }
    page_->Table({"", "Stage", "Entered"}, std::move(rows));
  }

  void Grades() {
    page_->Heading(2, "Grades and people");
    Lines classes;
    for (const Json& rule : List(version_, "classes")) {
      classes.push_back(PlainWords(Text(rule, "name")) + " (" + Words(rule, "values") +
                        "): set when " + Text(rule, "set_by"));
    }
    Lines guidance;
    for (const Json& one : List(version_, "screening_guidance")) {
      guidance.push_back(Text(one, "says"));
    }
    if (const auto percent = version_.value("screening_sample_percent", int64_t{0}); percent > 0) {
      guidance.push_back(std::to_string(percent) +
                         " % of the decisions are looked at again, whatever they say");
    }
    page_->Facts({{"Grades of risk", {Words(version_, "risks") + " (most urgent first)"}},
                  {"Limits also by", classes},
                  {"Screening guidance", guidance},
                  {"Look-backs", Texts(version_, "lookbacks")},
                  {"A handler needs", Texts(version_, "qualifications")},
                  {"A handler should have", Caseload()}});
  }

  Lines Caseload() const {
    const Json& caseload = Part(version_, "caseload");
    if (caseload.empty()) return {};
    return {Text(caseload, "says"), "Source: " + Text(caseload, "source"),
            "Confidence: " + Confidence(caseload)};
  }

  // Who answers for a clock: its owner, else the teams of its queues.
  std::string Owner(const Json& clock) const {
    const std::string owner = Text(clock, "owner");
    if (!owner.empty()) return PlainWords(owner);
    Lines teams;
    for (const Json* queue : Queues()) {
      const std::string team = Text(*queue, "team");
      if (!team.empty() && std::find(teams.begin(), teams.end(), team) == teams.end())
        teams.push_back(team);
    }
    return teams.empty() ? "nobody" : "team of the queue (" + Joined(teams) + ")";
  }

  static std::string LimitsInBrief(const Json& clock) {
    Lines parts;
    for (const Json& row : List(Part(clock, "says"), "limits")) {
      const std::string whom = Text(row, "for");
      parts.push_back((whom == "all cases" ? "" : whom + ": ") + Text(row, "limit"));
    }
    if (!parts.empty()) return Joined(parts, "; ");
    return Text(clock, "deadline") == "scheduled" ? "the date that is set" : "the next meeting";
  }

  void Glance() {
    page_->Heading(2, "Limits at a glance");
    std::vector<Page::Row> rows;
    for (const Json& clock : List(version_, "clocks"))
      rows.push_back({PlainWords(Text(clock, "name")), Owner(clock), LimitsInBrief(clock)});
    page_->Table({"Clock", "Answers for it", "Limit"}, std::move(rows));
  }

  void Clock(const Json& clock) {
    const Json& says = Part(clock, "says");
    page_->Heading(3, Capital(PlainWords(Text(clock, "name"))));
    const bool by_grade = List(says, "limits").size() > 1;
    const std::string by = Text(clock, "limits_by");
    const std::string table =
        by.empty() ? "By grade, see the table." : "By " + PlainWords(by) + ", see the table.";
    const auto absence = clock.find("absence");
    const bool is_absence = absence != clock.end() && *absence == true;
    page_->Facts({{"Measures", {is_absence ? "That something is missing." : ""}},
                  {"Starts", {When(Text(says, "starts"))}},
                  {"Fulfilled", {When(Text(says, "stops"))}},
                  {"Ended, but not fulfilled", {When(Text(says, "cancels"))}},
                  {"Fulfilled, and begins anew", {When(Text(says, "resets"))}},
                  {"Limit", {by_grade ? table : Sentence(LimitsInBrief(clock))}},
                  {"How time counts", {Text(says, "counts")}},
                  {"Pauses and changes", Texts(says, "conditions")},
                  {"Alerts", {Sentence(Joined(Texts(says, "told"), "; "))}},
                  {"Answers for it", {Capital(Owner(clock))}},
                  {"Source", {Text(clock, "source")}},
                  {"Confidence", {Confidence(says)}}});
    if (!by_grade) return;
    std::vector<Page::Row> rows;
    for (const Json& row : List(says, "limits"))
      rows.push_back({Text(row, "for"), Text(row, "limit")});
    page_->Table({by.empty() ? "Grade" : Capital(PlainWords(by)), "Limit"}, std::move(rows));
  }

  static std::string Confidence(const Json& says) {
    const std::string words = Joined(Texts(says, "confidence"), "; ");
    return words.empty() ? "Not stated." : Sentence(words);
  }

  void Outcomes() {
    const Lines codes = Texts(version_, "outcome_codes");
    if (!codes.empty()) {
      page_->Heading(2, "Outcomes");
      page_->Paragraph("An outcome is one of " + Joined(codes) + "; another one is refused.");
    }
    const Json& outcomes = List(version_, "outcomes");
    if (outcomes.empty()) return;
    page_->Heading(2, "What counts as a positive outcome");
    std::vector<Page::Row> rows;
    for (const Json& outcome : outcomes)
      rows.push_back({Text(outcome, "text"), Joined(Texts(outcome, "positive"))});
    page_->Table({"Definition, published with the figures", "Outcome codes"}, std::move(rows));
  }

  void Sources() {
    page_->Heading(2, "How to read the sources");
    page_->Paragraph(
        "[F-H], [F-M], [F-L]: found in a public source, with high, medium or low confidence. "
        "[M-H], [M-M], [M-L]: common knowledge of the field. [INF]: inferred. [DESIGN]: a choice "
        "made in this policy. None of them is legal advice.");
  }

  void Sign() {
    page_->Heading(2, "Signatures");
    page_->Paragraph("We have read version " + Text(version_, "version") + " of the policy " +
                     Text(workflow_, "name") + " in the set " + Text(set_, "hash") +
                     " and agree to its use.");
    page_->Signatures({"Name", "Rank or role", "Signature", "Date"},
                      {"Answers for the policy", "Approved by"});
  }

  const Json& set_;
  const Json& workflow_;
  const Json& version_;
  const Json* next_;
  Page* page_;
};

base::Error NotASet() {
  return {base::ErrorKind::kInvalid, "Expected a policy set as JSON, but there is something else"};
}

base::Error NoSuchWorkflow(const Lines& names, const std::string& workflow) {
  return {base::ErrorKind::kNotFound,
          "Expected a workflow of this set (" + Joined(names) + "), but there is no " + workflow};
}

// The records systems of the set that must be heard from; nothing where it names none.
void WriteSources(const Json& set, Page* page) {
  std::vector<Page::Row> rows;
  for (const Json& source : List(set, "sources")) {
    const std::string calendar = Text(source, "calendar");
    const std::string owner = Text(source, "owner");
    rows.push_back({Text(source, "source"), Text(source, "silence"),
                    calendar.empty() ? "all time" : "working hours of " + calendar,
                    owner.empty() ? "nobody is named" : PlainWords(owner)});
  }
  if (rows.empty()) return;
  page->Heading(1, "Sources");
  page->Paragraph("When nothing of a source comes for longer than this, it is silent.");
  page->Table({"Source", "Silent after", "Counted", "Answers for it"}, std::move(rows));
}

}  // namespace

base::Result<std::string> OneWorkflow(const std::string& json, const std::string& workflow) {
  nlohmann::ordered_json set = nlohmann::ordered_json::parse(json, nullptr, false);
  if (!set.is_object() || !set.contains("workflows")) return NotASet();
  Lines names;
  nlohmann::ordered_json kept = nlohmann::ordered_json::array();
  for (const auto& one : set["workflows"]) {
    names.push_back(one.value("name", ""));
    if (names.back() == workflow) kept.push_back(one);
  }
  if (kept.empty()) return NoSuchWorkflow(names, workflow);
  set["workflows"] = std::move(kept);
  nlohmann::ordered_json queues = nlohmann::ordered_json::array();
  for (const auto& queue : set.value("queues", nlohmann::ordered_json::array())) {
    if (queue.value("workflow", "") == workflow) queues.push_back(queue);
  }
  set["queues"] = std::move(queues);
  return set.dump();
}

base::Result<Page> PolicyPage(const std::string& json, const std::string& workflow) {
  const Json set = Json::parse(json, nullptr, false);
  if (!set.is_object() || !set.contains("workflows")) {
    return NotASet();
  }
  Page page(workflow.empty() ? "Policies" : "Policy " + workflow);
  Lines names;
  bool found = false;
  for (const Json& one : List(set, "workflows")) {
    names.push_back(Text(one, "name"));
    if (!workflow.empty() && names.back() != workflow) continue;
    found = true;
    const Json& versions = List(one, "versions");
    for (size_t i = 0; i < versions.size(); ++i) {
      const Json* next = i + 1 < versions.size() ? &versions[i + 1] : nullptr;
      VersionPage(set, one, versions[i], next, &page).Write();
    }
  }
  if (workflow.empty()) WriteSources(set, &page);
  if (!found && !workflow.empty()) return NoSuchWorkflow(names, workflow);
  return page;
}

}  // namespace caseclock::cli

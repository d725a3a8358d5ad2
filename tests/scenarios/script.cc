#include <algorithm>
#include <map>
#include <random>

#include "engine/codec/event_codec.h"
#include "engine/core/clock.h"
#include "tests/scenarios/case_runner.h"
#include "tests/scenarios/script_proof.h"

namespace caseclock::tests {
namespace {

using base::Instant;

std::string RungText(const model::Alert& alert) {
  std::string text = alert.clock.str() + "/" + alert.rung.str();
  if (alert.repeat > 0) text += "#" + std::to_string(alert.repeat);
  return text;
}

// "raised answer/breach due=2026-03-02T10:00:00Z", "rev=2" from the second revision on.
std::string AlertText(const model::Alert& alert) {
  std::string text = std::string(model::AlertStateName(alert.state)) + " " + RungText(alert) +
                     " due=" + base::FormatInstant(alert.due_at);
  if (alert.revision > 1) text += " rev=" + std::to_string(alert.revision);
  return text;
}

class ScriptRun {
 public:
  ScriptRun(const Script& script, const ScriptTimeline& policies)
      : script_(script), runner_(policies) {}

  std::vector<std::string> Run() {
    for (const ScriptLine& line : script_.lines) {
      Do(line);
      const std::string mismatch = runner_.FactsMismatch();
      if (!mismatch.empty()) Fail(line, "figures that add up", mismatch);
      if (problems_.size() > 20) break;
    }
    if (!told_.empty()) {
      problems_.push_back(script_.name + ": Expected nothing told at the end, but \"" +
                          told_[0].first + "\" was");
    }
    return problems_;
  }

 private:
  void Fail(const ScriptLine& line, const std::string& expected, const std::string& got) {
    problems_.push_back(script_.name + ":" + std::to_string(line.number) + ": Expected " +
                        expected + ", but " + got);
  }

  void Take() {
    for (const model::Alert& alert : runner_.TakeTold())
      told_.emplace_back(AlertText(alert), alert);
  }

  void Do(const ScriptLine& line) {
    if (line.verb == "event") return DoEvent(line);
    if (line.verb == "now") return DoNow(line);
    if (line.verb == "told") return DoTold(line);
    if (line.verb == "case") return DoCase(line);
    if (line.verb == "clock") return DoClock(line);
    if (line.verb == "segments") return DoSegments(line);
    if (line.verb == "moved") return DoMoved(line);
    if (line.verb == "granted") return DoGranted(line);
    if (line.verb == "lapsed") return DoLapsed(line);
    if (line.verb == "target") return DoTarget(line);
    if (line.verb == "pages") return DoPages(line);
    if (line.verb == "screening") return DoScreening(line);
    if (line.verb == "corrected") return;  // script_policies.h
    if (line.verb == "caseload") return DoCaseload(line);
    Fail(line,
         "event, now, corrected, told, case, clock, segments, moved, granted, lapsed, target, "
         "screening, caseload or pages",
         "\"" + line.verb + "\" stands there");
  }

  void DoEvent(const ScriptLine& line) {
    const auto bytes = EventBytes(line);
    if (!bytes.ok()) return Fail(line, "an event", bytes.error().message);
    const auto occurred = ReadScriptInstant(line.words[0]).value();
    // Time goes with the events, unless a script holds it back by a `now` of its own.
    if (!held_) runner_.AdvanceTo(std::max(runner_.now(), occurred));
    const core::Disposition disposition = runner_.Put(bytes.value());
    Take();
    std::string got(core::DispositionName(disposition));
    if (runner_.last().refusal != core::Refusal::kNone) {
      got += " " + std::string(core::RefusalName(runner_.last().refusal));
    }
    const std::string expected = line.expected.empty() ? "accepted" : line.expected;
    if (got != expected) Fail(line, expected, "it is " + got);
  }

  void DoNow(const ScriptLine& line) {
    const auto t = ReadScriptInstant(line.words.empty() ? "" : line.words[0]);
    if (!t.ok()) return Fail(line, "an instant", t.error().message);
    runner_.AdvanceTo(t.value());
    held_ = true;
    Take();
  }

  void DoTold(const ScriptLine& line) {
    std::string expected;
    std::map<std::string, std::string> besides;
    for (const std::string& word : line.words) {
      std::string part = word;
      const size_t at = word.find('=');
      const std::string key = at == std::string::npos ? "" : word.substr(0, at);
      if (!key.empty() && key != "due" && key != "rev") {
        besides[key] = word.substr(at + 1);
        continue;
      }
      if (word.starts_with("due=")) {
        const auto due = ReadScriptInstant(word.substr(4));
        if (due.ok()) part = "due=" + base::FormatInstant(due.value());
      }
      expected += (expected.empty() ? "" : " ") + part;
    }
    if (expected == "nothing") {
      if (!told_.empty()) Fail(line, "nothing told", "\"" + told_[0].first + "\" was");
      return;
    }
    if (told_.empty()) return Fail(line, "\"" + expected + "\"", "nothing more was told");
    const auto& [text, alert] = told_[0];
    if (text != expected) Fail(line, "\"" + expected + "\"", "\"" + text + "\" was told");
    if (alert.proof.causes.empty()) Fail(line, "a proof that names the records", "there is none");
    for (const auto& [key, value] : besides) CheckSaid(line, key, value, alert);
    told_.erase(told_.begin());
  }

  void CheckSaid(const ScriptLine& line, const std::string& key, const std::string& value,
                 const model::Alert& alert) {
    const auto said = SaidOf(alert, key);
    if (!said) return Fail(line, "a known word", "\"" + key + "\" stands there");
    std::string expected = value;
    if (key == "meeting") {
      if (const auto at = ReadScriptInstant(value); at.ok()) {
        expected = base::FormatInstant(at.value());
      }
    }
    Check(line, key, expected, *said);
  }

  void Check(const ScriptLine& line, const std::string& key, const std::string& value,
             const std::string& got) {
    if (value != got) Fail(line, key + "=" + value, "it is " + (got.empty() ? "empty" : got));
  }

  void DoCase(const ScriptLine& line) {
    const model::CaseView& view = runner_.state().view;
    for (const std::string& word : line.words) {
      const size_t at = word.find('=');
      const std::string key = word.substr(0, at);
      const std::string value = at == std::string::npos ? "" : word.substr(at + 1);
      if (key == "stage")
        Check(line, key, value, view.stage.str());
      else if (key == "risk")
        Check(line, key, value, view.risk.str());
      else if (key == "queue")
        Check(line, key, value, view.queue.str());
      else if (key == "handler")
        Check(line, key, value, view.handler.str());
      else if (key == "outcome")
        Check(line, key, value, view.outcome.str());
      else if (key == "closed")
        Check(line, key, value, view.closed ? "yes" : "no");
      else if (key == "paused")
        Check(line, key, value, view.pauses.empty() ? "no" : "yes");
      else if (key == "refused")
        Check(line, key, value, std::to_string(view.refused));
      else if (key == "orphans")
        Check(line, key, value, std::to_string(view.orphans));
      else if (key == "conflicts")
        Check(line, key, value, std::to_string(runner_.state().conflicts));
      else if (key == "unqualified")
        Check(line, key, value == "no" ? value : Stamp(value),
              view.unqualified_since == base::kNever ? "no"
                                                     : base::FormatInstant(view.unqualified_since));
      else if (key == "opened")
        Check(line, key, Stamp(value), base::FormatInstant(view.opened_at));
      else
        Fail(line, "a known word", "\"" + key + "\" stands there");
    }
  }

  static std::string Stamp(const std::string& value) {
    const auto t = ReadScriptInstant(value);
    return t.ok() ? base::FormatInstant(t.value()) : value;
  }

  void DoClock(const ScriptLine& line) {
    if (line.words.size() < 2) return Fail(line, "a clock and what is true of it", "there is less");
    const model::ClockState* clock = Live(line.words[0]);
    std::string got = "off";
    if (clock != nullptr) {
      if (!clock->running_since)
        got = "paused";
      else if (clock->is_held() && clock->due_at == base::kNever)
        got = "held";
      else if (clock->due_at == base::kNever)
        got = "undated";
      else
        got = "due=" + base::FormatInstant(clock->due_at);
    }
    std::string expected = line.words[1];
    if (expected.starts_with("due=")) expected = "due=" + Stamp(expected.substr(4));
    if (got != expected) Fail(line, expected, "it is " + got);
    if (clock == nullptr) return;
    for (size_t i = 2; i < line.words.size(); ++i) {
      const std::string& word = line.words[i];
      if (word.starts_with("due="))
        Check(line, "due", Stamp(word.substr(4)), base::FormatInstant(clock->due_at));
      else if (word.starts_with("cycle="))
        Check(line, "cycle", word.substr(6), std::to_string(clock->ordinal));
      else if (word.starts_with("consumed="))
        Check(line, "consumed", word.substr(9), base::FormatDuration(clock->consumed));
      else if (word.starts_with("horizon="))
        Check(line, "horizon", word.substr(8), clock->beyond_horizon ? "beyond" : "within");
      else
        Fail(line, "a known word", "\"" + word + "\" stands there");
    }
  }

  const model::ClockState* Live(const std::string& name) {
    for (const model::ClockState& clock : runner_.state().view.clocks) {
      if (clock.clock.view() == name) return &clock;
    }
    return nullptr;
  }

  // "CLOCK e1,e2:custody,e5"
  void DoSegments(const ScriptLine& line) {
    if (line.words.size() != 2) return Fail(line, "a clock and its segments", "it is otherwise");
    const model::ClockState* clock = Live(line.words[0]);
    if (clock == nullptr) return Fail(line, "a live clock", "it is off");
    Check(line, "segments", line.words[1], SegmentsText(core::Segments(*clock, runner_.now())));
  }

  // "CLOCK N rebased by=e3 from=INSTANT to=INSTANT", or "CLOCK nothing".
  void DoMoved(const ScriptLine& line) {
    const model::ClockState* clock = line.words.empty() ? nullptr : Live(line.words[0]);
    if (clock == nullptr) return Fail(line, "a live clock", "it is off");
    if (line.words.size() == 2 && line.words[1] == "nothing") {
      return Check(line, "moves", "0", std::to_string(clock->moves.size()));
    }
    if (line.words.size() != 6) return Fail(line, "a move", "it is otherwise");
    std::string expected = line.words[2];
    for (size_t i = 3; i < line.words.size(); ++i) {
      const size_t at = line.words[i].find('=') + 1;
      expected += " " + line.words[i].substr(0, at) + Stamp(line.words[i].substr(at));
    }
    const size_t number = std::stoul(line.words[1]);
    Check(line, "move", expected,
          number > clock->moves.size() ? "" : MoveText(clock->moves[number - 1]));
  }

  // "CLOCK met=N missed=N"
  // Of the grades that have overdue cycles; there is one case.
  static std::string OverdueOf(const model::ClockFigures& clock) {
    std::string text;
    for (const auto& [risk, count] : clock.overdue_by_risk) {
      if (count != 0) text += (text.empty() ? "" : ",") + risk;
    }
    return text.empty() ? "none" : text;
  }

  void DoTarget(const ScriptLine& line) {
    const bool overdue = line.words.size() == 4;
    if (line.words.size() != 3 && !overdue) {
      return Fail(line, "a clock, met, missed and overdue", "it is otherwise");
    }
    const model::Backlog backlog = runner_.Backlog();
    model::ClockFigures clock;
    clock.within_target.emplace_back();
    const auto found = backlog.clocks.find(line.words[0]);
    if (found != backlog.clocks.end()) clock = found->second;
    const model::WithinTarget& cohort = clock.within_target.front();
    std::string got =
        "met=" + std::to_string(cohort.met) + " missed=" + std::to_string(cohort.missed);
    std::string expected = line.words[1] + " " + line.words[2];
    if (overdue) {
      got += " overdue=" + OverdueOf(clock);
      expected += " " + line.words[3];
    }
    Check(line, "target", expected, got);
  }

  // "CLOCK KIND EVENT AUTHORITY ACTOR"
  void DoGranted(const ScriptLine& line) {
    const model::ClockState* clock = line.words.empty() ? nullptr : Live(line.words[0]);
    if (clock == nullptr) return Fail(line, "a live clock", "it is off");
    std::string expected;
    for (size_t i = 1; i < line.words.size(); ++i) expected += (i > 1 ? " " : "") + line.words[i];
    std::string all;
    for (const model::Grant& grant : clock->grants) {
      const std::string text = GrantText(grant);
      if (text == expected) return;
      all += (all.empty() ? "" : ", ") + text;
    }
    Fail(line, "granted " + expected, all.empty() ? "nothing is" : "it is " + all);
  }

  // "CLOCK EVENT:REASON …"
  void DoLapsed(const ScriptLine& line) {
    const model::ClockState* clock = line.words.empty() ? nullptr : Live(line.words[0]);
    if (clock == nullptr) return Fail(line, "a live clock", "it is off");
    std::string expected;
    for (size_t i = 1; i < line.words.size(); ++i) expected += (i > 1 ? " " : "") + line.words[i];
    std::string got;
    for (const model::GivenExtension& given : clock->extensions) {
      if (given.lapsed.empty()) continue;
      got += (got.empty() ? "" : " ") + given.by.event_id + ":" + given.lapsed.str();
    }
    Check(line, "lapsed", expected, got.empty() ? "nothing" : got);
  }

  void DoPages(const ScriptLine& line) {
    const uint32_t pages = runner_.state().page.index;
    const std::string want = line.words.empty() ? "" : line.words[0];
    if (want == "some" ? pages == 0 : std::to_string(pages) != want) {
      Fail(line, want + " closed pages", "there are " + std::to_string(pages));
    }
  }

  // "GUIDANCE ROLE WINDOW in/out/returned/deviations", or "nothing".
  void DoScreening(const ScriptLine& line) {
    std::vector<std::string> rows;
    for (const model::Screening& row : runner_.Backlog().screening) {
      rows.push_back(row.guidance + " " + row.role + " " + row.window + " " +
                     std::to_string(row.in) + "/" + std::to_string(row.out) + "/" +
                     std::to_string(row.returned) + "/" + std::to_string(row.deviations));
    }
    std::string expected;
    for (const std::string& word : line.words) expected += (expected.empty() ? "" : " ") + word;
    if (expected == "nothing" ? rows.empty()
                              : std::find(rows.begin(), rows.end(), expected) != rows.end()) {
      return;
    }
    std::string all;
    for (const std::string& row : rows) all += "\n    " + row;
    Fail(line, "screening " + expected, rows.empty() ? "there is none" : "there is" + all);
  }

  // "QUEUE HANDLER", or "nobody".
  void DoCaseload(const ScriptLine& line) {
    std::string got;
    for (const std::string& one : runner_.Caseloads()) got += (got.empty() ? "" : ", ") + one;
    std::string expected;
    for (const std::string& word : line.words) expected += (expected.empty() ? "" : " ") + word;
    if (got.empty()) got = "nobody";
    if (got != expected) Fail(line, "caseload " + expected, "it is " + got);
  }

  const Script& script_;
  CaseRunner runner_;
  std::vector<std::pair<std::string, model::Alert>> told_;
  std::vector<std::string> problems_;
  bool held_ = false;
};

}  // namespace

std::vector<std::string> RunScript(const Script& script, const ScriptTimeline& policies) {
  if (!script.errors.empty()) return script.errors;
  return ScriptRun(script, policies).Run();
}

std::vector<std::string> RunShuffled(const Script& script, const ScriptTimeline& policies,
                                     uint64_t seed) {
  std::vector<std::string> events;
  Instant end = base::kLongAgo;
  CaseRunner plain(policies);
  for (const ScriptLine& line : script.lines) {
    if (line.verb == "now" && !line.words.empty()) {
      const auto t = ReadScriptInstant(line.words[0]);
      if (t.ok()) end = std::max(end, t.value());
    }
    if (line.verb != "event") continue;
    const auto bytes = EventBytes(line);
    if (!bytes.ok()) return {bytes.error().message};
    events.push_back(bytes.value());
    end = std::max(end, ReadScriptInstant(line.words[0]).value());
  }
  plain.AdvanceTo(end);
  for (const std::string& event : events) plain.Put(event);

  std::mt19937_64 random(seed);
  std::vector<std::string> shuffled = events;
  for (const std::string& event : events) {
    if (random() % 4 == 0) shuffled.push_back(event);
  }
  std::shuffle(shuffled.begin(), shuffled.end(), random);
  CaseRunner other(policies, random() % 2 == 0);
  // Some arrive in time, the rest when all is over.
  const size_t live = random() % (shuffled.size() + 1);
  for (size_t i = 0; i < shuffled.size(); ++i) {
    model::Event event;
    codec::Rejected rejected;
    if (!codec::DecodeEvent(shuffled[i], &event, &rejected)) return {rejected.message};
    if (i < live) other.AdvanceTo(std::min(end, std::max(other.now(), event.occurred_at)));
    if (i == live) other.AdvanceTo(end);
    other.Put(shuffled[i]);
  }
  other.AdvanceTo(end);
  other.Follow();
  std::vector<std::string> problems;
  if (plain.Essence() != other.Essence()) {
    problems.push_back(script.name + ": Expected the same end in any order, but seed " +
                       std::to_string(seed) + " gives\n" + other.Essence() + "instead of\n" +
                       plain.Essence());
  }
  for (const CaseRunner* runner : {&plain, &other}) {
    const std::string mismatch = runner->FactsMismatch();
    if (mismatch.empty()) continue;
    problems.push_back(script.name + ": Expected figures that add up with seed " +
                       std::to_string(seed) + ", but " + mismatch);
  }
  return problems;
}

}  // namespace caseclock::tests

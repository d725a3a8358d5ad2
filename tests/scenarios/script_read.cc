// What a script's lines are made of.

#include <algorithm>
#include <fstream>
#include <sstream>

#include "engine/codec/event_codec.h"
#include "engine/model/alert.h"
#include "tests/scenarios/script.h"

namespace caseclock::tests {
namespace {

std::vector<std::string> Words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::string Quoted(const std::string& text) {
  return "\"" + text + "\"";
}

// key=value → a JSON member; a,b,c is a list for `criteria`, numbers stay numbers for `score`.
std::string Member(const std::string& key, const std::string& value) {
  if (key == "score") return Quoted(key) + ":" + value;
  if (key == "criteria") {
    std::string list;
    std::istringstream in(value);
    for (std::string item; std::getline(in, item, ',');) {
      list += (list.empty() ? "" : ",") + Quoted(item);
    }
    return Quoted(key) + ":[" + list + "]";
  }
  if (key == "until" || key == "at" || key == "from") {
    const auto instant = ReadScriptInstant(value);
    return Quoted(key) + ":" + Quoted(instant.ok() ? base::FormatInstant(instant.value()) : value);
  }
  return Quoted(key) + ":" + Quoted(value);
}

// The id of an alert that is named CLOCK/RUNG/EVENT, by the event that began its cycle.
std::string AlertIdNamed(const std::string& name) {
  const size_t rung = name.find('/');
  const size_t event = name.rfind('/');
  if (rung == event) return name;
  const uint64_t cycle = model::EventFingerprint(base::Atom::Intern("rms"), name.substr(event + 1));
  return base::ToHex(model::AlertId("C-1", base::Atom::Intern(name.substr(0, rung)), cycle,
                                    base::Atom::Intern(name.substr(rung + 1, event - rung - 1)),
                                    0));
}

}  // namespace

base::Result<std::string> EventBytes(const ScriptLine& line) {
  if (line.words.size() < 3) {
    return base::Error{base::ErrorKind::kInvalid, "Expected an instant, an id and a type"};
  }
  const auto occurred = ReadScriptInstant(line.words[0]);
  if (!occurred.ok()) return occurred.error();
  std::string envelope = Quoted("event_id") + ":" + Quoted(line.words[1]) + "," +
                         Quoted("occurred_at") + ":" +
                         Quoted(base::FormatInstant(occurred.value()));
  const bool voids_fact =
      line.words[2] == "voided" && std::any_of(line.words.begin(), line.words.end(),
                                               [](auto& w) { return w.starts_with("handler="); });
  if (line.words[2] != "qualified" && line.words[2] != "absent" && !voids_fact) {
    envelope += "," + Quoted("case_id") + ":" + Quoted("C-1");
  }
  std::string source = "rms";
  std::string body;
  for (size_t i = 3; i < line.words.size(); ++i) {
    const size_t at = line.words[i].find('=');
    const std::string key = line.words[i].substr(0, at);
    const std::string value = at == std::string::npos ? "" : line.words[i].substr(at + 1);
    if (key == "source") {
      source = value;
    } else if (key == "sequence") {
      envelope += "," + Quoted(key) + ":" + value;
    } else if (key == "alert") {
      body += (body.empty() ? "" : ",") + Member("alert_id", AlertIdNamed(value));
    } else if (key == "actor") {
      envelope += "," + Member(key, value);
    } else {
      body += (body.empty() ? "" : ",") + Member(key, value);
    }
  }
  envelope += "," + Quoted("source") + ":" + Quoted(source);
  return codec::EventFromJson("{" + envelope + "," + Quoted(line.words[2]) + ":{" + body + "}}");
}

base::Result<base::Instant> ReadScriptInstant(std::string text) {
  if (text.size() == 10) text += "T00";
  if (text.size() == 13) text += ":00";
  if (text.size() == 16) text += ":00Z";
  return base::ParseInstant(text);
}

Script ReadScript(const std::string& path) {
  Script script;
  script.name = path.substr(path.rfind('/') + 1);
  std::ifstream in(path);
  if (!in) script.errors.push_back(path + ": Expected to read it, but it cannot be opened");
  int number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (const size_t hash = text.find("# "); hash != std::string::npos) text.resize(hash);
    if (text == "#") continue;
    ScriptLine line;
    line.number = number;
    if (const size_t arrow = text.find("->"); arrow != std::string::npos) {
      for (const std::string& word : Words(text.substr(arrow + 2))) {
        line.expected += (line.expected.empty() ? "" : " ") + word;
      }
      text.resize(arrow);
    }
    line.words = Words(text);
    if (line.words.empty()) continue;
    line.verb = line.words[0];
    line.words.erase(line.words.begin());
    // "repeat 100 event …": the same line with %N going up and the instant moved by minutes.
    script.lines.push_back(line);
  }
  return script;
}

}  // namespace caseclock::tests

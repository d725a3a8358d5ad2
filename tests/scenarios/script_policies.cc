#include "tests/scenarios/script_policies.h"

#include <algorithm>

namespace caseclock::tests {
namespace {

using base::Error;
using base::ErrorKind;
using SetPointer = std::shared_ptr<const model::PolicySet>;

// In a list within brackets or of lines with dashes.
bool EditHolidays(const std::string& word, std::string* text) {
  const std::string day = word.substr(1);
  const size_t list = text->find("holidays:");
  if (list == std::string::npos) return false;
  const bool brackets = text->compare(list, 11, "holidays: [") == 0;
  if (word[0] == '+') {
    text->insert(list + (brackets ? 11 : 10), brackets ? day + ", " : "  - " + day + "\n");
    return true;
  }
  const size_t at = text->find(brackets ? day + ", " : "  - " + day, list);
  if (word[0] != '-' || at == std::string::npos) return false;
  const size_t end = brackets ? at + day.size() + 2 : text->find('\n', at) + 1;
  text->erase(at, end - at);
  return true;
}

// PATTERN=CALENDAR: another calendar for a queue.
bool Bind(const std::string& word, std::string* text) {
  const size_t to = word.find('=');
  if (to == std::string::npos) return false;
  const size_t queue = text->find("queue: " + word.substr(0, to) + "\n");
  const size_t calendar = text->find("calendar: ", std::min(queue, text->size()));
  if (calendar == std::string::npos) return false;
  const size_t from = calendar + 10;
  text->replace(from, text->find('\n', from) - from, word.substr(to + 1));
  return true;
}

// The file's next version.
bool Correct(const std::vector<std::string>& words, std::string* text) {
  if (words.size() > 2 && words[1] == "queues") {
    return std::all_of(words.begin() + 2, words.end(),
                       [&](const auto& word) { return Bind(word, text); });
  }
  const size_t version = text->find("version: ");
  if (version == std::string::npos) return false;
  const size_t end = text->find('\n', version);
  const bool quoted = (*text)[end - 1] == '"';
  text->insert(quoted ? end - 1 : end, "-corrected");
  return words.size() > 2 && std::all_of(words.begin() + 2, words.end(), [&](const auto& word) {
           return EditHolidays(word, text);
         });
}

}  // namespace

base::Result<ScriptPolicies> ScriptPolicies::Load(const std::string& directory) {
  const policy::LoadResult loaded = policy::LoadPolicyDir(directory);
  std::string problems;
  for (const policy::Problem& problem : loaded.problems) {
    if (problem.severity == policy::Severity::kError) problems += policy::FormatProblem(problem);
  }
  if (!problems.empty()) return Error{ErrorKind::kConfig, problems};
  ScriptPolicies policies;
  policies.texts_ = loaded.texts;
  return policies;
}

base::Result<SetPointer> ScriptPolicies::Compile() {
  SetPointer& set = compiled_[policy::CanonicalText(texts_)];
  if (set != nullptr) return set;
  policy::LoadResult loaded = policy::LoadPolicyTexts(texts_);
  if (!loaded.ok()) {
    return Error{ErrorKind::kConfig, policy::FormatProblem(loaded.problems.front())};
  }
  return set = std::make_shared<const model::PolicySet>(std::move(*loaded.set));
}

base::Result<ScriptTimeline> ScriptPolicies::For(const Script& script) {
  const policy::PolicyTexts plain = texts_;
  ScriptTimeline timeline;
  const auto add = [&](base::Instant from) -> base::Status {
    auto set = Compile();
    if (!set.ok()) return set.status();
    timeline.periods.push_back({from, set.value().get()});
    timeline.sets.push_back(std::move(set).value());
    return {};
  };
  base::Status status = add(base::kEarliestInstant);
  for (const ScriptLine& line : script.lines) {
    if (line.verb != "corrected" || !status.ok()) continue;
    const auto at = ReadScriptInstant(line.words.empty() ? "" : line.words[0]);
    const auto file = std::find_if(texts_.begin(), texts_.end(), [&](const auto& text) {
      return line.words.size() > 1 && text.first.ends_with(line.words[1] + ".yaml");
    });
    if (!at.ok() || file == texts_.end() || !Correct(line.words, &file->second)) {
      status = Error{ErrorKind::kInvalid,
                     script.name + ":" + std::to_string(line.number) +
                         ": Expected an instant, a calendar and its days, such as +2026-04-07 or "
                         "-2026-04-06, or queues and another calendar for one, such as "
                         "test/*=daily, but they are not there"};
    } else {
      status = add(at.value());
    }
  }
  texts_ = plain;
  if (!status.ok()) return status.error();
  return timeline;
}

}  // namespace caseclock::tests

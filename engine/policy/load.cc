#include "engine/policy/load.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/hash.h"
#include "engine/policy/lint.h"
#include "engine/policy/load_parts.h"
#include "engine/policy/zone.h"

namespace caseclock::policy {
namespace {

constexpr std::string_view kZones = "zones/";

// A file to load: how problems name it, how the set names it, what it holds.
struct Source {
  std::string shown;
  std::string name;
  std::string content;
};

void ReadSource(const Source& source, Draft* draft) {
  Reader reader(source.shown, draft->problems);
  const YamlDocument document = ParseYaml(source.content);
  if (!document.error.empty()) {
    reader.Error(document.error_line, document.error);
    draft->whole = false;
    return;
  }
  const YamlNode& root = document.root;
  if (root.kind == YamlNode::Kind::kMap) {
    const auto has = [&root](std::string_view key) {
      return std::any_of(root.entries.begin(), root.entries.end(),
                         [key](const YamlEntry& e) { return e.key.text == key; });
    };
    if (has("workflow")) return ReadWorkflowFile(root, &reader, draft);
    if (has("queues")) return ReadQueuesFile(root, &reader, draft);
    if (has("calendar")) return ReadCalendarFile(root, &reader, draft);
  }
  reader.Expected(1, "one of the keys workflow, queues or calendar", "there is none");
  draft->whole = false;
}

// Zones from the texts, else from the system; those used become part of the set's texts.
class Zones {
 public:
  explicit Zones(const std::vector<Source>& sources) : sources_(sources) {}

  base::Result<model::TimeZone> Get(std::string_view name) {
    const std::string path = std::string(kZones) + std::string(name);
    for (const Source& source : sources_) {
      if (source.name != path) continue;
      used_.insert_or_assign(path, source.content);
      return ZoneFromText(name, source.content);
    }
    base::Result<model::TimeZone> zone = CompileZone(name);
    if (zone.ok()) used_.insert_or_assign(path, ZoneToText(zone.value()));
    return zone;
  }
  [[nodiscard]] const std::map<std::string, std::string>& used() const { return used_; }

 private:
  const std::vector<Source>& sources_;
  std::map<std::string, std::string> used_;
};

void WantDifferentNames(const std::vector<Source>& sorted, Problems* problems) {
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].name == sorted[i - 1].name)
      Reader(sorted[i].shown, problems)
          .Expected(0, "files with different names", "\"" + sorted[i].name + "\" is there twice");
  }
}

// What is wrong with a clock that is written for several names is found with each of them.
void TellOnce(Problems* problems) {
  Problems once;
  for (Problem& problem : *problems) {
    if (std::find(once.begin(), once.end(), problem) == once.end())
      once.push_back(std::move(problem));
  }
  *problems = std::move(once);
}

LoadResult Load(std::vector<Source> sources, Problems problems) {
  LoadResult result;
  result.problems = std::move(problems);
  std::sort(sources.begin(), sources.end(),
            [](const Source& a, const Source& b) { return a.name < b.name; });
  WantDifferentNames(sources, &result.problems);
  Zones zones(sources);
  Draft draft;
  draft.problems = &result.problems;
  draft.zones = [&](std::string_view name) { return zones.Get(name); };
  for (const Source& source : sources) {
    if (source.name.starts_with(kZones)) continue;
    ReadSource(source, &draft);
    result.texts.emplace_back(source.name, source.content);
  }
  result.texts.insert(result.texts.end(), zones.used().begin(), zones.used().end());
  std::sort(result.texts.begin(), result.texts.end());
  if (draft.whole) CheckReferences(draft);
  for (const auto lint : {&Lint, &LintUse}) {
    if (lint == &LintUse && HasErrors(result.problems)) continue;
    const Problems found = lint(draft.set, draft.places);
    result.problems.insert(result.problems.end(), found.begin(), found.end());
  }
  std::stable_sort(result.problems.begin(), result.problems.end(),
                   [](const Problem& a, const Problem& b) {
                     return std::tie(a.file, a.line) < std::tie(b.file, b.line);
                   });
  TellOnce(&result.problems);
  if (HasErrors(result.problems)) return result;
  result.places = std::move(draft.places);
  draft.set.hash = base::ToHex(base::Hash(CanonicalText(result.texts)));
  result.set = std::move(draft.set);
  return result;
}

void AddFile(const std::string& path, const std::string& name, std::vector<Source>* sources,
             Problems* problems) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  if (in.peek() != std::ifstream::traits_type::eof()) content << in.rdbuf();
  if (!in.is_open() || in.bad() || content.bad()) {
    problems->push_back(
        {path, 0, "Expected a file that can be read, but it cannot", Severity::kError});
    return;
  }
  sources->push_back({path, name, content.str()});
}

}  // namespace

LoadResult LoadPolicyDir(const std::string& path) {
  namespace fs = std::filesystem;
  std::vector<Source> sources;
  Problems problems;
  std::error_code error;
  for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    const fs::path& file = it->path();
    if (it->is_directory() || (file.extension() != ".yaml" && file.extension() != ".yml")) continue;
    AddFile(file.string(), file.lexically_relative(path).generic_string(), &sources, &problems);
  }
  if (error) {
    problems.push_back(
        {path, 0, "Expected a directory of policies, but: " + error.message(), Severity::kError});
  } else if (sources.empty() && problems.empty()) {
    problems.push_back(
        {path, 0, "Expected *.yaml files in it, but there are none", Severity::kError});
  }
  return Load(std::move(sources), std::move(problems));
}

LoadResult LoadPolicyFiles(const std::vector<std::string>& paths) {
  std::vector<Source> sources;
  Problems problems;
  for (const std::string& path : paths)
    AddFile(path, std::filesystem::path(path).filename().string(), &sources, &problems);
  return Load(std::move(sources), std::move(problems));
}

LoadResult LoadPolicyTexts(const PolicyTexts& texts) {
  std::vector<Source> sources;
  for (const auto& [name, content] : texts) sources.push_back({name, name, content});
  return Load(std::move(sources), {});
}

}  // namespace caseclock::policy

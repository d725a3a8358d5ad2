#include "tests/tidy/rules/text.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace caseclock::tidy {
namespace {

// These rules read this file too, so what they look for is written in pieces.
// clang-format off
constexpr std::array<std::string_view, 3> kNotes = {"TO" "DO", "FIX" "ME", "XX" "X"};
constexpr std::array<std::string_view, 3> kSleeps = {"sleep" "_for", "sleep" "_until", "sleep" "("};
constexpr std::array<std::string_view, 4> kOff = {"DIS" "ABLED_", "GTEST" "_SKIP(", "@unittest"
                                                  ".skip(", "skip" "Test("};
constexpr std::array<std::string_view, 5> kPlaces = {"/wo" "rk/", "/fa" "rm/", "/tmp/" "bash_jobs",
                                                     "/ho" "me/", "/ro" "ot/"};
// clang-format on

constexpr std::array<std::string_view, 34> kImpure = {
    "thread",        "mutex",         "shared_mutex", "condition_variable",
    "future",        "semaphore",     "latch",        "barrier",
    "stop_token",    "atomic",        "chrono",       "ctime",
    "time.h",        "iostream",      "fstream",      "sstream",
    "istream",       "ostream",       "iomanip",      "cstdio",
    "stdio.h",       "filesystem",    "random",       "locale",
    "clocale",       "regex",         "cstdlib",      "stdlib.h",
    "csignal",       "unistd.h",      "fcntl.h",      "pthread.h",
    "unordered_map", "unordered_set",
};

// Files that may use a hash table, each because nothing observable depends on its order.
struct Exemption {
  std::string_view file;
  std::string_view reason;
};
constexpr std::array<Exemption, 1> kHashTables = {{
    {"engine/core/figures",
     "tables of counts are looked up by key and sorted before they are shown"},
}};

bool MayHash(const std::string& path) {
  return std::any_of(kHashTables.begin(), kHashTables.end(),
                     [&](const Exemption& exemption) { return path.starts_with(exemption.file); });
}

bool IsWord(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Whether `word` stands in `line` by itself, not as part of a longer word.
bool HasWord(std::string_view line, std::string_view word) {
  for (size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool starts = at == 0 || !IsWord(line[at - 1]);
    const bool ends = end == line.size() || !IsWord(line[end]) || !IsWord(word.back());
    if (starts && ends) return true;
  }
  return false;
}

bool HasText(std::string_view line, std::string_view text) {
  return line.find(text) != std::string_view::npos;
}

template <typename Words, typename Has>
std::vector<Finding> FindAny(const TextFile& file, const Words& words, Has has,
                             const std::string& message) {
  std::vector<Finding> findings;
  const std::vector<std::string> lines = Lines(file.text);
  for (size_t i = 0; i < lines.size(); ++i) {
    for (std::string_view word : words) {
      if (!has(lines[i], word)) continue;
      findings.push_back({file.path, i + 1, message + ", but found `" + std::string(word) + "`"});
    }
  }
  return findings;
}

// Characters, not bytes: continuation bytes of UTF-8 do not count.
size_t Columns(const std::string& line) {
  return static_cast<size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool IsSource(const TextFile& file) {
  return file.IsCode() || file.path.ends_with(".py");
}

}  // namespace

std::vector<Finding> CheckLines(const TextFile& file) {
  if (!IsSource(file)) return {};
  std::vector<Finding> findings;
  const std::vector<std::string> lines = Lines(file.text);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (Columns(line) > kColumns) {
      findings.push_back({file.path, i + 1,
                          "Expected at most " + std::to_string(kColumns) + " columns, but found " +
                              std::to_string(Columns(line))});
    }
    if (line.find('\t') != std::string::npos) {
      findings.push_back({file.path, i + 1, "Expected spaces, but found a tab"});
    }
    if (line.ends_with(' ')) {
      findings.push_back({file.path, i + 1, "Expected no space at the end of a line"});
    }
  }
  return findings;
}

std::vector<Finding> CheckHeaderStart(const TextFile& file) {
  if (!file.IsHeader()) return {};
  const std::vector<std::string> lines = Lines(file.text);
  if (lines.size() >= 3 && lines[0] == "#pragma once" && lines[1].empty() &&
      lines[2].starts_with("// ")) {
    return {};
  }
  return {{file.path, 1,
           "Expected `#pragma once`, an empty line and a comment that says what the header is"}};
}

std::vector<Finding> CheckNoNotesToSelf(const TextFile& file) {
  return FindAny(file, kNotes, HasWord, "Expected no note to self");
}

std::vector<Finding> CheckNoSleep(const TextFile& file) {
  const bool ours = file.path.starts_with("engine/") || file.path.starts_with("consumers/") ||
                    file.path.starts_with("tests/");
  if (file.path.starts_with("tests/bench/")) return {};  // to offer a load is to keep to a pace
  if (!ours || !(file.IsCode() || file.path.ends_with(".py"))) return {};
  return FindAny(file, kSleeps, HasText, "Expected to wait for a condition");
}

std::vector<Finding> CheckNoTestSwitchedOff(const TextFile& file) {
  if (!file.path.starts_with("tests/")) return {};
  const auto has = [](std::string_view line, std::string_view mark) {
    const bool conditional = HasText(line, "if (") && HasText(line, "<<");
    return HasText(line, mark) && !conditional;
  };
  return FindAny(file, kOff, has, "Expected every test to run");
}

std::vector<Finding> CheckNoMachinePath(const TextFile& file) {
  return FindAny(file, kPlaces, HasText, "Expected no path of one machine");
}

std::vector<Finding> CheckRunBit(const TextFile& file) {
  const bool script = file.text.starts_with("#!");
  if (script && !file.executable) {
    return {{file.path, 1, "Expected a script to have its run bit, but it has none"}};
  }
  if (!script && file.executable) {
    return {{file.path, 1, "Expected only scripts to have a run bit, but this is none"}};
  }
  return {};
}

std::vector<Finding> CheckPureIncludes(const TextFile& file) {
  const bool pure = file.path.starts_with("engine/model/") || file.path.starts_with("engine/core/");
  if (!pure || !file.IsCode()) return {};
  std::vector<Finding> findings;
  const std::vector<std::string> lines = Lines(file.text);
  for (size_t i = 0; i < lines.size(); ++i) {
    for (std::string_view header : kImpure) {
      if (lines[i] != "#include <" + std::string(header) + ">") continue;
      if (header.starts_with("unordered_") && MayHash(file.path)) continue;
      findings.push_back(
          {file.path, i + 1,
           "Expected model and core to be pure, but found <" + std::string(header) + ">"});
    }
  }
  return findings;
}

}  // namespace caseclock::tidy

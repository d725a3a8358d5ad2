// The canonical text of a policy set and its way back.

#include <algorithm>
#include <charconv>

#include "engine/policy/load.h"

namespace caseclock::policy {
namespace {

constexpr std::string_view kHead = "caseclock-policies 1\n";
constexpr std::string_view kFile = "file ";

// Reads one file from the front of `text`; false when that is none.
bool TakeFile(std::string_view* text, std::pair<std::string, std::string>* file) {
  const size_t line_end = text->find('\n');
  if (!text->starts_with(kFile) || line_end == std::string_view::npos) return false;
  const std::string_view line = text->substr(kFile.size(), line_end - kFile.size());
  size_t bytes = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), bytes);
  const auto digits = static_cast<size_t>(end - line.data());
  if (error != std::errc() || digits + 1 >= line.size() || line[digits] != ' ') return false;
  text->remove_prefix(line_end + 1);
  if (bytes >= text->size() || (*text)[bytes] != '\n') return false;
  *file = {std::string(line.substr(digits + 1)), std::string(text->substr(0, bytes))};
  text->remove_prefix(bytes + 1);
  return true;
}

}  // namespace

std::string CanonicalText(const PolicyTexts& texts) {
  PolicyTexts sorted = texts;
  std::sort(sorted.begin(), sorted.end());
  std::string out(kHead);
  for (const auto& [name, content] : sorted) {
    out += "file " + std::to_string(content.size()) + " " + name + "\n" + content + "\n";
  }
  return out;
}

base::Result<PolicyTexts> ParseCanonicalText(std::string_view text) {
  const base::Error wrong{base::ErrorKind::kCorrupt,
                          "Expected a policy set as caseclock-policies 1, but the text is "
                          "something else"};
  if (!text.starts_with(kHead)) return wrong;
  text.remove_prefix(kHead.size());
  PolicyTexts texts;
  while (!text.empty()) {
    if (!TakeFile(&text, &texts.emplace_back())) return wrong;
  }
  return texts;
}

}  // namespace caseclock::policy

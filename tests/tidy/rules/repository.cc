#include "tests/tidy/rules/repository.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace caseclock::tidy {
namespace {

namespace fs = std::filesystem;

bool LeftOut(const std::string& name) {
  return name == ".git" || name == "build" || name == ".cache" || name == "__pycache__";
}

bool IsText(const std::string& text) {
  return text.find('\0') == std::string::npos;
}

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::vector<TextFile> ReadRepository(const std::string& root) {
  std::vector<TextFile> files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::end(it); ++it) {
    if (it->is_directory() && LeftOut(it->path().filename().string())) {
      it.disable_recursion_pending();
      continue;
    }
    if (!it->is_regular_file()) continue;
    std::string text = ReadAll(it->path());
    if (!IsText(text)) continue;
    const auto mode = it->status().permissions();
    files.push_back({.path = fs::relative(it->path(), root).generic_string(),
                     .text = std::move(text),
                     .executable = (mode & fs::perms::owner_exec) != fs::perms::none});
  }
  std::sort(files.begin(), files.end(),
            [](const TextFile& a, const TextFile& b) { return a.path < b.path; });
  return files;
}

std::string Report(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    out += finding.path;
    if (finding.line != 0) out += ":" + std::to_string(finding.line);
    out += ": " + finding.message + "\n";
  }
  return out;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  size_t from = 0;
  while (from < text.size()) {
    const size_t to = std::min(text.find('\n', from), text.size());
    lines.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return lines;
}

}  // namespace caseclock::tidy

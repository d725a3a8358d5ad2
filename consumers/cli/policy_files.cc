#include "consumers/cli/policy_files.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "engine/policy/lint.h"

namespace caseclock::cli {

namespace fs = std::filesystem;

namespace {

// Empty: they lie nowhere.
std::string ShippedPolicies() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return "";
  const fs::path folder = program.parent_path();
  for (const fs::path& place :
       {folder / "../../deploy/policies", folder / "../share/caseclock/policies",
        fs::path("/usr/share/caseclock/policies")}) {
    if (fs::is_directory(place, error)) return fs::weakly_canonical(place, error).string();
  }
  return "";
}

}  // namespace

base::Result<policy::LoadResult> LoadPolicies(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::exists(path, error)) {
      return base::Error{base::ErrorKind::kNotFound,
                         "Expected policies at " + path + ", but there is nothing"};
    }
    if (fs::is_directory(path, error)) {
      if (paths.size() == 1) return policy::LoadPolicyDir(path);
      for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
        const auto extension = entry.path().extension();
        if (extension == ".yaml" || extension == ".yml") files.push_back(entry.path().string());
      }
    } else {
      files.push_back(path);
    }
    if (error) {
      return base::Error{base::ErrorKind::kIo,
                         "Expected to read " + path + ", but: " + error.message()};
    }
  }
  return policy::LoadPolicyFiles(files);
}

std::optional<policy::LoadResult> LoadNeighbours(const std::vector<std::string>& files) {
  std::error_code error;
  std::vector<std::string> all = files;
  const fs::path folder = files.empty() ? fs::path() : fs::path(files.front()).parent_path();
  for (const std::string& file : files) {
    if (fs::is_directory(file, error) || fs::path(file).parent_path() != folder) {
      return std::nullopt;
    }
  }
  const auto is_given = [&](const fs::path& other) {
    return std::any_of(files.begin(), files.end(), [&](const std::string& file) {
      return fs::path(file).lexically_normal() == other.lexically_normal();
    });
  };
  for (const auto& entry : fs::recursive_directory_iterator(folder.empty() ? "." : folder, error)) {
    const auto extension = entry.path().extension();
    if (extension != ".yaml" && extension != ".yml") continue;
    if (!is_given(entry.path())) all.push_back(entry.path().string());
  }
  if (error || all.size() == files.size()) return std::nullopt;
  std::sort(all.begin() + static_cast<std::ptrdiff_t>(files.size()), all.end());
  return policy::LoadPolicyFiles(all);
}

void PrintProblems(const policy::Problems& problems) {
  for (const policy::Problem& problem : problems) {
    std::fprintf(stderr, "%s\n", policy::FormatProblem(problem).c_str());
  }
}

void AddHorizon(base::Instant now, policy::LoadResult* loaded) {
  if (!loaded->ok()) return;
  const policy::Problems found = policy::LintHorizon(*loaded->set, loaded->places, now);
  loaded->problems.insert(loaded->problems.end(), found.begin(), found.end());
}

std::vector<model::PolicyText> TextsOf(const policy::LoadResult& loaded) {
  std::vector<model::PolicyText> texts;
  for (const auto& [name, text] : loaded.texts) texts.push_back({name, text});
  return texts;
}

base::Result<std::string> PoliciesOr(const std::string& named) {
  const std::string path = named.empty() ? ShippedPolicies() : named;
  if (!path.empty()) return path;
  return base::Error{base::ErrorKind::kConfig,
                     "Expected --policy DIR, but got none, and no policies lie beside the program"};
}

}  // namespace caseclock::cli

#include "tests/tidy/rules/packages.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace caseclock::tidy {
namespace {

// What CMake calls it, and the Debian package that brings it; empty: it comes with the compiler.
constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kPackages = {{
    {"Threads", ""},
    {"PkgConfig", "pkg-config"},
    {"Protobuf", "libprotobuf-dev"},
    {"yaml-cpp", "libyaml-cpp-dev"},
    {"spdlog", "libspdlog-dev"},
    {"CLI11", "libcli11-dev"},
    {"Boost", "libboost-dev"},
    {"ZLIB", "zlib1g-dev"},
    {"nlohmann_json", "nlohmann-json3-dev"},
    {"tomlplusplus", "libtomlplusplus-dev"},
    {"rocksdb", "librocksdb-dev"},
    {"jemalloc", "libjemalloc-dev"},
    {"liblz4", "liblz4-dev"},
    {"rdkafka", "librdkafka-dev"},
    {"GTest", "libgtest-dev"},
    {"benchmark", "libbenchmark-dev"},
    {"Python3", "python3"},
}};

// The last word before `)` counts in `pkg_check_modules(ROCKSDB REQUIRED IMPORTED_TARGET rocksdb)`,
// the first one after `(` in `find_package(spdlog REQUIRED)`.
std::optional<std::string> LookedFor(const std::string& line) {
  const size_t open = line.find('(');
  const size_t close = line.find(')');
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  const std::string inside = line.substr(open + 1, close - open - 1);
  if (line.starts_with("find_package(")) return inside.substr(0, inside.find(' '));
  if (line.starts_with("pkg_check_modules(")) return inside.substr(inside.rfind(' ') + 1);
  return std::nullopt;
}

bool Installs(const std::string& install, std::string_view package) {
  for (const std::string& line : Lines(install)) {
    const std::string padded = " " + line + " ";
    if (!line.starts_with("#") && padded.find(" " + std::string(package) + " ") != padded.npos) {
      return true;
    }
  }
  return false;
}

std::string Fault(const std::string& name, const std::string& install) {
  for (const auto& [known, package] : kPackages) {
    if (known != name) continue;
    if (package.empty() || Installs(install, package)) return "";
    return "Expected deploy/install to install " + std::string(package) + " for " + name +
           ", but it does not";
  }
  return "Expected to know the Debian package of " + name +
         ", but tests/tidy/rules/packages.cc does not name it";
}

}  // namespace

std::vector<Finding> CheckPackages(const TextFile& cmake_lists, const std::string& install) {
  std::vector<Finding> findings;
  const std::vector<std::string> lines = Lines(cmake_lists.text);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::optional<std::string> name = LookedFor(lines[i]);
    if (!name) continue;
    std::string fault = Fault(*name, install);
    if (!fault.empty()) findings.push_back({cmake_lists.path, i + 1, std::move(fault)});
  }
  return findings;
}

}  // namespace caseclock::tidy

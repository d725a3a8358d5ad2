#include "tests/tidy/rules/layers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace caseclock::tidy {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kThirdParty = {{
    {"rocksdb/", "RocksDB"},
    {"google/", "protobuf"},
    {"yaml-cpp/", "yaml-cpp"},
    {"spdlog/", "spdlog"},
    {"fmt/", "spdlog"},
    {"lz4", "LZ4"},
    {"zlib.h", "zlib"},
    {"boost/", "Boost"},
    {"CLI/", "CLI11"},
    {"nlohmann/", "nlohmann-json"},
    {"toml++/", "toml++"},
    {"librdkafka/", "librdkafka"},
    {"gtest/", "GoogleTest"},
    {"gmock/", "GoogleTest"},
    {"benchmark/", "Google Benchmark"},
}};

// The system's headers that lie in folders; any other folder is a library's.
constexpr std::array<std::string_view, 5> kSystem = {"sys/", "netinet/", "arpa/", "net/", "linux/"};

std::string Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  size_t from = 0;
  while (from <= text.size()) {
    const size_t to = std::min(text.find(separator, from), text.size());
    parts.push_back(Trimmed(std::string_view(text).substr(from, to - from)));
    from = to + 1;
  }
  return parts;
}

// The names of a cell; "–" stands for none.
std::vector<std::string> Names(const std::string& cell) {
  if (cell == "–" || cell.empty()) return {};
  return Split(cell, ',');
}

std::string FullPath(const std::string& name) {
  return name == "proto" || name.starts_with("consumers/") ? name : "engine/" + name;
}

// Generated code has the paths that protoc gives it: "caseclock/v1/event.pb.h".
std::string LayerPath(const std::string& include) {
  return include.ends_with(".pb.h") ? "proto/" + include : include;
}

bool Below(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

struct Include {
  std::string header;
  bool quoted = false;
};

std::optional<Include> IncludeOf(const std::string& line) {
  if (!line.starts_with("#include")) return std::nullopt;
  const size_t open = line.find_first_of("\"<");
  if (open == std::string::npos) return std::nullopt;
  const size_t close = line.find_first_of("\">", open + 1);
  return Include{line.substr(open + 1, close - open - 1), line[open] == '"'};
}

std::string OursFault(const Layer& layer, const std::string& include) {
  const std::string path = LayerPath(include);
  if (Below(path, layer.folder)) return "";
  for (const std::string& allowed : layer.may) {
    if (Below(path, allowed)) return "";
  }
  return "Expected an include that " + layer.folder + " may make, but found " + layer.folder +
         " -> " + path + ", which is not in the table of engine/README.md";
}

std::string ThirdPartyFault(const Layer& layer, const std::string& header) {
  const std::string library = ThirdPartyOf(header);
  if (library.empty() || Contains(layer.third, library)) return "";
  return "Expected no third-party header but those of the table of engine/README.md, but found " +
         layer.folder + " -> " + library;
}

const Layer* LayerOf(const std::vector<Layer>& layers, const TextFile& file) {
  const auto layer = std::find_if(layers.begin(), layers.end(), [&](const Layer& candidate) {
    return Below(file.path, candidate.folder);
  });
  return layer == layers.end() ? nullptr : &*layer;
}

struct PlacedInclude {
  size_t line = 0;
  Include include;
};

std::vector<PlacedInclude> IncludesOf(const TextFile& file) {
  std::vector<PlacedInclude> includes;
  const std::vector<std::string> lines = Lines(file.text);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (const auto include = IncludeOf(lines[i])) includes.push_back({i + 1, *include});
  }
  return includes;
}

// Holds names that are not ours: a third-party header's or generated ones.
bool IsPrivate(const TextFile& file) {
  const std::vector<PlacedInclude> includes = IncludesOf(file);
  return file.IsHeader() &&
         std::any_of(includes.begin(), includes.end(), [](const PlacedInclude& placed) {
           const std::string& header = placed.include.header;
           return placed.include.quoted ? header.ends_with(".pb.h") : !ThirdPartyOf(header).empty();
         });
}

std::string FolderOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// A header of the same folder among `headers`.
bool IncludesOneOf(const std::set<std::string>& headers, const TextFile& file) {
  const std::vector<PlacedInclude> includes = IncludesOf(file);
  return std::any_of(includes.begin(), includes.end(), [&](const PlacedInclude& placed) {
    const std::string& header = placed.include.header;
    return headers.contains(header) && FolderOf(header) == FolderOf(file.path);
  });
}

}  // namespace

std::vector<Layer> ParseLayers(const std::string& readme) {
  std::vector<Layer> layers;
  for (const std::string& line : Lines(readme)) {
    const std::vector<std::string> cells = Split(line, '|');
    if (cells.size() < 6 || (!Below(cells[1], "engine") && !Below(cells[1], "consumers"))) continue;
    Layer layer{.folder = cells[1], .may = {}, .third = Names(cells[4])};
    for (const std::string& name : Names(cells[3])) layer.may.push_back(FullPath(name));
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::string ThirdPartyOf(const std::string& header) {
  for (const auto& [prefix, library] : kThirdParty) {
    if (header.starts_with(prefix)) return std::string(library);
  }
  const size_t slash = header.find('/');
  const bool system = std::any_of(kSystem.begin(), kSystem.end(), [&](std::string_view prefix) {
    return header.starts_with(prefix);
  });
  return slash == std::string::npos || system ? "" : header.substr(0, slash);
}

std::vector<Finding> CheckLayering(const std::vector<Layer>& layers, const TextFile& file) {
  const Layer* layer = LayerOf(layers, file);
  if (!file.IsCode() || layer == nullptr) return {};
  std::vector<Finding> findings;
  for (const auto& [line, include] : IncludesOf(file)) {
    std::string fault = include.quoted ? OursFault(*layer, include.header)
                                       : ThirdPartyFault(*layer, include.header);
    if (!fault.empty()) findings.push_back({file.path, line, std::move(fault)});
  }
  return findings;
}

std::vector<Finding> CheckPrivateHeaders(const std::vector<Layer>& layers,
                                         const std::vector<TextFile>& files) {
  std::set<std::string> private_headers;
  for (const TextFile& file : files) {
    if (LayerOf(layers, file) != nullptr && IsPrivate(file)) private_headers.insert(file.path);
  }
  for (size_t before = 0; before != private_headers.size();) {
    before = private_headers.size();
    for (const TextFile& file : files) {
      if (file.IsHeader() && IncludesOneOf(private_headers, file))
        private_headers.insert(file.path);
    }
  }
  std::vector<Finding> findings;
  for (const TextFile& file : files) {
    if (!file.IsCode() || LayerOf(layers, file) == nullptr) continue;
    for (const auto& [line, include] : IncludesOf(file)) {
      if (!private_headers.contains(include.header)) continue;
      if (FolderOf(file.path) == FolderOf(include.header)) continue;
      findings.push_back({file.path, line,
                          "Expected third-party types to stop at .cc files, but " + include.header +
                              " holds some and is included here"});
    }
  }
  return findings;
}

}  // namespace caseclock::tidy

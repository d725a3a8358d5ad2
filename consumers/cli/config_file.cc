#include "consumers/cli/config_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "consumers/cli/input_file.h"

namespace caseclock::cli {
namespace {

constexpr size_t kFileBytesMost = 1 << 20;

base::Error At(const std::string& name, const toml::source_region& place, const std::string& what) {
  return {base::ErrorKind::kConfig, name + ":" + std::to_string(place.begin.line) + ": " + what};
}

// As it would stand behind an option; TOML has dates and numbers of its own.
std::string TextOf(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  std::ostringstream out;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_value<decltype(value)>) out << value;
  });
  return out.str();
}

class Flattening {
 public:
  explicit Flattening(std::string name) : name_(std::move(name)) {}

  base::Status Take(const toml::table& table) {
    for (const auto& [key, node] : table) {
      path_.emplace_back(key.str());
      if (auto status = TakeNode(node, key.source()); !status.ok()) return status;
      path_.pop_back();
    }
    return {};
  }
  std::vector<std::pair<uint32_t, FileValue>> found;

 private:
  base::Status TakeNode(const toml::node& node, const toml::source_region& place) {
    if (const auto* table = node.as_table()) return Take(*table);
    FileValue value;
    value.path = path_;
    value.where = name_ + ":" + std::to_string(place.begin.line);
    value.list = node.is_array();
    if (const auto* list = node.as_array()) {
      for (const toml::node& one : *list) {
        if (!one.is_value()) return At(name_, one.source(), "Expected a list of plain values");
        value.values.push_back(TextOf(one));
      }
    } else {
      value.values.push_back(TextOf(node));
    }
    found.emplace_back(place.begin.line, std::move(value));
    return {};
  }

  std::string name_;
  std::vector<std::string> path_;
};

base::Result<std::string> TextOfFile(const std::string& path) {
  auto file = InputFile::Open(path);
  if (!file.ok()) return file.error();
  std::string text;
  while (text.size() <= kFileBytesMost) {
    auto got = file.value()->Read(kFileBytesMost, &text);
    if (!got.ok()) return got.error();
    if (got.value() == 0) return text;
  }
  return base::Error{base::ErrorKind::kConfig,
                     "Expected at most 1 MiB of settings, but " + path + " has more"};
}

}  // namespace

base::Result<std::vector<FileValue>> ReadConfigFile(const std::string& path) {
  auto text = TextOfFile(path);
  if (!text.ok()) return text.error();
  Flattening flattening(path);
  try {
    const toml::table table = toml::parse(text.value(), path);
    if (auto status = flattening.Take(table); !status.ok()) return status.error();
  } catch (const toml::parse_error& error) {
    return At(path, error.source(),
              "Expected TOML (text in quotes), but: " + std::string(error.description()));
  }
  std::stable_sort(flattening.found.begin(), flattening.found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<FileValue> values;
  for (auto& [line, value] : flattening.found) values.push_back(std::move(value));
  return values;
}

}  // namespace caseclock::cli

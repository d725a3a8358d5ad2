#pragma once

// A YAML document as a plain tree with line numbers; duplicate keys are kept, so that they can be
// reported. No anchors: a policy says what it means where it stands.

#include <string>
#include <string_view>
#include <vector>

namespace caseclock::policy {

struct YamlEntry;

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  int line = 0;                    // from 1
  std::string text;                // of a scalar, as written
  std::vector<YamlNode> items;     // of a list
  std::vector<YamlEntry> entries;  // of a map, in order
};

struct YamlEntry {
  YamlNode key;
  YamlNode value;
};

struct YamlDocument {
  YamlNode root;
  std::string error;  // empty when it is well formed
  int error_line = 0;
};

YamlDocument ParseYaml(std::string_view text);

}  // namespace caseclock::policy

// Clocks that are written once for several names.

#include <algorithm>

#include "engine/policy/load_parts.h"

namespace caseclock::policy {
namespace {

constexpr std::string_view kForEach = "for_each";

void PutName(std::string_view name, YamlNode* node) {
  for (size_t at = node->text.find('*'); at != std::string::npos;
       at = node->text.find('*', at + name.size())) {
    node->text.replace(at, 1, name);
  }
  for (YamlNode& item : node->items) PutName(name, &item);
  for (YamlEntry& entry : node->entries) PutName(name, &entry.value);
}

// The clock of one name.
YamlEntry ClockOf(std::string_view name, const YamlEntry& written) {
  YamlEntry clock = written;
  PutName(name, &clock.key);
  std::erase_if(clock.value.entries, [](const YamlEntry& e) { return e.key.text == kForEach; });
  for (YamlEntry& field : clock.value.entries) {
    const std::string& key = field.key.text;
    if (key == "starts_on" || key == "stops_on" || key == "cancels_on" || key == "resets_on") {
      PutName(name, &field.value);
    }
  }
  return clock;
}

}  // namespace

YamlNode ClocksOfEach(const YamlNode& written, Reader* reader) {
  YamlNode clocks = written;
  clocks.entries.clear();
  for (const YamlEntry& entry : written.entries) {
    const auto& fields = entry.value.entries;
    const auto each = std::find_if(fields.begin(), fields.end(),
                                   [](const YamlEntry& e) { return e.key.text == kForEach; });
    if (each == fields.end()) {
      clocks.entries.push_back(entry);
      continue;
    }
    const std::vector<base::Atom> names = reader->Codes(each->value, "a name");
    if (names.empty() && each->value.kind == YamlNode::Kind::kList && each->value.items.empty()) {
      reader->Expected(each->key.line, "names in for_each", "there is none");
    }
    if (entry.key.text.find('*') == std::string::npos) {
      reader->Expected(entry.key.line, "a clock's name with * for each of its names",
                       "there is " + Quoted(entry.key.text));
      continue;
    }
    for (const base::Atom name : names) clocks.entries.push_back(ClockOf(name.view(), entry));
  }
  return clocks;
}

}  // namespace caseclock::policy

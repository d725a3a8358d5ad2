#pragma once

// Reads the values that policies are made of out of a YAML tree, collecting every problem with its
// line instead of stopping at the first. A reader that fails has reported why and answers with an
// empty value, so that reading goes on.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/atom.h"
#include "engine/base/instant.h"
#include "engine/base/time_text.h"
#include "engine/policy/document.h"
#include "engine/policy/layout.h"
#include "engine/policy/problem.h"

namespace caseclock::policy {

// One file being read.
class Reader {
 public:
  Reader(std::string file, Problems* problems) : file_(std::move(file)), problems_(problems) {}

  void Error(int line, std::string_view message);
  void Expected(int line, std::string_view what, std::string_view but);
  [[nodiscard]] Place At(int line) const { return {file_, line}; }

  // Each reports what is not as it should be; `what` names the thing ("a limit").
  bool WantMap(const YamlNode& node, std::string_view what);
  bool WantList(const YamlNode& node, std::string_view what);
  bool WantScalar(const YamlNode& node, std::string_view what);
  std::string Text(const YamlNode& node, std::string_view what);
  base::Atom Code(const YamlNode& node, std::string_view what);
  // A code or a list of codes.
  std::vector<base::Atom> Codes(const YamlNode& node, std::string_view what);
  bool Bool(const YamlNode& node, std::string_view what);
  std::optional<int32_t> Number(const YamlNode& node, std::string_view what, int32_t least,
                                int32_t most);
  std::optional<base::Period> Period(const YamlNode& node, std::string_view what);
  std::optional<base::Duration> Duration(const YamlNode& node, std::string_view what);
  // An RFC 3339 instant, or a date for its first instant in UTC.
  std::optional<base::Instant> Instant(const YamlNode& node, std::string_view what);
  std::optional<int32_t> Date(const YamlNode& node, std::string_view what);

  // Reports a name that is not among `known`, with the nearest one. True when it is.
  bool WantKnown(std::string_view name, int line, std::string_view what, const KnownNames& known);

 private:
  std::string file_;
  Problems* problems_;
};

// A map with a fixed set of keys. Unknown and repeated keys are reported at construction.
class Fields {
 public:
  Fields(Reader* reader, const YamlNode& node, const Layout& layout);
  // Of keys that the file itself names, grades say.
  Fields(Reader* reader, const YamlNode& node, std::string_view what, const KnownNames& known);

  // nullptr when the key is absent or its value is empty. REQUIRES: an optional key of the layout.
  [[nodiscard]] const YamlNode* Find(std::string_view key) const;
  // The same, but reports when it is. REQUIRES: a needed key of the layout.
  [[nodiscard]] const YamlNode* Need(std::string_view key) const;

 private:
  [[nodiscard]] const YamlNode* Look(std::string_view key) const;
  // The layout, if there is one, has the key, needed or not: else the two have come apart.
  void MustHave(std::string_view key, bool needed) const;
  Reader* reader_;
  const YamlNode* node_;
  const Layout* layout_ = nullptr;
  std::string what_;
  bool is_map_;
};

// [A-Za-z0-9_.:/+-]{1,64}
bool IsCode(std::string_view text);

// In quotes, as it can be shown on a terminal, and not much of it.
std::string Quoted(std::string_view text);

// "a, b or c".
std::string Listed(const KnownNames& names);

// " (did you mean \"…\"?)", or nothing when no known name is near.
std::string Suggestion(std::string_view name, const KnownNames& known);

}  // namespace caseclock::policy

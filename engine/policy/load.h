#pragma once

// Loads policies: YAML files → a checked PolicySet. All problems are reported at once. A set comes
// out only when none of them is an error. The layout of the files: deploy/policies/README.md.
//
// The canonical text of a set is its files in the order of their names, and the transitions of the
// time zones that its calendars use ("zones/Europe/London"), so that a set loaded back from the
// log judges by the same clock changes wherever it is loaded. The set's hash is of that text.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/policy.h"
#include "engine/policy/problem.h"

namespace caseclock::policy {

// Name and content of each file.
using PolicyTexts = std::vector<std::pair<std::string, std::string>>;

struct LoadResult {
  std::optional<model::PolicySet> set;  // absent when a problem is an error
  Problems problems;
  Places places;
  PolicyTexts texts;  // what the canonical text is made of: sorted, with zones
  [[nodiscard]] bool ok() const { return set.has_value(); }
};

// Every *.yaml and *.yml below `path`; names are relative to it.
LoadResult LoadPolicyDir(const std::string& path);
// Names are the last parts of the paths.
LoadResult LoadPolicyFiles(const std::vector<std::string>& paths);
// Zones that are not among the texts are compiled from the system's tzdata.
LoadResult LoadPolicyTexts(const PolicyTexts& texts);

//   set  := "caseclock-policies 1\n" file*
//   file := "file " bytes " " name "\n" content "\n"
// This text is hashed and stored; the grammar never changes, a new one gets a new number.
std::string CanonicalText(const PolicyTexts& texts);
// The files of a canonical text. Errors: kCorrupt.
base::Result<PolicyTexts> ParseCanonicalText(std::string_view text);

}  // namespace caseclock::policy

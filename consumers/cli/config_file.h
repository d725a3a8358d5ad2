#pragma once

// The file of --config: TOML, flattened into keys and values that know their line. What the keys
// mean is not known here.

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace caseclock::cli {

struct FileValue {
  // Section and key: {"policy", "show", "format"} of `format` under [policy.show].
  std::vector<std::string> path;
  std::vector<std::string> values;  // one; those of a list
  bool list = false;
  std::string where;  // "caseclock.toml:12"
};

// In the order of their lines. Errors: kNotFound, kIo, kConfig (no TOML: "FILE:LINE: …").
base::Result<std::vector<FileValue>> ReadConfigFile(const std::string& path);

}  // namespace caseclock::cli

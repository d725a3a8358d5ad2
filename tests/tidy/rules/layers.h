#pragma once

// Layering: who may include whom, as the table in engine/README.md says it.

#include <string>
#include <vector>

#include "tests/tidy/rules/repository.h"

namespace caseclock::tidy {

struct Layer {
  std::string folder;              // "engine/core"
  std::vector<std::string> may;    // folders ("engine/base"), or single headers
  std::vector<std::string> third;  // "RocksDB": names of third-party libraries
};

// The rows of the table; a row's own folder is always allowed.
std::vector<Layer> ParseLayers(const std::string& readme);

// The third-party library a header belongs to: "rocksdb/db.h" → "RocksDB"; one that nobody named
// yet goes by its folder. Empty for the standard library and the system's headers.
std::string ThirdPartyOf(const std::string& header);

// Every include of `file` that is not in the table. Files outside the table's folders are free.
std::vector<Finding> CheckLayering(const std::vector<Layer>& layers, const TextFile& file);

// Third-party types stop at .cc files: a header that includes a third-party one, or generated code,
// is private to its folder; so is a header there that includes a private one. Nobody else may.
std::vector<Finding> CheckPrivateHeaders(const std::vector<Layer>& layers,
                                         const std::vector<TextFile>& files);

}  // namespace caseclock::tidy

#pragma once

// What the .cc files of CaseStore share.

#include <rocksdb/db.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "engine/store/case_store.h"

namespace caseclock::store {

inline base::Error Failed(const std::string& what, const rocksdb::Status& status) {
  if (!status.IsCorruption()) return {base::ErrorKind::kIo, what + ": " + status.ToString()};
  return {base::ErrorKind::kCorrupt,
          what + ": " + status.ToString() +
              ". The log has all that this directory has: set it aside, start again, and it is "
              "rebuilt"};
}

inline std::string_view View(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

struct CaseStore::Database {
  std::shared_ptr<Resources> shared;
  std::unique_ptr<rocksdb::DB> db;
  std::string directory;
  bool read_only = false;
  bool temporary = false;

  ~Database() {
    db.reset();
    std::error_code ignored;
    if (temporary) std::filesystem::remove_all(directory, ignored);
  }
};

}  // namespace caseclock::store

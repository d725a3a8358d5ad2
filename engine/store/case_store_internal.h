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
  const auto kind = status.IsCorruption() ? base::ErrorKind::kCorrupt : base::ErrorKind::kIo;
  return base::Error{kind, what + ": " + status.ToString()};
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

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
  bool compacts = false;
  bool temporary = false;

  base::Result<std::optional<std::string>> GetPage(const rocksdb::ReadOptions& read,
                                                   std::string_view case_id, uint32_t page) const;
  // Every entry at or after `from` whose key begins with `prefix`, until `visit` returns false.
  base::Status Scan(rocksdb::ReadOptions read, std::string_view prefix, std::string_view from,
                    const Entry& visit) const;

  ~Database() {
    db.reset();
    std::error_code ignored;
    if (temporary) std::filesystem::remove_all(directory, ignored);
  }
};

struct CaseStore::Snapshot::Version {
  const Database* of = nullptr;
  const rocksdb::Snapshot* taken = nullptr;

  [[nodiscard]] rocksdb::ReadOptions Read() const {
    rocksdb::ReadOptions read;
    read.snapshot = taken;
    read.fill_cache = false;  // all of it once
    return read;
  }
};

}  // namespace caseclock::store

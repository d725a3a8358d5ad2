#include "engine/log/embedded/database.h"

#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/table.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>

namespace caseclock::log::embedded {
namespace {

rocksdb::Slice ToSlice(std::string_view v) {
  return {v.data(), v.size()};
}
std::string_view ToView(const rocksdb::Slice& s) {
  return {s.data(), s.size()};
}

base::Error ToError(const rocksdb::Status& status, const std::string& directory) {
  const std::string but = ", but " + status.ToString();
  if (status.IsCorruption()) {
    return {base::ErrorKind::kCorrupt, "Expected intact files in " + directory + but};
  }
  if (status.IsNoSpace()) {
    return {base::ErrorKind::kIo, "Expected room on the disk of " + directory + but};
  }
  return {base::ErrorKind::kIo, "Expected to read and write " + directory + but};
}

// Who holds RocksDB's lock. Only for a process that does not: closing the file would let it go.
std::string LockHolder(const std::string& directory) {
  const int fd = ::open((directory + "/LOCK").c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return "another process";
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool found = ::fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0;
  ::close(fd);
  return found ? "process " + std::to_string(lock.l_pid) : "another process";
}

base::Error OpenError(const rocksdb::Status& status, const std::string& directory) {
  const std::string text = status.ToString();
  const bool ours = text.find("lock hold by current process") != std::string::npos;
  if (ours || text.find("While lock file") != std::string::npos) {
    const std::string holder =
        ours ? "this process (" + std::to_string(::getpid()) + ")" : LockHolder(directory);
    return {base::ErrorKind::kUnavailable,
            "Expected to be the only process on " + directory + ", but " + holder + " holds it"};
  }
  return ToError(status, directory);
}

rocksdb::Options MakeOptions(const Database::Options& options) {
  rocksdb::Options o;
  o.create_if_missing = true;
  o.write_buffer_size = std::max<size_t>(options.write_buffer_bytes / 3, 1 << 20);
  o.max_write_buffer_number = 3;
  o.db_write_buffer_size = std::max<size_t>(options.write_buffer_bytes, 2 << 20);
  o.max_background_jobs = 2;
  o.max_open_files = 512;
  // Blocks lie in blob files, written once: compaction of the tree then moves keys only, where it
  // would otherwise write every record about ten times.
  o.enable_blob_files = true;
  o.min_blob_size = 2048;
  o.blob_file_size = 64 << 20;
  o.enable_blob_garbage_collection = true;
  o.blob_garbage_collection_age_cutoff = 1.0;
  o.blob_garbage_collection_force_threshold = 0.5;
  o.compression = rocksdb::kNoCompression;  // blocks are compressed already
  o.max_total_wal_size = std::max<size_t>(options.write_buffer_bytes * 2, 16 << 20);
  o.keep_log_file_num = 2;
  o.max_log_file_size = 1 << 20;
  o.info_log_level = rocksdb::WARN_LEVEL;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(std::max<size_t>(options.block_cache_bytes, 1 << 20), 4);
  table.cache_index_and_filter_blocks = true;
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return o;
}

}  // namespace

struct WriteSet::Impl {
  explicit Impl(size_t bytes) : batch(bytes) {}
  rocksdb::WriteBatch batch;
};

WriteSet::WriteSet(size_t expected_bytes) : impl_(std::make_unique<Impl>(expected_bytes)) {}
WriteSet::~WriteSet() = default;

// A batch in memory refuses nothing that we give it, so its statuses are dropped.
void WriteSet::Put(std::string_view key, std::string_view value) {
  impl_->batch.Put(ToSlice(key), ToSlice(value)).PermitUncheckedError();
}
void WriteSet::Delete(std::string_view key) {
  impl_->batch.Delete(ToSlice(key)).PermitUncheckedError();
}
void WriteSet::DeleteRange(std::string_view from, std::string_view to) {
  impl_->batch.DeleteRange(ToSlice(from), ToSlice(to)).PermitUncheckedError();
}

struct Scan::Impl {
  std::string directory;
  std::string lower;
  std::string upper;
  rocksdb::Slice lower_slice;
  rocksdb::Slice upper_slice;
  std::unique_ptr<rocksdb::Iterator> iterator;
};

Scan::Scan(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Scan::~Scan() = default;
void Scan::Seek(std::string_view key) {
  impl_->iterator->Seek(ToSlice(key));
}
void Scan::SeekToLast() {
  impl_->iterator->SeekToLast();
}
void Scan::Next() {
  impl_->iterator->Next();
}
bool Scan::valid() const {
  return impl_->iterator->Valid();
}
std::string_view Scan::key() const {
  return ToView(impl_->iterator->key());
}
std::string_view Scan::value() const {
  return ToView(impl_->iterator->value());
}
base::Status Scan::status() const {
  const rocksdb::Status status = impl_->iterator->status();
  if (status.ok()) return {};
  return ToError(status, impl_->directory);
}

struct Database::Impl {
  std::string directory;
  rocksdb::WriteOptions write_options;
  std::unique_ptr<rocksdb::DB> db;
  std::atomic<bool> failed{false};  // the last write failed
  std::mutex resume_mutex;
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

base::Result<std::unique_ptr<Database>> Database::Open(const Options& options) {
  std::error_code code;
  std::filesystem::create_directories(options.directory, code);
  if (code) {
    return base::Error{base::ErrorKind::kIo, "Expected to create the directory " +
                                                 options.directory + ", but " + code.message()};
  }
  auto impl = std::make_unique<Impl>();
  impl->directory = options.directory;
  impl->write_options.sync = options.sync;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(MakeOptions(options), options.directory, &db);
  if (!status.ok()) return OpenError(status, options.directory);
  impl->db.reset(db);
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

base::Status Database::Write(WriteSet* set) {
  if (impl_->failed) {
    const std::lock_guard lock(impl_->resume_mutex);
    // Also starts a new write-ahead file, so that the torn end of the old one hides nothing.
    const rocksdb::Status resumed = impl_->db->Resume();
    if (!resumed.ok()) return ToError(resumed, impl_->directory);
    impl_->failed = false;
  }
  const rocksdb::Status status = impl_->db->Write(impl_->write_options, &set->impl_->batch);
  if (status.ok()) return {};
  impl_->failed = true;
  return ToError(status, impl_->directory);
}

base::Result<std::optional<std::string>> Database::Get(std::string_view key) {
  std::string value;
  const rocksdb::Status status = impl_->db->Get(rocksdb::ReadOptions(), ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return ToError(status, impl_->directory);
  return std::optional<std::string>(std::move(value));
}

std::unique_ptr<Scan> Database::NewScan(std::string_view from, std::string_view to,
                                        bool fill_cache) {
  auto scan = std::make_unique<Scan::Impl>();
  scan->directory = impl_->directory;
  scan->lower = from;
  scan->upper = to;
  scan->lower_slice = scan->lower;
  scan->upper_slice = scan->upper;
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &scan->lower_slice;
  options.iterate_upper_bound = &scan->upper_slice;
  options.fill_cache = fill_cache;
  scan->iterator.reset(impl_->db->NewIterator(options));
  return std::unique_ptr<Scan>(new Scan(std::move(scan)));
}

base::Status Database::Shrink(std::string_view from, std::string_view to) {
  const rocksdb::Slice begin = ToSlice(from);
  const rocksdb::Slice end = ToSlice(to);
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  const rocksdb::Status status = impl_->db->CompactRange(options, &begin, &end);
  if (status.ok()) return {};
  return ToError(status, impl_->directory);
}

}  // namespace caseclock::log::embedded

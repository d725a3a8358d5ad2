#include "engine/log/embedded/database.h"

#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <utility>

#include "engine/log/embedded/embedded_log.h"

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

base::Error ClosedError(const std::string& directory) {
  return {base::ErrorKind::kIo,
          "Expected an open database in " + directory + ", but it closed after a failed write"};
}

std::string LockHolder(const std::string& directory) {
  const int64_t pid = EmbeddedLogHolder(directory).value_or(0);
  return pid > 0 ? "process " + std::to_string(pid) : "another process";
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

// RocksDB's own log of what it does is a file beside the others. It is put in its place before the
// lock is taken, so that two processes that open a directory at once trip over it. Nothing of it is
// needed: errors are statuses.
class NoLog : public rocksdb::Logger {
 public:
  NoLog() : Logger(rocksdb::FATAL_LEVEL) {}
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// RocksDB would try to recover from a full disk by itself; see the header why it must not.
class NoRecoveryOfItsOwn : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

rocksdb::Options MakeOptions(const Database::Options& options) {
  rocksdb::Options o;
  o.create_if_missing = true;
  o.write_buffer_size = std::max<size_t>(options.write_buffer_bytes / 3, 1 << 20);
  o.max_write_buffer_number = 3;
  o.db_write_buffer_size = std::max<size_t>(options.write_buffer_bytes, 2 << 20);
  o.max_background_jobs = 2;
  o.max_open_files = 512;
  // Blocks lie in blob files, written once: compaction of the tree then moves keys only, where it
  // would otherwise write every record about ten times. Their garbage is collected by Shrink.
  o.enable_blob_files = true;
  o.min_blob_size = 2048;
  o.blob_file_size = 64 << 20;
  o.compression = rocksdb::kNoCompression;  // blocks are compressed already
  o.max_total_wal_size = std::max<size_t>(options.write_buffer_bytes * 2, 16 << 20);
  o.info_log = std::make_shared<NoLog>();
  o.listeners.push_back(std::make_shared<NoRecoveryOfItsOwn>());
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
  std::shared_lock<std::shared_mutex> use;  // released last
  std::string directory;
  std::string lower;
  std::string upper;
  rocksdb::Slice lower_slice;
  rocksdb::Slice upper_slice;
  std::unique_ptr<rocksdb::Iterator> iterator;  // null: the database is closed
};

Scan::Scan(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Scan::~Scan() = default;
void Scan::Seek(std::string_view key) {
  if (impl_->iterator != nullptr) impl_->iterator->Seek(ToSlice(key));
}
void Scan::SeekToLast() {
  if (impl_->iterator != nullptr) impl_->iterator->SeekToLast();
}
void Scan::Next() {
  impl_->iterator->Next();
}
bool Scan::valid() const {
  return impl_->iterator != nullptr && impl_->iterator->Valid();
}
std::string_view Scan::key() const {
  return ToView(impl_->iterator->key());
}
std::string_view Scan::value() const {
  return ToView(impl_->iterator->value());
}
base::Status Scan::status() const {
  if (impl_->iterator == nullptr) return ClosedError(impl_->directory);
  const rocksdb::Status status = impl_->iterator->status();
  if (status.ok()) return {};
  return ToError(status, impl_->directory);
}

struct Database::Impl {
  Options options;
  rocksdb::WriteOptions write_options;

  // Opening again excludes all users; the gate keeps new ones from overtaking it.
  std::mutex gate;
  std::shared_mutex users;
  std::unique_ptr<rocksdb::DB> db;  // guarded by users; null after a failed opening

  struct Lock {
    int fd = -1;
    ~Lock() {
      if (fd >= 0) ::close(fd);
    }
  } shared_lock;  // while it is open to be read only

  std::mutex write_mutex;
  bool failed = false;        // guarded by write_mutex: the last write
  uint64_t acknowledged = 0;  // guarded by write_mutex: RocksDB's number of the last good write

  std::shared_lock<std::shared_mutex> Use() {
    const std::lock_guard pass(gate);
    return std::shared_lock(users);
  }
  base::Status Open();    // REQUIRES: users held exclusively, or not shared yet
  base::Status Reopen();  // REQUIRES: write_mutex held
  bool HasRoom() const;
  base::Status KeepWritersAway();
};

base::Status Database::Impl::Open() {
  rocksdb::DB* opened = nullptr;
  if (options.read_only) {
    if (auto status = KeepWritersAway(); !status.ok()) return status;
  }
  const auto status =
      options.read_only
          ? rocksdb::DB::OpenForReadOnly(MakeOptions(options), options.directory, &opened)
          : rocksdb::DB::Open(MakeOptions(options), options.directory, &opened);
  if (!status.ok()) return OpenError(status, options.directory);
  db.reset(opened);
  return {};
}

// RocksDB would read beside whoever writes, and find files gone. A lock that several may have is
// one that it cannot get, and takes no right to write; one of the open file is not lost when this
// process looks who else has it.
base::Status Database::Impl::KeepWritersAway() {
  const std::string path = options.directory + "/LOCK";
  shared_lock.fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (shared_lock.fd < 0) {
    return base::Error{base::ErrorKind::kIo,
                       "Expected to read " + path + ", but: " + std::strerror(errno)};
  }
  struct flock lock {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(shared_lock.fd, F_OFD_SETLK, &lock) == 0) return {};
  if (errno != EAGAIN && errno != EACCES) {
    return base::Error{base::ErrorKind::kIo,
                       "Expected to lock " + path + ", but: " + std::strerror(errno)};
  }
  return base::Error{base::ErrorKind::kUnavailable,
                     "Expected that no process writes to " + options.directory + ", but " +
                         LockHolder(options.directory) + " holds it"};
}

// Enough to write what the write-ahead file holds into a table of its own, and a little to go on.
bool Database::Impl::HasRoom() const {
  std::error_code code;
  const auto space = std::filesystem::space(options.directory, code);
  return code || space.available > 2 * options.write_buffer_bytes;
}

base::Status Database::Impl::Reopen() {
  // Without room it would not open, and then nobody could read.
  if (!HasRoom()) {
    return base::Error{base::ErrorKind::kIo,
                       "Expected room on the disk of " + options.directory + ", but it is full"};
  }
  const std::lock_guard pass(gate);
  const std::unique_lock all(users);
  db.reset();
  if (auto status = Open(); !status.ok()) return status;
  if (db->GetLatestSequenceNumber() > acknowledged) {
    // It reached the disk, and only then failed. Whoever wrote it was told that it is not there,
    // and counts on that; a restart starts from what is there.
    db.reset();
    return base::Error{base::ErrorKind::kIo, "Expected the failed write to be gone from " +
                                                 options.directory +
                                                 ", but it is there: restart the process"};
  }
  failed = false;
  return {};
}

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

base::Result<std::unique_ptr<Database>> Database::Open(const Options& options) {
  std::error_code code;
  if (!options.read_only) std::filesystem::create_directories(options.directory, code);
  if (code) {
    return base::Error{base::ErrorKind::kIo, "Expected to create the directory " +
                                                 options.directory + ", but " + code.message()};
  }
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->write_options.sync = options.sync;
  if (auto status = impl->Open(); !status.ok()) return status.error();
  impl->acknowledged = impl->db->GetLatestSequenceNumber();
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

base::Status Database::Write(WriteSet* set) {
  if (impl_->options.read_only) {
    return base::Error{base::ErrorKind::kIo, "Expected to write in " + impl_->options.directory +
                                                 ", but it may only be read here"};
  }
  const std::lock_guard one(impl_->write_mutex);
  // Twice: a failure may be an old one, of a table written in the background when there was no
  // room.
  for (bool retry = true;; retry = false) {
    if (impl_->failed) {
      if (auto status = impl_->Reopen(); !status.ok()) return status;
    }
    const auto use = impl_->Use();
    const rocksdb::Status status = impl_->db->Write(impl_->write_options, &set->impl_->batch);
    if (status.ok()) {
      impl_->acknowledged = impl_->db->GetLatestSequenceNumber();
      return {};
    }
    impl_->failed = true;
    if (!retry) return ToError(status, impl_->options.directory);
  }
}

base::Result<std::optional<std::string>> Database::Get(std::string_view key) {
  const auto use = impl_->Use();
  if (impl_->db == nullptr) return ClosedError(impl_->options.directory);
  std::string value;
  const rocksdb::Status status = impl_->db->Get(rocksdb::ReadOptions(), ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return ToError(status, impl_->options.directory);
  return std::optional<std::string>(std::move(value));
}

std::unique_ptr<Scan> Database::NewScan(std::string_view from, std::string_view to,
                                        bool fill_cache) {
  auto scan = std::make_unique<Scan::Impl>();
  scan->use = impl_->Use();
  scan->directory = impl_->options.directory;
  scan->lower = from;
  scan->upper = to;
  scan->lower_slice = scan->lower;
  scan->upper_slice = scan->upper;
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &scan->lower_slice;
  options.iterate_upper_bound = &scan->upper_slice;
  options.fill_cache = fill_cache;
  if (impl_->db != nullptr) scan->iterator.reset(impl_->db->NewIterator(options));
  return std::unique_ptr<Scan>(new Scan(std::move(scan)));
}

base::Status Database::Shrink(std::string_view from, std::string_view to,
                              std::atomic<bool>* leave_off) {
  const auto use = impl_->Use();
  if (impl_->db == nullptr) return ClosedError(impl_->options.directory);
  const rocksdb::Slice begin = ToSlice(from);
  const rocksdb::Slice end = ToSlice(to);
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.canceled = leave_off;
  rocksdb::Status status = impl_->db->CompactRange(options, &begin, &end);
  // A blob file goes by itself when nothing of it is left. What is left of the others is copied
  // once that costs less than it frees.
  uint64_t garbage = 0;
  uint64_t live = 0;
  using Properties = rocksdb::DB::Properties;
  if (status.ok() && !*leave_off &&
      impl_->db->GetIntProperty(Properties::kLiveBlobFileGarbageSize, &garbage) &&
      impl_->db->GetIntProperty(Properties::kLiveBlobFileSize, &live) && garbage > live / 2) {
    options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
    options.blob_garbage_collection_age_cutoff = 1.0;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    status = impl_->db->CompactRange(options, nullptr, nullptr);
  }
  if (status.ok() || *leave_off) return {};
  return ToError(status, impl_->options.directory);
}

}  // namespace caseclock::log::embedded

namespace caseclock::log {

std::optional<int64_t> EmbeddedLogHolder(const std::string& directory) {
  const int fd = ::open((directory + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool held = ::fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(fd);
  return held ? std::optional<int64_t>(std::max<int64_t>(lock.l_pid, 0)) : std::nullopt;
}

}  // namespace caseclock::log

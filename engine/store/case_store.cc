// CaseStore: how a store is opened, and written by checkpoints.

#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "engine/store/case_store_internal.h"
#include "engine/store/keys.h"
#include "engine/store/resources_internal.h"

namespace caseclock::store {
namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kLargeCheckpoint = size_t{2} << 20;
constexpr char kCheckpointFile[] = "checkpoint.sst";  // on its way; there is one at a time

// RocksDB's own log of what it does is a file beside the store. On a full disk it cannot be written
// either, and a RocksDB built with assertions, as Debian's is, aborts at the next line of it
// instead of letting the write that failed say so. Nothing of it is needed: errors are statuses.
class NoLog : public rocksdb::Logger {
 public:
  NoLog() : Logger(rocksdb::FATAL_LEVEL) {}
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::Options MakeOptions(const Resources& shared) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_manager = shared.write_buffers;
  options.rate_limiter = shared.rate_limiter;
  // Large: memtables are flushed when the shared budget says so, not each by its own size.
  options.write_buffer_size = 16 << 20;
  options.max_write_buffer_number = 3;
  // Every checkpoint of a large store is a file, and cases are looked up by key alone, with
  // filters: sorted runs that are merged when they are of a size write each case a third as often
  // as levels.
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.compaction_options_universal.size_ratio = 20;
  options.compaction_options_universal.max_size_amplification_percent = 100;
  options.level0_file_num_compaction_trigger = 12;
  options.disable_auto_compactions = true;  // until BeginCompaction
  options.max_background_jobs = 2;
  options.max_open_files = 256;
  // An engine opens a store for every partition, each a few files: sixteen threads to open them and
  // four megabytes set aside for the list of them cost more than they save.
  options.max_file_opening_threads = 1;
  options.manifest_preallocation_size = 64 << 10;
  options.max_total_wal_size = 64 << 20;
  options.info_log = std::make_shared<NoLog>();
  // What is merged soon again is not worth compressing; most of a store lies in its oldest run.
  options.compression = rocksdb::kNoCompression;
  options.bottommost_compression = rocksdb::kLZ4Compression;
  options.avoid_flush_during_shutdown = true;  // the WAL has it
  options.skip_checking_sst_file_sizes_on_db_open = true;
  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;
  table.block_size = 4 << 10;
  table.block_cache = shared.block_cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

// Hands the entries to `put` and `erase`, until one of them fails.
template <typename Put, typename Erase>
rocksdb::Status Apply(Checkpoint* checkpoint, const Put& put, const Erase& erase) {
  rocksdb::Status status;
  checkpoint->ForEach([&](std::string_view key, std::optional<std::string_view> value) {
    status = value ? put(ToSlice(key), ToSlice(*value)) : erase(ToSlice(key));
    return status.ok();
  });
  return status;
}

rocksdb::Status WriteBatch(rocksdb::DB* db, Checkpoint* checkpoint) {
  rocksdb::WriteBatch batch(checkpoint->bytes() + checkpoint->entries() * 12 + 128);
  const rocksdb::Status status = Apply(
      checkpoint,
      [&](const rocksdb::Slice& key, const rocksdb::Slice& value) { return batch.Put(key, value); },
      [&](const rocksdb::Slice& key) { return batch.Delete(key); });
  return status.ok() ? db->Write(rocksdb::WriteOptions(), &batch) : status;
}

// Straight into a file that becomes part of the store in one step: neither write-ahead log nor
// memtable, so the bytes are written once and are in memory once.
rocksdb::Status WriteFile(rocksdb::DB* db, const std::string& directory, Checkpoint* checkpoint) {
  const std::string path = directory + "/" + kCheckpointFile;
  // One that a killed process left may be a second name of a file of the store (IngestExternalFile
  // links, and removes the first name last), which opening it to write would empty.
  std::error_code code;
  std::filesystem::remove(path, code);
  if (code) return rocksdb::Status::IOError("Cannot remove " + path, code.message());
  rocksdb::Options options = db->GetOptions();
  // Without it a file is compressed as the bottommost level is.
  options.bottommost_compression = rocksdb::kDisableCompressionOption;
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options, db->DefaultColumnFamily(),
                                /*invalidate_page_cache=*/false);
  rocksdb::Status status = writer.Open(path);
  if (status.ok()) {
    status = Apply(
        checkpoint,
        [&](const rocksdb::Slice& key, const rocksdb::Slice& value) {
          return writer.Put(key, value);
        },
        [&](const rocksdb::Slice& key) { return writer.Delete(key); });
  }
  if (status.ok()) status = writer.Finish();
  if (status.ok()) {
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    ingest.write_global_seqno = false;
    status = db->IngestExternalFile({path}, ingest);
  }
  std::error_code ignored;
  if (!status.ok()) std::filesystem::remove(path, ignored);
  return status;
}

}  // namespace

CaseStore::CaseStore(std::unique_ptr<Database> database) : db_(std::move(database)) {}
CaseStore::~CaseStore() = default;

base::Result<std::unique_ptr<CaseStore>> CaseStore::Open(const std::string& directory,
                                                         std::shared_ptr<Resources> resources) {
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code) {
    return Error{ErrorKind::kIo,
                 "Cannot create the state directory " + directory + ": " + code.message()};
  }
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(MakeOptions(*resources), directory, &raw);
  if (!status.ok()) {
    // Not just any "lock": a path may have it, and a block.
    const std::string text = status.ToString();
    const bool ours = text.find("lock hold by current process") != std::string::npos;
    if (ours || text.find("While lock file") != std::string::npos) {
      return Error{ErrorKind::kUnavailable, "Expected to be the only engine on " + directory +
                                                ", but another one holds its lock"};
    }
    return Failed("Cannot open the store " + directory, status);
  }
  auto database = std::make_unique<Database>();
  database->shared = std::move(resources);
  database->db.reset(raw);
  database->directory = directory;
  return std::unique_ptr<CaseStore>(new CaseStore(std::move(database)));
}

base::Result<std::unique_ptr<CaseStore>> CaseStore::OpenToRead(
    const std::string& directory, std::shared_ptr<Resources> resources) {
  std::error_code code;
  const bool there = std::filesystem::exists(directory + "/CURRENT", code);
  if (code) {
    return Error{ErrorKind::kIo, "Expected to look for the store " + directory +
                                     " to read, but: " + code.message()};
  }
  if (there) {
    rocksdb::DB* raw = nullptr;
    const rocksdb::Status status =
        rocksdb::DB::OpenForReadOnly(MakeOptions(*resources), directory, &raw);
    if (!status.ok()) return Failed("Cannot open the store " + directory + " to read", status);
    auto database = std::make_unique<Database>();
    database->shared = resources;
    database->db.reset(raw);
    database->directory = directory;
    database->read_only = true;
    std::unique_ptr<CaseStore> store(new CaseStore(std::move(database)));
    auto position = store->ReadPosition();
    if (!position.ok()) return position.error();
    if (position.value()) return store;
  }
  // Nothing to start from, so everything comes from the log and has to be put somewhere.
  const auto place = std::filesystem::temp_directory_path(code);
  std::string name = (place / "caseclock-XXXXXX").string();
  if (code || mkdtemp(name.data()) == nullptr) {
    return Error{ErrorKind::kIo, "Expected to make a temporary directory " + name +
                                     ", but: " + (code ? code.message() : std::strerror(errno)) +
                                     "; TMPDIR names where they are made"};
  }
  auto opened = Open(name, std::move(resources));
  if (opened.ok()) {
    opened.value()->db_->temporary = true;
  } else {
    std::filesystem::remove_all(name, code);
  }
  return opened;
}

base::Status CaseStore::BeginCompaction() {
  if (db_->read_only || db_->compacts) return {};
  const rocksdb::Status status = db_->db->EnableAutoCompaction({db_->db->DefaultColumnFamily()});
  if (!status.ok()) return Failed("Cannot begin compaction of " + db_->directory, status);
  db_->compacts = true;
  return {};
}

base::Status CaseStore::Clear() {
  const std::string first(1, '\0');
  const std::string last(1, '\x7f');
  const rocksdb::Status status =
      db_->db->DeleteRange(rocksdb::WriteOptions(), db_->db->DefaultColumnFamily(), first, last);
  if (!status.ok()) return Failed("Cannot clear " + db_->directory, status);
  return {};
}

base::Result<std::optional<Position>> CaseStore::ReadPosition() const {
  std::string value;
  const rocksdb::Status status = db_->db->Get(rocksdb::ReadOptions(), PositionKey(), &value);
  if (status.IsNotFound()) return std::optional<Position>();
  if (!status.ok()) return Failed("Cannot read the position of " + db_->directory, status);
  auto position = DecodePosition(value);
  if (!position.ok()) {
    return Error{ErrorKind::kCorrupt, db_->directory + ": " + position.error().message};
  }
  return std::optional<Position>(position.value());
}

base::Status CaseStore::Write(Checkpoint* checkpoint) {
  checkpoint->Derive();
  const rocksdb::Status status = checkpoint->bytes() < kLargeCheckpoint
                                     ? WriteBatch(db_->db.get(), checkpoint)
                                     : WriteFile(db_->db.get(), db_->directory, checkpoint);
  if (!status.ok()) return Failed("Cannot write a checkpoint to " + db_->directory, status);
  return {};
}

}  // namespace caseclock::store

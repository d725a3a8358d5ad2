// CaseStore: what is read from it.

#include <algorithm>

#include "engine/base/big_endian.h"
#include "engine/store/case_store_internal.h"
#include "engine/store/keys.h"

namespace caseclock::store {

using base::Error;
using base::ErrorKind;

namespace {
// Of each sorted run, when all cases are read: by the block, a read of the file is made for each.
constexpr size_t kReadAhead = size_t{256} << 10;
}  // namespace

base::Status CaseStore::GetCases(std::span<const std::string_view> case_ids,
                                 const std::function<void(size_t, std::string_view)>& found) const {
  // Sorted keys let RocksDB look up neighbours in one block once.
  std::vector<uint32_t> order(case_ids.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return case_ids[a] < case_ids[b]; });
  constexpr size_t kAtOnce = 256;
  std::string arena;
  std::vector<rocksdb::Slice> keys;
  std::vector<rocksdb::PinnableSlice> values(std::min(kAtOnce, order.size()));
  std::vector<rocksdb::Status> states(values.size());
  for (size_t begin = 0; begin < order.size(); begin += kAtOnce) {
    const size_t count = std::min(kAtOnce, order.size() - begin);
    arena.clear();
    keys.clear();
    for (size_t i = 0; i < count; ++i) {
      arena += kCaseTable;
      arena += case_ids[order[begin + i]];
    }
    size_t at = 0;
    for (size_t i = 0; i < count; ++i) {
      const size_t size = 1 + case_ids[order[begin + i]].size();
      keys.emplace_back(arena.data() + at, size);
      at += size;
    }
    db_->db->MultiGet(rocksdb::ReadOptions(), db_->db->DefaultColumnFamily(), count, keys.data(),
                      values.data(), states.data(), /*sorted_input=*/true);
    for (size_t i = 0; i < count; ++i) {
      if (states[i].ok()) {
        found(order[begin + i], View(values[i]));
      } else if (!states[i].IsNotFound()) {
        return Failed("Cannot read cases from " + db_->directory, states[i]);
      }
      values[i].Reset();
    }
  }
  return {};
}

base::Result<std::optional<std::string>> CaseStore::Database::GetPage(
    const rocksdb::ReadOptions& read, std::string_view case_id, uint32_t page) const {
  std::string value;
  const rocksdb::Status status = db->Get(read, PageKeyOf(case_id, page), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return Failed("Cannot read a page from " + directory, status);
  return std::optional<std::string>(std::move(value));
}

base::Result<std::optional<std::string>> CaseStore::GetPage(std::string_view case_id,
                                                            uint32_t page) const {
  return db_->GetPage(rocksdb::ReadOptions(), case_id, page);
}

base::Result<std::optional<uint32_t>> CaseStore::FindEvent(std::string_view case_id,
                                                           uint64_t fingerprint) const {
  std::string value;
  const rocksdb::Status status =
      db_->db->Get(rocksdb::ReadOptions(), DedupKey(case_id, fingerprint), &value);
  if (status.IsNotFound()) return std::optional<uint32_t>();
  if (!status.ok()) return Failed("Cannot look up an event in " + db_->directory, status);
  if (value.size() != 4) {
    return Error{ErrorKind::kCorrupt, "Expected four bytes in the dedup table of " +
                                          db_->directory + ", but found " +
                                          std::to_string(value.size())};
  }
  return std::optional<uint32_t>(base::ReadBig32(value));
}

base::Status CaseStore::Database::Scan(rocksdb::ReadOptions read, std::string_view prefix,
                                       std::string_view from, const Entry& visit) const {
  std::string end(prefix);
  end.back() = static_cast<char>(end.back() + 1);  // no prefix ends in 0xff: tables and 00 bytes
  const rocksdb::Slice bound(end);
  read.iterate_upper_bound = &bound;
  read.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(read));
  for (it->Seek(rocksdb::Slice(from.data(), from.size())); it->Valid(); it->Next()) {
    if (!visit(View(it->key()), View(it->value()))) return {};
  }
  if (!it->status().ok()) return Failed("Cannot scan " + directory, it->status());
  return {};
}

base::Status CaseStore::Scan(std::string_view prefix, std::string_view from,
                             const Entry& visit) const {
  return db_->Scan({}, prefix, from, visit);
}

CaseStore::Snapshot::Snapshot(std::unique_ptr<Version> version) : version_(std::move(version)) {}

CaseStore::Snapshot::~Snapshot() {
  version_->of->db->ReleaseSnapshot(version_->taken);
}

std::unique_ptr<CaseStore::Snapshot> CaseStore::TakeSnapshot() const {
  auto version = std::make_unique<Snapshot::Version>();
  version->of = db_.get();
  version->taken = db_->db->GetSnapshot();
  return std::unique_ptr<Snapshot>(new Snapshot(std::move(version)));
}

base::Status CaseStore::Snapshot::ForEachCase(const CaseVisit& visit) const {
  const std::string all = CaseKey({});
  return version_->of->Scan(
      version_->Read(), all, all,
      [&](std::string_view key, std::string_view value) { return visit(key.substr(1), value); });
}

base::Result<std::optional<std::string>> CaseStore::Snapshot::GetPage(std::string_view case_id,
                                                                      uint32_t page) const {
  return version_->of->GetPage(version_->Read(), case_id, page);
}

base::Status CaseStore::ForEachCase(const CaseVisit& visit, std::string_view prefix) const {
  const std::string from = CaseKey(prefix);
  rocksdb::ReadOptions read;
  if (prefix.empty()) read.readahead_size = kReadAhead;
  return db_->Scan(read, from, from, [&](std::string_view key, std::string_view value) {
    return visit(key.substr(1), value);
  });
}

base::Status CaseStore::ForEachCaseAfter(std::string_view after, const CaseVisit& visit) const {
  std::string from = CaseKey(after);
  if (!after.empty()) from.push_back('\0');  // the least key behind it
  return Scan(CaseKey({}), from, [&](std::string_view key, std::string_view value) {
    return visit(key.substr(1), value);
  });
}

base::Result<std::optional<std::string>> CaseStore::GetFigure(std::string_view key) const {
  rocksdb::ReadOptions read;
  read.fill_cache = false;  // large, and held unpacked by whoever asks
  std::string value;
  const rocksdb::Status status = db_->db->Get(read, FigureKeyOf(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return Failed("Cannot read figures from " + db_->directory, status);
  return std::optional<std::string>(std::move(value));
}

base::Status CaseStore::ForEachFigure(const FigureVisit& visit) const {
  const std::string prefix(1, kFigureTable);
  return Scan(prefix, prefix, [&](std::string_view key, std::string_view value) {
    return visit(key.substr(1), value);
  });
}

base::Status CaseStore::ForEachTimer(base::Instant from, std::string_view from_id,
                                     const InstantVisit& visit) const {
  const std::string prefix(1, kTimerTable);
  return Scan(prefix, TimerKey(from, from_id), [&](std::string_view key, std::string_view) {
    return visit(ReadBigInstant(key.substr(1)), key.substr(9));
  });
}

base::Status CaseStore::ForEachIndexed(base::Atom queue, base::Atom kind, base::Instant from,
                                       std::string_view from_id, const InstantVisit& visit) const {
  const std::string prefix = IndexPrefix(queue.view(), kind.view());
  return Scan(prefix, IndexKey(queue.view(), kind.view(), from, from_id),
              [&](std::string_view key, std::string_view) {
                return visit(ReadBigInstant(key.substr(prefix.size())),
                             key.substr(prefix.size() + 8));
              });
}

base::Status CaseStore::ForEachIndexKind(
    const std::function<void(std::string_view, std::string_view)>& visit) const {
  std::string next(1, kIndexTable);
  for (bool found = true; found;) {
    found = false;
    const base::Status status = Scan(
        std::string(1, kIndexTable), std::string(next),
        [&](std::string_view key, std::string_view) {
          const size_t queue_end = key.find('\0', 1);
          const size_t kind_end = key.find('\0', queue_end + 1);
          visit(key.substr(1, queue_end - 1), key.substr(queue_end + 1, kind_end - queue_end - 1));
          next = std::string(key.substr(0, kind_end)) + '\x01';  // after all of this kind
          found = true;
          return false;
        });
    if (!status.ok()) return status;
  }
  return {};
}

base::Status CaseStore::ForEachIndexEntry(const IndexVisit& visit) const {
  const std::string prefix(1, kIndexTable);
  return Scan(prefix, prefix, [&](std::string_view key, std::string_view) {
    const size_t queue_end = key.find('\0', 1);
    const size_t kind_end = key.find('\0', queue_end + 1);
    return visit(key.substr(1, queue_end - 1), key.substr(queue_end + 1, kind_end - queue_end - 1),
                 ReadBigInstant(key.substr(kind_end + 1)), key.substr(kind_end + 9));
  });
}

base::Status CaseStore::ForEachOfHandler(base::Atom handler, const HandlerVisit& visit) const {
  const std::string prefix = HandlerPrefix(handler.view());
  return Scan(prefix, prefix, [&](std::string_view key, std::string_view) {
    return visit(key.substr(prefix.size()));
  });
}

base::Status CaseStore::ForEachHandlerEntry(
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  const std::string prefix(1, kHandlerTable);
  return Scan(prefix, prefix, [&](std::string_view key, std::string_view) {
    const size_t end = key.find('\0', 1);
    return visit(key.substr(1, end - 1), key.substr(end + 1));
  });
}

base::Result<uint32_t> CaseStore::ReadFold() const {
  std::string value;
  const rocksdb::Status status = db_->db->Get(rocksdb::ReadOptions(), FoldKey(), &value);
  if (status.IsNotFound()) return uint32_t{0};
  if (!status.ok())
    return Failed("Cannot read the number of the fold of " + db_->directory, status);
  if (value.size() != 4) {
    return Error{ErrorKind::kCorrupt, "Expected four bytes as the number of the fold of " +
                                          db_->directory + ", but found " +
                                          std::to_string(value.size())};
  }
  return base::ReadBig32(value);
}

base::Result<std::set<std::string>> CaseStore::ReadUntold() const {
  std::string value;
  const rocksdb::Status status = db_->db->Get(rocksdb::ReadOptions(), UntoldKey(), &value);
  std::set<std::string> keys;
  if (status.IsNotFound()) return keys;  // of a build that told all before it stored any
  if (!status.ok())
    return Failed("Cannot read which figures of " + db_->directory + " are untold", status);
  for (std::string_view rest = value; !rest.empty();) {
    const size_t size = rest.size() < 4 ? SIZE_MAX : base::ReadBig32(rest);
    if (size > rest.size() - 4) {
      return Error{ErrorKind::kCorrupt, "Expected whole keys of figures that are untold in " +
                                            db_->directory + ", but they end early"};
    }
    keys.emplace(rest.substr(4, size));
    rest.remove_prefix(4 + size);
  }
  return keys;
}

base::Result<bool> CaseStore::HandlersWhole() const {
  std::string value;
  const rocksdb::Status status = db_->db->Get(rocksdb::ReadOptions(), HandlersWholeKey(), &value);
  if (status.IsNotFound()) return false;
  if (!status.ok()) return Failed("Cannot read the tables of " + db_->directory, status);
  return true;
}

}  // namespace caseclock::store

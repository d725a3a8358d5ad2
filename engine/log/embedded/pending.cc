#include "engine/log/embedded/pending.h"

#include <utility>

namespace caseclock::log::embedded {
namespace {

size_t SizeOf(const NewRecord& record) {
  size_t size = (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
  for (const HeaderView& h : record.headers) size += h.key.size() + h.value.size() + 2;
  return size;
}

// What a record costs beyond its bytes; also makes empty ones count.
constexpr size_t kRecordOverhead = 8;

}  // namespace

base::Result<int64_t> Pending::Add(Partition* partition, const NewRecord& record) {
  const size_t size = SizeOf(record);
  if (size > options_.max_record_bytes) {
    return base::Error{base::ErrorKind::kInvalid, "Expected a record of at most " +
                                                      std::to_string(options_.max_record_bytes) +
                                                      " bytes for " + NameOf(*partition) +
                                                      ", but it has " + std::to_string(size)};
  }
  if (bytes_ + size + kRecordOverhead > options_.max_transaction_bytes) {
    return base::Error{
        base::ErrorKind::kUnavailable,
        "Expected at most " + std::to_string(options_.max_transaction_bytes) +
            " bytes in one transaction, but it grew beyond: commit in smaller steps"};
  }
  Part& part = PartOf(partition);
  // A large record gets a block of its own, so that its neighbours are read without it.
  if (part.writer.records() > 0 && part.writer.bytes() + size > options_.block_bytes) Seal(&part);
  part.writer.Add(record);
  bytes_ += size + kRecordOverhead;
  if (part.writer.records() >= options_.block_records ||
      part.writer.bytes() >= options_.block_bytes) {
    Seal(&part);
  }
  return part.records++;
}

void Pending::SetOffset(const std::string& group, PartitionId id, const GroupOffset& offset) {
  offsets_[GroupKey(group, id)] = EncodeOffset(offset);
}

void Pending::SealAll() {
  for (Part& part : parts_) {
    if (part.writer.records() > 0) Seal(&part);
  }
}

void Pending::Clear() {
  for (Part& part : parts_) {
    part.writer.Clear();
    part.sealed.clear();
    part.records = 0;
  }
  offsets_.clear();
  bytes_ = sealed_bytes_ = raw_bytes_ = 0;
}

Pending::Part& Pending::PartOf(Partition* partition) {
  if (last_part_ < parts_.size() && parts_[last_part_].partition == partition) {
    return parts_[last_part_];
  }
  const auto [found, added] = index_.try_emplace(partition, parts_.size());
  if (added) parts_.emplace_back().partition = partition;
  last_part_ = found->second;
  return parts_[last_part_];
}

void Pending::Seal(Part* part) {
  const size_t raw = part->writer.bytes();
  const bool keep = part->partition->listening > 0 && raw_bytes_ + raw <= options_.recent_bytes;
  if (keep) raw_bytes_ += raw;
  part->sealed.push_back(part->writer.Seal(keep));
  sealed_bytes_ += part->sealed.back().value.size();
}

}  // namespace caseclock::log::embedded

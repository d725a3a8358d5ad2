#pragma once

// Records and offsets on their way to one commit, encoded and compressed as they come. In memory
// only: dropping it is an abort. One thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/embedded/block.h"
#include "engine/log/embedded/core.h"

namespace caseclock::log::embedded {

class Pending {
 public:
  explicit Pending(const EmbeddedOptions& options) : options_(options) {}

  struct Part {
    Partition* partition = nullptr;
    BlockWriter writer;
    std::vector<SealedBlock> sealed;
    int64_t records = 0;
    int64_t base = 0;  // the first one's offset, set by the commit
  };

  // The index of the record among those for its partition. Errors: kInvalid, kUnavailable (too
  // large a record, transaction).
  base::Result<int64_t> Add(Partition* partition, const NewRecord& record);
  void SetOffset(const std::string& group, PartitionId id, const GroupOffset& offset);
  // Closes the blocks that are open: the last step before a commit.
  void SealAll();
  // Forgets everything but keeps its buffers for the next transaction.
  void Clear();

  [[nodiscard]] bool empty() const { return bytes_ == 0 && offsets_.empty(); }
  [[nodiscard]] size_t sealed_bytes() const { return sealed_bytes_; }
  [[nodiscard]] std::vector<Part>& parts() { return parts_; }
  // Keys and values as the store takes them.
  [[nodiscard]] const std::map<std::string, std::string>& offsets() const { return offsets_; }

 private:
  Part& PartOf(Partition* partition);
  void Seal(Part* part);

  const EmbeddedOptions& options_;
  std::vector<Part> parts_;
  std::unordered_map<const Partition*, size_t> index_;
  size_t last_part_ = 0;
  std::map<std::string, std::string> offsets_;
  size_t bytes_ = 0;         // of the records, as they came
  size_t sealed_bytes_ = 0;  // of sealed blocks
  size_t raw_bytes_ = 0;     // kept uncompressed beside them
};

}  // namespace caseclock::log::embedded

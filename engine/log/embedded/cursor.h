#pragma once

// A place in one partition, and the reading onwards from there. Belongs to one consumer or reader;
// takes Core::mutex for moments only.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "engine/base/result.h"
#include "engine/log/embedded/block.h"
#include "engine/log/embedded/core.h"
#include "engine/log/log.h"

namespace caseclock::log::embedded {

class Cursor {
 public:
  Cursor(Core* core, Partition* partition, int64_t position)
      : core_(core), partition_(partition), position_(position) {}

  void Seek(int64_t position) { position_ = position; }
  // The next records; null at the end. Sets at_end().
  base::Result<std::shared_ptr<const RecordBatch>> Next(size_t max_records);
  // As of the last Next: it reached the end.
  [[nodiscard]] bool at_end() const { return at_end_; }
  // As of now. REQUIRES: Core::mutex held.
  [[nodiscard]] bool AtEndNow() const { return position_ >= partition_->end; }
  [[nodiscard]] Partition* partition() const { return partition_; }
  // The offsets that retention took before the cursor came to them, [first, second), once; none:
  // the same twice.
  std::pair<int64_t, int64_t> TakeSkipped() { return std::exchange(skipped_, {}); }

 private:
  using BlockResult = base::Result<std::shared_ptr<const Block>>;
  // The block that holds the first record at or after position_ and before `end`, which it sets;
  // null if there is none.
  BlockResult Fetch(std::unique_ptr<Scan>* scan, int64_t* end);
  BlockResult FetchStored(std::unique_ptr<Scan>* scan, int64_t end);
  base::Error Where(const base::Error& error) const;

  Core* core_;
  Partition* partition_;
  int64_t position_;
  bool at_end_ = false;
  std::pair<int64_t, int64_t> skipped_;
  std::shared_ptr<const Block> current_;  // the block last read from, maybe not yet to its end
};

}  // namespace caseclock::log::embedded

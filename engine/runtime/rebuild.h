#pragma once

// Fills the store of a partition that has none from its `cases` records. They go into it as they
// come, undecoded and in large sorted files: of a case that has changed a hundred times only the
// last record counts, and a closed page may lie long before that, behind compaction. A case that is
// at work changes again soon, so what is collected waits for what comes next, and only what that
// does not have is written. Then each case is decoded once, and what the store keeps beside it is
// derived, with the figures.
//
// Whoever rebuilds begins to merge the files when all is rebuilt that is to be: it would have the
// processor that the rebuild needs.
//
// One thread, and the one that writes checkpoints. Memory: three of the files, whatever there
// is to rebuild.

#include <cstdint>
#include <future>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/core/step.h"
#include "engine/runtime/checkpoint_writer.h"
#include "engine/runtime/partition.h"

namespace caseclock::runtime {

class Rebuild {
 public:
  // REQUIRES: the store of `partition` is empty. All must outlive it.
  Rebuild(Shared* shared, Partition* partition, CheckpointWriter* writer);
  ~Rebuild();  // waits for what is being written

  // The next record of a case or a page, by its key in the `cases` topic. Errors: kIo.
  base::Status Take(std::string_view key, std::string_view value);
  // That was the last one: derives, and counts by `context`. Afterwards the store and the figures
  // are those of a commit, but without a position. Errors: kCorrupt, naming the case; kIo;
  // kUnavailable: the engine is being stopped.
  base::Status Derive(const core::StepContext& context);

 private:
  base::Status DeriveCase(const core::StepContext& context, std::string_view case_id,
                          std::string_view bytes);
  base::Status WriteFull();
  base::Status WriteAll();
  base::Status Await();
  void Count();

  Shared* const shared_;
  Partition* const partition_;
  CheckpointWriter* const writer_;
  const size_t file_bytes_;
  // Full, and kept until it is known which of its records are old by the time the next is full,
  // too.
  std::shared_ptr<store::Checkpoint> before_;
  std::shared_ptr<store::Checkpoint> next_;
  std::shared_future<base::Status> written_;  // valid: until somebody has asked how it went
  int files_ = 0;
  uint32_t derived_ = 0;    // cases in `next_`
  uint64_t looked_at_ = 0;  // cases, of all
  std::vector<model::FigureDelta> deltas_;
};

}  // namespace caseclock::runtime

#pragma once

// The thread that writes checkpoints, so that a partition goes on meanwhile. One an engine; a
// driven engine has none, and writes one when it is told to or somebody waits for it.

#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/base/result.h"
#include "engine/runtime/engine.h"
#include "engine/store/case_store.h"

namespace caseclock::runtime {

class CheckpointWriter {
 public:
  CheckpointWriter(EngineOptions::CheckpointProbe probe, bool driven);
  ~CheckpointWriter();  // writes what was handed in first

  // `store` must outlive the future's becoming ready.
  std::shared_future<base::Status> Write(store::CaseStore* store,
                                         std::shared_ptr<store::Checkpoint> checkpoint);
  // Writes it in the thread of the caller.
  base::Status WriteHere(store::CaseStore* store, store::Checkpoint* checkpoint) const;
  // Driven: writes the oldest one that is not written yet, if there is one.
  void WriteNext();

 private:
  struct Job {
    store::CaseStore* store = nullptr;
    std::shared_ptr<store::Checkpoint> checkpoint;
    std::promise<base::Status> done;
  };
  void Run();

  const EngineOptions::CheckpointProbe probe_;  // may be null
  const bool driven_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::deque<std::shared_future<base::Status>> deferred_;  // driven
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace caseclock::runtime

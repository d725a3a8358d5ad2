#pragma once

// Keeps the policies of a running engine as new as its log. A set that is put where engines are at
// work comes into force kActivationLead later, so whoever has read the topic knows all that there
// is to judge by until then. Beyond that an engine does not judge: its clock is held
// (decisions/2026-11-28-policies-in-time.md).
//
// One thread of its own, from Start on: a restore, or figures that take long, keep nobody from
// reading.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/runtime/policies.h"
#include "engine/runtime/shared.h"

namespace caseclock::runtime {

class PolicyWatch {
 public:
  // `shared`, its log and its options must outlive it.
  explicit PolicyWatch(Shared* shared);
  ~PolicyWatch();  // Stop

  // Reads for the first time, into Shared::policies. Errors: as PolicyReader::Read; kConfig: there
  // are none.
  base::Status Open();
  // Begins to follow the topic. Errors end the engine (Shared::Fail), but for a log that is away.
  void Start();
  void Stop();

  // What it may be judged as of when the wall clock says `wall`: that, or the latest instant by
  // which every set in force is known; then they are read as soon as can be. Any thread; it waits a
  // moment for that, unless the log is away. In a driven engine it reads them itself.
  base::Instant Hold(base::Instant wall);
  // Whether what somebody has judged up to `judged` may be counted: all that he knew of policies
  // has been read. He read no more than there was when he committed, so to read once after that
  // commit was seen is enough, however far `judged` lies ahead of the wall clock
  // (decisions/2026-11-29-judged-ahead-of-the-clock.md). Any thread; waits as Hold does.
  bool Knows(base::Instant judged);

  // The migration that filled this log, as Open found it; absent: none did.
  [[nodiscard]] const std::optional<model::MigrationRecord>& migration() const {
    return reader_.migration();
  }

 private:
  void Run();
  // REQUIRES: `lock` held; it is not, while it reads, or waits for `done`.
  void Await(std::unique_lock<std::mutex>* lock, const std::function<bool()>& done);
  void Read(std::unique_lock<std::mutex>* lock);
  base::Status TryRead();
  void SayIfLate(size_t known);  // of the periods

  Shared* const shared_;
  PolicyReader reader_;  // of one thread at a time: Open, then Run or Hold

  std::mutex mutex_;
  std::condition_variable changed_;
  int failures_ = 0;    // of reading, in a row
  uint64_t begun_ = 0;  // readings
  uint64_t whole_ = 0;  // the last of them that was successful
  base::Instant known_to_ = base::kLongAgo;
  base::Instant judged_to_ = base::kLongAgo;  // by what Hold and Knows have answered
  bool asked_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace caseclock::runtime

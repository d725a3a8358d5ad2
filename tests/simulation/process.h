#pragma once

// A simulated engine process: an engine that is driven from outside, on a connection of its own,
// with its stores on a real disk. It can be killed, frozen, fenced by a rival, and its disk fails.
// Or a standby first, that becomes an engine when the place it waits for is free.

#include <functional>
#include <memory>
#include <string>

#include "engine/runtime/engine.h"
#include "engine/runtime/standby.h"
#include "tests/simulation/random.h"
#include "tests/simulation/simulated_log.h"
#include "tests/unit/runtime/faulty_log.h"

namespace caseclock::simulation {

// How often things go wrong; 0: never. One in so many calls, writes or starts.
struct Chaos {
  int calls = 0;        // of the log: they fail, or end it all
  int freezes = 0;      // of the process, in the middle of a call
  int writes = 0;       // of a store: no space left
  int torn_tails = 0;   // of a store's write-ahead log, at a start
  int lost_stores = 0;  // directories gone, at a start
};

class Process {
 public:
  struct Place {
    std::string directory;  // of its stores; another process must not have it at the same time
    std::string instance;
  };
  // `others`: lets the rest of the world go on for a while, when this one stands still.
  Process(Broker* broker, Place place, Random random, std::function<void()> others);
  ~Process();

  // `common` has its clocks. False: it did not come up, see error().
  bool Start(const runtime::EngineOptions& common, const Chaos& chaos);
  // As a standby of the engine whose instance is its own.
  bool StandBy(const runtime::EngineOptions& common, const Chaos& chaos);
  // One turn of one of its threads, or its end: by a fault, or because it gave up.
  void Turn(runtime::Engine::Part part);
  void Stop();  // in order, as far as faults let it
  void Kill();
  // The faults are over.
  void Calm() { chaos_ = {}; }

  [[nodiscard]] bool alive() const { return engine_ != nullptr || standby_ != nullptr; }
  // Became an engine after it had stood by, so often.
  [[nodiscard]] int takeovers() const { return takeovers_; }
  // It is in the middle of a call.
  [[nodiscard]] bool frozen() const { return frozen_; }
  runtime::Engine& engine() { return *engine_; }
  // What ended it last.
  [[nodiscard]] const base::Status& error() const { return error_; }

 private:
  runtime::testing::Fault Decide(runtime::testing::Call call);
  runtime::testing::Fault PickFault(runtime::testing::Call call);
  base::Status Probe(runtime::CheckpointStage stage);
  void SpoilStores(int32_t partitions);
  void End(const base::Status& status);
  // A connection of its own, and the faults that meet it.
  runtime::EngineOptions Connect(const runtime::EngineOptions& common, const Chaos& chaos);
  bool OpenEngine(const runtime::EngineOptions& options);
  void TurnStandby();

  Broker* const broker_;
  const Place place_;
  Random random_;
  const std::function<void()> others_;
  Chaos chaos_;
  base::Status error_;
  bool frozen_ = false;
  std::unique_ptr<SimulatedLog> connection_;
  std::unique_ptr<runtime::testing::FaultyLog> log_;
  runtime::EngineOptions options_;  // of the life it lives
  std::unique_ptr<runtime::Standby> standby_;
  std::unique_ptr<runtime::Engine> engine_;
  int takeovers_ = 0;
};

}  // namespace caseclock::simulation

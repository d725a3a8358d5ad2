#include "consumers/cli/local_engine.h"

#include <utility>

#include "engine/host/clock.h"

namespace caseclock::cli {

base::Result<std::unique_ptr<LocalEngine>> LocalEngine::Open(const DataDir& dir) {
  std::unique_ptr<LocalEngine> local(new LocalEngine);
  auto log = OpenDataLogToRead(dir);
  if (!log.ok()) return log.error();
  local->log_ = std::move(log).value();
  runtime::EngineOptions options;
  options.state_dir = dir.state();
  options.read_only = true;
  options.wall_clock = host::WallClock;
  options.monotonic = host::Monotonic;
  // The partitions are those of the log; what an option says about new ones does not matter here.
  const auto events = local->log_->Describe(options.topics.events);
  if (events.ok()) options.partitions = events.value().partitions;
  auto engine = runtime::Engine::Open(local->log_.get(), options);
  if (!engine.ok()) return engine.error();
  local->engine_ = std::move(engine).value();
  // Nothing moves while it is read: the present of its answers is where its clock stands. Figures
  // of another instant are to be had by --at.
  local->backend_ = std::make_unique<http::EngineBackend>(local->log_.get(), local->engine_.get(),
                                                          options.topics, host::WallClock, true);
  return local;
}

}  // namespace caseclock::cli

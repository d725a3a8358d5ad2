#pragma once

// A data directory that no process holds, opened for reading: the log and a read-only engine.

#include <functional>
#include <memory>

#include "consumers/cli/data_dir.h"
#include "consumers/http/engine_backend.h"
#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/runtime/engine.h"

namespace caseclock::cli {

class LocalEngine {
 public:
  // Errors: kNotFound, kFenced, kIo, kCorrupt, kConfig.
  static base::Result<std::unique_ptr<LocalEngine>> Open(const DataDir& dir);

  [[nodiscard]] http::EngineBackend* backend() { return backend_.get(); }
  // See EngineBackend.
  void set_progress(std::function<void(double)> progress) {
    backend_->set_progress(std::move(progress));
  }
  [[nodiscard]] runtime::Engine* engine() { return engine_.get(); }
  [[nodiscard]] log::Log* log() { return log_.get(); }

 private:
  LocalEngine() = default;
  std::unique_ptr<log::Log> log_;  // outlives the engine
  std::unique_ptr<runtime::Engine> engine_;
  std::unique_ptr<http::EngineBackend> backend_;
};

}  // namespace caseclock::cli

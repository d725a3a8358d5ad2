#pragma once

// Whether an engine is up to date: the answer of /readyz, and `state` on /v1/stream.

#include <string>

#include "engine/base/result.h"
#include "engine/runtime/engine.h"

namespace caseclock::http {

struct Readiness {
  bool ready = false;
  std::string json;  // {"ready": …, "caught_up": …, …}; with "error" if it failed
};
Readiness ReadinessOf(const base::Status& health, const runtime::EngineStats& stats);

}  // namespace caseclock::http

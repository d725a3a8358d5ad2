#pragma once

// Engine and queue figures in the Prometheus text format 0.0.4. Pure.

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/backlog.h"
#include "engine/runtime/engine.h"

namespace caseclock::http {

// Without figures all the rest is told, and `caseclock_figures_readable` is 0.
std::string MetricsText(const runtime::EngineStats& stats,
                        const base::Result<std::vector<model::Backlog>>& backlogs,
                        const std::vector<model::SourceStatus>& sources = {});

}  // namespace caseclock::http

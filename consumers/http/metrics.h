#pragma once

// Engine and queue figures in the Prometheus text format 0.0.4. Pure.

#include <string>
#include <vector>

#include "engine/model/records.h"
#include "engine/runtime/engine.h"

namespace caseclock::http {

std::string MetricsText(const runtime::EngineStats& stats,
                        const std::vector<model::Backlog>& backlogs,
                        const std::vector<model::SourceStatus>& sources = {});

}  // namespace caseclock::http

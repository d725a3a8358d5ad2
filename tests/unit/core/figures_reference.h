#pragma once

// The figures of a queue by looking at every fact, one figure after the other. Written from the
// definitions in engine/core/figures_evaluation.h, not from the code: it shares nothing with it.

#include <string>
#include <vector>

#include "engine/model/backlog.h"
#include "engine/model/figures.h"
#include "engine/model/policy.h"

namespace caseclock::core {

// `facts`: each with a positive count; of any queue.
model::Backlog ScanFigures(const std::vector<model::FigureDelta>& facts,
                           const std::vector<base::Atom>& queues, int64_t now,
                           const model::WorkflowVersion* workflow);

// Every field of a backlog but the queue's name, a line each, to compare and to read.
std::string Describe(const model::Backlog& backlog);

}  // namespace caseclock::core

#pragma once

// Inside the repair: one partition that it works on.

#include "engine/runtime/chain_report.h"
#include "engine/runtime/repair.h"
#include "engine/runtime/task.h"

namespace caseclock::runtime {

struct Repair::Work {
  Work(Shared* shared, int32_t partition) : task(shared, partition) {}
  Task task;
  ChainReport chain;
  RepairPlan plan;
};

}  // namespace caseclock::runtime

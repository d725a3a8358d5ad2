#pragma once

// What `migrate` says at its end.

#include <string>

#include "consumers/cli/output.h"
#include "engine/model/records.h"
#include "engine/runtime/migration.h"

namespace caseclock::cli {

struct MigrationSummary {
  std::string source;
  std::string target;  // directory or brokers
  bool dry_run = false;
  bool resumed = false;   // an earlier run had carried a part
  bool was_done = false;  // an earlier run had carried all; then there is no plan
  runtime::MigrationPlan plan;
  model::MigrationRecord carried;  // in a dry run: what is there already
};

// One object; `jsonl` on a line as `json`.
std::string MigrationToJson(const MigrationSummary& summary);
// Lines for people.
std::string MigrationToText(const MigrationSummary& summary);
void PrintMigration(const MigrationSummary& summary, Format format);

}  // namespace caseclock::cli

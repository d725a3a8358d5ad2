// `state repair`: shows what would put damaged partitions right, asks, and does it.

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "consumers/cli/data_dir.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/state.h"
#include "consumers/cli/terminal.h"
#include "consumers/cli/topic_reader.h"
#include "engine/host/clock.h"
#include "engine/runtime/repair.h"

namespace caseclock::cli {
namespace {

constexpr size_t kNamed = 20;

void PrintSome(const char* one, const char* what, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::printf("  %s %s:\n", Counted(static_cast<int64_t>(names.size()), one).c_str(), what);
  for (size_t i = 0; i < names.size() && i < kNamed; ++i) std::printf("    %s\n", names[i].c_str());
  if (names.size() > kNamed) std::printf("    …\n");
}

void Print(const runtime::RepairPlan& plan) {
  std::printf("partition %d\n", plan.partition);
  for (const std::string& finding : plan.findings) std::printf("  %s\n", finding.c_str());
  const std::string now = plan.committed ? std::to_string(plan.committed->offset) : "none";
  std::printf("  would begin the chain anew with commit %lld; offset of the group: %s, then %lld\n",
              static_cast<long long>(plan.sequence), now.c_str(),
              static_cast<long long>(plan.input_to));
  if (plan.input_to > plan.input_from) {
    std::printf("  would read input records %lld to %lld again\n",
                static_cast<long long>(plan.input_from), static_cast<long long>(plan.input_to));
  }
  PrintSome("case", "would change", plan.cases);
  PrintSome("alert", "would be told", plan.alerts);
  if (plan.rejects > 0) {
    std::printf("  %s would be told, maybe once more\n", Counted(plan.rejects, "reject").c_str());
  }
  PrintSome("thing", "can be told from neither ledger nor input, left as found", plan.lost);
}

bool Agreed(bool yes) {
  if (yes) return true;
  if (!IsTerminal(STDIN_FILENO)) return false;
  std::fprintf(stderr, "Write this? Type yes: ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "yes";
}

int RepairAll(runtime::Repair* repair, const RepairSettings& settings) {
  bool any = false;
  for (int32_t p = 0; p < repair->partitions(); ++p) {
    auto plan = repair->Plan(p);
    if (!plan.ok()) return Fail(plan.error());
    if (!plan.value()) continue;
    any = true;
    Print(*plan.value());
  }
  if (!any) {
    std::fprintf(stderr, "nothing to repair\n");
    return kExitDone;
  }
  std::fflush(stdout);
  if (!Agreed(settings.yes)) {
    return Fail(kExitTryAgain,
                "Expected a yes at a terminal, or --yes, but there was none: nothing was changed");
  }
  const auto status = repair->Apply(settings.wait);
  if (!status.ok()) {
    const bool busy = status.error().kind == base::ErrorKind::kUnavailable;
    return busy ? Fail(kExitTryAgain, status.error().message) : Fail(status.error());
  }
  std::fprintf(stderr, "repaired\n");
  return kExitDone;
}

int Run(log::Log* log, runtime::EngineOptions options, const RepairSettings& settings) {
  auto directory = TemporaryDirectory::Make();
  if (!directory.ok()) return Fail(directory.error());
  options.state_dir = directory.value()->path();
  options.wall_clock = host::WallClock;
  options.monotonic = host::Monotonic;
  auto repair = runtime::Repair::Open(log, options);
  if (!repair.ok()) return Fail(repair.error());
  return RepairAll(repair.value().get(), settings);
}

}  // namespace

int RunRepair(const RepairSettings& settings) {
  const bool brokers = settings.data.empty();
  runtime::EngineOptions options;
  if (!brokers) {
    const DataDir dir{settings.data};
    auto log = OpenDataLog(dir, false, log::Durability::kDisk);
    const base::Status worked = log.ok() ? FindWork(log.value().get(), dir) : log.status();
    return worked.ok() ? Run(log.value().get(), options, settings) : Fail(worked.error());
  }
  auto log = OpenBrokers(settings.brokers);
  if (!log.ok()) return Fail(log.error());
  options.topics = TopicsOf(settings.brokers);
  options.group = settings.group;
  return Run(log.value().get(), options, settings);
}

}  // namespace caseclock::cli

#include "engine/runtime/engine.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "engine/base/check.h"
#include "engine/host/log.h"
#include "engine/runtime/engine_impl.h"
#include "engine/runtime/restore.h"
#include "engine/runtime/shared_parts.h"
#include "engine/runtime/topics.h"

namespace caseclock::runtime {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

bool ReadsOnly(const EngineOptions& options) {
  return options.read_only || options.snapshot;
}

}  // namespace

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Engine::~Engine() {
  const Status ignored = Stop();  // whoever wants to know calls Stop first
  static_cast<void>(ignored);
}

Engine::Impl::~Impl() {
  // Also after an Open that failed half way.
  shared.stopping = true;
  for (auto& worker : workers) worker->Finish();
  if (publisher) publisher->Stop();
}

base::Result<std::unique_ptr<Engine>> Engine::Open(log::Log* log, const EngineOptions& options) {
  CHECK(options.wall_clock && options.monotonic);
  auto impl = std::make_unique<Impl>();
  if (auto status = impl->Open(log, options); !status.ok()) return status.error();
  return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

Status Engine::Impl::Open(log::Log* log, const EngineOptions& options) {
  shared.log = log;
  shared.options = options;
  if (auto status = EnsureTopics(); !status.ok()) return status;

  policies = std::make_unique<PolicyWatch>(&shared);
  if (auto status = policies->Open(); !status.ok()) return status;
  migration = policies->migration();
  // Before anything is restored, which may take longer than what was read is good for.
  if (!options.read_only) policies->Start();
  if (!ReadsOnly(options)) shared.policy_watch = policies.get();

  ShareResources(&shared);
  alerts = std::make_unique<AlertScan>(&shared);
  checkpoints = std::make_unique<CheckpointWriter>(options.checkpoint_probe, options.driven);
  publisher = std::make_unique<Publisher>(&shared);
  if (options.read_only) return OpenToRead();
  std::error_code code;
  std::filesystem::create_directories(options.state_dir, code);
  if (code) {
    return Error{ErrorKind::kIo,
                 "Cannot create the state directory " + options.state_dir + ": " + code.message()};
  }
  if (options.snapshot) return OpenToRead();
  shared.others = std::make_unique<OtherPartitions>(&shared);
  if (auto status = publisher->Open(); !status.ok()) return status;
  return StartWorkers();
}

Status Engine::Impl::EnsureTopics() {
  const TopicNames& names = shared.options.topics;
  const bool make = shared.options.make_topics && !ReadsOnly(shared.options);
  // Partitions never change once there are events; the setting is for the first start.
  auto events = shared.log->Partitions(names.events);
  if (!events.ok() && (!make || events.error().kind != ErrorKind::kNotFound)) {
    return events.status();
  }
  shared.partitions = events.ok() ? events.value() : shared.options.partitions;
  if (shared.partitions < 1) {
    return Error{ErrorKind::kConfig,
                 "Expected at least one partition, but got " + std::to_string(shared.partitions)};
  }
  if (auto status = CheckPartitions(&shared); !status.ok()) return status;
  for (const auto& [name, config] : EngineTopics(names, shared.partitions)) {
    if (name == names.events && events.ok()) continue;  // its settings are its maker's
    if (!make) {
      if (auto there = shared.log->Partitions(name); !there.ok()) return there.status();
      continue;
    }
    if (auto status = shared.log->EnsureTopic(name, config); !status.ok()) return status;
  }
  return {};
}

Status Engine::Impl::OpenToRead() {
  std::vector<int32_t> numbers(static_cast<size_t>(shared.partitions));
  std::iota(numbers.begin(), numbers.end(), 0);
  if (shared.options.only_partitions) numbers = *shared.options.only_partitions;
  for (const int32_t number : numbers) {
    auto task = std::make_unique<Task>(&shared, number);
    Restore restore(&shared, task.get(), checkpoints.get());
    if (auto status = restore.Run(); !status.ok()) return status;
    auto input = shared.log->Bounds({shared.options.topics.events, number});
    if (!input.ok()) return input.status();
    task->partition().all_read = task->products.input_to >= input.value().end;
    shared.table.Put(number, task->shared_partition());
    read_only_tasks.push_back(std::move(task));
  }
  policies->Stop();
  stopped = true;
  return {};
}

Status Engine::Impl::StartWorkers() {
  shared.workers = WorkerCount(shared.options, shared.partitions);
  shared.idle.SetWorkers(static_cast<size_t>(shared.workers));
  shared.life.SetWorkers(static_cast<size_t>(shared.workers));
  for (size_t i = 0; i < static_cast<size_t>(shared.workers); ++i) {
    workers.push_back(std::make_unique<Worker>(&shared, i, checkpoints.get(), policies.get()));
    if (auto status = workers.back()->Join(); !status.ok()) return status;
  }
  if (shared.options.driven) return {};
  const base::Duration now = shared.options.monotonic();
  for (size_t i = 0; i < workers.size(); ++i) shared.life.Beat(i, now);
  watch = std::make_unique<StandstillWatch>(&shared.life, shared.options.monotonic,
                                            shared.options.longest_standstill,
                                            shared.options.on_standstill);
  for (auto& worker : workers) worker->Start();
  // Not until all partitions are here: others of the group may have them.
  const bool ready =
      shared.idle.AwaitReady([&] { return shared.stopping.load() || !shared.GoOnOpening(); });
  if (!ready) {
    for (auto& worker : workers) worker->Finish();
    if (auto failed = shared.health(); !failed.ok()) return failed;
    return Error{ErrorKind::kUnavailable, "Stopped while restoring"};
  }
  publisher->Start();
  return {};
}

Status Engine::Impl::Stop() {
  if (stopped) return shared.health();
  stopped = true;
  shared.stopping = true;
  shared.life.Restored();  // all that is to do now has as long as a turn has
  for (auto& worker : workers) worker->Finish();
  publisher->Stop();
  policies->Stop();
  workers.clear();  // leaves the group
  return shared.health();
}

Status Engine::Stop() {
  return impl_->Stop();
}

void Engine::Impl::Turn(Part part) {
  CHECK(shared.options.driven && !stopped);
  switch (part) {
    case Part::kWorkers:
      for (auto& worker : workers) worker->DoTurn();
      return;
    case Part::kCheckpoints:
      checkpoints->WriteNext();
      return;
    case Part::kPublisher:
      publisher->DoTurn();
      return;
  }
}

void Engine::Turn(Part part) {
  impl_->Turn(part);
}

bool Engine::Impl::AwaitQuiet(const std::atomic<bool>& cancelled) {
  const auto give_up = [&] { return cancelled.load() || shared.stopping.load(); };
  for (;;) {
    const auto moved = [&] { return shared.counters.rerouted + shared.counters.relayed; };
    const uint64_t before = moved();
    const uint64_t round = shared.idle.Begin();
    for (auto& worker : workers) worker->Wake();
    while (shared.options.driven && !shared.idle.AllAnswered(round) && !give_up()) {
      Turn(Part::kWorkers);
      Turn(Part::kCheckpoints);
    }
    if (!shared.idle.Await(round, give_up)) return false;
    if (moved() == before) return true;
  }
}

Status Engine::WaitIdle(const std::atomic<bool>& cancelled) {
  Shared& shared = impl_->shared;
  if (impl_->stopped) return health();
  if (!impl_->AwaitQuiet(cancelled)) return health();
  if (shared.options.clock == ClockMode::kLog) {
    // All has been read, so time may run on: to where it was told to, or at least to the same
    // instant everywhere, so that results do not depend on the number of partitions.
    base::Instant latest = shared.options.until.value_or(base::kLongAgo);
    {
      const auto view = shared.table.Look();
      for (const auto& [number, partition] : view.map()) {
        const std::lock_guard lock(partition->figures_mutex);
        latest = std::max(latest, partition->shown_clock);
      }
    }
    shared.run_on_to = latest;
    if (!impl_->AwaitQuiet(cancelled)) return health();
  }
  impl_->publisher->PublishNow();
  return health();
}

Status Engine::health() const {
  return impl_->shared.health();
}

std::shared_ptr<const model::PolicySet> Engine::policies() const {
  const auto timeline = impl_->shared.policies.load();
  return timeline->At(impl_->shared.options.wall_clock());
}

std::shared_ptr<const PolicyTimeline> Engine::timeline() const {
  return impl_->shared.policies.load();
}

base::Result<std::vector<model::Backlog>> Engine::Backlogs() const {
  return EvaluateBacklogs(impl_->shared, nullptr);
}

base::Result<std::optional<model::Backlog>> Engine::BacklogOf(const std::string& queue) const {
  return EvaluateBacklog(impl_->shared, queue);
}

base::Result<model::Backlog> Engine::Rollup(const std::string& queue) const {
  return EvaluateRollup(impl_->shared, queue);
}

std::vector<model::SourceStatus> Engine::Sources() const {
  return EvaluateSources(impl_->shared);
}

int Engine::Subscribe(Subscriber subscriber) {
  return impl_->shared.subscribers.Add(std::move(subscriber));
}

void Engine::Unsubscribe(int id) {
  impl_->shared.subscribers.Remove(id);
}

}  // namespace caseclock::runtime

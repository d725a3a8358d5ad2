#include "tests/simulation/process.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>

namespace caseclock::simulation {
namespace {

using runtime::testing::Call;
using runtime::testing::Fault;

bool Happens(Random* random, int one_in) {
  return one_in > 0 && random->OneIn(one_in);
}

// A disk that is full after so many bytes, for whatever this process writes next: the kernel cuts
// the write short, and so the file ends in half a record. RLIM_INFINITY: there is room again.
void LimitFiles(rlim_t bytes) {
  signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = std::min(bytes, limit.rlim_max);
  setrlimit(RLIMIT_FSIZE, &limit);
}

// The newest write-ahead log below a store's directory loses its last bytes, as when the machine
// died before they reached the disk.
void TearTail(const std::filesystem::path& store, int bytes) {
  std::filesystem::path newest;
  for (const auto& entry : std::filesystem::directory_iterator(store)) {
    const bool is_log = entry.path().extension() == ".log";
    if (is_log && entry.path().filename() > newest.filename()) newest = entry.path();
  }
  if (newest.empty()) return;
  const auto size = std::filesystem::file_size(newest);
  const auto lost = std::min(size, static_cast<uintmax_t>(bytes));
  std::filesystem::resize_file(newest, size - lost);
}

}  // namespace

Process::Process(Broker* broker, Place place, Random random, std::function<void()> others)
    : broker_(broker), place_(std::move(place)), random_(random), others_(std::move(others)) {}

Process::~Process() {
  if (alive()) Kill();
}

bool Process::Start(const runtime::EngineOptions& common, const Chaos& chaos) {
  options_ = Connect(common, chaos);
  return OpenEngine(options_);
}

bool Process::StandBy(const runtime::EngineOptions& common, const Chaos& chaos) {
  options_ = Connect(common, chaos);
  auto opened = runtime::Standby::Open(log_.get(), options_, base::Seconds(10));
  LimitFiles(RLIM_INFINITY);
  if (!opened.ok()) {
    End(opened.status());
    return false;
  }
  standby_ = std::move(opened).value();
  return true;
}

runtime::EngineOptions Process::Connect(const runtime::EngineOptions& common, const Chaos& chaos) {
  chaos_ = chaos;
  SpoilStores(common.partitions);
  connection_ = std::make_unique<SimulatedLog>(broker_);
  runtime::testing::Plan plan;
  plan.decide = [this](Call call) { return Decide(call); };
  plan.died = [this] { connection_->Cut(); };
  log_ = std::make_unique<runtime::testing::FaultyLog>(connection_.get(), std::move(plan));
  runtime::EngineOptions options = common;
  options.state_dir = place_.directory;
  options.instance = place_.instance;
  options.driven = true;
  options.checkpoint_probe = [this](runtime::CheckpointStage stage) { return Probe(stage); };
  return options;
}

bool Process::OpenEngine(const runtime::EngineOptions& options) {
  auto opened = runtime::Engine::Open(log_.get(), options);
  LimitFiles(RLIM_INFINITY);
  if (!opened.ok()) {
    End(opened.status());
    return false;
  }
  engine_ = std::move(opened).value();
  return true;
}

void Process::Turn(runtime::Engine::Part part) {
  if (standby_ != nullptr) return TurnStandby();
  engine_->Turn(part);
  LimitFiles(RLIM_INFINITY);  // if a checkpoint was written and met a full disk
  if (log_->faults.dead()) {
    End(runtime::testing::Faults::Injected());
  } else if (!engine_->health().ok()) {
    Stop();
  }
}

void Process::TurnStandby() {
  auto free = standby_->Turn();
  LimitFiles(RLIM_INFINITY);
  if (log_->faults.dead()) return End(runtime::testing::Faults::Injected());
  if (!free.ok()) return End(free.status());
  if (!free.value()) return;
  const base::Status stopped = standby_->Stop();
  LimitFiles(RLIM_INFINITY);
  if (!stopped.ok()) return End(stopped);
  standby_.reset();
  if (OpenEngine(options_)) ++takeovers_;
}

void Process::Stop() {
  const base::Status status = standby_ != nullptr ? standby_->Stop() : engine_->Stop();
  LimitFiles(RLIM_INFINITY);
  End(status);
}

void Process::Kill() {
  if (log_ != nullptr) log_->faults.Die();
  End({});
}

void Process::End(const base::Status& status) {
  error_ = status;
  standby_.reset();
  engine_.reset();
  log_.reset();
  connection_.reset();
  LimitFiles(RLIM_INFINITY);
}

Fault Process::PickFault(Call call) {
  if (call == Call::kCommit) {
    static constexpr Fault kOfCommits[] = {
        Fault::kFailBefore,     Fault::kFailAfter, Fault::kAbort,     Fault::kUnknownCommitted,
        Fault::kUnknownAborted, Fault::kDieAfter,  Fault::kDieBefore, Fault::kUnknownUndecided};
    return kOfCommits[random_.Below(8)];
  }
  static constexpr Fault kOfOthers[] = {Fault::kFailBefore, Fault::kDieBefore, Fault::kDieAfter,
                                        Fault::kFailAfter};
  // A read that failed has moved nothing, so it cannot fail afterwards.
  const bool reads = call == Call::kPoll || call == Call::kRead;
  return kOfOthers[random_.Below(reads ? 3 : 4)];
}

Fault Process::Decide(Call call) {
  broker_->Advance(base::Duration{random_.Below(2000)});  // a request takes its time
  if (!frozen_ && Happens(&random_, chaos_.freezes)) {
    frozen_ = true;
    connection_->Freeze(true);
    others_();
    connection_->Freeze(false);
    frozen_ = false;
  }
  // A commit is one call of many, and the one that matters.
  const int one_in = call == Call::kCommit ? chaos_.calls / 8 : chaos_.calls;
  return Happens(&random_, one_in) ? PickFault(call) : Fault::kNone;
}

base::Status Process::Probe(runtime::CheckpointStage stage) {
  if (stage == runtime::CheckpointStage::kBegun && Happens(&random_, chaos_.writes)) {
    LimitFiles(static_cast<rlim_t>(random_.Below(3000)));
  }
  return log_->Probe(stage);
}

void Process::SpoilStores(int32_t partitions) {
  for (int32_t p = 0; p < partitions; ++p) {
    const std::filesystem::path store = place_.directory + "/" + std::to_string(p);
    if (!std::filesystem::exists(store)) continue;
    if (Happens(&random_, chaos_.lost_stores)) {
      std::filesystem::remove_all(store);
    } else if (Happens(&random_, chaos_.torn_tails)) {
      TearTail(store, 1 + random_.Below(300));
    }
  }
}

}  // namespace caseclock::simulation

#include "engine/runtime/publisher.h"

#include <algorithm>
#include <set>

#include "engine/codec/output_codec.h"
#include "engine/host/log.h"
#include "engine/host/thread_name.h"
#include "engine/runtime/output_headers.h"
#include "engine/runtime/partition.h"

namespace caseclock::runtime {
namespace {

using base::Duration;
using base::Status;

constexpr std::chrono::milliseconds kLook{200};
constexpr Duration kAtMostEvery = base::Seconds(1);
// Ages and due-soon counts change with time alone.
constexpr Duration kClockToldEvery = base::Seconds(2);
constexpr Duration kRepublishEvery = base::Seconds(10);
// Evaluating holds up the partitions; it may take this share of the time.
constexpr int64_t kShareOfTime = 20;

}  // namespace

Publisher::Publisher(Shared* shared) : shared_(shared), sources_(shared), alerts_(shared) {}

Publisher::~Publisher() {
  Stop();
}

Status Publisher::Open() {
  auto appender = shared_->log->OpenAppender();
  if (!appender.ok()) return appender.status();
  appender_ = std::move(appender).value();
  return {};
}

void Publisher::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Publisher::DoTurn() {
  WorkIfDue(false, false);
}

void Publisher::Stop() {
  if (shared_->options.driven && appender_ != nullptr && !std::exchange(stopping_, true)) {
    WorkIfDue(true, true);
  }
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Publisher::PublishNow() {
  if (shared_->options.driven) return WorkIfDue(true, false);
  std::unique_lock lock(mutex_);
  const uint64_t mine = ++asked_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return done_ >= mine || stopping_; });
}

void Publisher::Run() {
  host::NameThread("publisher");
  last_ = shared_->options.monotonic();
  for (bool stop = false; !stop;) {
    uint64_t asked = 0;
    bool now = false;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kLook, [&] { return stopping_ || asked_ > done_; });
      stop = stopping_;
      asked = asked_;
      now = asked_ > done_ || stop;
    }
    WorkIfDue(now, stop);
    {
      const std::lock_guard lock(mutex_);
      done_ = std::max(done_, asked);
    }
    changed_.notify_all();
  }
}

void Publisher::WorkIfDue(bool now, bool last) {
  const Duration time = shared_->options.monotonic();
  const Duration pause{std::max(kAtMostEvery.us, took_.us * kShareOfTime)};
  if (!shared_->health().ok() || (!now && time - last_ < pause)) return;
  last_ = time;
  ShareMemory(shared_);
  const Status status = Work(last);
  if (status.ok()) return;
  if (status.error().kind != base::ErrorKind::kUnavailable || !shared_->options.outlive_outages) {
    shared_->Fail(status.error());
    return;
  }
  host::LogWarning("could not publish, trying again", {{"cause", status.error().message}});
  published_.clear();
  shares_.clear();
}

Status Publisher::Work(bool last) {
  std::set<int32_t> own;
  {
    const auto view = shared_->table.Look();
    for (const auto& [number, partition] : view.map()) own.insert(number);
  }
  // With everything in one engine there is nobody to tell.
  const bool alone = own.size() == static_cast<size_t>(shared_->partitions);
  if (!alone || shares_in_use_) {
    shares_in_use_ = true;
    if (auto status = TellShares(); !status.ok()) return status;
  }
  if (auto status = shared_->others->Read(own); !status.ok()) return status;
  const bool teller = own.contains(0);
  if (auto status = sources_.Work(teller, last); !status.ok()) return status;
  if (teller || shared_->subscribers.any()) {
    if (auto status = Publish(teller); !status.ok()) return status;
  }
  if (!last) alerts_.Work(own, teller);
  return {};
}

Status Publisher::TellShares() {
  std::map<int32_t, model::PartitionShare> shares;
  {
    const auto view = shared_->table.Look();
    for (const auto& [number, partition] : view.map()) {
      const std::lock_guard lock(partition->figures_mutex);
      model::PartitionShare share;
      share.partition = number;
      share.offset = partition->shown_offset;
      share.clock = partition->shown_clock;
      share.heard = partition->shown_heard;
      share.heard_to = partition->heard_to;
      for (const base::Atom queue : partition->figures.Queues()) {
        for (const Partition::Extreme& extreme : partition->Extremes(queue)) {
          share.extremes.push_back({queue.str(), extreme.clock.str(), extreme.at, extreme.case_id});
        }
      }
      shares[number] = std::move(share);
    }
  }
  std::erase_if(shares_, [&](const auto& told) { return !shares.contains(told.first); });
  for (auto& [number, share] : shares) {
    ToldShare now{{}, share.clock};
    std::string bytes;
    codec::EncodeShare(share, &bytes);
    share.clock = share.heard_to = {};
    codec::EncodeShare(share, &now.bytes);
    // A clock that moves alone is told at leisure, but where it stands at the end of history.
    const bool live = shared_->options.clock == ClockMode::kWall;
    const Duration pause = live ? kClockToldEvery : Duration{};
    const auto before = shares_.find(number);
    if (before != shares_.end() && before->second.bytes == now.bytes &&
        now.clock - before->second.clock <= pause) {
      continue;
    }
    const std::string key = codec::ShareKey(number);
    log::NewRecord record;
    record.key = key;
    record.value = bytes;
    const auto told = appender_->Append(shared_->options.topics.partials, {&record, 1});
    if (!told.ok()) return told.status();
    shares_[number] = std::move(now);
  }
  return {};
}

Status Publisher::Publish(bool teller) {
  // What it has only told its listeners nobody else has.
  if (teller != std::exchange(teller_, teller)) published_.clear();
  const Duration begun = shared_->options.monotonic();
  bool whole = true;
  auto backlogs = EvaluateBacklogs(*shared_, &whole);
  if (!backlogs.ok()) return backlogs.status();
  if (!whole) return {};  // half of a queue is no figure to go by
  took_ = shared_->options.monotonic() - begun;
  const bool all = begun >= republish_at_ && shared_->options.clock == ClockMode::kWall;
  if (all) republish_at_ = begun + kRepublishEvery;
  for (model::Backlog& backlog : backlogs.value()) {
    // Only instants differ: nothing has happened in this queue.
    model::Backlog bare = backlog;
    if (shared_->options.clock == ClockMode::kWall) {
      bare.as_of = bare.watermark = {};
      bare.offsets.clear();
    }
    bare.age_max = bare.age_p50 = bare.age_p90 = bare.net_age_max = 0;
    bare.unassigned.age_seconds_max = bare.ungraded.age_seconds_max = 0;
    for (auto& [name, clock] : bare.clocks) clock.overdue_seconds_max = 0;
    std::string bytes;
    codec::EncodeBacklog(bare, &bytes);
    std::string& before = published_[backlog.queue];
    if (!all && before == bytes) continue;
    before = std::move(bytes);
    if (teller) {
      if (auto status = Append(backlog); !status.ok()) return status;
    }
    if (!shared_->subscribers.any()) continue;
    EngineEvent event;
    event.kind = EngineEvent::Kind::kBacklog;
    event.backlog = std::make_shared<const model::Backlog>(std::move(backlog));
    shared_->subscribers.Tell(event);
  }
  return {};
}

Status Publisher::Append(const model::Backlog& backlog) {
  std::string bytes;
  if (shared_->options.json_outputs) {
    bytes = codec::BacklogToJson(backlog);
  } else {
    codec::EncodeBacklog(backlog, &bytes);
  }
  OutputHeaders headers(shared_->options.json_outputs);
  log::NewRecord record;
  record.key = backlog.queue;
  record.value = bytes;
  record.headers = headers.OfBacklog(backlog, bytes);
  return appender_->Append(shared_->options.topics.backlog, {&record, 1}).status();
}

}  // namespace caseclock::runtime

// kafka_meter: from the append of a referral that is breached already to its alert.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "consumers/simulator/live.h"
#include "engine/codec/output_codec.h"
#include "engine/host/clock.h"
#include "tests/bench/kafka/meter/meter.h"
#include "tests/bench/live_probes.h"

namespace caseclock::bench {
namespace {

using base::Duration;
using base::Status;

constexpr std::string_view kProbe = "PROBE-";
constexpr Duration kPatience = base::Seconds(30);  // for the last alerts

// When probes were sent, and how long their alerts took.
class Probes {
 public:
  void Sent(const std::string& case_id, bool counts) {
    const std::lock_guard lock(mutex_);
    sent_[case_id] = {host::Monotonic(), counts};
  }
  void Seen(const std::string& case_id) {
    const Duration now = host::Monotonic();
    const std::lock_guard lock(mutex_);
    const auto found = sent_.find(case_id);
    if (found == sent_.end()) return;
    if (found->second.counts) {
      waits_.push_back(static_cast<double>((now - found->second.at).us) / 1'000.0);
    }
    sent_.erase(found);
  }
  size_t missing() {
    const std::lock_guard lock(mutex_);
    return sent_.size();
  }
  // In milliseconds, sorted.
  std::vector<double> Take() {
    const std::lock_guard lock(mutex_);
    std::ranges::sort(waits_);
    return std::move(waits_);
  }

 private:
  struct Probe {
    Duration at;
    bool counts = false;
  };
  std::mutex mutex_;
  std::map<std::string, Probe> sent_;
  std::vector<double> waits_;
};

// Reads `alerts` from its end on, as a consumer would who is told of them.
class Watcher {
 public:
  static base::Result<std::unique_ptr<Watcher>> Start(log::Log* log, const std::string& topic,
                                                      Probes* probes) {
    std::unique_ptr<Watcher> watcher(new Watcher(log, probes));
    auto consumer = log->Join("kafka_meter." + std::to_string(getpid()), "", {topic});
    if (!consumer.ok()) return consumer.error();
    watcher->consumer_ = std::move(consumer).value();
    if (auto status = watcher->AwaitPartitions(); !status.ok()) return status.error();
    watcher->thread_ = std::thread([raw = watcher.get()] { raw->failed_ = raw->Run(); });
    return watcher;
  }
  ~Watcher() { static_cast<void>(Stop()); }
  Status Stop() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
    return failed_;
  }

 private:
  Watcher(log::Log* log, Probes* probes) : log_(log), probes_(probes) {}

  Status AwaitPartitions() {
    const Duration deadline{host::Monotonic().us + kPatience.us};
    while (host::Monotonic() < deadline) {
      auto polled = consumer_->Poll(base::Millis(100), 1);
      if (!polled.ok()) return polled.status();
      if (polled.value().kind != log::Polled::Kind::kAssigned) continue;
      for (const log::TopicPartition& partition : polled.value().partitions) {
        const auto bounds = log_->Bounds(partition);
        if (!bounds.ok()) return bounds.status();
        const Status sought = consumer_->Seek(partition, bounds.value().end);
        if (!sought.ok()) return sought;
      }
      return {};
    }
    return base::Error{base::ErrorKind::kUnavailable,
                       "Expected the partitions of the alerts, but the group gave none"};
  }

  Status Run() {
    while (!over_) {
      auto polled = consumer_->Poll(base::Millis(50), 4'096);
      if (!polled.ok() && polled.error().kind != base::ErrorKind::kUnavailable) {
        return polled.status();
      }
      if (!polled.ok() || polled.value().kind != log::Polled::Kind::kRecords) continue;
      for (const log::RecordView& record : polled.value().batch->records()) {
        if (record.value.value_or("").find(kProbe) == std::string_view::npos) continue;
        model::Alert alert;
        const Status decoded = codec::DecodeAlert(*record.value, &alert);
        if (!decoded.ok()) return decoded;
        if (alert.kind == model::RungKind::kBreach) probes_->Seen(alert.case_id);
      }
    }
    return {};
  }

  log::Log* const log_;
  Probes* const probes_;
  std::unique_ptr<log::Consumer> consumer_;
  std::atomic<bool> over_{false};
  Status failed_;
  std::thread thread_;
};

// The load and the probes among it. Answers events a second.
base::Result<double> Feed(const MeterFlags& flags, log::Log* log, Probes* probes) {
  auto appender = log->OpenAppender();
  if (!appender.ok()) return appender.error();
  simulator::LiveOptions options;
  options.seed = 7;
  options.events_per_second = flags.rate;
  options.start = host::WallClock();
  simulator::Live live(options);
  const Duration begun = host::Monotonic();
  const Duration length = base::Seconds(flags.warm + flags.seconds);
  const Ticker ticker(base::Millis(2));
  uint64_t fed = 0;
  int64_t probed = 0;
  for (Duration at{}; at < length; ticker.Wait(), at = host::Monotonic() - begun) {
    const std::vector<simulator::Generated> events = live.Until(host::WallClock());
    fed += events.size();
    std::vector<log::NewRecord> records = RecordsOf(events);
    std::string id;
    std::string bytes;
    if (probed * 1'000'000 < at.us * flags.probes) {
      id = std::string(kProbe) + std::to_string(options.start.us) + "-" + std::to_string(++probed);
      bytes = ProbeOf(id, host::WallClock(), kBreachedLongSince);
      records.push_back(RecordOf(id, bytes));
      probes->Sent(id, at >= base::Seconds(flags.warm));
    }
    const auto appended = appender.value()->Append(flags.prefix + ".events", records);
    if (!appended.ok()) return appended.error();
  }
  return static_cast<double>(fed) / (static_cast<double>((host::Monotonic() - begun).us) / 1e6);
}

}  // namespace

int Latency(const MeterFlags& flags) {
  auto log = Connect(flags);
  if (!log.ok()) return Cannot(log.error());
  Probes probes;
  auto watcher = Watcher::Start(log.value().get(), flags.prefix + ".alerts", &probes);
  if (!watcher.ok()) return Cannot(watcher.error());
  const auto rate = Feed(flags, log.value().get(), &probes);
  if (!rate.ok()) return Cannot(rate.error());
  const Ticker ticker(base::Millis(10));
  const Duration deadline{host::Monotonic().us + kPatience.us};
  while (probes.missing() > 0 && host::Monotonic() < deadline) ticker.Wait();
  if (auto status = watcher.value()->Stop(); !status.ok()) return Cannot(status.error());
  const size_t missing = probes.missing();
  const std::vector<double> waits = probes.Take();
  if (missing > 0 || waits.empty()) {
    return Cannot({base::ErrorKind::kUnavailable,
                   "Expected an alert for each probe, but " + std::to_string(missing) +
                       " are missing after " + std::to_string(kPatience.us / 1'000'000) +
                       " s: is the engine up, and can it keep up with the rate?"});
  }
  const auto at = [&](double share) {
    return waits[static_cast<size_t>(share * static_cast<double>(waits.size() - 1))];
  };
  std::printf(
      "{\"rate\": %.0f, \"samples\": %zu, \"p50_ms\": %.2f, \"p90_ms\": %.2f, \"p99_ms\": %.2f, "
      "\"max_ms\": %.2f}\n",
      rate.value(), waits.size(), at(0.5), at(0.9), at(0.99), at(1));
  return 0;
}

}  // namespace caseclock::bench

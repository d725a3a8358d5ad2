#pragma once

// Metrics in the Prometheus text format (version 0.0.4): counters, gauges and histograms, named
// caseclock_<noun>_<unit>[_total]. A Metrics owns its instruments; they live as long as it does.
// Registering takes a lock, once; counting is lock-free; any thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace caseclock::host {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  void Add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Gauge {
 public:
  void Set(double v) { value_.store(v, std::memory_order_relaxed); }
  [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds);
  void Observe(double v);
  [[nodiscard]] uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  // The upper bound of the bucket in which this share (0 … 1) of the observations is reached; 0
  // without any.
  [[nodiscard]] double Quantile(double share) const;

 private:
  friend class Metrics;
  const std::vector<double> bounds_;  // ascending; +Inf is implied
  std::vector<std::atomic<uint64_t>> buckets_;
  std::atomic<uint64_t> count_{0};
  std::atomic<double> sum_{0};
};

// 0.5 ms … 10 s.
std::vector<double> LatencyBounds();

class Metrics {
 public:
  // Asking again for the same name and labels gives the same instrument. REQUIRES: one kind and
  // help text a name.
  Counter& AddCounter(const std::string& name, const std::string& help, Labels labels = {});
  Gauge& AddGauge(const std::string& name, const std::string& help, Labels labels = {});
  Histogram& AddHistogram(const std::string& name, const std::string& help,
                          std::vector<double> bounds, Labels labels = {});
  // Called at the start of every Expose, to set gauges that are cheap to read but change often.
  void BeforeExpose(std::function<void()> refresh);

  // The whole exposition, names and labels in order.
  [[nodiscard]] std::string Expose() const;

 private:
  struct Family {
    std::string type;
    std::string help;
    std::map<std::string, std::unique_ptr<Counter>> counters;  // by rendered labels
    std::map<std::string, std::unique_ptr<Gauge>> gauges;
    std::map<std::string, std::unique_ptr<Histogram>> histograms;
  };
  Family& FamilyOf(const std::string& name, const std::string& help, const std::string& type);

  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
  std::vector<std::function<void()>> refreshers_;
};

}  // namespace caseclock::host

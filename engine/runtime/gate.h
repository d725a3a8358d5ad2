#pragma once

// Who may look into a partition: its worker from the first event of a commit until that commit is
// done, so that nobody sees half of one; a query between two commits. A waiting query goes first,
// because a busy worker would take a plain mutex back before anybody else woke up.

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace caseclock::runtime {

class Gate {
 public:
  // The worker's side. Not recursive.
  void Close() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return queries_ == 0; });
    closed_ = true;
  }
  void Open() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = false;
    }
    changed_.notify_all();
  }
  // A query waits: a worker that holds the gate should commit soon.
  [[nodiscard]] bool wanted() const { return waiting_.load(std::memory_order_relaxed); }

  // A query's side; queries exclude each other, too: they share the partition's cache.
  class Visit {
   public:
    explicit Visit(Gate* gate) : gate_(gate), turn_(gate->turn_) {
      std::unique_lock lock(gate_->mutex_);
      ++gate_->queries_;
      gate_->waiting_ = true;
      gate_->changed_.wait(lock, [&] { return !gate_->closed_; });
    }
    ~Visit() {
      {
        const std::lock_guard lock(gate_->mutex_);
        gate_->waiting_ = --gate_->queries_ > 0;
      }
      gate_->changed_.notify_all();
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    Gate* gate_;
    std::unique_lock<std::mutex> turn_;
  };

 private:
  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int queries_ = 0;
  bool closed_ = false;
  std::atomic<bool> waiting_{false};
};

}  // namespace caseclock::runtime

#pragma once

// Which partitions this engine has. Workers put them in and take them out; queries hold the table
// while they look, because a store can only be opened again once nobody holds the old one.
// Order of locks: table, then gate, then figures_mutex.

#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>

namespace caseclock::runtime {

class Partition;

class PartitionTable {
 public:
  using Map = std::map<int32_t, std::shared_ptr<Partition>>;

  void Put(int32_t number, std::shared_ptr<Partition> partition) {
    const std::unique_lock lock(mutex_);
    map_[number] = std::move(partition);
  }
  void Remove(int32_t number) {
    const std::unique_lock lock(mutex_);
    map_.erase(number);
  }
  // Holds the table as long as it lives.
  class View {
   public:
    explicit View(const PartitionTable& table) : lock_(table.mutex_), map_(table.map_) {}
    [[nodiscard]] const Map& map() const { return map_; }

   private:
    std::shared_lock<std::shared_mutex> lock_;
    const Map& map_;
  };
  [[nodiscard]] View Look() const { return View(*this); }

 private:
  mutable std::shared_mutex mutex_;
  Map map_;
};

}  // namespace caseclock::runtime

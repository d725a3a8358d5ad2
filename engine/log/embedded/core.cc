#include "engine/log/embedded/core.h"

#include <algorithm>
#include <utility>

#include "engine/log/embedded/group.h"

namespace caseclock::log::embedded {

Core::Core(EmbeddedOptions o, std::unique_ptr<Database> d)
    : options(std::move(o)), database(std::move(d)) {}
Core::~Core() = default;

void Listen(Partition* partition, Signal* signal) {
  partition->listeners.push_back(signal);
  partition->listening = static_cast<int>(partition->listeners.size());
}

void Unlisten(Partition* partition, Signal* signal) {
  std::erase(partition->listeners, signal);
  partition->listening = static_cast<int>(partition->listeners.size());
}

void DropRecent(Core* core, Partition* partition, int64_t offset) {
  while (!partition->recent.empty() && partition->recent.front().last < offset) {
    core->recent_bytes -= partition->recent.front().raw->size;
    partition->recent.pop_front();
    core->recent_order.erase(std::ranges::find(core->recent_order, partition));
  }
}

std::string NameOf(const Partition& partition) {
  return partition.name->topic + "/" + std::to_string(partition.name->partition);
}

}  // namespace caseclock::log::embedded

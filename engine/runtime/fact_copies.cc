#include "engine/runtime/fact_copies.h"

#include "engine/runtime/arrival_headers.h"

namespace caseclock::runtime {

FactCopies::FactCopies(int32_t partitions) : copies_(static_cast<size_t>(partitions)) {
  for (size_t number = 0; number < copies_.size(); ++number) {
    Copy& copy = copies_[number];
    for (int64_t i = 0; log::PartitionOf(copy.key, partitions) != static_cast<int32_t>(number);) {
      copy.key = "handlers/" + std::to_string(i++);
    }
    copy.number = std::to_string(number);
    copy.header = {kRelayedToHeader, copy.number};
  }
}

void FactCopies::Append(log::NewRecord fact, std::vector<log::NewRecord>* records) const {
  for (const Copy& copy : copies_) {
    fact.key = copy.key;
    fact.headers = {&copy.header, 1};
    records->push_back(fact);
  }
}

}  // namespace caseclock::runtime

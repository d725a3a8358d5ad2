#pragma once

// A fact about a handler for every partition of the input, by a client that sends it to each
// itself, so that each has it before the records behind it. (The engine relays a fact that a client
// sent once, but behind what was sent after it.)

#include <cstdint>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace caseclock::runtime {

// For a topic of so many partitions, 1 at least. The records it makes borrow from it and from the
// fact: it neither moves nor ends before they are appended. One thread at a time.
class FactCopies {
 public:
  explicit FactCopies(int32_t partitions);
  FactCopies(const FactCopies&) = delete;
  FactCopies& operator=(const FactCopies&) = delete;

  // Appends one copy a partition of `fact`, whose key and headers do not count.
  void Append(log::NewRecord fact, std::vector<log::NewRecord>* records) const;

 private:
  // What a copy needs to get into one partition.
  struct Copy {
    std::string key;  // of that partition
    std::string number;
    log::HeaderView header;
  };
  std::vector<Copy> copies_;  // by partition
};

}  // namespace caseclock::runtime

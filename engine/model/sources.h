#pragma once

// Sources of events, records systems, and when they were heard: what tells that one fell silent.

#include <cstdint>
#include <vector>

#include "engine/base/atom.h"
#include "engine/base/instant.h"

namespace caseclock::model {

using base::Atom;
using base::Instant;

// An event that came in.
struct Hearing {
  Instant at = base::kLongAgo;  // the partition clock when it was taken; kLongAgo: there was none
  uint64_t event = 0;           // its fingerprint (event.h); 0: there was none
  int32_t partition = 0;        // of the input topic …
  int64_t offset = 0;           // … and where it lies there
  bool operator==(const Hearing&) const = default;
};

// From one event to the next, in one partition.
struct SourceGap {
  Hearing from;
  Hearing to;
  bool operator==(const SourceGap&) const = default;
};

// What one partition knows of a source: the last event, and the gaps before it that were longer
// than the source may be silent. A silence of the source is a gap in every partition.
struct SourceHeard {
  Atom source;
  Hearing last;
  std::vector<SourceGap> gaps;  // in the order of time
  bool operator==(const SourceHeard&) const = default;
};
using HeardSources = std::vector<SourceHeard>;  // by source, as they were first heard

// How a source stands, for people and metrics.
struct SourceStatus {
  Atom source;
  Instant heard_at = base::kLongAgo;  // of the last event; kLongAgo: none
  Instant due_at;                     // silent if nothing is heard by then
  bool silent = false;
  bool operator==(const SourceStatus&) const = default;
};

}  // namespace caseclock::model

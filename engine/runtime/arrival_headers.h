#pragma once

// Where a client put a record that the engine moved to the partition of its case: two headers that
// travel with it, so that its arrival stays the original one. The names are on the wire and never
// change.

#include <string>
#include <utility>
#include <vector>

#include "engine/log/log.h"
#include "engine/model/event.h"

namespace caseclock::runtime {

inline constexpr char kOriginPartitionHeader[] = "caseclock-origin-partition";
inline constexpr char kOriginOffsetHeader[] = "caseclock-origin-offset";

// The arrival of a record read from `partition`: its origin if the headers name one.
model::Arrival ArrivalOf(const log::RecordView& record, int32_t partition);
// Names the origin, unless the headers do already.
void AddArrivalHeaders(const model::Arrival& arrival,
                       std::vector<std::pair<std::string, std::string>>* headers);

}  // namespace caseclock::runtime

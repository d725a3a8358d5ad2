#pragma once

// Where a client put a record that the engine moved to the partition of its case, or relayed to all
// others: headers that travel with it, so that its arrival stays the original one. The names are on
// the wire and never change.

#include <string>
#include <utility>
#include <vector>

#include "engine/log/log.h"
#include "engine/model/event.h"

namespace caseclock::runtime {

inline constexpr char kOriginPartitionHeader[] = "caseclock-origin-partition";
inline constexpr char kOriginOffsetHeader[] = "caseclock-origin-offset";
// With a fact about a handler: the partition that this copy is for, which relays it no further.
inline constexpr char kRelayedToHeader[] = "caseclock-relayed-to";

// The arrival of a record read from `partition`: its origin if the headers name one.
model::Arrival ArrivalOf(const log::RecordView& record, int32_t partition);
// Whether it is the copy for `partition`, of a fact about a handler: relayed by the engine, or by a
// client that sends one to every partition itself, so that each has it before what follows.
bool IsRelayed(const log::RecordView& record, int32_t partition);
// Names the origin, unless the headers do already.
void AddArrivalHeaders(const model::Arrival& arrival,
                       std::vector<std::pair<std::string, std::string>>* headers);

}  // namespace caseclock::runtime

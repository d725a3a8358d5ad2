#pragma once

// Where a store stands: exactly after one commit. Stored with every checkpoint, in the same write.
//   version:u8 (1) sequence:be64 commit hash:be64+be64 cases offset:be64 input offset:be64 clock
// and, as version 2, with the sources that were heard behind it (codec::EncodeHeard), where there
// are some; as version 3 with calendars_of between the two. The layout never changes; a new one
// gets a new version byte.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/hash.h"
#include "engine/base/instant.h"
#include "engine/base/result.h"
#include "engine/model/sources.h"

namespace caseclock::store {

struct Position {
  int64_t sequence = 0;                  // of the last commit; 0: none yet
  base::Hash128 commit;                  // hash of its record's bytes
  int64_t cases_offset = 0;              // of the `cases` partition: the next record to replay
  int64_t input_offset = 0;              // of the input partition: the next record to process
  base::Instant clock = base::kLongAgo;  // the partition clock of the commit
  model::HeardSources heard;             // as of the commit
  // All cases have followed the calendars of the sets that came into force by then
  // (core/follow_calendars.h); the epoch: of none, or nobody has looked.
  base::Instant calendars_of;
  bool operator==(const Position&) const = default;
};

std::string EncodePosition(const Position& position);
base::Result<Position> DecodePosition(std::string_view bytes);

}  // namespace caseclock::store

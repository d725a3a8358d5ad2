#pragma once

// The stuff queue figures are made of: facts about cases, each at a second, counted by queue, kind
// and labels in chunks of a UTC day. Absolute counts merge by addition over partitions, exactly,
// and are evaluated at any instant without a tick per case.

#include <cstdint>
#include <vector>

#include "engine/base/atom.h"

namespace caseclock::model {

using base::Atom;

// Standing facts come and go with the case's state; event facts stay for good, unless a late event
// takes them back. `second` and `other` are seconds since the epoch. Numbers are on the wire and
// never change. `risk` is the grade that the case has; of what is met or missed, that of its limit.
enum class FigureKind : uint8_t {
  // standing                     label1     label2   second               other
  kOpen = 1,           //         stage      risk     opened
  kUnassigned = 2,     //         risk       -        since
  kUngraded = 3,       //         -          -        since
  kPaused = 4,         //         reason     -        since
  kNetRunning = 5,     //         -          -        opened + paused time
  kNetFrozen = 6,      //         -          -        0                    net age in seconds
  kClockRunning = 7,   //         clock      risk     due                  cycle's start
  kClockPaused = 8,    //         clock      risk     paused since         cycle's start
  kClockUndated = 9,   //         clock      risk     cycle's start
  kClosed = 10,        //         outcome    -        closed
  kOutcome = 11,       //         code       -        recorded             opened
  kOpenedCohort = 12,  //         -          -        opened   (every case of the queue, for ratios)
  kUnqualified = 13,   //         risk       -        since
  kHandled = 14,       //         handler    -        0        (where the policy limits caseloads)
  // events
  kFlowIn = 20,              //         -          -        when
  kFlowOut = 21,             //         -          -        when
  kClockMet = 22,            //         clock      risk     stopped              cycle's start
  kClockMissed = 23,         //         clock      risk     due                  cycle's start
  kScreenedIn = 24,          // guidance   role     when
  kScreenedOut = 25,         // guidance   role     when
  kScreenedReturned = 26,    // guidance   role     when
  kScreeningDeviation = 27,  // guidance   role     when   (besides the decision that it is of)
};

struct FigureKey {
  Atom queue;
  FigureKind kind = FigureKind::kOpen;
  Atom label1;
  Atom label2;
  bool operator==(const FigureKey&) const = default;
  bool operator<(const FigureKey& o) const;  // by text: the same in every run
};

struct FigureDelta {
  FigureKey key;
  int64_t second = 0;
  int64_t other = 0;
  int32_t count = 0;  // + added, - taken back

  [[nodiscard]] bool SameFact(const FigureDelta& o) const {
    return second == o.second && other == o.other && key == o.key;
  }
};

// One day of one figure in one partition: sorted by (second, other), no zero counts.
struct FigureChunk {
  struct Entry {
    int64_t second = 0;
    int64_t other = 0;
    int64_t count = 0;
  };
  std::vector<Entry> entries;
};

// The UTC day a second falls into: the chunk it is kept in.
constexpr int32_t ChunkDay(int64_t second) {
  return static_cast<int32_t>((second >= 0 ? second : second - 86'399) / 86'400);
}

}  // namespace caseclock::model

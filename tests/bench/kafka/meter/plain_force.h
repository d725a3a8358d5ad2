#pragma once

// The events of a force with plain cases, in order of event time: what the Kafka Streams job of the
// benchmark is fed with (its README tells: a case every 5.44 s, open for about 12 days, 64 queues,
// 0.5 % sent twice, 5 % of the screenings and 4 % of the outcomes late), as events of ours.
// They are the same each time, and more of them begin with those of fewer.

#include <cstdint>
#include <queue>
#include <string>
#include <vector>

#include "engine/base/instant.h"
#include "engine/model/event.h"

namespace caseclock::bench {

class PlainForce {
 public:
  PlainForce() { Begin(); }

  struct Record {
    base::Instant at;
    std::string case_id;
    std::string bytes;  // canonical binary form
  };
  Record Next();
  // Cases referred so far.
  [[nodiscard]] uint64_t cases() const { return next_case_ - 1; }

 private:
  enum class What { kReferred, kScreened, kAssigned, kPaused, kResumed, kClosed };
  struct Step {
    base::Instant at;
    What what = What::kReferred;
  };
  struct Case {
    uint64_t number = 0;
    uint64_t queue = 0;
    uint64_t risk = 0;
    std::vector<Step> steps;
    size_t done = 0;
  };
  struct Later {
    bool operator()(const Case& a, const Case& b) const {
      const base::Instant x = a.steps[a.done].at;
      const base::Instant y = b.steps[b.done].at;
      return x == y ? a.number > b.number : y < x;
    }
  };
  void Begin();
  static model::EventBody BodyOf(const Case& one);
  [[nodiscard]] Record RecordOf(const Case& one) const;

  uint64_t next_case_ = 0;
  uint64_t sent_ = 0;
  int again_ = 0;  // how often the last record is yet to be repeated
  Record last_;
  Case upcoming_;
  std::priority_queue<Case, std::vector<Case>, Later> open_;
};

}  // namespace caseclock::bench

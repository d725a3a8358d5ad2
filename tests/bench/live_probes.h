#pragma once

// What the latency benches share: a steady beat, and referrals that raise alerts at once or soon.

#include <sys/timerfd.h>
#include <unistd.h>

#include <ctime>
#include <string>
#include <vector>

#include "consumers/simulator/live.h"
#include "engine/base/check.h"
#include "engine/base/instant.h"
#include "engine/codec/event_codec.h"
#include "engine/log/log.h"
#include "engine/model/event.h"

namespace caseclock::bench {

// Paces the load: Wait returns at every multiple of its interval.
class Ticker {
 public:
  explicit Ticker(base::Duration interval) : fd_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
    CHECK(fd_ >= 0);
    const timespec every{interval.us / 1'000'000, interval.us % 1'000'000 * 1'000};
    const itimerspec spec{every, every};
    CHECK(timerfd_settime(fd_, 0, &spec, nullptr) == 0);
  }
  ~Ticker() { close(fd_); }
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;
  void Wait() const {
    uint64_t ticks = 0;
    CHECK(read(fd_, &ticks, sizeof ticks) == sizeof ticks);
  }

 private:
  const int fd_;
};

// Both must outlive it.
inline log::NewRecord RecordOf(const std::string& case_id, const std::string& bytes) {
  log::NewRecord record;
  record.key = case_id;
  record.value = bytes;
  return record;
}

// Of the load: of `events`, which must outlive them.
inline std::vector<log::NewRecord> RecordsOf(const std::vector<simulator::Generated>& events) {
  std::vector<log::NewRecord> records;
  for (const auto& event : events) records.push_back(RecordOf(event.case_id, event.bytes));
  return records;
}

// How long since a critical incident was referred: its first response has an hour.
constexpr base::Duration kBreachedLongSince = base::Days(2);

// The bytes of the referral of a critical incident that happened `ago` before `now`.
inline std::string ProbeOf(const std::string& case_id, base::Instant now, base::Duration ago) {
  model::Event event;
  event.event_id = case_id;
  event.source = base::Atom::Intern("bench");
  event.case_id = case_id;
  event.occurred_at = now - ago;
  model::Referred referred;
  referred.queue = base::Atom::Intern("demo/desk");
  referred.risk = base::Atom::Intern("critical");
  event.body = referred;
  std::string bytes;
  codec::EncodeEvent(event, &bytes);
  return bytes;
}

}  // namespace caseclock::bench

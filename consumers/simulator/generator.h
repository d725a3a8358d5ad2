#pragma once

// A synthetic force: the events of many cases, in the order in which they arrive. Pure: the same
// options give the same events, byte for byte. Memory grows with the cases open at a time.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "consumers/simulator/plan.h"

namespace caseclock::simulator {

struct Options {
  uint64_t seed = 1;
  uint32_t cases = 1000;
  base::Duration span = base::Days(90);  // referrals are spread over it, with weekends and surges
  Instant end;                           // nothing arrives later
  double waits = kUsualWaits;            // see plan.h
  std::string force = "wmp";             // queues are force/marac and so on
  std::vector<Planned> plants;           // see plants.h; merged in by arrival
  bool handlers = true;                  // with what is known of the people, see handlers.h
};

struct Generated {
  Instant arrives;
  Instant occurred;
  std::string case_id;  // of a fact about a handler, the handler: the record's key
  std::string bytes;    // canonical binary form
  bool about_handler = false;
};

class Generator {
 public:
  explicit Generator(Options options);
  ~Generator();

  // The next event to arrive; absent when there is none until the end.
  std::optional<Generated> Next();
  // What the cases under way would have done after the end, by case and in order of step: for
  // --live. To be called once, when Next has answered nothing.
  std::vector<std::vector<Planned>> TakePending();

 private:
  struct Intake;  // the referrals of one queue, in order of time
  void TakeIn();
  Options options_;
  std::vector<Intake> intakes_;
  std::vector<Planned> waiting_;  // a heap by arrival
  std::vector<Generated> facts_;  // about handlers, the next one last
};

// How many of `cases` go to each queue.
uint32_t CasesOf(Queue queue, uint32_t cases);
// Referrals of a queue on a day of the span (0 …) against its average: weekends are quieter, surges
// treble a stretch of days.
double Intensity(Queue queue, int day, int days, bool weekend);

}  // namespace caseclock::simulator

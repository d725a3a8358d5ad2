#pragma once

// What stands on the other end of the standard streams: colours and bars are for
// people at a terminal, plain lines for files and pipes.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/instant.h"

namespace caseclock::cli {

// Standard streams that were closed, or else the next file that is opened is taken for one: what is
// read from it or said there still fails. False: that cannot be had.
bool HoldStandardStreams();

bool IsTerminal(int descriptor);
// Colours on standard output: only at a terminal, and not where NO_COLOR is set (no-color.org) or
// TERM is "dumb".
bool UseColours();
// Columns of the terminal on `descriptor`; 100 where there is none.
int TerminalWidth(int descriptor);

// Of text on standard output: 0 where that is no terminal, and so breaks no lines.
size_t TextWidth();

// `text` in a colour, when `on`. Colours never carry meaning alone.
enum class Colour { kRed, kYellow, kGreen, kDim, kBold };
std::string Coloured(std::string_view text, Colour colour, bool on);

// 1234567 → "1,234,567"
std::string Grouped(int64_t number);
// 1, "event" → "1 event"; 2000 → "2,000 events"
std::string Counted(int64_t number, std::string_view one);
// Seconds as people say them: "3 d 04:05", "04:05:06".
std::string ForPeople(int64_t seconds);
// How far time has come in what is processed, to the second; empty where it has not begun.
std::string ClockNote(base::Instant clock);
// Characters, not bytes; for aligning columns.
size_t DisplayWidth(std::string_view utf8);

// Progress of something long, on standard error: one line redrawn ten times a second at a terminal,
// else a line every few seconds. Not thread-safe.
class Progress {
 public:
  // `total` 0: unknown, so no bar. `unit`: "events".
  Progress(std::string label, std::string unit, bool quiet = false);
  ~Progress();  // as Done()
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `share` done, 0 … 1, negative when unknown; `count` so far; `note` is appended. Cheap to call.
  void Update(double share, uint64_t count, std::string_view note = {});
  // Wipes the bar.
  void Done();

 private:
  using Clock = std::chrono::steady_clock;
  std::string label_;
  std::string unit_;
  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point started_;
  Clock::time_point next_;
};

}  // namespace caseclock::cli

#include "consumers/cli/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "engine/base/time_text.h"

namespace caseclock::cli {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kLineEvery = std::chrono::seconds(5);

std::string Bar(double share, int width) {
  const int full = std::clamp(static_cast<int>(share * width), 0, width);
  std::string bar = "[";
  bar.append(static_cast<size_t>(full), '#').append(static_cast<size_t>(width - full), '.');
  return bar + "]";
}

}  // namespace

bool HoldStandardStreams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0) continue;
    // The lowest that is free, as those below are taken. Not for what the stream is there for.
    if (open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) != stream) return false;
  }
  return true;
}

bool IsTerminal(int descriptor) {
  return isatty(descriptor) == 1;
}

bool UseColours() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return false;
  if (term != nullptr && std::strcmp(term, "dumb") == 0) return false;
  return IsTerminal(STDOUT_FILENO);
}

int TerminalWidth(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 1) return size.ws_col;
  return 100;
}

size_t TextWidth() {
  return IsTerminal(STDOUT_FILENO) ? static_cast<size_t>(TerminalWidth(STDOUT_FILENO)) : 0;
}

std::string Coloured(std::string_view text, Colour colour, bool on) {
  if (!on) return std::string(text);
  const char* code = "";
  switch (colour) {
    case Colour::kRed:
      code = "31";
      break;
    case Colour::kYellow:
      code = "33";
      break;
    case Colour::kGreen:
      code = "32";
      break;
    case Colour::kDim:
      code = "2";
      break;
    case Colour::kBold:
      code = "1";
      break;
  }
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::string Grouped(int64_t number) {
  std::string digits = std::to_string(number < 0 ? -number : number);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return number < 0 ? "-" + digits : digits;
}

std::string Counted(int64_t number, std::string_view one) {
  return Grouped(number) + " " + std::string(one) + (number == 1 ? "" : "s");
}

std::string ForPeople(int64_t seconds) {
  const bool negative = seconds < 0;
  if (negative) seconds = -seconds;
  char text[64];
  const long long days = seconds / 86'400;
  const int hours = static_cast<int>(seconds / 3'600 % 24);
  const int minutes = static_cast<int>(seconds / 60 % 60);
  if (days > 0) {
    std::snprintf(text, sizeof text, "%s%lld d %02d:%02d", negative ? "-" : "", days, hours,
                  minutes);
  } else {
    std::snprintf(text, sizeof text, "%s%02d:%02d:%02d", negative ? "-" : "", hours, minutes,
                  static_cast<int>(seconds % 60));
  }
  return text;
}

std::string ClockNote(base::Instant clock) {
  if (clock.Seconds() <= 0) return "";
  return "clock " + base::FormatInstant(base::Instant::FromSeconds(clock.Seconds()));
}

size_t DisplayWidth(std::string_view utf8) {
  return static_cast<size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

Progress::Progress(std::string label, std::string unit, bool quiet)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      quiet_(quiet),
      terminal_(IsTerminal(STDERR_FILENO)),
      started_(Clock::now()),
      next_(started_ + (terminal_ ? std::chrono::milliseconds(300) : kLineEvery)) {}

Progress::~Progress() {
  Done();
}

void Progress::Update(double share, uint64_t count, std::string_view note) {
  if (quiet_) return;
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + (terminal_ ? kRedraw : std::chrono::milliseconds(kLineEvery));
  const double seconds = std::chrono::duration<double>(now - started_).count();
  std::string line = label_ + " ";
  if (share >= 0) {
    char percent[16];
    std::snprintf(percent, sizeof percent, " %3d %%  ", static_cast<int>(share * 100));
    line += (terminal_ ? Bar(share, 24) : std::string()) + percent;
  }
  line += Grouped(static_cast<int64_t>(count)) + " " + unit_;
  if (seconds > 0.5) {
    line += "  " + Grouped(static_cast<int64_t>(static_cast<double>(count) / seconds)) + "/s";
  }
  if (!note.empty()) line += "  " + std::string(note);
  if (terminal_) {
    const auto width = static_cast<size_t>(TerminalWidth(STDERR_FILENO)) - 1;
    if (line.size() > width) line.resize(width);
    std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
    drawn_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

void Progress::Done() {
  if (drawn_) std::fprintf(stderr, "\r\x1b[K");
  drawn_ = false;
  quiet_ = true;
}

}  // namespace caseclock::cli

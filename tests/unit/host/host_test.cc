// What the host layer shows to the outside: log lines, stop signals.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <csignal>
#include <string>
#include <thread>

#include "engine/host/clock.h"
#include "engine/host/log.h"
#include "engine/host/signals.h"
#include "engine/host/thread_name.h"

namespace caseclock::host {
namespace {

using ::testing::HasSubstr;

TEST(LogLine, HasFixedTextAndFields) {
  EXPECT_EQ(FormatLine("partition restored", {{"partition", 3}, {"records", uint64_t{12}}}),
            "partition restored partition=3 records=12");
  EXPECT_EQ(FormatLine("x", {{"a", 0.25}, {"b", true}}), "x a=0.25 b=true");
}

TEST(LogLine, StaysOneLineAndUnambiguous) {
  EXPECT_EQ(FormatLine("x", {{"e", "two words"}, {"f", "a\"b\\c"}, {"g", "l1\nl2"}, {"h", ""}}),
            "x e=\"two words\" f=\"a\\\"b\\\\c\" g=\"l1 l2\" h=\"\"");
}

TEST(LogLevel, IsParsedAndNamed) {
  EXPECT_EQ(ParseLevel("warning").value(), Level::kWarning);
  EXPECT_THAT(ParseLevel("loud").error().message, HasSubstr("debug, info, warning, error, off"));
  SetLogLevel(Level::kError);
  EXPECT_FALSE(LogEnabled(Level::kWarning));
  EXPECT_TRUE(LogEnabled(Level::kError));
  SetLogLevel(Level::kInfo);
}

TEST(StopSignals, SetTheFlagAndWakeTheWaiter) {
  StopSignals signals;
  EXPECT_FALSE(signals.Wait(base::Millis(0)));
  std::raise(SIGTERM);
  EXPECT_TRUE(signals.Wait(base::Seconds(10)));
  EXPECT_TRUE(StopSignals::flag());
}

TEST(ThreadName, IsWhatTheSystemShowsCutShort) {
  std::string shown;
  std::thread([&shown] {
    NameThread("a-name-of-more-than-15-bytes");
    std::array<char, 32> name{};
    EXPECT_EQ(pthread_getname_np(pthread_self(), name.data(), name.size()), 0);
    shown = name.data();
  }).join();
  EXPECT_EQ(shown, "a-name-of-more-");
}

TEST(Clock, MonotonicNeverRunsBackwards) {
  const base::Duration a = Monotonic();
  EXPECT_LE(a, Monotonic());
  EXPECT_GT(WallClock(), base::Instant::FromSeconds(1'700'000'000));
}

}  // namespace
}  // namespace caseclock::host

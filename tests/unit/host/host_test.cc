// What the host layer shows to the outside: log lines, the metrics exposition, stop signals.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "engine/host/clock.h"
#include "engine/host/log.h"
#include "engine/host/metrics.h"
#include "engine/host/signals.h"

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

TEST(Metrics, ExposesInOrderWithHelpAndType) {
  Metrics metrics;
  metrics.AddCounter("caseclock_b_total", "The bees.", {{"z", "1"}, {"a", "q\"x"}}).Add(3);
  metrics.AddGauge("caseclock_a_bytes", "The ays.").Set(1.5);
  EXPECT_EQ(metrics.Expose(),
            "# HELP caseclock_a_bytes The ays.\n# TYPE caseclock_a_bytes gauge\n"
            "caseclock_a_bytes 1.5\n"
            "# HELP caseclock_b_total The bees.\n# TYPE caseclock_b_total counter\n"
            "caseclock_b_total{a=\"q\\\"x\",z=\"1\"} 3\n");
}

TEST(Metrics, SameNameAndLabelsIsTheSameInstrument) {
  Metrics metrics;
  Counter& first = metrics.AddCounter("caseclock_x_total", "X.", {{"a", "1"}, {"b", "2"}});
  Counter& again = metrics.AddCounter("caseclock_x_total", "X.", {{"b", "2"}, {"a", "1"}});
  EXPECT_EQ(&first, &again);
}

TEST(Metrics, HistogramBucketsAreCumulative) {
  Metrics metrics;
  Histogram& h = metrics.AddHistogram("caseclock_t_seconds", "T.", {0.1, 1}, {{"k", "v"}});
  for (double v : {0.05, 0.1, 0.5, 7.0}) h.Observe(v);
  const std::string text = metrics.Expose();
  EXPECT_THAT(text, HasSubstr("caseclock_t_seconds_bucket{k=\"v\",le=\"0.1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("caseclock_t_seconds_bucket{k=\"v\",le=\"1\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("caseclock_t_seconds_bucket{k=\"v\",le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("caseclock_t_seconds_sum{k=\"v\"} 7.65\n"));
  EXPECT_THAT(text, HasSubstr("caseclock_t_seconds_count{k=\"v\"} 4\n"));
  EXPECT_DOUBLE_EQ(h.Quantile(0.5), 0.1);
}

TEST(Metrics, RefreshersRunBeforeEveryExposition) {
  Metrics metrics;
  Gauge& gauge = metrics.AddGauge("caseclock_g_records", "G.");
  metrics.BeforeExpose([&] { gauge.Set(gauge.value() + 1); });
  EXPECT_THAT(metrics.Expose(), HasSubstr("caseclock_g_records 1\n"));
  EXPECT_THAT(metrics.Expose(), HasSubstr("caseclock_g_records 2\n"));
}

TEST(StopSignals, SetTheFlagAndWakeTheWaiter) {
  StopSignals signals;
  EXPECT_FALSE(signals.Wait(base::Millis(0)));
  std::raise(SIGTERM);
  EXPECT_TRUE(signals.Wait(base::Seconds(10)));
  EXPECT_TRUE(StopSignals::flag());
}

TEST(Clock, MonotonicNeverRunsBackwards) {
  const base::Duration a = Monotonic();
  EXPECT_LE(a, Monotonic());
  EXPECT_GT(WallClock(), base::Instant::FromSeconds(1'700'000'000));
}

}  // namespace
}  // namespace caseclock::host

#include "engine/policy/zone.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "engine/base/time_text.h"
#include "engine/core/calendar.h"
#include "engine/policy/posix_rule.h"

namespace caseclock::policy {
namespace {

using base::Instant;

int32_t OffsetAt(const model::TimeZone& zone, std::string_view text) {
  return core::UtcOffset(zone, base::ParseInstant(text).value());
}

TEST(CompileZone, LondonNowLongAgoAndFarAhead) {
  const auto zone = CompileZone("Europe/London");
  ASSERT_TRUE(zone.ok()) << zone.error().message;
  const model::TimeZone& london = zone.value();
  EXPECT_EQ(london.name, "Europe/London");
  EXPECT_EQ(london.version, ZoneDataVersion());
  EXPECT_EQ(london.transitions.front().at, base::kLongAgo);
  EXPECT_EQ(OffsetAt(london, "2026-03-29T00:59:59Z"), 0);
  EXPECT_EQ(OffsetAt(london, "2026-03-29T01:00:00Z"), 3'600);
  EXPECT_EQ(OffsetAt(london, "1970-01-01T00:00:00Z"), 3'600);  // British Standard Time
  EXPECT_EQ(OffsetAt(london, "1943-06-01T00:00:00Z"), 7'200);  // double summer time
  EXPECT_EQ(OffsetAt(london, "2099-07-01T00:00:00Z"), 3'600);  // by the rule of the footer
  EXPECT_EQ(OffsetAt(london, "2099-12-01T00:00:00Z"), 0);
}

TEST(CompileZone, AgreesWithTheSystemsLibrary) {
  for (const char* name : {"Europe/London", "Europe/Paris", "America/Santiago", "Asia/Tokyo",
                           "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia",
                           "America/New_York", "Europe/Dublin", "Asia/Gaza", "UTC"}) {
    const auto zone = CompileZone(name);
    ASSERT_TRUE(zone.ok()) << name;
    setenv("TZ", name, 1);
    tzset();
    for (std::time_t t = 0; t < 4'102'444'800; t += 3'600 * 97) {  // to 2100
      std::tm local{};
      localtime_r(&t, &local);
      ASSERT_EQ(core::UtcOffset(zone.value(), Instant::FromSeconds(t)), local.tm_gmtoff)
          << name << " at " << base::FormatInstant(Instant::FromSeconds(t));
    }
  }
  unsetenv("TZ");
  tzset();
}

TEST(CompileZone, UnknownZonesAreErrorsThatNameThem) {
  const auto zone = CompileZone("Europe/Birmingham");
  ASSERT_FALSE(zone.ok());
  EXPECT_EQ(zone.error().kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(zone.error().message,
            "Expected a time zone of /usr/share/zoneinfo such as Europe/London, but there is no "
            "\"Europe/Birmingham\" (is tzdata installed?)");
  for (const char* name : {"", "../../../etc/passwd", "/etc/localtime", "Europe"})
    EXPECT_FALSE(CompileZone(name).ok()) << name;
  EXPECT_EQ(CompileZone("tzdata", "/nowhere").error().kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(ZoneDataVersion("/nowhere"), "unknown");
}

TEST(ParseTzif, BrokenBytesAreCorrupt) {
  for (const std::string& bytes :
       {std::string(), std::string("TZif"), std::string("TZif2") + std::string(39, '\0'),
        std::string("TZif2") + std::string(200, '\xff')}) {
    const auto zone = ParseTzif("x", bytes);
    ASSERT_FALSE(zone.ok());
    EXPECT_EQ(zone.error().kind, base::ErrorKind::kCorrupt);
  }
}

TEST(ZoneText, GoesThereAndBack) {
  const model::TimeZone zone = CompileZone("Europe/London").value();
  const auto back = ZoneFromText("Europe/London", ZoneToText(zone));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(ZoneToText(back.value()), ZoneToText(zone));
  EXPECT_EQ(back.value().version, zone.version);
  for (const char* text : {"", "version x\n", "- 0\n", "version x\n- 0\n5\n", "version x\n5 0\n",
                           "version x\n- 0\n5 0\n5 3600\n", "version x\n- 0\n5 9999999\n"})
    EXPECT_FALSE(ZoneFromText("x", text).ok()) << text;
}

TEST(PosixRule, TheFormsOfTzdata) {
  EXPECT_FALSE(ParsePosixRule("UTC0")->has_summer);
  EXPECT_EQ(ParsePosixRule("<+0330>-3:30")->standard_offset_s, 12'600);
  EXPECT_EQ(ParsePosixRule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0")->summer_from.time_s, -3'600);
  EXPECT_EQ(ParsePosixRule("IST-1GMT0,M10.5.0,M3.5.0/1")->summer_offset_s, 0);
  EXPECT_TRUE(ParsePosixRule("EST5EDT,J60,300/26").has_value());
  for (const char* text : {"", "GMT", "GMT0BST", "GMT0BST,M3.5.0", "GMT0BST,M13.5.0,M10.5.0",
                           "GMT0BST,M3.5.0,M10.5.0 "})
    EXPECT_FALSE(ParsePosixRule(text).has_value()) << text;
}

}  // namespace
}  // namespace caseclock::policy

#include "engine/policy/calendar_vectors.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "engine/core/calendar_vectors.h"
#include "engine/policy/load.h"

namespace caseclock::policy {
namespace {

constexpr char kHeader[] =
    "id,op,tz,week,holidays,special_hours,start,arg,expected,semantics,source,note\n";

std::string AnswerTo(const std::string& row) {
  const auto read = ReadCalendarVectors(kHeader + row, "v.csv");
  if (!read.problems.empty()) return FormatProblems(read.problems);
  EXPECT_EQ(read.vectors.size(), 1U);
  return core::Answer(read.vectors.front());
}

TEST(CalendarVectors, EachQuestion) {
  const std::string week = "Europe/London,mon-thu=09:00-17:00;fri=09:00-12:00+13:00-16:00";
  EXPECT_EQ(AnswerTo("1,add," + week + ",,,2026-07-03T10:00:00Z,7200,,,,\n"),
            "2026-07-03T13:00:00Z");
  EXPECT_EQ(AnswerTo("1,between," + week + ",,,2026-07-03T00:00:00Z,2026-07-04T00:00:00.5Z,,,,\n"),
            "21600");
  EXPECT_EQ(AnswerTo("1,advance," + week + ",2026-07-06;2026-07-07,,2026-07-04T00:00:00Z,,,,,\n"),
            "2026-07-08T08:00:00Z");
  EXPECT_EQ(AnswerTo("1,closing," + week + ",,2026-07-03=10:00-11:00,2026-07-03T00:00:00Z,,,,,\n"),
            "2026-07-03T10:00:00Z");
  EXPECT_EQ(AnswerTo("1,is_working," + week + ",,,2026-07-03T11:30:00Z,,,,,\n"), "false");
  EXPECT_EQ(AnswerTo("1,add_days," + week + ",,,2026-07-04,1,,,,\n"), "2026-07-07");
  EXPECT_EQ(AnswerTo("1,days_between," + week + ",,,2026-07-03,2026-07-10,,,,\n"), "5");
  EXPECT_EQ(AnswerTo("1,add_days,UTC,,,,2026-07-04,1,,,,\n"), "never");
}

TEST(CalendarVectors, ErrorsNameFileAndLine) {
  EXPECT_EQ(FormatProblems(ReadCalendarVectors("id,op,calendar,start\n1,add\n", "v.csv").problems),
            "v.csv:1: Expected a column arg, but there is none\n"
            "v.csv:1: Expected a column expected, but there is none");
  EXPECT_EQ(AnswerTo("1,sub,UTC,,,,2026-07-03T10:00:00Z,1,,,,\n"),
            "v.csv:2: Expected an op (add, between, advance, closing, is_working, add_days or "
            "days_between), but there is \"sub\"");
  const std::string utc = ",UTC,,,,";
  EXPECT_EQ(AnswerTo("1,add" + utc + "today,1,,,,\n"),
            "v.csv:2: Expected a start like 2026-03-02T10:15:00Z, but there is \"today\"");
  EXPECT_EQ(AnswerTo("1,add" + utc + "2026-07-03T10:00:00Z,1e9,,,,\n"),
            "v.csv:2: Expected a whole number of seconds as arg, but there is \"1e9\"");
  EXPECT_EQ(AnswerTo("1,between" + utc + "2026-07-03T10:00:00Z,1,,,,\n"),
            "v.csv:2: Expected an arg like 2026-03-02T10:15:00Z, but there is \"1\"");
  EXPECT_EQ(AnswerTo("1,add_days" + utc + "3 July,1,,,,\n"),
            "v.csv:2: Expected a start like 2026-03-02, but there is \"3 July\"");
  EXPECT_EQ(AnswerTo("1,add_days" + utc + "2026-07-03,3000000000,,,,\n"),
            "v.csv:2: Expected a whole number of days as arg, but there is \"3000000000\"");
  EXPECT_EQ(AnswerTo("1,days_between" + utc + "2026-07-03,,,,,\n"),
            "v.csv:2: Expected an arg like 2026-03-02, but there is \"\"");
  EXPECT_EQ(AnswerTo("1,add,UTC,,,soon,2026-07-03T10:00:00Z,1,,,,\n"),
            "v.csv:2: Expected dates with their hours, but there is \"soon\"");
  EXPECT_EQ(AnswerTo("1,add\n"), "v.csv:2: Expected 12 fields, but there are 2");
  EXPECT_EQ(AnswerTo("1,add,UTC,monday=9-5,,,2026-07-03T10:00:00Z,1,,,,\n"),
            "v.csv:2: Expected days and hours, but there is \"monday=9-5\"");
  EXPECT_EQ(AnswerTo("1,add,UTC,,soon,,2026-07-03T10:00:00Z,1,,,,\n"),
            "v.csv:2: Expected dates, but there is \"soon\"");
  EXPECT_NE(AnswerTo("1,add,Mars,,,,2026-07-03T10:00:00Z,1,,,,\n").find("\"Mars\""),
            std::string::npos);
}

// A spreadsheet writes a mark in front, and quotes where there are commas.
TEST(CalendarVectors, AsSpreadsheetsWriteThem) {
  const std::string csv =
      "\xef\xbb\xbfid,\"note, in words\",op,calendar,start,arg,expected\r\n"
      "\"1\",\"\"\"Easter\"\", Friday to Monday\",add_days,own,2026-04-02,\"1\",2026-04-03\r\n";
  model::Calendar own;
  own.id = base::Atom::Intern("own");
  EXPECT_TRUE(NamesCalendars(csv));
  EXPECT_TRUE(NamesCalendars("\xef\xbb\xbf\"calendar\",id\n"));
  const auto read = ReadCalendarVectors(csv, "v.csv", {own});
  EXPECT_EQ(FormatProblems(read.problems), "");
  ASSERT_EQ(read.vectors.size(), 1U);
  EXPECT_EQ(read.vectors[0].id, "1");
  EXPECT_EQ(read.vectors[0].days, 1);
  EXPECT_EQ(read.vectors[0].expected, "2026-04-03");
}

TEST(CalendarVectors, OfCalendarsThatAreNamed) {
  const LoadResult shipped = LoadPolicyDir(CASECLOCK_SOURCE_DIR "/deploy/policies");
  ASSERT_TRUE(shipped.ok());
  const auto read = [&](const std::string& row) {
    return ReadCalendarVectors("id,op,calendar,start,arg,expected\n" + row, "v.csv",
                               shipped.set->calendars);
  };
  // Across the bank holidays of Easter 2026, Friday 3 and Monday 6 April.
  const auto easter = read("1,add_days,england-and-wales,2026-04-02,1,2026-04-07\n");
  ASSERT_EQ(FormatProblems(easter.problems), "");
  EXPECT_EQ(core::Answer(easter.vectors[0]), "2026-04-07");
  EXPECT_FALSE(core::BeyondHorizon(easter.vectors[0]));
  for (const char* row : {"1,add_days,england-and-wales,2028-12-28,5,x\n",
                          "1,add,england-and-wales,2028-12-29T16:00:00Z,7200,x\n",
                          "1,is_working,england-and-wales,2029-01-01T10:00:00Z,,x\n",
                          "1,days_between,england-and-wales,2028-12-28,2029-01-03,x\n"}) {
    const auto beyond = read(row);
    ASSERT_EQ(FormatProblems(beyond.problems), "");
    EXPECT_TRUE(core::BeyondHorizon(beyond.vectors[0])) << row;
  }
  EXPECT_EQ(FormatProblems(read("1,add_days,england-and-vales,2026-04-02,1,x\n").problems),
            "v.csv:2: Expected a calendar of the set (england-and-wales, marac-meetings or "
            "round-the-clock), but "
            "there is \"england-and-vales\" (did you mean \"england-and-wales\"?)");
  const auto both = ReadCalendarVectors(
      "id,op,tz,calendar,start,arg,expected\n1,add_days,UTC,england-and-wales,2026-04-02,1,x\n",
      "v.csv", shipped.set->calendars);
  EXPECT_EQ(FormatProblems(both.problems),
            "v.csv:2: Expected no tz beside a calendar, but there is \"UTC\"");
}

TEST(CalendarVectors, ABadRowHidesNoOther) {
  const auto read =
      ReadCalendarVectors(std::string(kHeader) +
                              "1,sub,UTC,,,,2026-07-03T10:00:00Z,1,,,,\n"
                              "2,add_days,UTC,mon-fri=09:00-17:00,,,2026-07-03,1,,,,\n3,add\n",
                          "v.csv");
  ASSERT_EQ(read.problems.size(), 2U);
  EXPECT_EQ(read.problems[0].line, 2);
  EXPECT_EQ(read.problems[1].line, 4);
  ASSERT_EQ(read.vectors.size(), 1U);
  EXPECT_EQ(read.vectors[0].id, "2");
}

// 67 cases from the tests of three libraries.
TEST(CalendarVectors, CasesOfOtherLibraries) {
  const char* data = std::getenv("CASECLOCK_REAL_DATA");
  if (data == nullptr) GTEST_SKIP() << "CASECLOCK_REAL_DATA does not name a directory";
  std::ifstream in(std::string(data) + "/working_time_vectors/vectors.csv");
  if (!in) GTEST_SKIP() << "no working_time_vectors/vectors.csv in " << data;
  std::ostringstream csv;
  csv << in.rdbuf();
  const auto read = ReadCalendarVectors(csv.str(), "vectors.csv");
  ASSERT_EQ(FormatProblems(read.problems), "");
  EXPECT_EQ(read.vectors.size(), 67U);
  for (const model::CalendarVector& vector : read.vectors)
    EXPECT_EQ(core::Answer(vector), vector.expected) << "case " << vector.id;
}

}  // namespace
}  // namespace caseclock::policy

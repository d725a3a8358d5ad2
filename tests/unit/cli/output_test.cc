// Tables in every form, and the answers of the interface as tables.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/cli/http_client.h"
#include "consumers/cli/render.h"
#include "consumers/cli/table.h"
#include "consumers/cli/terminal.h"
#include "consumers/http/json_text.h"

namespace caseclock::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Table Sample() {
  Table table({"name", ">count", "due 24h"});
  table.Add({std::string("wmp/rso"), std::string("12"), std::string("a,b")});
  table.Add({std::string("é"), Cell("3", Colour::kRed), std::string("=1+1")});
  return table;
}

TEST(Table, AlignsText) {
  EXPECT_EQ(Sample().ToText(false),
            "name     count  due 24h\n"
            "wmp/rso     12  a,b\n"
            "é            3  =1+1\n");
}

TEST(Table, ColoursOnlyWhenAsked) {
  EXPECT_THAT(Sample().ToText(true), HasSubstr("\x1b[31m3\x1b[0m"));
  EXPECT_THAT(Sample().ToText(false), Not(HasSubstr("\x1b")));
}

TEST(Table, TextCannotSteerTheTerminal) {
  Table table({"x"});
  table.Add({std::string("\x1b[2Jboo\n")});
  EXPECT_EQ(table.ToText(false), "x\n?[2Jboo?\n");
}

TEST(Table, WritesCsvThatIsHarmlessToSpreadsheets) {
  EXPECT_EQ(Sample().ToCsv(),
            "name,count,due_24h\r\n"
            "wmp/rso,12,\"a,b\"\r\n"
            "é,3,'=1+1\r\n");
  EXPECT_EQ(CsvField("-5"), "-5");
  EXPECT_EQ(CsvField("say \"so\""), "\"say \"\"so\"\"\"");
}

TEST(Table, WritesJson) {
  EXPECT_EQ(
      Sample().ToJson(),
      R"([{"name":"wmp/rso","count":12,"due_24h":"a,b"},{"name":"é","count":3,"due_24h":"=1+1"}])");
}

TEST(Json, EscapesAndMendsUtf8) {
  EXPECT_EQ(http::JsonString("a\"\\\n\x01"), "\"a\\\"\\\\\\n\\u0001\"");
  EXPECT_EQ(http::JsonString("é\xff"), "\"é\xEF\xBF\xBD\"");
  EXPECT_EQ(http::JsonString("\xC3"), "\"\xEF\xBF\xBD\"");
}

constexpr char kBacklog[] = R"([{"queue":"wmp/rso","open":1200,"unassigned":{"count":3},
  "ungraded":{"count":1},"age_seconds":{"p50":90061,"max":172800,"oldest_case":"R-1"},
  "clocks":{"home_visit":{"running":5,"overdue":2,"overdue_seconds_max":7200,"due_24h":4,
    "most_overdue_case":"R-9"},
            "arms":{"overdue":1,"overdue_seconds_max":60,"most_overdue_case":"R-2"}},
  "flow":{"P1D":{"in":5,"out":4},"P7D":{"in":31,"out":35}}}])";

TEST(Render, BacklogNamesTheMostOverdueCase) {
  const std::string text = BacklogTable(kBacklog, true).ToText(false);
  for (const char* part : {"1,200", "02:00:00", "R-9", "5/4"}) EXPECT_THAT(text, HasSubstr(part));
}

TEST(Render, CsvHasTheMembersOfTheJsonWithTheirValues) {
  EXPECT_EQ(BacklogTable(kBacklog, false).ToCsv(),
            "queue,as_of,watermark,definitions,open,unassigned.count,ungraded.count,"
            "age_seconds.p50,age_seconds.max,age_seconds.oldest_case,clocks.home_visit.running,"
            "clocks.home_visit.overdue,clocks.home_visit.overdue_seconds_max,"
            "clocks.home_visit.due_24h,clocks.home_visit.most_overdue_case,clocks.arms.overdue,"
            "clocks.arms.overdue_seconds_max,clocks.arms.most_overdue_case,flow.P1D.in,"
            "flow.P1D.out,flow.P7D.in,flow.P7D.out\r\n"
            "wmp/rso,,,,1200,3,1,90061,172800,R-1,5,2,7200,4,R-9,1,60,R-2,5,4,31,35\r\n");
  EXPECT_THAT(ClockTable(kBacklog, false).ToCsv(),
              HasSubstr("queue,as_of,clock,running,overdue,overdue_seconds_max,due_24h,"
                        "most_overdue_case\r\n"));
  EXPECT_THAT(ClockTable(kBacklog, false).ToCsv(), HasSubstr("wmp/rso,,arms,,1,60,,R-2\r\n"));
  // Rows of different members share one header; lists are JSON, null is nothing.
  EXPECT_EQ(FlatTable(R"([{"a":{"b":null}},{"a":{"c":-1.5},"d":[{"e":1}]}])").ToCsv(),
            "a.b,a.c,d\r\n,,\r\n,-1.5,\"[{\"\"e\"\":1}]\"\r\n");
  EXPECT_THAT(AlertTable("[]", false).ToCsv(), HasSubstr("alert_id,revision,state"));
}

TEST(Render, CountsOneAndMany) {
  EXPECT_EQ(Counted(1, "event"), "1 event");
  EXPECT_EQ(Counted(0, "event"), "0 events");
  EXPECT_EQ(Counted(2000, "event"), "2,000 events");
}

TEST(Render, ReasonsOfARefusedRequestAreAllTold) {
  EXPECT_EQ(ReasonOf(R"({"error":"Expected \"a\", but got b"})"), "Expected \"a\", but got b");
  EXPECT_EQ(ReasonOf(R"({"error":"2 bad","errors":[{"index":0,"message":"one"},{"index":4,)"
                     R"("message":"five"}]})"),
            "2 bad\n  event 1: one\n  event 5: five");
  EXPECT_EQ(ReasonOf("<html>"), "<html>");
}

TEST(Render, OneQueueAloneIsATableToo) {
  EXPECT_FALSE(BacklogTable(R"({"queue":"q","open":1})", true).empty());
  EXPECT_TRUE(BacklogTable("[]", true).empty());
  EXPECT_TRUE(BacklogTable("not json", true).empty());
}

}  // namespace
}  // namespace caseclock::cli

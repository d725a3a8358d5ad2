// Tables in every form, and the answers of the interface as tables.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include "consumers/cli/http_client.h"
#include "consumers/cli/render.h"
#include "consumers/cli/table.h"
#include "consumers/cli/terminal.h"
#include "consumers/http/json_text.h"
#include "consumers/http/policy_words.h"

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

TEST(Tables, BecomeListsWhereTheyAreTooWide) {
  Table table({"queue", ">open", "oldest case"});
  table.Add({Cell("wmp/marac"), Cell("12"), Cell("C-1")});
  table.Add({Cell("wmp/rso"), Cell("3", Colour::kRed), Cell("")});
  const std::string wide = table.ToText(false);
  const size_t width = wide.find('\n');
  EXPECT_EQ(table.ToText(false, width), wide);
  EXPECT_EQ(table.ToText(false, width - 1),
            "queue        wmp/marac\nopen         12\noldest case  C-1\n\n"
            "queue        wmp/rso\nopen         3\n");
  EXPECT_THAT(table.ToText(true, 10), HasSubstr("\x1b[31m3\x1b[0m"));
}

TEST(Terminal, IsAsWideAsItSays) {
  for (const auto& [says, width] : {std::pair{250, 250}, {20, 20}, {2, 2}, {0, 100}}) {
    const winsize size = {24, static_cast<unsigned short>(says), 0, 0};
    int ours = -1;
    int theirs = -1;
    ASSERT_EQ(openpty(&ours, &theirs, nullptr, nullptr, &size), 0);
    EXPECT_EQ(TerminalWidth(theirs), width);
    close(theirs);
    close(ours);
  }
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

TEST(Render, ClocksSayWhenTheNextLimitPasses) {
  const std::string text =
      ClockTable(R"([{"queue":"wmp/rso","clocks":{"arms":{"next_due_at":"2026-03-02T11:00:00Z"},
                     "home_visit":{}}}])",
                 true)
          .ToText(false);
  EXPECT_THAT(text, HasSubstr("next due"));
  EXPECT_THAT(text, HasSubstr("2026-03-02T11:00:00Z"));
}

TEST(Render, SourcesHaveAHeadingForEachColumn) {
  const std::string text =
      SourceTable(
          R"([{"source":"rms","heard_at":"2026-03-02T11:00:00Z","due_at":null,"silent":false},
              {"source":"hr","heard_at":null,"due_at":null,"silent":true}])",
          true)
          .ToText(false);
  EXPECT_EQ(text,
            "source  heard_at              silent after  state\n"
            "rms     2026-03-02T11:00:00Z                heard\n"
            "hr      (never)                             silent\n");
}

TEST(Table, LinesEndWhereTheirTextEnds) {
  Table table({"name", "note"});
  table.Add({Cell("a"), Cell("")});
  EXPECT_EQ(table.ToText(false), "name  note\na\n");
}

TEST(Render, CsvHasTheMembersOfTheJsonWithTheirValues) {
  EXPECT_THAT(BacklogTable(kBacklog, false).ToCsv(),
              HasSubstr("\r\nwmp/rso,,,,1200,,,,3,,1,,,,,,,,,,172800,90061,,R-1,,,,"));
  EXPECT_THAT(BacklogTable(kBacklog, false).ToCsv(), HasSubstr(",5,4,,31,35,,,,,"));
  EXPECT_THAT(ClockTable(kBacklog, false).ToCsv(), HasSubstr("wmp/rso,,arms,,,,,,1,60,,R-2,,\r\n"));
  // Lists and objects with names of a policy are JSON, null is nothing.
  EXPECT_THAT(
      BacklogTable(R"([{"queue":null,"open":-1,"by_risk":{"high":1},"outcomes":[]}])", false)
          .ToCsv(),
      HasSubstr("\r\n,,,,-1,,,\"{\"\"high\"\":1}\",,"));
}

constexpr char kCaseloads[] = R"([{"queue":"wmp/rso","as_of":"T","caseload":{"limit":50,
  "handlers":9,"cases_max":61,"handlers_over":2,"cases_of_handlers_over":112,
  "over":[{"handler":"h-17","cases":61},{"handler":"h-3","cases":51}]}},
  {"queue":"wmp/marac","as_of":"T"},
  {"queue":"wmp/b","as_of":"T","caseload":{"limit":5,"handlers":1,"cases_max":5,
  "handlers_over":0,"cases_of_handlers_over":0,"over":[]}}])";

TEST(Render, CaseloadsNameThoseOverTheLimit) {
  EXPECT_EQ(CaseloadTable(kCaseloads, true).ToText(false),
            "queue    limit  handlers  most cases  over the limit  their cases  handler  cases\n"
            "wmp/rso     50         9          61               2          112  h-17        61\n"
            "                                                                   h-3         51\n"
            "wmp/b        5         1           5               0            0  -            -\n");
  EXPECT_EQ(CaseloadTable(kCaseloads, false).ToCsv(),
            "queue,as_of,limit,handlers,cases_max,handlers_over,cases_of_handlers_over,handler,"
            "cases\r\n"
            "wmp/rso,T,50,9,61,2,112,h-17,61\r\n"
            "wmp/rso,T,50,9,61,2,112,h-3,51\r\n"
            "wmp/b,T,5,1,5,0,0,,\r\n");
  const std::string text = BacklogTable(kCaseloads, true).ToText(false);
  EXPECT_THAT(text, HasSubstr("over caseload"));
  EXPECT_TRUE(CaseloadTable(kBacklog, true).empty());
}

TEST(Render, BacklogSaysOfWhichInstantItIs) {
  EXPECT_EQ(BacklogNote("[]"), "");
  EXPECT_EQ(BacklogNote(R"([{"as_of":"2026-03-02T10:00:09Z","watermark":"2026-03-02T10:00:08Z"},
                            {"as_of":"2026-03-02T10:00:09Z","watermark":"2026-03-02T10:00:07Z"}])"),
            "As of 2026-03-02T10:00:09Z; everything that came in up to 2026-03-02T10:00:07Z is "
            "counted.\n");
  EXPECT_EQ(BacklogNote(R"([{"as_of":"2026-03-02T10:00:09Z"},{"as_of":"2026-03-02T10:00:01Z"}])"),
            "As of 2026-03-02T10:00:01Z to 2026-03-02T10:00:09Z.\n");
  // No partition of a log begins in 1970: one has not been read at all.
  EXPECT_EQ(BacklogNote(R"([{"as_of":"2026-03-02T10:00:09Z","watermark":"1970-01-01T00:00:00Z"}])"),
            "As of 2026-03-02T10:00:09Z; not every partition has been read yet, so more is to "
            "come.\n");
}

TEST(Render, NamesAlertsInWords) {
  EXPECT_EQ(http::RungInWords("warning_50", 0), "warning at 50 %");
  EXPECT_EQ(http::RungInWords("warning_before_P2D", 0), "warning 2 days before");
  EXPECT_EQ(http::RungInWords("warning_before_PT36H", 0), "warning 36 hours before");
  EXPECT_EQ(http::RungInWords("breach", 0), "breach");
  EXPECT_EQ(http::RungInWords("overdue", 2), "overdue reminder 2");
}

TEST(Render, AnOrphanSaysWhatItWaitsFor) {
  const std::string text = CaseText(R"({"case_id":"C-9","open":false,"risk":"ungraded",
      "conflicts":0,"ledger":[],"clocks":[]})",
                                    false);
  EXPECT_THAT(text, HasSubstr("no referral has come in yet"));
  EXPECT_THAT(text, Not(HasSubstr("queue ,")));
}

TEST(Render, ACaseCountsDaysOfItsLimitsAsDays) {
  const std::string text = CaseText(
      R"({"case_id":"C-1","open":true,"queue":"q","risk":"high","conflicts":2,
      "migrated":{"clock":"2026-03-01T00:00:00Z"},
      "ledger":[{"event":"referred","partition":7,"offset":1,"log":"source"},
                {"event":"assigned","partition":3,"offset":0,"log":"own"}],
      "clocks":[{"clock":"code","deadline":"working_days","limit":"5 working days",
        "due_at":"2026-03-10T00:00:00Z","budget_seconds":1,
        "segments":[{"from":"a","to":"b","counted":true,"counted_seconds":100000},
                    {"from":"b","to":"c","counted":false,"reason":"abroad",
                     "disregarded_seconds":93600}],
        "days":{"working":true,"first":"2026-03-03","last":"2026-03-09","limit":5,"counted":3,
                "disregarded":1},
        "rungs":[{"rung":"overdue","due_at":"d"}],"next_alert_at":"e"},
       {"clock":"hours","deadline":"working_time","limit":"PT40H of working time",
        "counted_seconds":93600,"budget_seconds":144000,
        "segments":[{"from":"a","to":"b","counted":true,"counted_seconds":93600}]}]})",
      false);
  for (const char* part :
       {"2 records came with the id of another event", "7:1 of the source", "3:0\n",
        "time up to 2026-03-01T00:00:00Z", "  + counted   a to b\n",
        "  - excluded  b to c  abroad, 26 h 00 min of working days; each whole 24 h moves",
        ("  = working day 3 of 5: the first is Tue 2026-03-03, the last Mon 2026-03-09; 1 working "
         "day is left out"),
        "  overdue reminder 1: d\n", "  the next alert is due e\n",
        "  + counted   a to b  26 h 00 min of working time\n",
        "  = counted  26 h 00 min of 40 h 00 min of working time\n"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
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

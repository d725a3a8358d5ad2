// CSV as spreadsheets and exports write it: rows, and the events that rows become.

#include "consumers/cli/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/cli/csv_event.h"

namespace caseclock::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// However the text is cut into pieces, the rows are the same.
std::vector<CsvRow> Rows(std::string_view text, size_t piece = 1'000'000) {
  CsvSplitter splitter(1000);
  std::vector<CsvRow> rows;
  for (size_t at = 0; at < text.size(); at += piece) splitter.Feed(text.substr(at, piece), &rows);
  splitter.Finish(&rows);
  return rows;
}

TEST(CsvSplitter, TakesFieldsQuotesAndLineEndsApart) {
  for (const size_t piece : {1U, 2U, 3U, 1000U}) {
    const auto rows = Rows("a,b\r\n\"x,1\",\"say \"\"so\"\"\"\n\"two\nlines\",\n", piece);
    ASSERT_THAT(rows, SizeIs(3));
    EXPECT_THAT(rows[0].fields, ElementsAre("a", "b"));
    EXPECT_THAT(rows[1].fields, ElementsAre("x,1", "say \"so\""));
    EXPECT_THAT(rows[2].fields, ElementsAre("two\nlines", ""));
    EXPECT_EQ(rows[1].line, 2);
    EXPECT_EQ(rows[2].line, 3);
  }
}

TEST(CsvSplitter, LastLineMayLackItsEnd) {
  EXPECT_THAT(Rows("a,b\n1,2").back().fields, ElementsAre("1", "2"));
  EXPECT_THAT(Rows("a,b\n1,2").size(), 2U);
}

TEST(CsvSplitter, SkipsByteOrderMarkAndEmptyLines) {
  const auto rows = Rows(
      "\xEF\xBB\xBF"
      "a,b\n\n\r\n1,2\n");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_THAT(rows[0].fields, ElementsAre("a", "b"));
  EXPECT_EQ(rows[1].line, 4);
}

TEST(CsvSplitter, NothingIsNoRow) {
  EXPECT_THAT(Rows(""), IsEmpty());
}

TEST(CsvSplitter, NamesWhatIsWrongAndGoesOn) {
  const auto rows = Rows("a\nx\"y\nok\n\"open");
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_THAT(rows[1].problem, HasSubstr("quote only around a whole field"));
  EXPECT_EQ(rows[2].problem, "");
  EXPECT_THAT(rows[3].problem, HasSubstr("closing quote"));
}

TEST(CsvSplitter, DoesNotHoldAHugeRow) {
  const auto rows = Rows("a\n" + std::string(5000, 'x') + "\nok\n", 7);
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_THAT(rows[1].problem, HasSubstr("1 MiB"));
  EXPECT_LE(rows[1].fields[0].size(), 1000U);
  EXPECT_THAT(rows[2].fields, ElementsAre("ok"));
}

const std::vector<std::string> kColumns = {"event_id",    "source",        "sequence", "case_id",
                                           "occurred_at", "event",         "queue",    "handler",
                                           "criteria",    "linked.case_id"};

TEST(CsvEvent, BecomesTheJsonOfItsEvent) {
  auto json = CsvEventToJson(kColumns, {"1", "rms", "7", "C-1", "2026-01-02T00:00:00Z", "referred",
                                        "wmp/rso", "", "", ""});
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json.value(),
            R"({"event_id":"1","source":"rms","sequence":7,"case_id":"C-1",)"
            R"("occurred_at":"2026-01-02T00:00:00Z","referred":{"queue":"wmp/rso"}})");
}

TEST(CsvEvent, SplitsCriteriaAndKeepsForeignColumnsOut) {
  auto json =
      CsvEventToJson(kColumns, {"1", "rms", "", "C-1", "t", "screened", "", "", "a;b", "C-9"});
  ASSERT_TRUE(json.ok());
  EXPECT_THAT(json.value(), HasSubstr(R"("screened":{"criteria":["a","b"]})"));
}

TEST(CsvEvent, FieldsThatTheEnvelopeHasTooAreWrittenWithTheirEvent) {
  auto json = CsvEventToJson(kColumns, {"1", "rms", "", "C-1", "t", "linked", "", "", "", "C-9"});
  ASSERT_TRUE(json.ok());
  EXPECT_THAT(json.value(), HasSubstr(R"("linked":{"case_id":"C-9"})"));
}

TEST(CsvEvent, NamesTheNearestOfAColumnThatIsNone) {
  const auto why = [](const std::string& column) {
    return CheckCsvHeader({"event_id", "source", "case_id", "occurred_at", "event", column})
        .error()
        .message;
  };
  EXPECT_THAT(why("handlr"), HasSubstr("\"handlr\"; the nearest is handler ("));
  EXPECT_THAT(why("linked_case_id"), HasSubstr("the nearest is linked.case_id ("));
  EXPECT_THAT(why("void.event_id"), HasSubstr("the nearest is voided.event_id ("));
  EXPECT_THAT(why(std::string(10'000, 'x')), HasSubstr("the nearest is"));
  // The engine judges what is sent unchecked.
  EXPECT_TRUE(
      CheckCsvHeader({"event_id", "source", "case_id", "occurred_at", "event", "x"}, false).ok());
  const std::string text = CsvColumnsText();
  for (const char* column : {"voided       voided.event_id, reason",
                             "linked       kind, linked.case_id", "policy_moved version, reason"}) {
    EXPECT_THAT(text, HasSubstr(column));
  }
}

TEST(CsvEvent, RefusesARaggedRow) {
  auto json = CsvEventToJson(kColumns, {"1", "rms"});
  ASSERT_FALSE(json.ok());
  EXPECT_THAT(json.error().message, HasSubstr("Expected 10 fields"));
  EXPECT_THAT(json.error().message, HasSubstr("found 2"));
}

// Where the columns that are filled are of one kind of event alone, that is what it is.
TEST(CsvEvent, WithoutAColumnEventTheFilledColumnsSayWhichItIs) {
  const std::vector<std::string> columns = {
      "event_id",      "source",           "case_id", "occurred_at", "referred.queue",
      "referred.risk", "assigned.handler", "queue",   "risk",        "reason"};
  EXPECT_TRUE(CheckCsvHeader(columns).ok());
  const auto read = [&](const std::vector<std::string>& fields) {
    std::vector<std::string> row = {"1", "rms", "C-1", "2026-01-02T00:00:00Z"};
    row.insert(row.end(), fields.begin(), fields.end());
    auto json = CsvEventToJson(columns, row);
    return json.ok() ? json.value() : json.error().message;
  };
  EXPECT_THAT(read({"wmp/rso", "high", "", "", "", ""}),
              HasSubstr(R"("referred":{"queue":"wmp/rso","risk":"high"}})"));
  EXPECT_THAT(read({"", "", "h-7", "", "", ""}), HasSubstr(R"("assigned":{"handler":"h-7"}})"));
  EXPECT_THAT(read({"", "", "", "wmp/rso", "high", ""}),
              HasSubstr(R"("referred":{"queue":"wmp/rso","risk":"high"}})"));
  EXPECT_EQ(read({"", "", "", "wmp/rso", "", ""}),
            "Expected the kind of event in the column event, or filled columns of one kind alone, "
            "but these may be of referred or transferred");
  EXPECT_EQ(read({"wmp/rso", "", "h-7", "", "", ""}),
            "Expected the kind of event in the column event, or filled columns of one kind alone, "
            "but these are of none");
  EXPECT_EQ(read({"", "", "", "", "", ""}),
            "Expected the kind of event in the column event, or filled columns of one kind alone, "
            "but none is filled");
  // Of a cell that is empty likewise.
  const auto empty = CsvEventToJson({"event_id", "event", "stage"}, {"1", "", "listed"});
  ASSERT_TRUE(empty.ok());
  EXPECT_THAT(empty.value(), HasSubstr(R"("staged":{"stage":"listed"}})"));
  EXPECT_THAT(CheckCsvHeader({"event_id", "source", "case_id", "occurred_at"}).error().message,
              HasSubstr("there is no event, and no column of a kind of event, such as "
                        "referred.queue"));
}

TEST(CsvEvent, RefusesAnUnknownEventAndAHeaderWithoutOne) {
  EXPECT_FALSE(
      CsvEventToJson(kColumns, {"1", "rms", "", "C", "t", "reffered", "", "", "", ""}).ok());
  EXPECT_TRUE(CheckCsvHeader(kColumns).ok());
  EXPECT_FALSE(CheckCsvHeader({"event_id", "source", "case_id", "occurred_at"}).ok());
  EXPECT_FALSE(
      CheckCsvHeader({"event_id", "event_id", "source", "case_id", "occurred_at", "event"}).ok());
}

}  // namespace
}  // namespace caseclock::cli

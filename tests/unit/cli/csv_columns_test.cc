// The columns of CSV: the same whatever the rows hold, and none of the JSON's members left out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "consumers/cli/render.h"
#include "consumers/http/routes.h"
#include "engine/codec/output_codec.h"

namespace caseclock::cli {
namespace {

using Json = nlohmann::json;
using base::Atom;

const base::Instant kAt = base::Instant::FromSeconds(1'800'000'000);

// With everything that an alert may say.
std::string FullAlert() {
  model::Alert alert;
  const Atom word = Atom::Intern("word");
  const model::EventRef event = {word, "e-1", model::EventType::kPaused};
  alert.source = word;
  alert.transitions = {{model::AlertState::kRaised, 1, kAt, model::Arrival{1, 2, kAt}, false}};
  model::Proof& proof = alert.proof;
  proof.budget = base::Hours(5);
  proof.segments = {{kAt, kAt, true, word, event, event}};
  proof.held = proof.segments;
  proof.causes = {model::Arrival{1, 2, kAt}};
  proof.limit_class = word;
  proof.extended_until = kAt;
  proof.limit = base::ParsePeriod("P7D").value();
  proof.deadline = word;
  proof.tzdata = word;
  proof.source = word;
  proof.grants = {{model::GrantKind::kInterval, event, "U-1", word}};
  proof.meeting = {word, kAt, kAt};
  proof.moves = {{model::MoveKind::kRebased, event, "U-1", kAt, kAt, kAt}};
  return "[" + codec::AlertToJson(alert) + "]";
}

std::string FullBacklog(const std::string& stage) {
  model::Backlog backlog;
  backlog.queue = "wmp/marac";
  backlog.offsets = {{0, 5}};
  backlog.by_stage = {{stage, 1}};
  backlog.by_risk = {{"high", 1}};
  backlog.caseload = model::Caseload{50, 9, 61, 1, 61, {{"h-17", 61}}};
  backlog.paused = {{"custody", 1}};
  backlog.older_than = {{"P7D", 2}, {"P30D", 1}};
  backlog.clocks[stage + "_clock"].next_due_at = kAt;
  backlog.clocks[stage + "_clock"].overdue_by_risk = {{"high", 1}};
  backlog.clocks[stage + "_clock"].within_target = {{"cohort", "P28D", 1, 1}};
  for (const char* window : {"P1D", "P7D", "P28D"}) backlog.flow[window] = {5, 4};
  backlog.screening = {{"2026-01", "none", "P7D", 1, 1, 0, 1}};
  backlog.outcomes_by_code = {{"1", 1}};
  backlog.closed_by_outcome = {{"1", 1}};
  backlog.outcomes = {{"charge", "cohort", "P365D", 1, 2}};
  backlog.calendars = {{"england", "2026"}};
  return "[" + codec::BacklogToJson(backlog) + "]";
}

std::set<std::string> ColumnsOf(const Table& table) {
  const std::string csv = table.ToCsv();
  std::set<std::string> columns;
  std::istringstream line(csv.substr(0, csv.find("\r\n")));
  for (std::string column; std::getline(line, column, ',');) columns.insert(column);
  return columns;
}

// Every value of the rows stands in a column of its own name, or as JSON in one of what is around
// it.
void ExpectAllCovered(const Json& value, const std::string& path,
                      const std::set<std::string>& columns) {
  if (columns.contains(path)) return;
  if (!value.is_object()) {
    ADD_FAILURE() << "no column has " << path;
    return;
  }
  for (const auto& [key, inner] : value.items()) {
    ExpectAllCovered(inner, path.empty() ? key : path + "." + key, columns);
  }
}

using MakeTable = Table (*)(const std::string&, bool);

void ExpectFixed(MakeTable table, const std::string& json) {
  EXPECT_EQ(ColumnsOf(table("[]", false)), ColumnsOf(table(json, false)));
  EXPECT_FALSE(table(json, false).empty());
}

TEST(CsvColumns, OfAlertsAreFixed) {
  ExpectFixed(AlertTable, FullAlert());
  ExpectAllCovered(Json::parse(FullAlert())[0], "", ColumnsOf(AlertTable("[]", false)));
  // Those that were there before stay where they are; a new one stands at the end.
  const std::string csv = AlertTable("[]", false).ToCsv();
  EXPECT_TRUE(
      csv.starts_with("alert_id,revision,state,kind,rung,repeat,clock,case_id,queue,risk,"
                      "handler,due_at,clock_due_at,detected_at,historical,transitions,"
                      "proof.workflow,"))
      << csv;
  EXPECT_TRUE(
      csv.ends_with(",source,proof.meeting.kind,proof.meeting.at,"
                    "proof.meeting.cutoff\r\n"))
      << csv;
}

TEST(CsvColumns, OfBacklogsAreFixed) {
  const std::string json = FullBacklog("listed");
  ExpectFixed(BacklogTable, json);
  EXPECT_EQ(ColumnsOf(BacklogTable(json, false)),
            ColumnsOf(BacklogTable(FullBacklog("other"), false)));
  ExpectAllCovered(Json::parse(json)[0], "", ColumnsOf(BacklogTable("[]", false)));
  EXPECT_THAT(BacklogTable(json, false).ToCsv(), ::testing::HasSubstr("{\"\"listed\"\":1}"));
}

TEST(CsvColumns, OfTheViewsOfABacklogAreFixed) {
  const std::string json = FullBacklog("listed");
  for (const MakeTable table : {ClockTable, ScreeningTable, CaseloadTable})
    ExpectFixed(table, json);
  const Json backlog = Json::parse(json)[0];
  ExpectAllCovered(backlog["clocks"]["listed_clock"], "", ColumnsOf(ClockTable("[]", false)));
  ExpectAllCovered(backlog["screening"][0], "", ColumnsOf(ScreeningTable("[]", false)));
}

TEST(CsvColumns, OfCasesAndSourcesAreFixed) {
  const std::string json = "[" + http::CaseSummaryToJson({}) + "]";
  ExpectFixed(CaseTable, json);
  ExpectAllCovered(Json::parse(json)[0], "", ColumnsOf(CaseTable("[]", false)));
  ExpectFixed(SourceTable,
              R"([{"source":"rms","heard_at":null,"due_at":null,"silent":true,"x":1}])");
}

}  // namespace
}  // namespace caseclock::cli

#include <gtest/gtest.h>

#include "engine/codec/output_codec.h"

namespace caseclock::codec {
namespace {

model::Backlog Sample() {
  model::Backlog b;
  b.queue = "wmp/marac";
  b.as_of = base::Instant::FromSeconds(1'772'446'500);
  b.watermark = base::Instant::FromSeconds(1'772'446'499);
  b.offsets = {{0, 1203}, {1, 1177}, {10, 5}};
  b.definitions = model::kDefinitionsVersion;
  b.open = 41;
  b.by_stage = {{"referred", 9}, {"listed", 32}};
  b.by_risk = {{"high", 30}, {"ungraded", 1}};
  b.unassigned = {3, 86400};
  b.ungraded = {1, 3600};
  b.unqualified = 2;
  b.caseload = {50, 9, 61, 2, 112, {{"h-17", 61}, {"h-3", 51}}};
  b.paused = {{"custody", 2}};
  b.age_max = 2592000;
  b.age_p50 = 432000;
  b.age_p90 = 1036800;
  b.oldest_case = "C-000017";
  b.net_age_max = 2400000;
  b.older_than = {{"P30D", 1}, {"P7D", 12}};
  model::ClockFigures& clock = b.clocks["screening"];
  clock.running = 9;
  clock.due_24h = 4;
  clock.due_7d = 8;
  clock.overdue = 2;
  clock.overdue_seconds_max = 7200;
  clock.overdue_by_risk = {{"high", 2}};
  clock.most_overdue_case = "C-000099";
  clock.next_due_at = base::ParseInstant("2026-03-02T11:00:00Z").value();
  clock.within_target = {{"cohort", "P28D", 118, 7}, {"period", "P28D", 121, 9}};
  b.flow = {{"P1D", {5, 4}}, {"P28D", {120, 118}}, {"P7D", {31, 35}}};
  b.screening = {{"2026-01", "supervisor", "P28D", 60, 31, 4, 3},
                 {"none", "none", "P1D", 0, 0, 1, 0}};
  b.outcomes_by_code = {{"1", 61}};
  b.closed = 590;
  b.closed_by_outcome = {{"1", 60}};
  b.outcomes = {{"charge, caution", "cohort", "P365D", 61, 590}};
  b.suppressed_below = 5;
  return b;
}

TEST(BacklogJson, IsTheOneThatIsPublished) {
  EXPECT_EQ(
      BacklogToJson(Sample()),
      R"({"queue":"wmp/marac","as_of":"2026-03-02T10:15:00Z","watermark":"2026-03-02T10:14:59Z",)"
      R"("offsets":{"0":1203,"1":1177,"10":5},"definitions":"2026-11","open":41,)"
      R"("by_stage":{"listed":32,"referred":9},"by_risk":{"high":30,"ungraded":1},)"
      R"("unassigned":{"count":3,"age_seconds_max":86400},)"
      R"("ungraded":{"count":1,"age_seconds_max":3600},"unqualified":2,)"
      R"("caseload":{"limit":50,"handlers":9,"cases_max":61,"handlers_over":2,)"
      R"("cases_of_handlers_over":112,"over":[{"handler":"h-17","cases":61},)"
      R"({"handler":"h-3","cases":51}]},"paused":{"custody":2},)"
      R"("age_seconds":{"max":2592000,"p50":432000,"p90":1036800,"oldest_case":"C-000017"},)"
      R"("net_age_seconds":{"max":2400000},"older_than":{"P7D":12,"P30D":1},)"
      R"("clocks":{"screening":{"running":9,"paused":0,"undated":0,"due_24h":4,"due_7d":8,)"
      R"("overdue":2,"overdue_seconds_max":7200,"overdue_by_risk":{"high":2},)"
      R"("most_overdue_case":"C-000099","next_due_at":"2026-03-02T11:00:00Z",)"
      R"("within_target":[)"
      R"({"by":"cohort","window":"P28D","met":118,"missed":7,"ratio":0.944},)"
      R"({"by":"period","window":"P28D","met":121,"missed":9,"ratio":0.931}]}},)"
      R"("flow":{"P1D":{"in":5,"out":4,"net":1},"P7D":{"in":31,"out":35,"net":-4},)"
      R"("P28D":{"in":120,"out":118,"net":2}},)"
      R"("screening":[{"guidance":"2026-01","role":"supervisor","window":"P28D","in":60,"out":31,)"
      R"("returned":4,"deviations":3,"out_ratio":0.341,"deviation_ratio":0.033},)"
      R"({"guidance":"none","role":"none","window":"P1D","in":0,"out":0,"returned":1,)"
      R"("deviations":0,"out_ratio":null,"deviation_ratio":null}],)"
      R"("outcomes":[{"definition":"charge, caution","by":"cohort","window":"P365D",)"
      R"("positive":61,"of":590,"ratio":0.103}],"outcomes_by_code":{"1":61},"closed":590,)"
      R"("closed_by_outcome":{"1":60},"suppressed_below":5})");
}

TEST(BacklogJson, AnEmptyQueueHasTheSameKeys) {
  model::Backlog empty;
  empty.watermark = base::kLongAgo;
  empty.clocks["screening"].within_target = {{"cohort", "P28D", 0, 0}};
  const std::string json = BacklogToJson(empty);
  EXPECT_NE(json.find(R"("watermark":null)"), std::string::npos);
  EXPECT_NE(json.find(R"("by_stage":{})"), std::string::npos);
  EXPECT_NE(json.find(R"("oldest_case":null)"), std::string::npos);
  EXPECT_NE(json.find(R"("outcomes":[])"), std::string::npos);
  EXPECT_EQ(json.find("caseload"), std::string::npos) << "no limit, nothing to compare";
  EXPECT_NE(json.find(R"("missed":0,"ratio":null)"), std::string::npos);
}

TEST(BacklogCodec, RoundTripsAndIsTheSameEveryTime) {
  const model::Backlog backlog = Sample();
  std::string bytes;
  EncodeBacklog(backlog, &bytes);
  model::Backlog read;
  ASSERT_TRUE(DecodeBacklog(bytes, &read).ok());
  EXPECT_EQ(BacklogToJson(read), BacklogToJson(backlog));
  for (int i = 0; i < 20; ++i) {  // protobuf's maps would come in another order each time
    std::string again;
    EncodeBacklog(read, &again);
    ASSERT_EQ(again, bytes);
  }
  EXPECT_FALSE(DecodeBacklog("\x08", &read).ok());
}

}  // namespace
}  // namespace caseclock::codec

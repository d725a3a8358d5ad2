// What `migrate` says at its end, in each form.

#include "consumers/cli/migrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace caseclock::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

MigrationSummary Sample() {
  MigrationSummary summary;
  summary.source = "from/here";
  summary.target = "host:9092";
  summary.plan.partitions = {{.cases = 1'200, .bytes = 9}, {.cases = 34, .bytes = 5}};
  summary.plan.all.source_partitions = 8;
  summary.plan.all.partitions = 2;
  summary.plan.all.cases = 1'234;
  summary.carried = summary.plan.all;
  summary.carried.stage = model::MigrationStage::kDone;
  summary.carried.clock = base::Instant::FromSeconds(86'400);
  summary.carried.pages = 7;
  summary.carried.handlers = 5;
  summary.carried.handler_records = 10;
  summary.carried.alerts = 56;
  summary.carried.rejects = 3;
  summary.carried.policies = 2;
  summary.carried.bytes = 98'765;
  summary.carried.commits = 4;
  return summary;
}

TEST(MigrationSummaryTest, IsOneObject) {
  EXPECT_EQ(MigrationToJson(Sample()),
            R"({"source":"from/here","target":"host:9092","dry_run":false,"resumed":false,)"
            R"("was_done":false,"source_partitions":8,"partitions":2,)"
            R"("clock":"1970-01-02T00:00:00Z","cases":1234,"pages":7,"handlers":5,"alerts":56,)"
            R"("rejects":3,)"
            R"("policies":2,"bytes":98765,"commits":4,"cases_by_partition":[1200,34]})");
}

TEST(MigrationSummaryTest, IsReadByPeople) {
  const std::string text = MigrationToText(Sample());
  EXPECT_THAT(text, HasSubstr("partitions  8 → 2\n"));
  EXPECT_THAT(text, HasSubstr("1,234, with 7 closed pages\n"));
  EXPECT_THAT(text, HasSubstr("34 to 1,200 a partition\n"));
  EXPECT_THAT(text, HasSubstr("5, known to each partition\n"));
  EXPECT_THAT(text, HasSubstr("98,765\n"));
}

TEST(MigrationSummaryTest, SaysOfADryRunWhatThereIsAndWhatIsThere) {
  MigrationSummary summary = Sample();
  summary.dry_run = summary.resumed = true;
  summary.carried.cases = 100;
  EXPECT_THAT(MigrationToJson(summary), HasSubstr(R"("cases":1234)"));
  const std::string text = MigrationToText(summary);
  EXPECT_THAT(text, HasSubstr("100 cases, 56 alerts, 3 rejects already"));
  EXPECT_THAT(text, Not(HasSubstr("commits")));
}

}  // namespace
}  // namespace caseclock::cli

// What other programs are told is a CloudEvent by its headers; state is none.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Hall;
using ::testing::StartsWith;
using testing::TempDir;
using Headers = std::map<std::string, std::string>;

class OutputHeadersTest : public ::testing::Test {
 protected:
  void Work() {
    hall.options.partitions = 1;
    hall.Activate();
    hall.Send({Hall::Event("r-1", "C-1", "2026-03-02T10:00:00Z",
                           R"("referred":{"queue":"demo/desk","risk":"high"})"),
               {"no event", At("2026-03-02T11:00:00Z"), "C-1"}});
    hall.options.until = At("2026-04-02T10:00:00Z");
    hall.Start();
    hall.Idle();
    hall.Stop();
  }
  // All of a topic have them; no two records tell under one id.
  std::vector<Hall::Record> Told(const std::string& topic, const std::string& type) const {
    const auto records = hall.ReadAll(topic);
    EXPECT_FALSE(records.empty()) << topic;
    std::set<std::string> ids;
    for (const Hall::Record& record : records) {
      Headers headers = record.headers;
      EXPECT_EQ(headers["ce_specversion"], "1.0") << topic;
      EXPECT_EQ(headers["ce_source"], "caseclock") << topic;
      EXPECT_THAT(headers["ce_type"], StartsWith(type)) << topic;
      EXPECT_EQ(headers["content-type"], "application/protobuf") << topic;
      EXPECT_TRUE(base::ParseInstant(headers["ce_time"]).ok()) << topic;
      EXPECT_TRUE(ids.insert(headers["ce_id"]).second) << topic << headers["ce_id"];
    }
    return records;
  }

  TempDir directory;
  Hall hall{directory.path()};
};

TEST_F(OutputHeadersTest, WhatIsToldIsACloudEvent) {
  Work();
  const auto alerts = Told(hall.options.topics.alerts, "caseclock.alert.raised.v1");
  EXPECT_EQ(alerts.front().headers.at("ce_subject"), "C-1");
  const auto backlogs = Told(hall.options.topics.backlog, "caseclock.backlog.v1");
  EXPECT_EQ(backlogs.front().headers.at("ce_subject"), "demo/desk");
  EXPECT_THAT(backlogs.front().headers.at("ce_id"), StartsWith("demo/desk/"));
  const auto rejects = Told(hall.options.topics.rejects, "caseclock.reject.v1");
  ASSERT_EQ(rejects.size(), 1U);
  EXPECT_THAT(rejects.front().headers.at("ce_id"), StartsWith("caseclock.events/"));
  EXPECT_EQ(rejects.front().headers.at("ce_time"), "2026-03-02T11:00:00Z");
  EXPECT_FALSE(rejects.front().headers.contains("ce_subject"));
}

TEST_F(OutputHeadersTest, StateHasNone) {
  Work();
  for (const std::string& topic : {hall.options.topics.cases, hall.options.topics.partials}) {
    const auto records = hall.ReadAll(topic);
    EXPECT_FALSE(records.empty()) << topic;
    for (const Hall::Record& record : records) EXPECT_TRUE(record.headers.empty()) << topic;
  }
}

}  // namespace
}  // namespace caseclock::runtime

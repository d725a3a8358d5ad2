// What topics must be like, against what they are.

#include "consumers/cli/topic_plan.h"

#include <gmock/gmock.h>

#include "tests/unit/cli/program.h"

namespace caseclock::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kBrokers[] = "b:9092";

std::vector<PlannedTopic> Plan() {
  return PlanTopics(runtime::TopicNames(), TopicWishes());
}

log::KafkaTopic AsCreated(const PlannedTopic& topic) {
  return {topic.partitions, 1, SettingsToCreate(topic)};
}

TEST(TopicPlan, WhatIsMadeIsWhatIsNeeded) {
  ASSERT_EQ(Plan().size(), 7U);
  for (const PlannedTopic& topic : Plan()) {
    EXPECT_TRUE(Compare(topic, AsCreated(topic), TopicWishes(), kBrokers).empty()) << topic.name;
  }
}

TEST(TopicPlan, EachDifferenceIsFoundWithWhatMendsIt) {
  const struct {
    size_t topic;
    const char* setting;
    const char* found;
  } cases[] = {
      {0, "cleanup.policy", "compact"},
      {0, "retention.ms", "3600000"},
      {0, "retention.bytes", "1000000"},
      {0, "message.timestamp.type", "CreateTime"},
      {1, "cleanup.policy", "compact,delete"},
      {1, "min.compaction.lag.ms", "0"},
      {1, "delete.retention.ms", "86400000"},
      {1, "max.message.bytes", "1048588"},
      {1, "unclean.leader.election.enable", "true"},
  };
  for (const auto& c : cases) {
    const PlannedTopic topic = Plan()[c.topic];
    log::KafkaTopic found = AsCreated(topic);
    found.settings[c.setting] = c.found;
    const auto differences = Compare(topic, found, TopicWishes(), kBrokers);
    ASSERT_EQ(differences.size(), 1U) << c.setting;
    EXPECT_EQ(differences[0].setting, c.setting);
    EXPECT_EQ(differences[0].found, c.found);
    EXPECT_THAT(differences[0].mend,
                HasSubstr("--entity-name " + topic.name + " --add-config " + c.setting + "="));
  }
}

TEST(TopicPlan, PartitionsCannotBeMended) {
  const PlannedTopic events = Plan()[0];
  log::KafkaTopic found = AsCreated(events);
  ++found.partitions;
  const auto differences = Compare(events, found, TopicWishes(), kBrokers);
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_THAT(differences[0].mend, HasSubstr("cannot be changed"));
}

TEST(TopicPlan, ThreeReplicasNeedTwoInSync) {
  const PlannedTopic cases = Plan()[1];
  log::KafkaTopic found = AsCreated(cases);
  found.replicas = 3;
  found.settings["min.insync.replicas"] = "1";
  ASSERT_EQ(Compare(cases, found, TopicWishes(), kBrokers).size(), 1U);
  found.settings["min.insync.replicas"] = "2";
  EXPECT_TRUE(Compare(cases, found, TopicWishes(), kBrokers).empty());
}

TEST(TopicPlan, BrokersMustTakeTheTimesOfEngines) {
  const auto needs = BrokerNeeds(TopicWishes());
  EXPECT_TRUE(CompareBroker(needs, {{"transaction.max.timeout.ms", "900000"},
                                    {"group.max.session.timeout.ms", "1800000"},
                                    {"group.min.session.timeout.ms", "6000"}})
                  .empty());
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"transaction.max.timeout.ms", "5000"},
                                          {"offsets.retention.minutes", "60"},
                                          {"group.max.session.timeout.ms", "10000"},
                                          {"group.min.session.timeout.ms", "60000"}}) {
    EXPECT_EQ(CompareBroker(needs, {{name, value}}).size(), 1U) << name;
  }
}

TEST(Brokers, TheFileHoldsWhateverKafkaTakes) {
  const TemporaryDirectory directory;
  // A name that librdkafka does not know shows that it arrives there; one that is fixed, too.
  const std::string file = directory.Write(
      "c.toml",
      "# ours\n[kafka]\nbrokers = \"127.0.0.1:1\"\nsasl.password = \"a#b c\"  # secret\n"
      "no.such.setting = 1\n[backlog]\nconnect-timeout = \"1s\"\n");
  const Ran ran = RunProgram({"--config", file, "backlog"});
  EXPECT_EQ(ran.code, 78);
  EXPECT_THAT(ran.err, HasSubstr("no.such.setting"));
  EXPECT_THAT(ran.err, ::testing::Not(HasSubstr("a#b")));
}

TEST(Brokers, WhatCorrectnessRestsOnIsRefusedWithTheReason) {
  const struct {
    const char* setting;
    const char* reason;
  } cases[] = {{"acks=1", "nor lose"},
               {"producer.enable.idempotence=false", "nor lose"},
               {"consumer.isolation.level=read_uncommitted", "aborted"},
               {"enable.auto.commit=true", "offsets are committed with the transaction"}};
  for (const auto& c : cases) {
    const Ran ran = RunProgram({"backlog", "--brokers", "127.0.0.1:1", "--kafka", c.setting});
    EXPECT_EQ(ran.code, 78) << c.setting;
    EXPECT_THAT(ran.err, HasSubstr(c.reason)) << c.setting;
  }
}

TEST(Brokers, TheEnvironmentAndTheCommandLineGoBeforeTheFile) {
  const TemporaryDirectory directory;
  const std::string file = directory.Write("c.toml", "[kafka]\nsecurity.protocol = 'from_file'\n");
  const auto said = [&](std::vector<std::string> more) {
    std::vector<std::string> all = {"--config", file, "backlog", "--brokers", "127.0.0.1:1"};
    all.insert(all.end(), more.begin(), more.end());
    return RunProgram(all).err;
  };
  EXPECT_THAT(said({}), HasSubstr("from_file"));
  setenv("CASECLOCK_RDKAFKA_SECURITY_PROTOCOL", "from_environment", 1);
  EXPECT_THAT(said({}), HasSubstr("from_environment"));
  EXPECT_THAT(said({"--kafka", "security.protocol=from_line"}), HasSubstr("from_line"));
  unsetenv("CASECLOCK_RDKAFKA_SECURITY_PROTOCOL");
}

}  // namespace
}  // namespace caseclock::cli

#include "consumers/cli/topic_plan.h"

#include <charconv>
#include <limits>

namespace caseclock::cli {
namespace {

using How = Need::How;

std::string Millis(base::Duration duration) {
  return std::to_string(duration.us / 1000);
}

// -1 is without end.
int64_t NumberOf(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number < 0 ? std::numeric_limits<int64_t>::max() : number;
}

bool Meets(const Need& need, const std::string& found) {
  switch (need.how) {
    case How::kEqual:
      return found == need.value;
    case How::kAtLeast:
      return NumberOf(found) >= NumberOf(need.value);
    case How::kAtMost:
      return NumberOf(found) <= NumberOf(need.value);
  }
  return false;
}

std::string InWords(const Need& need) {
  switch (need.how) {
    case How::kEqual:
      return need.value;
    case How::kAtLeast:
      return "at least " + need.value;
    case How::kAtMost:
      return "at most " + need.value;
  }
  return need.value;
}

// Of every topic. `record_bytes`: of its largest record.
std::vector<Need> CommonNeeds(size_t record_bytes) {
  return {{"max.message.bytes", How::kAtLeast, std::to_string(record_bytes + (64u << 10)),
           "the largest record must fit, or the commit that holds it never ends"},
          {"unclean.leader.election.enable", How::kEqual, "false",
           "a replica that lags would take back what was committed"}};
}

void AddKept(std::vector<Need>* needs) {
  needs->push_back({"cleanup.policy", How::kEqual, "delete",
                    "compaction would keep the last event of a case and drop the others"});
  needs->push_back({"retention.ms", How::kAtLeast, Millis(kCompactionLag),
                    "what an engine that was down has not read yet must be there"});
  needs->push_back({"retention.bytes", How::kAtLeast, "-1",
                    "a busy day must not push out what has not been read"});
}

void AddCompacted(std::vector<Need>* needs) {
  needs->push_back({"cleanup.policy", How::kEqual, "compact",
                    "the last record of every key must stay for ever"});
  needs->push_back({"min.compaction.lag.ms", How::kAtLeast, Millis(kCompactionLag),
                    "a store that lags replays the commits it has missed, and the chain is checked "
                    "over them"});
  needs->push_back({"delete.retention.ms", How::kAtLeast, Millis(kCompactionLag),
                    "a reader that lags must see that a key is gone"});
}

}  // namespace

std::vector<PlannedTopic> PlanTopics(const runtime::TopicNames& names, const TopicWishes& wishes) {
  const size_t largest = log::KafkaOptions().max_record_bytes;
  const size_t event = 2u << 20;
  std::vector<PlannedTopic> topics;
  const auto add = [&](const std::string& name, int32_t partitions, size_t bytes) -> auto& {
    topics.push_back({name, partitions, CommonNeeds(bytes)});
    return topics.back().needs;
  };
  auto& events = add(names.events, wishes.partitions, event);
  AddKept(&events);
  events.push_back(
      {"message.timestamp.type", How::kEqual, wishes.created_time ? "CreateTime" : "LogAppendTime",
       wishes.created_time ? "history is told in its own time"
                           : "the wrong clock of one writer must not carry a partition's clock "
                             "away; only a load of history keeps the writers' (--event-time)"});
  AddCompacted(&add(names.cases, wishes.partitions, largest));
  AddCompacted(&add(names.partials, wishes.partitions, largest));
  AddCompacted(&add(names.alerts, wishes.partitions, event));
  AddCompacted(&add(names.backlog, 1, event));
  AddKept(&add(names.rejects, wishes.partitions, event));
  AddCompacted(&add(names.policies, 1, largest));
  return topics;
}

std::map<std::string, std::string> SettingsToCreate(const PlannedTopic& topic) {
  std::map<std::string, std::string> settings;
  for (const Need& need : topic.needs) settings[need.setting] = need.value;
  // More than is needed: space is cheap, and events that are gone cannot be looked at again.
  if (settings.contains("retention.ms")) settings["retention.ms"] = "-1";
  return settings;
}

std::vector<Need> BrokerNeeds(const TopicWishes& wishes) {
  std::vector<Need> needs = {
      {"transaction.max.timeout.ms", How::kAtLeast, Millis(wishes.transaction_timeout),
       "engines ask for transactions that may take so long (--transaction-timeout)"},
      {"transactional.id.expiration.ms", How::kAtLeast, Millis(kCompactionLag),
       "an engine that was down must be told from its successor"},
      {"offsets.retention.minutes", How::kAtLeast, std::to_string(7 * 24 * 60),
       "without members for longer, the group forgets where it stood, and the chain does not fit"},
      {"group.max.session.timeout.ms", How::kAtLeast, Millis(wishes.session_timeout),
       "engines ask for sessions so long (--session-timeout)"},
      {"group.min.session.timeout.ms", How::kAtMost, Millis(wishes.session_timeout),
       "engines ask for sessions so short (--session-timeout)"}};
  if (wishes.replicas > 1) {
    for (const char* topic : {"transaction.state.log", "offsets.topic"}) {
      needs.push_back({std::string(topic) + ".replication.factor", How::kAtLeast,
                       std::to_string(wishes.replicas),
                       "the outcome of a commit must outlive a broker as its records do"});
    }
  }
  if (wishes.replicas >= 3) {
    needs.push_back({"transaction.state.log.min.isr", How::kAtLeast, "2",
                     "the outcome of a commit must outlive a broker as its records do"});
  }
  return needs;
}

std::vector<Difference> Compare(const PlannedTopic& topic, const log::KafkaTopic& found,
                                const TopicWishes& wishes, const std::string& brokers) {
  std::vector<Difference> differences;
  if (found.partitions != topic.partitions) {
    differences.push_back({topic.name, "partitions", std::to_string(found.partitions),
                           std::to_string(topic.partitions),
                           "a case lies in the partition that its id gives for their number",
                           "cannot be changed: make new topics under another --topic-prefix"});
  }
  if (found.replicas < wishes.replicas) {
    differences.push_back({topic.name, "replicas", std::to_string(found.replicas),
                           "at least " + std::to_string(wishes.replicas),
                           "what was committed must outlive a broker",
                           "kafka-reassign-partitions.sh --bootstrap-server " + brokers +
                               " --execute --reassignment-json-file FILE"});
  }
  std::vector<Need> needs = topic.needs;
  if (found.replicas >= 3) {
    needs.push_back({"min.insync.replicas", How::kAtLeast, "2",
                     "what was acknowledged must be on two brokers"});
  }
  for (const Need& need : needs) {
    const auto at = found.settings.find(need.setting);
    const std::string value = at == found.settings.end() ? "" : at->second;
    if (Meets(need, value)) continue;
    differences.push_back({topic.name, need.setting, value, InWords(need), need.why,
                           "kafka-configs.sh --bootstrap-server " + brokers +
                               " --alter --entity-type topics --entity-name " + topic.name +
                               " --add-config " + need.setting + "=" + need.value});
  }
  return differences;
}

std::vector<Difference> CompareBroker(const std::vector<Need>& needs,
                                      const std::map<std::string, std::string>& found) {
  std::vector<Difference> differences;
  for (const Need& need : needs) {
    const auto at = found.find(need.setting);
    if (at == found.end() || Meets(need, at->second)) continue;
    differences.push_back({"broker", need.setting, at->second, InWords(need), need.why,
                           "server.properties of every broker: " + need.setting + "=" + need.value +
                               ", then restart them one by one"});
  }
  return differences;
}

}  // namespace caseclock::cli

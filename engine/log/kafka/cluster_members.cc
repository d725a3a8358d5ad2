// Cluster: who the members of a group are.

#include "engine/log/kafka/admin.h"
#include "engine/log/kafka/cluster.h"

namespace caseclock::log::kafka {
namespace {

constexpr base::Duration kSoon = base::Seconds(5);

std::string TextOf(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

GroupMember MemberOf(const rd_kafka_MemberDescription_t* described) {
  GroupMember member;
  member.id = TextOf(rd_kafka_MemberDescription_consumer_id(described));
  member.instance = TextOf(rd_kafka_MemberDescription_group_instance_id(described));
  const auto* assignment = rd_kafka_MemberDescription_assignment(described);
  if (assignment == nullptr) return member;
  const auto* list = rd_kafka_MemberAssignment_partitions(assignment);
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    member.partitions.push_back({list->elems[i].topic, list->elems[i].partition});
  }
  return member;
}

base::Result<std::vector<GroupMember>> AskMembers(const Client& client, const std::string& group,
                                                  base::Duration wait) {
  client.Serve();
  const std::string expected = "Expected to know the members of group " + group;
  auto answer = Ask(
      client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, expected,
      [&](rd_kafka_AdminOptions_t* admin, rd_kafka_queue_t* answers) {
        const char* names[] = {group.c_str()};
        rd_kafka_DescribeConsumerGroups(client.get(), names, 1, admin, answers);
      },
      wait);
  if (!answer.ok()) return answer.error();
  const auto* result = rd_kafka_event_DescribeConsumerGroups_result(answer.value().get());
  size_t groups = 0;
  const auto** found = rd_kafka_DescribeConsumerGroups_result_groups(result, &groups);
  if (groups != 1) return ErrorOf(RD_KAFKA_RESP_ERR__BAD_MSG, expected);
  if (const auto* failed = rd_kafka_ConsumerGroupDescription_error(found[0]); failed != nullptr) {
    return ErrorOf(rd_kafka_error_code(failed), expected, rd_kafka_error_string(failed));
  }
  std::vector<GroupMember> members;
  const size_t count = rd_kafka_ConsumerGroupDescription_member_count(found[0]);
  for (size_t i = 0; i < count; ++i) {
    members.push_back(MemberOf(rd_kafka_ConsumerGroupDescription_member(found[0], i)));
  }
  return members;
}

}  // namespace

// By a handle of its own. One that has answered is kept, for whoever asks again and again; it may
// be asking a coordinator that has moved since, and would go on to do so: what it cannot answer
// soon is asked by a new one.
base::Result<std::vector<GroupMember>> Cluster::MembersOf(const std::string& group) {
  std::shared_ptr<const Client> client;
  {
    const std::lock_guard lock(mutex_);
    client = std::move(member_client_);
  }
  const bool kept = client != nullptr;
  base::Result<std::vector<GroupMember>> members = std::vector<GroupMember>();
  if (kept) members = AskMembers(*client, group, kSoon);
  if (!kept || !members.ok()) {
    auto opened = Client::Open(options(), Role::kControl, {}, nullptr);
    if (!opened.ok()) return opened.error();
    client = std::move(opened).value();
    members = AskMembers(*client, group, kSoon);
  }
  if (!members.ok()) return members;
  const std::lock_guard lock(mutex_);
  member_client_ = std::move(client);
  return members;
}

// By a new handle: what depends on it is whether somebody is fenced.
base::Result<std::optional<std::string>> Cluster::HolderOf(const std::string& group,
                                                           const std::string& instance) {
  auto client = Client::Open(options(), Role::kControl, {}, nullptr);
  if (!client.ok()) return client.error();
  auto members = AskMembers(*client.value(), group, options().request_timeout);
  if (!members.ok()) return members.error();
  for (GroupMember& member : members.value()) {
    if (member.instance == instance) return std::optional(std::move(member.id));
  }
  return std::optional<std::string>();
}

}  // namespace caseclock::log::kafka

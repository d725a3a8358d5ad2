#include "tests/simulation/broker_group.h"

#include <algorithm>

#include "tests/simulation/broker.h"

namespace caseclock::simulation {
namespace {

// Static members in the order of their instances, before dynamic ones in the order of joining.
std::string OrderOf(const BrokerMember& member) {
  return member.instance.empty() ? "~" + member.id : member.instance;
}

}  // namespace

std::string BrokerGroup::Join(const std::string& instance, std::vector<const BrokerTopic*> topics,
                              std::shared_ptr<const Wire> wire) {
  std::string digits = std::to_string(++joins_);
  BrokerMember member;
  member.id = instance + "#" + std::string(12 - std::min<size_t>(digits.size(), 12), '0') + digits;
  member.instance = instance;
  member.topics = std::move(topics);
  member.wire = std::move(wire);
  const std::string id = member.id;
  const auto former = std::find_if(members_.begin(), members_.end(), [&](const auto& entry) {
    return !instance.empty() && entry.second.instance == instance;
  });
  if (former == members_.end()) {
    members_.emplace(id, std::move(member));
    Begin();
    return id;
  }
  fenced_.insert(former->first);
  member.assigned = former->second.assigned;
  members_.erase(former);
  members_.emplace(id, std::move(member));
  return id;
}

void BrokerGroup::Rejoin(const std::string& id) {
  members_.at(id).joined = true;
  CompleteIfAllJoined();
}

void BrokerGroup::Leave(const std::string& id) {
  const BrokerMember* member = Find(id);
  if (member != nullptr && member->instance.empty()) Remove(id);
}

void BrokerGroup::Remove(const std::string& id) {
  members_.erase(id);
  Begin();
}

void BrokerGroup::Expire(base::Instant now, base::Duration session) {
  std::vector<std::string> gone;
  for (const auto& [id, member] : members_) {
    if (member.wire->quiet && now - *member.wire->quiet > session) gone.push_back(id);
  }
  for (const std::string& id : gone) Remove(id);
}

const BrokerMember* BrokerGroup::Find(const std::string& id) const {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : &found->second;
}

// What Kafka tells of a group that deals out its partitions: the members, and nothing of what they
// have.
std::vector<log::StaticMember> BrokerGroup::StaticMembers() const {
  std::vector<log::StaticMember> members;
  for (const auto& [id, member] : members_) {
    if (member.instance.empty()) continue;
    members.push_back({member.instance, {}});
    if (!rebalancing_) members.back().partitions = member.assigned;
  }
  return members;
}

bool BrokerGroup::Accepts(const log::GroupToken& token) const {
  return members_.contains(token.member) && token.generation == generation_;
}

void BrokerGroup::Begin() {
  // Who has joined the rebalance under way stays joined; a member that came back keeps nothing.
  if (!rebalancing_) {
    for (auto& [id, member] : members_) member.joined = false;
  }
  rebalancing_ = true;
  CompleteIfAllJoined();
}

void BrokerGroup::CompleteIfAllJoined() {
  const bool all = std::all_of(members_.begin(), members_.end(),
                               [](const auto& entry) { return entry.second.joined; });
  if (!rebalancing_ || !all) return;
  rebalancing_ = false;
  ++generation_;
  std::vector<BrokerMember*> order;
  std::set<const BrokerTopic*> topics;
  for (auto& [id, member] : members_) {
    member.assigned.clear();
    order.push_back(&member);
    topics.insert(member.topics.begin(), member.topics.end());
  }
  std::sort(order.begin(), order.end(),
            [](const BrokerMember* a, const BrokerMember* b) { return OrderOf(*a) < OrderOf(*b); });
  for (const BrokerTopic* topic : topics) {
    std::vector<BrokerMember*> takers;
    for (BrokerMember* member : order) {
      const auto& wanted = member->topics;
      if (std::find(wanted.begin(), wanted.end(), topic) != wanted.end()) takers.push_back(member);
    }
    const size_t count = topic->partitions.size();
    for (size_t p = 0; p < count; ++p) {
      takers[p * takers.size() / count]->assigned.push_back(topic->partitions[p]->name());
    }
  }
  // Not in the order of addresses.
  for (BrokerMember* member : order) std::sort(member->assigned.begin(), member->assigned.end());
}

}  // namespace caseclock::simulation

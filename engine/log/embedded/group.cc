#include "engine/log/embedded/group.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/check.h"

namespace caseclock::log::embedded {
namespace {

// Ids in the order of joining, after any static one that starts with a letter below '~'.
std::string MakeUpId(int64_t number) {
  std::string digits = std::to_string(number);
  return "~" + std::string(19 - std::min<size_t>(digits.size(), 19), '0') + digits;
}

void SortByName(std::vector<Partition*>* partitions) {
  std::ranges::sort(*partitions, {},
                    [](const Partition* p) -> const TopicPartition& { return *p->name; });
}

}  // namespace

std::unique_ptr<Member> Group::Join(const std::string& instance, std::vector<Topic*> topics,
                                    Signal* signal) {
  auto member = std::make_unique<Member>();
  member->id = instance.empty() ? MakeUpId(++joined_) : instance;
  member->is_static = !instance.empty();
  member->topics = std::move(topics);
  member->signal = signal;
  member->generation = ++generation_;
  Member*& place = members_[member->id];
  if (place != nullptr) {
    Member* const old = place;
    std::erase_if(owner_, [old](const auto& entry) { return entry.second == old; });
    old->replaced = true;
  }
  place = member.get();
  Rebalance();
  return member;
}

void Group::Leave(Member* member) {
  std::erase_if(owner_, [member](const auto& entry) { return entry.second == member; });
  if (const auto found = members_.find(member->id);
      found != members_.end() && found->second == member) {
    members_.erase(found);
  }
  Rebalance();
}

Group::Change Group::NextChange(Member* member) {
  if (!member->releasing.empty()) {
    LetGo(member, std::exchange(member->releasing, {}));
  }
  if (member->replaced) {
    Change lost{Polled::Kind::kLost, std::exchange(member->owned, {})};
    if (lost.partitions.empty()) lost.kind = Polled::Kind::kNothing;
    return lost;
  }
  Change revoked{Polled::Kind::kRevoked, {}};
  for (Partition* p : member->owned) {
    const auto target = target_.find(p);
    if (target == target_.end() || target->second != member) revoked.partitions.push_back(p);
  }
  if (!revoked.partitions.empty()) {
    member->releasing = revoked.partitions;
    return revoked;
  }
  Change assigned{Polled::Kind::kAssigned, {}};
  for (const auto& [partition, target] : target_) {
    if (target == member && !owner_.contains(partition)) assigned.partitions.push_back(partition);
  }
  if (assigned.partitions.empty()) return {};
  SortByName(&assigned.partitions);
  for (Partition* p : assigned.partitions) owner_[p] = member;
  member->owned.insert(member->owned.end(), assigned.partitions.begin(), assigned.partitions.end());
  return assigned;
}

bool Group::AwaitsPartitions(const Member& member) const {
  return std::ranges::any_of(target_, [&](const auto& entry) {
    if (entry.second != &member) return false;
    const auto owner = owner_.find(entry.first);
    return owner == owner_.end() || owner->second != &member;
  });
}

std::vector<StaticMember> Group::StaticMembers() const {
  std::vector<StaticMember> members;
  for (const auto& [id, member] : members_) {
    if (!member->is_static) continue;
    StaticMember& seen = members.emplace_back(StaticMember{id, {}});
    for (const Partition* p : member->owned) seen.partitions.push_back(*p->name);
  }
  return members;
}

bool Group::Holds(const GroupToken& token) const {
  const auto found = members_.find(token.member);
  return found != members_.end() && found->second->generation == token.generation;
}

void Group::LetGo(Member* member, const std::vector<Partition*>& partitions) {
  for (Partition* p : partitions) {
    if (const auto owner = owner_.find(p); owner != owner_.end() && owner->second == member) {
      owner_.erase(owner);
    }
    std::erase(member->owned, p);
    if (const auto target = target_.find(p); target != target_.end()) {
      target->second->signal->Raise();
    }
  }
  member->generation = ++generation_;
}

// Ranges of each topic in the order of member ids, so that equal partitions of topics with equal
// counts have one owner, and the same members always get the same.
void Group::Rebalance() {
  std::set<Topic*> topics;
  for (const auto& [id, member] : members_) {
    topics.insert(member->topics.begin(), member->topics.end());
  }
  target_.clear();
  for (Topic* topic : topics) {
    std::vector<Member*> takers;
    for (const auto& [id, member] : members_) {
      if (std::ranges::find(member->topics, topic) != member->topics.end()) {
        takers.push_back(member);
      }
    }
    const size_t count = topic->partitions.size();
    for (size_t p = 0; p < count; ++p) {
      target_[topic->partitions[p].get()] = takers[p * takers.size() / count];
    }
  }
  for (const auto& [id, member] : members_) member->signal->Raise();
}

}  // namespace caseclock::log::embedded

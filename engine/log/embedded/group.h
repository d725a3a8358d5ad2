#pragma once

// A consumer group in memory: who its members are, which partition is whose, and what each member
// must be told next. Cooperative: a partition that moves is first taken back from its owner, who
// may finish its transaction, and given on only when the owner has let it go; the others go on.
// Nothing here is stored or does I/O. REQUIRES for every call: Core::mutex held.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/log/embedded/core.h"
#include "engine/log/log.h"

namespace caseclock::log::embedded {

struct Member {
  std::string id;
  bool is_static = false;  // its id was given
  std::vector<Topic*> topics;
  Signal* signal = nullptr;
  int64_t generation = 0;             // rises when partitions of this member go
  std::vector<Partition*> owned;      // told with kAssigned, not yet let go
  std::vector<Partition*> releasing;  // told with kRevoked, let go at the next call
  bool replaced = false;              // a newer member has its static id
};

class Group {
 public:
  struct Change {
    Polled::Kind kind = Polled::Kind::kNothing;
    std::vector<Partition*> partitions;
  };

  // `instance` empty: an id is made up. The member belongs to the caller until Leave.
  std::unique_ptr<Member> Join(const std::string& instance, std::vector<Topic*> topics,
                               Signal* signal);
  void Leave(Member* member);
  // What the member must be told now; also lets go what it was told before. A replaced member is
  // told kLost once.
  Change NextChange(Member* member);
  // Partitions are on their way to this member.
  [[nodiscard]] bool AwaitsPartitions(const Member& member) const;
  [[nodiscard]] std::vector<StaticMember> StaticMembers() const;
  // The token is of a member, and none of its partitions went since.
  [[nodiscard]] bool Holds(const GroupToken& token) const;

 private:
  void Rebalance();
  void LetGo(Member* member, const std::vector<Partition*>& partitions);

  std::map<std::string, Member*> members_;
  std::map<Partition*, Member*> target_;
  std::map<Partition*, Member*> owner_;
  int64_t generation_ = 0;
  int64_t joined_ = 0;
};

}  // namespace caseclock::log::embedded

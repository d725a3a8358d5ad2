#pragma once

// The chain of commits in one partition of `cases`: takes its records in order and says
// what is wrong with them. A restore refuses a partition with findings, `state verify` lists them,
// and `state repair` begins where they do. A repair's commit record ends what was wrong before it.
// Pure; one thread.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/instant.h"
#include "engine/log/log.h"
#include "engine/model/records.h"
#include "engine/store/position.h"

namespace caseclock::runtime {

// Compaction takes superseded commit and case records away, but none younger than the topic's lag
// (at least seven days, see `topics check`); so much older than the newest record, or than now,
// where the topic has gone quiet, something must be for its absence to mean nothing. Less than the
// lag, because timestamps are not exact.
inline constexpr base::Duration kCompactionMayHaveBeen = base::Days(6);

struct ChainFinding {
  std::string text;          // "Expected …, but …"
  int64_t input_before = 0;  // input offset up to which the commits before it are beyond doubt
};

class Chain {
 public:
  // Reads on from where a store stands; absent: from the first record of the topic.
  explicit Chain(std::optional<store::Position> stands)
      : stands_(std::move(stands)), stood_on_(stands_.has_value()) {
    if (!stands_) return;
    last_.sequence = stands_->sequence;
    last_.input_to = stands_->input_offset;
    last_.clock = stands_->clock;
    hash_ = stands_->commit;
  }

  enum class Kind {
    kCase,     // of a case or a page
    kNothing,  // an announcement, or of no use
    kPassed,   // a commit record that the store has already
    kCommit,   // the next commit record: see last()
  };
  Kind Take(const log::RecordView& record);
  // The topic has no more by `now`, of the wall clock. There may be more to take later.
  void End(base::Instant now);
  // From now on a store stands on what has been taken, so nothing that is missing can be excused by
  // compaction, and a repair is of no use to that store.
  void StandOnIt() { stood_on_ = true; }
  // How far it is ahead of what the group has committed: in commits, where the offset has a note of
  // its own, else in input records. Negative: so much is still to be read.
  [[nodiscard]] int64_t Lead(const std::optional<log::GroupOffset>& committed) const;
  // Compares with what the group has committed. REQUIRES: End() was called.
  void CheckCommitted(const std::optional<log::GroupOffset>& committed, const std::string& group);
  // The first offset of the topic: records before it were deleted, which compaction never does.
  void CheckFirst(int64_t first);

  [[nodiscard]] const model::CommitRecord& last() const { return last_; }
  [[nodiscard]] const base::Hash128& hash() const { return hash_; }
  [[nodiscard]] const std::vector<ChainFinding>& findings() const { return findings_; }
  // The log has said that it is the one the store is of, by the store's own commit or the next.
  [[nodiscard]] bool store_confirmed() const { return confirmed_ || last_.sequence == 0; }
  // A repair has put right what the store may have taken in: it must be rebuilt.
  [[nodiscard]] bool store_outdated() const { return outdated_; }
  // What is missing behind the store compaction may have taken, because others had superseded it:
  // the topic is as good as ever, and the store must be rebuilt. REQUIRES: End() was called.
  [[nodiscard]] bool store_too_old() const;

 private:
  struct Doubt {
    ChainFinding finding;
    base::Instant at;
  };
  void Keep(std::string text);
  void Find(std::string text);
  void FindUnlessCompacted(std::string text, base::Instant at);
  void PassOver(const model::CommitRecord& commit, const base::Hash128& hash);
  void CheckPlace(const model::CommitRecord& commit, const base::Hash128& hash, base::Instant at);
  void CheckContent(const model::CommitRecord& commit, base::Instant at);
  void FindUnkept();
  // At an announcement, of `at`; without: at the end.
  void CheckUncovered(std::optional<base::Instant> at);
  // What is so much older than `now` may be missing because of compaction.
  void Excuse(base::Instant now);
  void BeginCommit();

  const std::optional<store::Position> stands_;
  model::CommitRecord last_;
  base::Hash128 hash_;
  bool stood_on_;           // a store stands on what has been taken
  bool any_ = false;        // a commit record after the store's has been taken
  bool confirmed_ = false;  // see store_confirmed
  bool outdated_ = false;
  bool sure_ = false;                      // there is a finding that compaction does not explain
  base::Instant gap_at_ = base::kLongAgo;  // of the others, the newest
  base::Instant newest_ = base::kLongAgo;  // record, or now
  int64_t next_ = 0;                       // offset behind the last record
  int64_t seen_ = 0;                       // records of the commit being read
  uint32_t checksum_ = 0;
  bool announced_ = false;
  std::vector<ChainFinding> findings_;
  std::deque<Doubt> doubts_;  // findings, unless compaction explains them
};

}  // namespace caseclock::runtime

#include "engine/runtime/chain.h"

#include <algorithm>

#include "engine/codec/output_codec.h"

namespace caseclock::runtime {
namespace {

constexpr size_t kFindingsKept = 1000;

std::string Number(int64_t n) {
  return std::to_string(n);
}

}  // namespace

void Chain::Keep(std::string text) {
  if (findings_.size() < kFindingsKept) findings_.push_back({std::move(text), last_.input_to});
}

void Chain::Find(std::string text) {
  sure_ = true;
  Keep(std::move(text));
}

void Chain::FindUnlessCompacted(std::string text, base::Instant at) {
  if (stood_on_) {
    gap_at_ = std::max(gap_at_, at);
    return Keep(std::move(text));
  }
  if (doubts_.size() >= kFindingsKept) doubts_.pop_front();
  doubts_.push_back({{std::move(text), last_.input_to}, at});
}

void Chain::BeginCommit() {
  seen_ = 0;
  checksum_ = 0;
  announced_ = false;
}

bool Chain::store_too_old() const {
  return stood_on_ && !findings_.empty() && !sure_ && newest_ - gap_at_ > kCompactionMayHaveBeen;
}

void Chain::Excuse(base::Instant now) {
  newest_ = std::max(newest_, now);
  while (!doubts_.empty() && now - doubts_.front().at > kCompactionMayHaveBeen) {
    doubts_.pop_front();
  }
}

Chain::Kind Chain::Take(const log::RecordView& record) {
  next_ = record.offset + 1;
  Excuse(record.timestamp);
  if (!record.key) {
    Find("Expected a key at offset " + Number(record.offset) + ", but there is none");
    return Kind::kNothing;
  }
  if (*record.key != model::kCommitKey) {
    if (!record.value) return Kind::kNothing;
    checksum_ = base::Crc32c(*record.value, base::Crc32c(*record.key, checksum_));
    ++seen_;
    return Kind::kCase;
  }
  if (!record.value) {
    CheckUncovered(record.timestamp);
    announced_ = true;
    return Kind::kNothing;
  }
  model::CommitRecord commit;
  if (auto status = codec::DecodeCommit(*record.value, &commit); !status.ok()) {
    Find("Expected a commit record at offset " + Number(record.offset) +
         ", but: " + status.error().message);
    BeginCommit();
    return Kind::kNothing;
  }
  const base::Hash128 hash = base::Hash(*record.value);
  if (stands_ && !any_ && commit.sequence <= stands_->sequence) {
    PassOver(commit, hash);
    BeginCommit();
    return Kind::kPassed;
  }
  if (commit.repair) {  // ends what was wrong before it, but must be whole itself
    outdated_ |= stood_on_ && !findings_.empty();
    findings_.clear();
    doubts_.clear();
    sure_ = false;
  }
  CheckPlace(commit, hash, record.timestamp);
  CheckContent(commit, record.timestamp);
  any_ = true;
  last_ = commit;
  hash_ = hash;
  BeginCommit();
  return Kind::kCommit;
}

// The store may have it already: when it was written, the end of the topic lagged behind the last
// commit, as it does for a moment on Kafka.
void Chain::PassOver(const model::CommitRecord& commit, const base::Hash128& hash) {
  if (commit.sequence != stands_->sequence) return;
  confirmed_ = hash == stands_->commit;
  if (confirmed_) return;
  Find("Expected commit " + Number(commit.sequence) + " to be " + base::ToHex(stands_->commit) +
       ", as the state directory has it, but it is " + base::ToHex(hash) +
       ": the directory is of another log, or of this one before it was made anew");
}

void Chain::CheckPlace(const model::CommitRecord& commit, const base::Hash128& hash,
                       base::Instant at) {
  const std::string name = "commit " + Number(commit.sequence);
  const int64_t expected = last_.sequence + 1;
  if (commit.sequence == last_.sequence && hash == hash_) {
    return Find("Expected commit " + Number(expected) + ", but found " + name +
                " once more: it is doubled");
  }
  if (commit.sequence < expected) {
    return Find("Expected commit " + Number(expected) + ", but found " + name +
                ": commits are out of order, or two engines have written");
  }
  if (commit.sequence > expected) {
    return FindUnlessCompacted("Expected commit " + Number(expected) + ", but found " + name +
                                   ": " + Number(commit.sequence - expected) + " missing",
                               at);
  }
  if (commit.previous != hash_) {
    return Find("Expected " + name + " to follow " + base::ToHex(hash_) + ", but it follows " +
                base::ToHex(commit.previous) +
                (stands_ && !any_ ? ": the state directory is of another log, or a copy of it as "
                                    "it went on elsewhere"
                                  : ": commit " + Number(last_.sequence) + " is another one"));
  }
  confirmed_ = true;
  if (commit.repair) return;
  if (commit.input_from != last_.input_to || commit.clock < last_.clock) {
    Find("Expected " + name + " to go on from input offset " + Number(last_.input_to) +
         " and no earlier clock, but it is from " + Number(commit.input_from) +
         (commit.clock < last_.clock ? ", and its clock runs backwards" : ""));
  }
}

void Chain::CheckContent(const model::CommitRecord& commit, base::Instant at) {
  if (announced_ && !commit.repair && commit.output_records != 0) FindUnkept();
  if (seen_ == commit.output_records && checksum_ == commit.checksum) return;
  std::string text = "Expected " + Number(commit.output_records) + " records with checksum " +
                     Number(commit.checksum) + " in commit " + Number(commit.sequence) +
                     ", but found " + Number(seen_) + " with checksum " + Number(checksum_) +
                     ": it is torn, or records are lost";
  // Behind a gap it is not its records alone: those that are left of the missing commits count too.
  const bool gap = commit.sequence > last_.sequence + 1;
  if (!gap && seen_ >= commit.output_records) return Find(std::move(text));
  FindUnlessCompacted(std::move(text), at);
}

void Chain::FindUnkept() {
  Find("Expected the commit record that is announced before offset " + Number(next_) +
       ", but it is missing: a transaction is torn");
}

void Chain::CheckUncovered(std::optional<base::Instant> at) {
  if (announced_) {
    FindUnkept();
  } else if (seen_ != 0) {
    std::string text = "Expected a commit record after the last case record before offset " +
                       Number(next_) + ", but there are " + Number(seen_) +
                       " records that no commit covers: a transaction is torn";
    // The announcement has the key of the commit records, so that it may have superseded the last.
    if (at) {
      FindUnlessCompacted(std::move(text), *at);
    } else {
      Find(std::move(text));
    }
  }
  BeginCommit();
}

void Chain::End(base::Instant now) {
  CheckUncovered(std::nullopt);
  Excuse(now);
  for (Doubt& doubt : doubts_) findings_.push_back(std::move(doubt.finding));
  doubts_.clear();
}

void Chain::CheckFirst(int64_t first) {
  if (first == 0 || stands_) return;
  findings_.push_back({"Expected the topic from its first record on, but it begins at offset " +
                           Number(first) +
                           ": records were deleted, which compaction does not do, so cases may be "
                           "lost",
                       0});
}

int64_t Chain::Lead(const std::optional<log::GroupOffset>& committed) const {
  if (!committed) return last_.input_to;
  const auto sequence = codec::DecodeCommitNote(committed->note);
  return sequence ? last_.sequence - *sequence : last_.input_to - committed->offset;
}

void Chain::CheckCommitted(const std::optional<log::GroupOffset>& committed,
                           const std::string& group) {
  const int64_t ends = last_.input_to;
  if (!committed) {
    if (last_.sequence == 0) return;
    return Find("Expected group " + group + " to have committed input offset " + Number(ends) +
                ", where the last commit record ends, but it has none: its offsets were deleted, "
                "or the group has another name");
  }
  const int64_t offset = committed->offset;
  const int64_t lead = Lead(committed);
  if (offset == ends && lead == 0) return;
  const std::string by = ", as committed by group " + group + ", but ";
  if (last_.sequence == 0) {
    return Find("Expected a commit record that ends at input offset " + Number(offset) + by +
                "the topic holds none");
  }
  if (offset == ends) {
    return Find("Expected the last commit record to be commit " + Number(last_.sequence - lead) +
                by + "it is commit " + Number(last_.sequence) +
                (lead < 0 ? ": the topic has lost its newest records, or a transaction is torn"
                          : ": a transaction is torn"));
  }
  Find("Expected the last commit record to end at input offset " + Number(offset) + by +
       "it ends at " + Number(ends) +
       (offset > ends ? ": a transaction is torn, or the topic has lost its newest records"
                      : ": the offsets were set back, or a transaction is torn"));
}

}  // namespace caseclock::runtime

#pragma once

// What the engine writes besides cases, alerts and backlogs: commit records, rejects, policies.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/instant.h"
#include "engine/model/alert.h"
#include "engine/model/sources.h"

namespace caseclock::model {

using base::Instant;

// One thing that a commit did, of several in order: it took input records, each at its own time but
// none beyond `limit`; or, where it took none, time ran on to `limit` and fired timers. Ahead of a
// record the timers fire that are due by then: all of them in history; live those of its case
// alone, because a record must not wait for all that has fallen due elsewhere (time runs on right
// after).
struct CommitStep {
  int64_t input_to = 0;  // offset behind the last record taken
  Instant clock;         // the partition clock when it began
  Instant wall;          // the wall clock it went by: what is told far behind it is historical
  Instant limit;
  int64_t timers = 0;    // fired by time that ran on, of those due; the rest is another commit's
  int64_t policies = 0;  // so many activations were known
  // Or cases followed corrected calendars: those with an id behind the first and up to the second,
  // where they had to. Empty: no such step.
  std::string follow_after;
  std::string follow_to;
  bool operator==(const CommitStep&) const = default;
};

// What lies further behind the wall clock is history: it is told as of its own instant, and marked.
inline constexpr base::Duration kLiveLag = base::Seconds(5);

inline bool IsLive(const CommitStep& step) {
  return step.limit != base::kNever && step.clock + kLiveLag >= step.wall;
}

// The last record of every commit, in the `cases` partition under the key kCommitKey: the link of
// the chain by which a restore knows that nothing is torn, doubled, missing or reordered. A
// tombstone of that key announces a commit without records of cases.
struct CommitRecord {
  int64_t sequence = 0;    // 1, 2, … per partition
  base::Hash128 previous;  // hash of the previous commit record's bytes; zero for the first
  int64_t input_from = 0;  // offsets of the input partition: [from, to)
  int64_t input_to = 0;
  int64_t input_records = 0;
  int64_t output_records = 0;  // produced by this commit, this record not counted
  uint32_t checksum = 0;       // CRC-32C over keys and values of the `cases` records of this commit
  Instant clock;               // the partition clock of the commit
  std::string policy_hash;     // the set in force
  bool historical = false;     // made in catch-up
  bool partials = false;       // the changed chunks of queue figures are in it
  bool repair = false;         // by `state repair`: ends what is wrong with the chain before it
  // The schedule: with the input it says all that the commit told.
  std::vector<CommitStep> steps;
  HeardSources heard;  // as of this commit; the sources that policies name
};
// Not a possible case id (a control character first), so it never meets one.
inline constexpr char kCommitKey[] =
    "\x01"
    "commit";

// Where an input partition stands, in the partials topic under the key kShareKey and the number:
// what the engines of a group tell each other beside the figures.
struct PartitionShare {
  int32_t partition = 0;
  int64_t offset = 0;  // of the next input record
  Instant clock;
  // The oldest open case of a queue (clock empty), and the first due of each of its clocks.
  struct Extreme {
    std::string queue;
    std::string clock;
    Instant at;
    std::string case_id;
  };
  std::vector<Extreme> extremes;
  HeardSources heard;
  Instant heard_to;  // the partition clock that `heard` is complete for
};
// No queue begins with a control character, so it never meets the key of a chunk.
inline constexpr char kShareKey[] =
    "\x01"
    "share";

// Why a record could not be used. On the wire; numbers never change.
enum class RejectReason : uint8_t {
  kUnparsable = 1,     // neither the protobuf nor the JSON form of an event
  kUnknownField = 2,   // JSON with a field the schema does not have
  kNoEvent = 3,        // an envelope without an event, or with one this version does not know
  kMissingField = 4,   // event_id, source, case_id or occurred_at missing, here and in ce_ headers
  kContradiction = 5,  // ce_ headers or the key say something else than the body
  kBadCaseId = 6,      // empty, longer than 256 bytes, or with spaces or control characters
  kBadInstant = 7,     // before 1900 or from 2200 on
  kBadCode = 8,        // prose, or anything but [A-Za-z0-9_.:/+-]{1,64}, where a code belongs
  kBadText = 9,        // not UTF-8, or a reference longer than 256 bytes or with spaces
  kUnknownQueue = 10,  // no policy for the queue of a referral
  kTooLarge = 11,      // beyond the limit of an event (1 MiB)
  kNoValue = 12,       // a tombstone where an event belongs
  kUnknownGrade = 13,  // a referral with a grade that its queue's workflow does not know
};

struct RejectHeader {
  std::string key;
  std::string value;
};

struct Reject {
  std::optional<std::string> key;     // cut to kRejectKeyBytesKept
  std::optional<std::string> value;   // the original bytes, cut to kRejectBytesKept
  uint64_t value_size = 0;            // before cutting
  std::vector<RejectHeader> headers;  // the first ones, kRejectHeaderBytesKept of them together
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  Instant timestamp;
  RejectReason reason = RejectReason::kUnparsable;
  std::string message;  // "Expected …, but …"; holds no content of the record but codes
};
// Together, with the key once more as that of the record, less than any topic takes that took the
// original.
inline constexpr size_t kRejectBytesKept = 1 << 20;
inline constexpr size_t kRejectKeyBytesKept = 64 << 10;
inline constexpr size_t kRejectHeaderBytesKept = 64 << 10;

// How far silences of sources have been told, in the backlog topic under kSourcesKey: written in
// one transaction with the alerts, by who tells the backlogs.
struct SourcesRecord {
  Instant judged = base::kLongAgo;  // every silence up to here has been told
  std::vector<Alert> standing;      // raised and not resolved
  std::vector<SourceStatus> sources;
};
// No queue begins with a control character.
inline constexpr char kSourcesKey[] =
    "\x01"
    "sources";

// A policy set in the policies topic, under its hash; and its activation, under kActivationKey, a
// colon, the hash, a colon and the microseconds since 1970 of its coming into force (older ones:
// kActivationKey, a colon and the hash).
struct PolicyText {
  std::string name;  // "marac.yaml"
  std::string text;
};
struct PolicyRecord {
  std::string hash;
  std::vector<PolicyText> files;
};
struct ActivationRecord {
  std::string hash;
  Instant effective_from;
  Instant activated_at;
  std::string by;
};
inline constexpr char kActivationKey[] =
    "\x01"
    "activation";

// Of a log that is migrated from another one, in its policies topic under kMigrationKey: how far
// that has come. Written with each commit of the migration; until it is done no engine starts.
enum class MigrationStage : uint8_t {  // on the wire; numbers never change
  kCases = 1,
  kAlerts = 2,
  kRejects = 3,
  kDone = 4,
};
struct MigrationRecord {
  base::Hash128 source;           // of where its partitions stand: it must not move meanwhile
  int32_t source_partitions = 0;  // of the source
  int32_t partitions = 0;         // of this log
  Instant clock;                  // of every commit: the latest clock of the source's partitions
  Instant started_at;
  Instant finished_at;  // meaningful once it is done
  // All before this has been carried: stages, then partitions of the source, then what it holds.
  MigrationStage stage = MigrationStage::kCases;
  int32_t partition = 0;    // of the source
  std::string after_case;   // kCases: in the order of their ids; empty: none yet
  int64_t next_offset = 0;  // kAlerts, kRejects: of their topic
  int64_t cases = 0;        // carried so far …
  int64_t pages = 0;        // closed ones of their ledgers
  // What is known of handlers, which each partition has: of how many, and all records of it.
  int64_t handlers = 0;
  int64_t handler_records = 0;
  int64_t alerts = 0;
  int64_t rejects = 0;
  int64_t policies = 0;  // records of the policies topic
  int64_t bytes = 0;     // keys and values of all that
  int64_t commits = 0;   // commit records, all partitions together

  [[nodiscard]] bool done() const { return stage == MigrationStage::kDone; }
  // In `cases`, besides the commit records.
  [[nodiscard]] int64_t case_records() const { return cases + pages + handler_records; }
  bool operator==(const MigrationRecord&) const = default;
};
inline constexpr char kMigrationKey[] =
    "\x01"
    "migration";

}  // namespace caseclock::model

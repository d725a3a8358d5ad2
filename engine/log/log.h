#pragma once

// The log: named topics of partitions of records with offsets, consumer groups, and transactions
// that make records and consumed offsets visible together or not at all. Shaped after Apache Kafka,
// so that librdkafka fits without a change: `kafka/` is that, `embedded/` the same on a RocksDB
// directory.
//
// Every implementation passes tests/contract/log_contract.h. Objects belong to the thread that uses
// them unless said otherwise; Log itself may be called from any thread. Offsets of a partition
// rise, but with gaps (transaction markers, compaction): never compute with `offset + 1 == end`
// to find the end, ask `Polled::at_end`.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/instant.h"
#include "engine/base/result.h"

namespace caseclock::log {

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};

struct HeaderView {
  std::string_view key;
  std::string_view value;
};

// A record as read. Views into the RecordBatch that holds it.
struct RecordView {
  int64_t offset = 0;
  base::Instant timestamp;                // milliseconds are kept
  std::optional<std::string_view> key;    // absent: the producer gave none
  std::optional<std::string_view> value;  // absent: a tombstone
  std::span<const HeaderView> headers;
};

// Consecutive records of one partition. Immutable; keeps the bytes of its views alive.
class RecordBatch {
 public:
  virtual ~RecordBatch() = default;
  [[nodiscard]] virtual const TopicPartition& origin() const = 0;
  [[nodiscard]] virtual std::span<const RecordView> records() const = 0;
};

// A record to write. The views need to live only until the call returns.
struct NewRecord {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::optional<base::Instant> timestamp;  // absent: the time of appending
  std::span<const HeaderView> headers;
};

// Topics.

struct TopicConfig {
  int32_t partitions = 1;
  bool compacted = false;  // keep at least the last record of every key; each needs a key
  std::optional<base::Duration> retention;  // drop records older than this; absent: keep for ever
  // A compacted topic keeps superseded records and tombstones at least so long after they were
  // written, so that a store that lags can still catch up.
  base::Duration compaction_lag = base::Days(7);
};

struct PartitionBounds {
  int64_t first = 0;  // the earliest offset still held
  int64_t end = 0;    // one past the last *committed* record: what a reader can reach now
  // Beyond `end` lie records of transactions that have not ended, or not yet visibly.
  bool undecided = false;
};

// Reading by group.

// Proves membership at one moment; taken when a transaction begins, handed to SendOffsets. Offsets
// sent with the token of an older generation are refused (kUnavailable: abort, and poll).
struct GroupToken {
  std::string group;
  std::string member;
  int64_t generation = 0;
  std::string opaque;  // what an implementation adds for itself
};

// A static member as its group knows it: present until its session ends, dead or alive.
struct StaticMember {
  std::string instance;
  std::vector<TopicPartition> partitions;  // that are its own; none while the group deals them out
};

// Where a group goes on in a partition, and what its committer wants to find beside it later.
struct GroupOffset {
  GroupOffset(int64_t at, std::string text = {})  // NOLINT(google-explicit-constructor)
      : offset(at), note(std::move(text)) {}
  int64_t offset = 0;  // of the next record to read
  std::string note;    // at most 4 KiB; empty: none. Kafka's name for it is metadata.
  bool operator==(const GroupOffset&) const = default;
};

struct Polled {
  enum class Kind {
    kNothing,   // the wait ran out
    kRecords,   // `batch` holds records of one partition
    kAssigned,  // `partitions` now belong to this consumer; it reads from the committed offsets, or
                // the first ones. Call Seek before the next Poll to read from elsewhere.
    kRevoked,   // `partitions` are about to go: finish or abort, then Poll again to let them go
    kLost,      // `partitions` are gone already: abort, write nothing for them
  };
  Kind kind = Kind::kNothing;
  std::shared_ptr<const RecordBatch> batch;
  std::vector<TopicPartition> partitions;
  // With kRecords: nothing committed lies beyond this batch in its partition (as of the read).
  // With kNothing: every assigned, unpaused partition is read to its end.
  bool at_end = false;
  // With both: where those end, if that may be beyond their last record: markers of transactions
  // lie there.
  std::map<TopicPartition, int64_t> ends;
  // Of assigned partitions, whatever the kind: offsets that were deleted before they could be read.
  // [from, to)
  struct Deleted {
    TopicPartition partition;
    int64_t from = 0;
    int64_t to = 0;
  };
  std::vector<Deleted> deleted;
};

// One member of a consumer group; read-committed. Each partition has one owner in a group.
class Consumer {
 public:
  virtual ~Consumer() = default;  // leaves the group
  // Waits until there is something, at most `max_wait`. `max_records` bounds a batch; those of one
  // partition may come in a row until they have so many records together. After kUnavailable the
  // consumer stands where it stood: Poll again.
  virtual base::Result<Polled> Poll(base::Duration max_wait, size_t max_records) = 0;
  // The next record read from `partition` is the first at or after `offset`. REQUIRES: assigned.
  virtual base::Status Seek(const TopicPartition& partition, int64_t offset) = 0;
  // Records of a paused partition are not returned; ends nothing else.
  virtual base::Status Pause(const TopicPartition& partition) = 0;
  virtual base::Status Resume(const TopicPartition& partition) = 0;
  // Whether everything that is committed in `partition` has been returned, as the log knows it now:
  // where other partitions have always more, Poll does not come to say so. REQUIRES: assigned.
  virtual base::Result<bool> AtEnd(const TopicPartition& partition) = 0;
  [[nodiscard]] virtual GroupToken token() const = 0;
  // Whether the place of a static member is still this one's, as the group knows it now: kFenced if
  // another has it. To be asked by who opens a producer's id again without knowing why the last one
  // failed: it would fence a successor. Where no member can be replaced unawares: always ok.
  virtual base::Status CheckPlace() { return {}; }
  // Makes a Poll in another thread return kNothing soon. The one call allowed from any thread.
  virtual void Wake() = 0;
};

// Reads one partition from an offset, outside any group; read-committed.
class Reader {
 public:
  virtual ~Reader() = default;
  // nullptr: nothing new within `max_wait`. Sets `at_end` when the batch reaches the end.
  virtual base::Result<std::shared_ptr<const RecordBatch>> Read(base::Duration max_wait,
                                                                size_t max_records) = 0;
  // Everything committed has been returned (as of the last Read).
  [[nodiscard]] virtual bool at_end() const = 0;
};

// Writing.

enum class CommitOutcome {
  kCommitted,
  kAborted,  // nothing of it is visible; the inputs must be read again
  kUnknown,  // ask the committed offsets after opening a new producer with the same id
};

// Writes in transactions. Opening one fences every older producer with the same id: their calls
// answer kFenced, their open transaction is aborted. One thread; one transaction at a time.
class Producer {
 public:
  virtual ~Producer() = default;  // aborts an open transaction
  // Whether the next Begin opens the id again, because of how the last transaction ended: it fences
  // whoever has opened the id since, so that a member of a group asks first whether the place is
  // still its own (Consumer::CheckPlace).
  [[nodiscard]] virtual bool OpensAgain() const { return false; }
  virtual base::Status Begin() = 0;
  // Bytes are copied. Errors surface here or at Commit.
  virtual base::Status Produce(const std::string& topic, int32_t partition,
                               const NewRecord& record) = 0;
  // `offsets`: for each input partition where to read on. When the member loses partitions between
  // this and Commit, that may answer kAborted.
  virtual base::Status SendOffsets(const GroupToken& token,
                                   const std::map<TopicPartition, GroupOffset>& offsets) = 0;
  virtual base::Result<CommitOutcome> Commit() = 0;
  virtual base::Status Abort() = 0;
};

struct Appended {
  int32_t partition = 0;
  int64_t offset = 0;
};

// Writes without a transaction, for clients. May be called from any thread.
class Appender {
 public:
  virtual ~Appender() = default;
  // Returns once the records would survive the death of this process (with `--durability disk`, of
  // the machine), all or none. A record without a key goes to partition 0; with one, to
  // murmur2(key) modulo the partitions.
  virtual base::Result<std::vector<Appended>> Append(const std::string& topic,
                                                     std::span<const NewRecord> records) = 0;
};

class Log {
 public:
  virtual ~Log() = default;
  // Creates it, or checks that it is there with the same partitions (else kConfig; a partition
  // count is never changed, because cases would move). Other settings are updated.
  virtual base::Status EnsureTopic(const std::string& topic, const TopicConfig& config) = 0;
  // kNotFound if there is none.
  virtual base::Result<TopicConfig> Describe(const std::string& topic) = 0;
  // How many partitions a topic has; on Kafka it takes fewer rights than Describe. kNotFound.
  virtual base::Result<int32_t> Partitions(const std::string& topic);
  virtual base::Result<PartitionBounds> Bounds(const TopicPartition& partition) = 0;
  // With its note. Absent: the group has never committed there.
  virtual base::Result<std::optional<GroupOffset>> Committed(const std::string& group,
                                                             const TopicPartition& partition) = 0;
  // Of a group that is not known: none.
  virtual base::Result<std::vector<StaticMember>> StaticMembers(const std::string& group) = 0;

  // `instance`: a static member id, or empty. Consumers of one group share the partitions.
  virtual base::Result<std::unique_ptr<Consumer>> Join(const std::string& group,
                                                       const std::string& instance,
                                                       const std::vector<std::string>& topics) = 0;
  virtual base::Result<std::unique_ptr<Reader>> Open(const TopicPartition& partition,
                                                     int64_t offset) = 0;
  virtual base::Result<std::unique_ptr<Producer>> OpenProducer(
      const std::string& transactional_id) = 0;
  virtual base::Result<std::unique_ptr<Appender>> OpenAppender() = 0;
};

// The partition of a case, the same for every client: murmur2 of its key modulo the count.
int32_t PartitionOf(std::string_view key, int32_t partitions);

}  // namespace caseclock::log

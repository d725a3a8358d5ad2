#pragma once

// Works out again, from a log alone, everything that an engine must have told by it, and compares.
//
// The schedule is what the commit records in `cases` say: step by step, which input records each
// commit took, how far time ran on, and what the wall clock was. Given that, everything told must
// be the same byte for byte, live or in log time: every record of every commit in `cases` and the
// chain of the commit records themselves, every transition in `alerts`, every record in `rejects`,
// records sent home to another partition of `events`, and the chunks in `partials` at the end.
//
// Works on any log::Log whose topics still hold all that was ever told (no compaction so far) and
// whose outputs are protobuf. It reads; it writes nothing. One thread.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/model/backlog.h"
#include "engine/model/records.h"
#include "tests/common/replica.h"

namespace caseclock::tests {

struct AuditTopics {
  std::string events = "caseclock.events";
  std::string cases = "caseclock.cases";
  std::string partials = "caseclock.partials";
  std::string alerts = "caseclock.alerts";
  std::string rejects = "caseclock.rejects";
  std::string policies = "caseclock.policies";
  size_t groups = 1;  // that have worked through the events: each of them moves records there
};

class Auditor {
 public:
  // `log` outlives it.
  Auditor(log::Log* log, AuditTopics topics);

  // Reads everything and compares. What differs is in differences(), one line each, the first ones
  // of each topic and partition; an error means that the log could not be read. Call it once.
  base::Status Run();

  [[nodiscard]] const std::vector<std::string>& differences() const { return differences_; }
  // How many records were compared, so that a test can see that there were some.
  struct Counts {
    int64_t commits = 0, inputs = 0, cases = 0, alerts = 0, rejects = 0, rerouted = 0, partials = 0;
    // Of records told: expected but not there; there but not expected (once more, or by nobody);
    // there with other content than expected. Where one is lost, others may count as wrong too.
    int64_t lost = 0, surplus = 0, wrong = 0;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

  // By partition; as of its last commit.
  [[nodiscard]] const std::vector<std::unique_ptr<Replica>>& replicas() const { return replicas_; }
  // The input offset that the last commit record of a partition ends at. REQUIRES: Run went well.
  [[nodiscard]] int64_t TakenTo(int32_t partition) const;
  // Figures of all queues at an instant, from the views; offsets and watermark as committed.
  [[nodiscard]] std::vector<model::Backlog> Backlogs(base::Instant as_of) const;

 private:
  // Records of one topic that are told by one input partition, in order.
  struct Stream {
    std::string name;  // for people
    std::vector<OwnRecord> found;
    size_t next = 0;
  };
  struct Chain {
    model::CommitRecord last;
    base::Hash128 hash;
  };
  base::Result<std::vector<OwnRecord>> Read(const std::string& topic, int32_t partition) const;
  base::Status ReadPolicies();
  base::Status AuditPartition(int32_t number);
  base::Status Replay(int32_t number, Stream* cases, Stream* alerts, Stream* rejects);
  void TakeStep(const model::CommitStep& step, int32_t number, size_t* next);
  [[nodiscard]] std::string PolicyHashOf(const model::CommitRecord& commit) const;
  void CheckCommit(int32_t number, const model::CommitRecord& commit, const OwnRecord& record,
                   const std::vector<OwnRecord>& told);
  void Match(const OwnRecord& expected, Stream* stream);
  void CheckAllMatched(const Stream& stream);
  void CheckRerouted();
  base::Status CheckPartials();
  void Say(const std::string& line);

  log::Log* const log_;
  const AuditTopics topics_;
  Timeline timeline_;
  std::vector<std::unique_ptr<Replica>> replicas_;
  std::vector<std::vector<OwnRecord>> inputs_;  // by partition
  std::vector<Chain> chains_;
  std::map<int32_t, std::vector<OwnRecord>> rerouted_;  // expected, by the partition they go to
  std::vector<std::string> differences_;
  Counts counts_;
};

}  // namespace caseclock::tests

#pragma once

// A log that goes wrong on purpose: it hands every call on to another log, but one of them fails,
// aborts, ends unknown, or is the last one before death. Everything the engine does to the world
// passes through here, so going over every call is going over every I/O boundary.
//
// Death is a model of kill -9: nothing passes any more. What the inner log acknowledged stays, as
// with a kill.
//
// Any thread.

#include <signal.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "engine/runtime/engine.h"

namespace caseclock::runtime::testing {

// What can be waited for at a boundary.
enum class Call {
  kTopics,  // EnsureTopic, Describe
  kBounds,
  kCommitted,
  kJoin,
  kPoll,
  kSeek,
  kOpenReader,
  kRead,
  kOpenProducer,
  kBegin,
  kProduce,
  kSendOffsets,
  kCommit,
  kAbort,
  kAppend,       // and OpenAppender
  kStartStore,   // a checkpoint is about to be written
  kFinishStore,  // … has been written, and nobody has taken note of it
};

enum class Fault {
  kNone,
  kFailBefore,        // kUnavailable, and nothing happened
  kFailAfter,         // kUnavailable, though it happened
  kAbort,             // of a commit: all of it is gone, and it says so
  kUnknownCommitted,  // of a commit: it happened, but nobody can say so
  kUnknownUndecided,  // of a commit: still open, nobody can say how it will end
  kUnknownAborted,    // of a commit: it is gone, but nobody can say so
  kDieBefore,
  kDieAfter,
};

inline const char* FaultName(Fault fault) {
  switch (fault) {
    case Fault::kNone:
      return "none";
    case Fault::kFailBefore:
      return "fail before";
    case Fault::kFailAfter:
      return "fail after";
    case Fault::kAbort:
      return "abort";
    case Fault::kUnknownCommitted:
      return "unknown, committed";
    case Fault::kUnknownUndecided:
      return "unknown, undecided";
    case Fault::kUnknownAborted:
      return "unknown, aborted";
    case Fault::kDieBefore:
      return "die before";
    case Fault::kDieAfter:
      return "die after";
  }
  return "";
}

// Which call goes wrong, and how.
struct Plan {
  Fault fault = Fault::kNone;
  int at = 0;  // the how many-th call, from 1, of those that `of` takes
  std::function<bool(Call)> of = [](Call) { return true; };
  bool again = false;   // every at-th call, not only the first
  int times = 1;        // so many calls in a row go wrong
  bool really = false;  // death is that of this process, by SIGKILL
  // Instead of `fault` at `at`: what becomes of this call. May run others meanwhile, but not come
  // back here.
  std::function<Fault(Call)> decide = nullptr;
  std::function<void()> died = nullptr;  // called at death
  // Instead of what the log says: of producers, and of consumers.
  std::function<bool()> opens_again = nullptr;
  std::function<base::Status()> place = nullptr;
};

// What the parts of a faulty log share: counts calls and says what becomes of each.
class Faults {
 public:
  explicit Faults(Plan plan) : plan_(std::move(plan)) {}

  // A call comes: what becomes of it. kDieBefore: dead, let nothing pass.
  Fault Next(Call call) {
    const std::lock_guard lock(mutex_);
    if (dead_) return Fault::kDieBefore;
    if (!plan_.of(call)) return Fault::kNone;
    ++calls_;
    if (plan_.decide) {
      const Fault fault = plan_.decide(call);
      fired_ |= fault != Fault::kNone;
      if (fault == Fault::kDieBefore) DieNow();
      return fault;
    }
    const int number = plan_.again ? (calls_ - 1) % plan_.at + 1 : calls_;
    if (plan_.fault == Fault::kNone || number < plan_.at || number >= plan_.at + plan_.times) {
      return Fault::kNone;
    }
    fired_ = true;
    if (plan_.fault == Fault::kDieBefore) DieNow();
    return plan_.fault;
  }
  void Die() {
    const std::lock_guard lock(mutex_);
    DieNow();
  }
  [[nodiscard]] bool dead() const {
    const std::lock_guard lock(mutex_);
    return dead_;
  }
  [[nodiscard]] bool fired() const {
    const std::lock_guard lock(mutex_);
    return fired_;
  }
  [[nodiscard]] int calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

  [[nodiscard]] const Plan& plan() const { return plan_; }

  static base::Error Injected() {
    return {base::ErrorKind::kUnavailable, "Expected an answer, but a fault was injected"};
  }
  // Lets `act` happen, or not, or for nothing.
  template <typename Act>
  auto Pass(Call call, const Act& act) -> decltype(act()) {
    const Fault fault = Next(call);
    if (fault == Fault::kFailBefore || fault == Fault::kDieBefore) return Injected();
    auto answer = act();
    if (fault == Fault::kDieAfter) Die();
    if (fault == Fault::kFailAfter || dead()) return Injected();
    return answer;
  }

 private:
  void DieNow() {
    if (plan_.really) kill(getpid(), SIGKILL);
    dead_ = true;
    if (plan_.died) plan_.died();
  }

  const Plan plan_;
  mutable std::mutex mutex_;
  int calls_ = 0;
  bool fired_ = false;
  bool dead_ = false;
};

class FaultyConsumer : public log::Consumer {
 public:
  FaultyConsumer(Faults* faults, std::unique_ptr<log::Consumer> inner)
      : faults_(faults), inner_(std::move(inner)) {}
  base::Result<log::Polled> Poll(base::Duration max_wait, size_t max_records) override {
    return faults_->Pass(Call::kPoll, [&] { return inner_->Poll(max_wait, max_records); });
  }
  base::Status Seek(const log::TopicPartition& partition, int64_t offset) override {
    return faults_->Pass(Call::kSeek, [&] { return inner_->Seek(partition, offset); });
  }
  base::Status Pause(const log::TopicPartition& partition) override {
    return inner_->Pause(partition);
  }
  base::Status Resume(const log::TopicPartition& partition) override {
    return inner_->Resume(partition);
  }
  base::Result<bool> AtEnd(const log::TopicPartition& partition) override {
    return faults_->Pass(Call::kBounds, [&] { return inner_->AtEnd(partition); });
  }
  base::Status CheckPlace() override {
    return faults_->plan().place ? faults_->plan().place() : inner_->CheckPlace();
  }
  [[nodiscard]] log::GroupToken token() const override { return inner_->token(); }
  void Wake() override { inner_->Wake(); }

 private:
  Faults* const faults_;
  const std::unique_ptr<log::Consumer> inner_;
};

class FaultyReader : public log::Reader {
 public:
  FaultyReader(Faults* faults, std::unique_ptr<log::Reader> inner)
      : faults_(faults), inner_(std::move(inner)) {}
  base::Result<std::shared_ptr<const log::RecordBatch>> Read(base::Duration max_wait,
                                                             size_t max_records) override {
    return faults_->Pass(Call::kRead, [&] { return inner_->Read(max_wait, max_records); });
  }
  [[nodiscard]] bool at_end() const override { return inner_->at_end(); }

 private:
  Faults* const faults_;
  const std::unique_ptr<log::Reader> inner_;
};

class FaultyProducer : public log::Producer {
 public:
  FaultyProducer(Faults* faults, std::unique_ptr<log::Producer> inner)
      : faults_(faults), inner_(std::move(inner)) {}
  [[nodiscard]] bool OpensAgain() const override {
    return faults_->plan().opens_again ? faults_->plan().opens_again() : inner_->OpensAgain();
  }
  base::Status Begin() override {
    return faults_->Pass(Call::kBegin, [&] { return inner_->Begin(); });
  }
  base::Status Produce(const std::string& topic, int32_t partition,
                       const log::NewRecord& record) override {
    return faults_->Pass(Call::kProduce, [&] { return inner_->Produce(topic, partition, record); });
  }
  base::Status SendOffsets(
      const log::GroupToken& token,
      const std::map<log::TopicPartition, log::GroupOffset>& offsets) override {
    return faults_->Pass(Call::kSendOffsets, [&] { return inner_->SendOffsets(token, offsets); });
  }
  base::Result<log::CommitOutcome> Commit() override;
  base::Status Abort() override {
    return faults_->Pass(Call::kAbort, [&] { return inner_->Abort(); });
  }

 private:
  Faults* const faults_;
  const std::unique_ptr<log::Producer> inner_;
};

class FaultyAppender : public log::Appender {
 public:
  FaultyAppender(Faults* faults, std::unique_ptr<log::Appender> inner)
      : faults_(faults), inner_(std::move(inner)) {}
  base::Result<std::vector<log::Appended>> Append(
      const std::string& topic, std::span<const log::NewRecord> records) override {
    return faults_->Pass(Call::kAppend, [&] { return inner_->Append(topic, records); });
  }

 private:
  Faults* const faults_;
  const std::unique_ptr<log::Appender> inner_;
};

class FaultyLog : public log::Log {
 public:
  FaultyLog(log::Log* inner, Plan plan) : inner_(inner), faults(std::move(plan)) {}

  base::Status EnsureTopic(const std::string& topic, const log::TopicConfig& config) override {
    return faults.Pass(Call::kTopics, [&] { return inner_->EnsureTopic(topic, config); });
  }
  base::Result<log::TopicConfig> Describe(const std::string& topic) override {
    return faults.Pass(Call::kTopics, [&] { return inner_->Describe(topic); });
  }
  base::Result<log::PartitionBounds> Bounds(const log::TopicPartition& partition) override {
    return faults.Pass(Call::kBounds, [&] { return inner_->Bounds(partition); });
  }
  base::Result<std::optional<log::GroupOffset>> Committed(
      const std::string& group, const log::TopicPartition& partition) override {
    return faults.Pass(Call::kCommitted, [&] { return inner_->Committed(group, partition); });
  }
  base::Result<std::vector<log::StaticMember>> StaticMembers(const std::string& group) override {
    return faults.Pass(Call::kCommitted, [&] { return inner_->StaticMembers(group); });
  }
  base::Result<std::unique_ptr<log::Consumer>> Join(
      const std::string& group, const std::string& instance,
      const std::vector<std::string>& topics) override {
    auto inner = faults.Pass(Call::kJoin, [&] { return inner_->Join(group, instance, topics); });
    return Wrap<FaultyConsumer, log::Consumer>(std::move(inner));
  }
  base::Result<std::unique_ptr<log::Reader>> Open(const log::TopicPartition& partition,
                                                  int64_t offset) override {
    auto inner = faults.Pass(Call::kOpenReader, [&] { return inner_->Open(partition, offset); });
    return Wrap<FaultyReader, log::Reader>(std::move(inner));
  }
  base::Result<std::unique_ptr<log::Producer>> OpenProducer(
      const std::string& transactional_id) override {
    auto inner =
        faults.Pass(Call::kOpenProducer, [&] { return inner_->OpenProducer(transactional_id); });
    return Wrap<FaultyProducer, log::Producer>(std::move(inner));
  }
  base::Result<std::unique_ptr<log::Appender>> OpenAppender() override {
    auto inner = faults.Pass(Call::kAppend, [&] { return inner_->OpenAppender(); });
    return Wrap<FaultyAppender, log::Appender>(std::move(inner));
  }

 private:
  template <typename Faulty, typename Interface>
  base::Result<std::unique_ptr<Interface>> Wrap(base::Result<std::unique_ptr<Interface>> inner) {
    if (!inner.ok()) return inner.error();
    return std::unique_ptr<Interface>(std::make_unique<Faulty>(&faults, std::move(inner).value()));
  }

  log::Log* const inner_;

 public:
  // For EngineOptions: a checkpoint passes here, too.
  base::Status Probe(CheckpointStage stage) {
    const bool begun = stage == CheckpointStage::kBegun;
    return faults.Pass(begun ? Call::kStartStore : Call::kFinishStore,
                       [] { return base::Status(); });
  }
  Faults faults;
};

inline base::Result<log::CommitOutcome> FaultyProducer::Commit() {
  const auto ended = [](const base::Status& status,
                        log::CommitOutcome outcome) -> base::Result<log::CommitOutcome> {
    if (!status.ok()) return status.error();
    return outcome;
  };
  const Fault fault = faults_->Next(Call::kCommit);
  switch (fault) {
    case Fault::kFailBefore:
    case Fault::kDieBefore:
      return Faults::Injected();
    case Fault::kAbort:
      return ended(inner_->Abort(), log::CommitOutcome::kAborted);
    case Fault::kUnknownAborted:
      return ended(inner_->Abort(), log::CommitOutcome::kUnknown);
    case Fault::kUnknownUndecided:
      return log::CommitOutcome::kUnknown;
    case Fault::kUnknownCommitted:
      return ended(inner_->Commit().status(), log::CommitOutcome::kUnknown);
    case Fault::kNone:
    case Fault::kFailAfter:
    case Fault::kDieAfter: {
      auto outcome = inner_->Commit();
      if (fault == Fault::kDieAfter) faults_->Die();
      if (fault == Fault::kFailAfter || faults_->dead()) return Faults::Injected();
      return outcome;
    }
  }
  return Faults::Injected();
}

}  // namespace caseclock::runtime::testing

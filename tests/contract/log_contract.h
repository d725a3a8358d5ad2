#pragma once

// The contract of log::Log, as tests over any implementation: the *_contract_test.cc files here
// hold them, an implementation instantiates LogContract with a factory of its own. A program that
// runs the contract compiles all of those files.
//
// Verbs fail the running test on an error they do not expect, and then answer with nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/instant.h"
#include "engine/log/log.h"

namespace caseclock::log::contract {

// One log, empty at first, and what is around it. Destroying it removes everything.
class LogUnderTest {
 public:
  virtual ~LogUnderTest() = default;
  virtual Log& log() = 0;
  // Ends this process's connection and makes a new one. REQUIRES: nothing of the log is held.
  virtual void Reopen() = 0;
};

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<LogUnderTest>()> make;
  friend void PrintTo(const Implementation& i, std::ostream* out) { *out << i.name; }
};

// A record with bytes of its own.
struct Record {
  int64_t offset = 0;
  base::Instant timestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;
};

using Keyed = std::pair<std::optional<std::string>, std::optional<std::string>>;

inline constexpr base::Duration kLong = base::Seconds(30);  // a wait that should end sooner
inline constexpr base::Duration kShort = base::Millis(1);

// A consumer and what it was told.
class Member {
 public:
  explicit Member(std::unique_ptr<Consumer> consumer) : consumer_(std::move(consumer)) {}
  Consumer& operator*() { return *consumer_; }
  Consumer* operator->() { return consumer_.get(); }

  // One poll, taken note of.
  Polled Poll(base::Duration wait = kShort, size_t max_records = 1000);
  // Polls until it is told this kind.
  Polled Until(Polled::Kind kind);
  // Polls for records until every assigned partition is read to its end.
  void Drain();
  void Leave() { consumer_.reset(); }

  [[nodiscard]] const std::set<TopicPartition>& assigned() const { return assigned_; }
  // All that came, in the order of coming; "key=value".
  std::map<TopicPartition, std::vector<std::string>> seen;

 private:
  std::unique_ptr<Consumer> consumer_;
  std::set<TopicPartition> assigned_;
};

// Polls all in turn until they hold `partitions` together, as many of them as can some, and are
// told no more changes.
void Settle(const std::vector<Member*>& members, size_t partitions);

Record CopyOf(const RecordView& view);
std::string TextOf(const RecordView& view);

class LogContract : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override { under_test_ = GetParam().make(); }
  Log& log() { return under_test_->log(); }
  void Reopen() { under_test_->Reopen(); }

  void Topic(const std::string& name, int32_t partitions = 1);
  // Appends without a transaction; the places they got.
  std::vector<Appended> Append(const std::string& topic, const std::vector<Keyed>& records);
  // All records of a partition from an offset on.
  std::vector<Record> Read(const std::string& topic, int32_t partition = 0, int64_t from = 0);
  // The same as "key=value".
  std::vector<std::string> ReadTexts(const std::string& topic, int32_t partition = 0,
                                     int64_t from = 0);
  // Waits until the records of a partition read so: what a transaction wrote may take a moment to
  // be seen after it was committed, on a log that writes its markers afterwards.
  using Texts = testing::Matcher<const std::vector<std::string>&>;
  void AwaitTexts(const std::string& topic, int32_t partition, const Texts& expected);
  Member Join(const std::string& group, const std::vector<std::string>& topics,
              const std::string& instance = "");
  std::unique_ptr<Producer> OpenProducer(const std::string& id);
  // Produces key=value to a partition.
  static base::Status Put(Producer& producer, const std::string& topic, const std::string& key,
                          const std::string& value, int32_t partition = 0);
  void ExpectCommit(Producer& producer);
  std::optional<int64_t> Committed(const std::string& group, const TopicPartition& partition);

 private:
  std::unique_ptr<LogUnderTest> under_test_;
};

}  // namespace caseclock::log::contract

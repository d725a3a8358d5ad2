#include "tests/contract/log_contract.h"

#include <algorithm>
#include <chrono>

namespace caseclock::log::contract {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LogContract);

Record CopyOf(const RecordView& view) {
  Record record;
  record.offset = view.offset;
  record.timestamp = view.timestamp;
  if (view.key) record.key = std::string(*view.key);
  if (view.value) record.value = std::string(*view.value);
  for (const HeaderView& h : view.headers) record.headers.emplace_back(h.key, h.value);
  return record;
}

std::string TextOf(const RecordView& view) {
  return std::string(view.key.value_or("(none)")) + "=" +
         std::string(view.value.value_or("(none)"));
}

Polled Member::Poll(base::Duration wait, size_t max_records) {
  auto polled = consumer_->Poll(wait, max_records);
  if (!polled.ok()) {
    ADD_FAILURE() << polled.error().message;
    return {};
  }
  const Polled& p = polled.value();
  switch (p.kind) {
    case Polled::Kind::kAssigned:
      assigned_.insert(p.partitions.begin(), p.partitions.end());
      break;
    case Polled::Kind::kRevoked:
    case Polled::Kind::kLost:
      for (const TopicPartition& gone : p.partitions) assigned_.erase(gone);
      break;
    case Polled::Kind::kRecords:
      EXPECT_FALSE(p.batch->records().empty());
      EXPECT_LE(p.batch->records().size(), max_records);
      for (const RecordView& r : p.batch->records()) {
        seen[p.batch->origin()].push_back(TextOf(r));
      }
      break;
    case Polled::Kind::kNothing:
      break;
  }
  return std::move(polled).value();
}

Polled Member::Until(Polled::Kind kind) {
  for (int tries = 0; tries < 1000 && !testing::Test::HasFailure(); ++tries) {
    Polled polled = Poll(base::Millis(30));
    if (polled.kind == kind) return polled;
  }
  ADD_FAILURE() << "was not told what was expected";
  return {};
}

void Member::Drain() {
  for (int tries = 0; tries < 100000 && !testing::Test::HasFailure(); ++tries) {
    const Polled polled = Poll(kShort);
    if (polled.kind == Polled::Kind::kNothing && polled.at_end) return;
  }
  ADD_FAILURE() << "did not reach the end";
}

void Settle(const std::vector<Member*>& members, size_t partitions) {
  for (int tries = 0, quiet = 0; tries < 10000 && !testing::Test::HasFailure(); ++tries) {
    size_t held = 0;
    size_t holders = 0;
    bool told = false;
    for (Member* member : members) {
      const Polled::Kind kind = member->Poll(kShort).kind;
      told |= kind != Polled::Kind::kNothing && kind != Polled::Kind::kRecords;
      held += member->assigned().size();
      holders += member->assigned().empty() ? 0 : 1;
    }
    const bool shared = holders == std::min(members.size(), partitions);
    quiet = !told && shared && held == partitions ? quiet + 1 : 0;
    if (quiet == 2) return;
  }
  ADD_FAILURE() << "the group did not settle";
}

void LogContract::Topic(const std::string& name, int32_t partitions) {
  TopicConfig config;
  config.partitions = partitions;
  const auto status = log().EnsureTopic(name, config);
  ASSERT_TRUE(status.ok()) << status.error().message;
}

std::vector<Appended> LogContract::Append(const std::string& topic,
                                          const std::vector<Keyed>& records) {
  auto appender = log().OpenAppender();
  EXPECT_TRUE(appender.ok());
  std::vector<NewRecord> views;
  for (const auto& [key, value] : records) views.push_back({key, value, std::nullopt, {}});
  auto appended = appender.value()->Append(topic, views);
  if (!appended.ok()) {
    ADD_FAILURE() << appended.error().message;
    return {};
  }
  return appended.value();
}

std::vector<Record> LogContract::Read(const std::string& topic, int32_t partition, int64_t from) {
  std::vector<Record> records;
  auto reader = log().Open({topic, partition}, from);
  if (!reader.ok()) {
    ADD_FAILURE() << reader.error().message;
    return records;
  }
  for (;;) {
    auto batch = reader.value()->Read(kShort, 1000);
    if (!batch.ok()) {
      ADD_FAILURE() << batch.error().message;
      return records;
    }
    if (batch.value() != nullptr) {
      EXPECT_EQ(batch.value()->origin(), (TopicPartition{topic, partition}));
      for (const RecordView& r : batch.value()->records()) records.push_back(CopyOf(r));
    }
    if (reader.value()->at_end()) return records;
  }
}

std::vector<std::string> LogContract::ReadTexts(const std::string& topic, int32_t partition,
                                                int64_t from) {
  std::vector<std::string> texts;
  for (const Record& r : Read(topic, partition, from)) {
    texts.push_back(r.key.value_or("(none)") + "=" + r.value.value_or("(none)"));
  }
  return texts;
}

void LogContract::AwaitTexts(const std::string& topic, int32_t partition, const Texts& expected) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(kLong.us);
  std::vector<std::string> found;
  do {
    found = ReadTexts(topic, partition);
  } while (!expected.Matches(found) && !HasFailure() &&
           std::chrono::steady_clock::now() < deadline);
  EXPECT_THAT(found, expected) << topic << "/" << partition;
}

Member LogContract::Join(const std::string& group, const std::vector<std::string>& topics,
                         const std::string& instance) {
  auto consumer = log().Join(group, instance, topics);
  EXPECT_TRUE(consumer.ok()) << consumer.error().message;
  return Member(std::move(consumer).value());
}

std::unique_ptr<Producer> LogContract::OpenProducer(const std::string& id) {
  auto producer = log().OpenProducer(id);
  EXPECT_TRUE(producer.ok()) << producer.error().message;
  return std::move(producer).value();
}

base::Status LogContract::Put(Producer& producer, const std::string& topic, const std::string& key,
                              const std::string& value, int32_t partition) {
  return producer.Produce(topic, partition, {key, value, std::nullopt, {}});
}

void LogContract::ExpectCommit(Producer& producer) {
  const auto outcome = producer.Commit();
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome.value(), CommitOutcome::kCommitted);
}

std::optional<int64_t> LogContract::Committed(const std::string& group,
                                              const TopicPartition& partition) {
  auto offset = log().Committed(group, partition);
  if (!offset.ok()) {
    ADD_FAILURE() << offset.error().message;
    return std::nullopt;
  }
  if (!offset.value()) return std::nullopt;
  return offset.value()->offset;
}

}  // namespace caseclock::log::contract

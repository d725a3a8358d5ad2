#include <gtest/gtest.h>

#include <algorithm>

#include "caseclock/v1/case.pb.h"
#include "caseclock/v1/event.pb.h"
#include "engine/codec/event_codec.h"
#include "tests/unit/codec/generated.h"
#include "tests/unit/codec/random_values.h"

namespace caseclock::codec {
namespace {

constexpr int kEvents = 3'000;

std::string Encoded(const model::Event& event) {
  std::string bytes;
  EncodeEvent(event, &bytes);
  return bytes;
}

TEST(EventRoundTrip, BytesAreThoseOfTheGeneratedClass) {
  RandomValues random(1);
  for (int i = 0; i < kEvents; ++i) {
    const std::string bytes = Encoded(random.Event());
    ASSERT_EQ(ThroughGenerated<v1::CaseEvent>(bytes), bytes);
  }
}

TEST(EventRoundTrip, DecodesToTheSame) {
  RandomValues random(2);
  for (int i = 0; i < kEvents; ++i) {
    const model::Event event = random.Event();
    const std::string bytes = Encoded(event);
    model::Event read = random.Event();  // what stood there before must not show
    Rejected rejected;
    ASSERT_TRUE(DecodeEvent(bytes, &read, &rejected)) << rejected.message;
    EXPECT_TRUE(read.body == event.body) << EventTypeName(event.type());
    EXPECT_EQ(read.actor, event.actor);
    EXPECT_EQ(read.sequence, event.sequence);
    EXPECT_EQ(read.event_id, event.event_id);
    EXPECT_EQ(read.source, event.source);
    EXPECT_EQ(read.case_id, event.case_id);
    EXPECT_EQ(read.occurred_at, event.occurred_at);
    ASSERT_EQ(Encoded(read), bytes);
  }
}

// The fields of a message one by one, as they lie in its bytes.
std::vector<std::string> Fields(std::string_view bytes) {
  std::vector<std::string> fields;
  wire::Reader in(bytes);
  while (!in.AtEnd()) {
    const char* const begin = in.at();
    uint32_t tag = 0;
    EXPECT_TRUE(in.ReadTag(&tag) && in.Skip(tag));
    fields.emplace_back(begin, in.at());
  }
  return fields;
}

std::string Shuffled(std::string_view bytes, uint64_t seed) {
  std::vector<std::string> fields = Fields(bytes);
  std::shuffle(fields.begin(), fields.end(), std::mt19937_64(seed));
  std::string out;
  for (const std::string& field : fields) out += field;
  return out;
}

TEST(EventRoundTrip, AnyOrderOfFieldsIsTheSameEvent) {
  RandomValues random(3);
  for (int i = 0; i < 500; ++i) {
    const std::string bytes = Encoded(random.Event());
    const std::string shuffled = Shuffled(bytes, static_cast<uint64_t>(i));
    model::Event event;
    Rejected rejected;
    ASSERT_TRUE(DecodeEvent(shuffled, &event, &rejected)) << rejected.message;
    ASSERT_EQ(Encoded(event), bytes);
  }
}

TEST(EventRoundTrip, UnknownFieldsOfTheEnvelopeAreIgnored) {
  RandomValues random(4);
  std::string bytes = Encoded(random.Event());
  const std::string known = bytes;
  bytes += "\x38\x07";                              // 7, a varint
  bytes += "\xa2\x06\x02xy";                        // 100, bytes
  bytes += "\x41\x01\x02\x03\x04\x05\x06\x07\x08";  // 8, fixed64
  model::Event event;
  Rejected rejected;
  ASSERT_TRUE(DecodeEvent(bytes, &event, &rejected)) << rejected.message;
  EXPECT_EQ(Encoded(event), known);
}

TEST(EventRoundTrip, FinerThanMicrosecondsIsDropped) {
  v1::CaseEvent message;
  message.set_event_id("e");
  message.set_source("s");
  message.set_case_id("c");
  message.mutable_occurred_at()->set_nanos(1'234'567);
  message.mutable_closed();
  const std::string bytes = message.SerializeAsString();
  model::Event event;
  Rejected rejected;
  ASSERT_TRUE(DecodeEvent(bytes, &event, &rejected)) << rejected.message;
  EXPECT_EQ(event.occurred_at.us, 1'234);
}

TEST(LedgerEntry, IsAnElementOfTheGeneratedCase) {
  RandomValues random(5);
  for (int i = 0; i < kEvents; ++i) {
    const model::Event event = random.Event();
    const model::Arrival arrival = random.Arrival();
    std::string bytes;
    EncodeLedgerEntry(event, arrival, &bytes);
    v1::CaseState state;
    ASSERT_TRUE(state.ParseFromString(bytes));
    state.DiscardUnknownFields();
    ASSERT_EQ(state.entries_size(), 1);
    ASSERT_EQ(state.SerializeAsString(), bytes);
    EXPECT_EQ(ThroughGenerated<v1::LedgerPage>(bytes), bytes);
    EXPECT_TRUE(state.entries(0).event().case_id().empty());
  }
}

TEST(LedgerEntry, DecodesToTheSame) {
  RandomValues random(6);
  core::LedgerEntry entry;
  for (int i = 0; i < kEvents; ++i) {
    model::Event event = random.Event();
    const model::Arrival arrival = random.Arrival();
    std::string bytes;
    EncodeLedgerEntry(event, arrival, &bytes);
    const size_t size = bytes.size();
    bytes += "\x22\x01x";  // what follows in the page is not its business
    DecodeLedgerEntry(bytes, &entry);
    EXPECT_EQ(entry.size, size);
    EXPECT_EQ(entry.arrival.partition, arrival.partition);
    EXPECT_EQ(entry.arrival.offset, arrival.offset);
    EXPECT_EQ(entry.arrival.time, arrival.time);
    event.case_id = {};
    EXPECT_TRUE(entry.event.body == event.body);
    ASSERT_EQ(Encoded(entry.event), Encoded(event));
  }
}

TEST(LedgerEntryDeathTest, DamageIsABug) {
  core::LedgerEntry entry;
  EXPECT_DEATH(DecodeLedgerEntry("\x22\x05xy", &entry), "CHECK failed");
}

}  // namespace
}  // namespace caseclock::codec

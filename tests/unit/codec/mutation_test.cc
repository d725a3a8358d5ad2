// A small deterministic fuzz: every truncation and many random changes of good bytes. Nothing may
// crash, and what is accepted must encode to bytes that decode to the same.

#include <gtest/gtest.h>

#include <functional>

#include "engine/codec/event_codec.h"
#include "tests/golden/golden_outputs.h"
#include "tests/unit/codec/random_values.h"

namespace caseclock::codec {
namespace {

// Calls `use` with each truncation of `bytes` and with changed copies. The copies are of exact size
// on the heap, so that a sanitizer sees any look beyond them.
void Mutate(const std::string& bytes, RandomValues* random,
            const std::function<void(std::string_view)>& use) {
  const auto exact = [&](const std::string& text) {
    const std::vector<char> copy(text.begin(), text.end());
    use({copy.data(), copy.size()});
  };
  for (size_t size = 0; size < bytes.size(); ++size) exact(bytes.substr(0, size));
  for (int i = 0; i < 60; ++i) {
    std::string changed = bytes;
    for (uint64_t n = 1 + random->Below(4); n > 0 && !changed.empty(); --n) {
      const size_t at = random->Below(changed.size());
      switch (random->Below(4)) {
        case 0:
          changed[at] = static_cast<char>(random->Below(256));
          break;
        case 1:
          changed[at] = static_cast<char>(changed[at] ^ (1 << random->Below(8)));
          break;
        case 2:
          changed.erase(at, 1 + random->Below(4));
          break;
        default:
          changed.insert(at, changed.substr(random->Below(changed.size()), random->Below(20)));
      }
    }
    exact(changed);
  }
}

void UseRecord(std::string_view bytes) {
  WireRecord record;
  record.value = bytes;
  DecodeScratch scratch;
  model::Event event;
  Rejected rejected;
  if (!DecodeRecord(record, &scratch, &event, &rejected)) {
    EXPECT_EQ(rejected.message.rfind("Expected ", 0), 0U) << rejected.message;
    return;
  }
  std::string once;
  std::string twice;
  EncodeEvent(event, &once);
  ASSERT_TRUE(DecodeEvent(once, &event, &rejected)) << rejected.message;
  EncodeEvent(event, &twice);
  ASSERT_EQ(twice, once);
}

template <typename T>
using Decoder = base::Status (*)(std::string_view, T*);
template <typename T>
using Encoder = void (*)(const T&, std::string*);

template <typename T>
void UseBytes(std::string_view bytes, Decoder<T> decode, Encoder<T> encode) {
  T value;
  if (!decode(bytes, &value).ok()) return;
  std::string once;
  std::string twice;
  encode(value, &once);
  ASSERT_TRUE(decode(once, &value).ok());
  encode(value, &twice);
  ASSERT_EQ(twice, once);
}

// Of a value with all its fields set.
template <typename T>
void MutateValue(const T& value, Decoder<T> decode, Encoder<T> encode, RandomValues* random) {
  std::string bytes;
  encode(value, &bytes);
  Mutate(bytes, random, [&](std::string_view changed) { UseBytes<T>(changed, decode, encode); });
}

void EncodePageOfOneCase(const model::ClosedPage& page, std::string* out) {
  EncodePage("C-1", page, out);
}

struct KeyedChunk {
  ChunkKey key;
  model::FigureChunk chunk;
};
base::Status DecodeKeyedChunk(std::string_view bytes, KeyedChunk* keyed) {
  return DecodeChunk(bytes, &keyed->key, &keyed->chunk);
}
void EncodeKeyedChunk(const KeyedChunk& keyed, std::string* out) {
  EncodeChunk(keyed.key, keyed.chunk, out);
}

TEST(Mutation, Events) {
  RandomValues random(1);
  for (int i = 0; i < 300; ++i) {
    std::string bytes;
    EncodeEvent(random.Event(), &bytes);
    Mutate(bytes, &random, UseRecord);
  }
}

TEST(Mutation, JsonEvents) {
  RandomValues random(2);
  for (int i = 0; i < 60; ++i) {
    std::string bytes;
    EncodeEvent(random.Event(), &bytes);
    Mutate(EventToJson(bytes).value(), &random, UseRecord);
  }
}

TEST(Mutation, Cases) {
  RandomValues random(3);
  for (int i = 0; i < 100; ++i) {
    MutateValue<model::CaseState>(random.Case(), DecodeCase, EncodeCase, &random);
  }
}

TEST(Mutation, Pages) {
  RandomValues random(4);
  for (int i = 0; i < 50; ++i) {
    const model::ClosedPage page = random.ClosedPage();
    MutateValue<model::ClosedPage>(page, DecodePage, EncodePageOfOneCase, &random);
    // For people damage is shown as far as it goes; it must not end the program.
    std::string bytes;
    EncodePageOfOneCase(page, &bytes);
    Mutate(bytes, &random,
           [](std::string_view changed) { static_cast<void>(CaseToJson(changed).ok()); });
  }
}

TEST(Mutation, AlertsAndChunks) {
  RandomValues random(5);
  for (int i = 0; i < 100; ++i) {
    MutateValue<model::Alert>(random.Alert(), DecodeAlert, EncodeAlert, &random);
    KeyedChunk keyed{GoldenChunkKey(), {}};
    for (uint64_t n = random.Below(9); n > 0; --n) {
      keyed.chunk.entries.push_back({static_cast<int64_t>(random.Below(86400)),
                                     static_cast<int64_t>(random.Below(3)),
                                     static_cast<int64_t>(random.Below(3))});
    }
    MutateValue<KeyedChunk>(keyed, DecodeKeyedChunk, EncodeKeyedChunk, &random);
    Mutate(FigureChunkKey(keyed.key), &random, [&](std::string_view changed) {
      const base::Result<ChunkKey> read = ParseFigureChunkKey(changed);
      if (!read.ok()) return;
      ASSERT_EQ(FigureChunkKey(read.value()), changed);
    });
  }
}

TEST(Mutation, ColdMessages) {
  RandomValues random(6);
  for (int i = 0; i < 5; ++i) {
    MutateValue<model::Reject>(GoldenReject(), DecodeReject, EncodeReject, &random);
    MutateValue<model::CommitRecord>(GoldenCommitWithSources(), DecodeCommit, EncodeCommit,
                                     &random);
    MutateValue<model::PartitionShare>(GoldenShareWithSources(), DecodeShare, EncodeShare, &random);
    MutateValue<model::Backlog>(GoldenBacklogWithCaseload(), DecodeBacklog, EncodeBacklog, &random);
    MutateValue<model::PolicyRecord>(GoldenPolicy(), DecodePolicy, EncodePolicy, &random);
    MutateValue<model::ActivationRecord>(GoldenActivation(), DecodeActivation, EncodeActivation,
                                         &random);
    MutateValue<model::MigrationRecord>(GoldenMigration(), DecodeMigration, EncodeMigration,
                                        &random);
  }
}

}  // namespace
}  // namespace caseclock::codec

// A small deterministic fuzz: every truncation and many random changes of good bytes. Nothing may
// crash, and what is accepted must encode to bytes that decode to the same.

#include <gtest/gtest.h>

#include <functional>

#include "engine/codec/event_codec.h"
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
  model::CaseState state;
  for (int i = 0; i < 100; ++i) {
    std::string bytes;
    EncodeCase(random.Case(), &bytes);
    Mutate(bytes, &random, [&](std::string_view changed) {
      if (!DecodeCase(changed, &state).ok()) return;
      std::string once;
      std::string twice;
      EncodeCase(state, &once);
      ASSERT_TRUE(DecodeCase(once, &state).ok());
      EncodeCase(state, &twice);
      ASSERT_EQ(twice, once);
    });
  }
}

TEST(Mutation, Pages) {
  RandomValues random(4);
  model::ClosedPage page;
  for (int i = 0; i < 50; ++i) {
    std::string bytes;
    EncodePage("C-1", random.ClosedPage(), &bytes);
    Mutate(bytes, &random, [&](std::string_view changed) {
      if (DecodePage(changed, &page).ok()) {
        std::string again;
        EncodePage("C-1", page, &again);
      }
      static_cast<void>(CaseToJson(changed).ok());
    });
  }
}

TEST(Mutation, AlertsAndChunks) {
  RandomValues random(5);
  model::Alert alert;
  ChunkKey key;
  model::FigureChunk chunk;
  for (int i = 0; i < 100; ++i) {
    std::string bytes;
    EncodeAlert(random.Alert(), &bytes);
    Mutate(bytes, &random,
           [&](std::string_view changed) { static_cast<void>(DecodeAlert(changed, &alert).ok()); });
    model::FigureChunk facts;
    for (uint64_t n = random.Below(9); n > 0; --n) {
      facts.entries.push_back({static_cast<int64_t>(random.Below(86400)),
                               static_cast<int64_t>(random.Below(3)),
                               static_cast<int64_t>(random.Below(3))});
    }
    bytes.clear();
    EncodeChunk({}, facts, &bytes);
    Mutate(bytes, &random, [&](std::string_view changed) {
      static_cast<void>(DecodeChunk(changed, &key, &chunk).ok());
    });
    Mutate(FigureChunkKey(key), &random, [&](std::string_view changed) {
      const base::Result<ChunkKey> read = ParseFigureChunkKey(changed);
      if (!read.ok()) return;
      ASSERT_EQ(FigureChunkKey(read.value()), changed);
    });
  }
}

TEST(Mutation, ColdMessages) {
  RandomValues random(6);
  std::string reject;
  EncodeReject({}, &reject);
  std::string commit;
  EncodeCommit({}, &commit);
  for (int i = 0; i < 20; ++i) {
    for (const std::string& bytes : {reject, commit}) {
      Mutate(bytes, &random, [&](std::string_view changed) {
        model::Reject a;
        model::CommitRecord b;
        model::Backlog c;
        model::PolicyRecord d;
        model::ActivationRecord e;
        static_cast<void>(DecodeReject(changed, &a).ok());
        static_cast<void>(DecodeCommit(changed, &b).ok());
        static_cast<void>(DecodeBacklog(changed, &c).ok());
        static_cast<void>(DecodePolicy(changed, &d).ok());
        static_cast<void>(DecodeActivation(changed, &e).ok());
      });
    }
  }
}

}  // namespace
}  // namespace caseclock::codec

// LedgerEntry ↔ bytes. In a page an entry is an element of the repeated field 4 of CaseState and
// LedgerPage, so a page of entries back to back is copied into either as it is:
//
//   entry   := 0x22 size (event arrival)
//   event   := 0x0a size CaseEvent without case_id
//   arrival := 0x12 size Arrival

#include <array>
#include <utility>

#include "engine/base/check.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/case_wire.h"
#include "engine/codec/event_fields.h"
#include "engine/codec/event_wire.h"

namespace caseclock::codec {
namespace {

using model::Event;
using wire::Reader;
using wire::Tag;
using wire::Type;

using ReadBodyFunction = bool (*)(std::string_view, Event*);

template <size_t kIndex>
bool ReadBody(std::string_view bytes, Event* event) {
  return wire::ReadFields(bytes, &event->body.emplace<kIndex>());
}

constexpr auto kReadBody = []<size_t... kIndex>(std::index_sequence<kIndex...>) {
  return std::array<ReadBodyFunction, sizeof...(kIndex)>{&ReadBody<kIndex>...};
}
(std::make_index_sequence<model::kEventTypes>());

// Without the checks of event_decode.cc: they passed before the entry was written.
bool ReadEvent(std::string_view bytes, Event* event) {
  event->event_id = {};
  event->source = {};
  event->sequence = 0;
  event->case_id = {};
  event->actor = {};
  bool have_event = false;
  Reader in(bytes);
  while (!in.AtEnd()) {
    uint32_t tag = 0;
    bool good = in.ReadTag(&tag);
    if (!good) return false;
    switch (tag) {
      case Tag(kEventId, Type::kBytes):
        good = in.Bytes(&event->event_id);
        break;
      case Tag(kSource, Type::kBytes):
        good = wire::Read(tag, &in, &event->source);
        break;
      case Tag(kSequence, Type::kVarint):
        good = in.Varint(&event->sequence);
        break;
      case Tag(kOccurredAt, Type::kBytes):
        good = wire::Read(tag, &in, &event->occurred_at);
        break;
      case Tag(kActor, Type::kBytes):
        good = in.Bytes(&event->actor);
        break;
      default: {
        const size_t index = EventIndex(wire::NumberOf(tag));
        std::string_view body;
        have_event = index < model::kEventTypes;
        good = have_event && wire::ReadBytes(tag, &in, &body) && kReadBody[index](body, event);
      }
    }
    if (!good) return false;
  }
  return have_event;
}

bool ReadEntry(std::string_view bytes, core::LedgerEntry* entry) {
  Reader page(bytes);
  uint32_t tag = 0;
  std::string_view inner;
  if (!page.ReadTag(&tag) || tag != kEntryTag || !page.Bytes(&inner)) return false;
  entry->size = static_cast<uint32_t>(page.at() - bytes.data());
  entry->arrival = {};
  Reader in(inner);
  std::string_view event;
  std::string_view arrival;
  if (!in.ReadTag(&tag) || tag != Tag(1, Type::kBytes) || !in.Bytes(&event)) return false;
  if (!in.ReadTag(&tag) || tag != Tag(2, Type::kBytes) || !in.Bytes(&arrival)) return false;
  return in.AtEnd() && ReadEvent(event, &entry->event) &&
         wire::ReadFields(arrival, &entry->arrival);
}

}  // namespace

void EncodeLedgerEntry(const Event& event, const model::Arrival& arrival, std::string* out) {
  wire::Writer w(out);
  const size_t entry = w.Begin(kEntriesNumber);
  const size_t inner = w.Begin(1);
  WriteEvent(event, false, &w);
  w.End(inner);
  wire::Write(2, arrival, &w);
  w.End(entry);
}

void DecodeLedgerEntry(std::string_view bytes, core::LedgerEntry* entry) {
  CHECK(ReadEntry(bytes, entry));
}

}  // namespace caseclock::codec

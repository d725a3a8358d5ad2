#include "engine/codec/event_codec.h"
#include "engine/codec/event_fields.h"
#include "engine/codec/event_wire.h"

namespace caseclock::codec {

void WriteEvent(const model::Event& event, bool with_case_id, wire::Writer* w) {
  wire::Write(kEventId, event.event_id, w);
  wire::Write(kSource, event.source, w);
  wire::Write(kSequence, event.sequence, w);
  if (with_case_id) wire::Write(kCaseId, event.case_id, w);
  wire::PutInstant(kOccurredAt, event.occurred_at, w);
  wire::Write(kActor, event.actor, w);
  const uint32_t number = EventNumber(event.body.index());
  std::visit([&](const auto& body) { wire::Write(number, body, w); }, event.body);
}

void EncodeEvent(const model::Event& event, std::string* out) {
  wire::Writer w(out);
  WriteEvent(event, true, &w);
}

std::vector<std::string_view> EventFieldNames() {
  std::vector<std::string_view> names;
  const auto add = [&]<typename Body>(const Body* body) {
    std::apply([&](const auto&... field) { (names.emplace_back(field.name), ...); },
               FieldsOf(body));
  };
  const auto add_all = [&]<size_t... kIndex>(std::index_sequence<kIndex...>) {
    (add(static_cast<const std::variant_alternative_t<kIndex, model::EventBody>*>(nullptr)), ...);
  };
  add_all(std::make_index_sequence<model::kEventTypes>());
  return names;
}

}  // namespace caseclock::codec

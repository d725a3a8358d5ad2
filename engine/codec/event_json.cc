#include "caseclock/v1/case.pb.h"
#include "caseclock/v1/event.pb.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/event_codec.h"
#include "engine/codec/generated.h"
#include "engine/codec/json_message.h"

namespace caseclock::codec {
base::Result<std::string> EventFromJson(std::string_view json) {
  // The same way as a record of JSON, so that both accept and refuse the same.
  WireRecord record;
  const std::pair<std::string_view, std::string_view> header("content-type", "application/json");
  record.value = json;
  record.headers = {&header, 1};
  DecodeScratch scratch;
  model::Event event;
  Rejected rejected;
  if (!DecodeRecord(record, &scratch, &event, &rejected))
    return base::Error{base::ErrorKind::kInvalid, std::move(rejected.message)};
  std::string bytes;
  EncodeEvent(event, &bytes);
  return bytes;
}

base::Result<std::string> EventToJson(std::string_view bytes) {
  v1::CaseEvent event;
  if (base::Status parsed = ParseMessage(bytes, "an event", &event); !parsed.ok())
    return parsed.error();
  return MessageToJson(event);
}

base::Result<std::string> CaseToJson(std::string_view bytes) {
  // A case always has a view, a page never; otherwise they share their numbers.
  v1::CaseState state;
  if (base::Status parsed = ParseMessage(bytes, "a case", &state); !parsed.ok())
    return parsed.error();
  if (state.has_view()) return MessageToJson(state);
  v1::LedgerPage page;
  if (base::Status parsed = ParseMessage(bytes, "a page", &page); !parsed.ok())
    return parsed.error();
  return MessageToJson(page);
}

}  // namespace caseclock::codec

#pragma once

// Members that the JSON of a case and of its clocks are made of.

#include <string_view>

#include "consumers/http/json_text.h"
#include "engine/base/time_text.h"
#include "engine/model/case_state.h"

namespace caseclock::http {

inline void Time(std::string_view key, base::Instant t, JsonWriter* json) {
  json->Key(key);
  if (t == base::kNever || t == base::kLongAgo) {
    json->Null();
  } else {
    json->Text(base::FormatInstant(t));
  }
}

inline void Text(std::string_view key, base::Atom atom, JsonWriter* json) {
  if (!atom.empty()) json->Key(key).Text(atom.view());
}

inline int64_t Seconds(base::Duration d) {
  return d.us / 1'000'000;
}

// The members of an event's name.
inline void WriteEventName(const model::EventRef& event, JsonWriter* json) {
  json->Key("source").Text(event.source.view()).Key("event_id").Text(event.event_id);
  json->Key("event").Text(model::EventTypeName(event.type));
}

// An event by its name; nothing where it is none.
inline void EventNamed(std::string_view key, const model::EventRef& event, JsonWriter* json) {
  if (event.empty()) return;
  json->Key(key).Open('{');
  WriteEventName(event, json);
  json->Close('}');
}

// The members of a stretch that a clock adds up.
inline void WriteStay(const model::Stay& stay, JsonWriter* json) {
  Time("from", stay.from, json);
  Time("to", stay.to, json);
  EventNamed("began_by", stay.began, json);
  EventNamed("ended_by", stay.ended, json);
}

}  // namespace caseclock::http

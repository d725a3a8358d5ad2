#pragma once

// Values of layouts in few words. Private to the layout_*.cc files.

#include <utility>
#include <vector>

#include "engine/policy/layout.h"

namespace caseclock::policy {

using Form = Value::Form;

constexpr bool kNeeded = true;
constexpr bool kOptional = false;

inline Value Of(Form form) {
  return {form, {}, {}, nullptr, {}};
}
inline Value Within(Form form, Value::Range range) {
  return {form, range, {}, nullptr, {}};
}
inline Value OneOf(const KnownNames& names) {
  return {Form::kChoice, {}, names, nullptr, {}};
}
inline Value Map(const Layout& layout) {
  return {Form::kMap, {}, {}, &layout, {}};
}
inline Value MapOf(Value key, Value value) {
  return {Form::kMapOf, {}, {}, nullptr, {std::move(key), std::move(value)}};
}
inline Value List(Value item) {
  return {Form::kList, {}, {}, nullptr, {std::move(item)}};
}
inline Value Either(std::vector<Value> alternatives) {
  return {Form::kEither, {}, {}, nullptr, std::move(alternatives)};
}

inline Value Codes() {
  return Either({Of(Form::kCode), List(Of(Form::kCode))});
}
// An event, or a map of events to the codes that narrow them down; or a list of such.
inline Value EventsOf(const KnownNames& keys, Form code) {
  const Value codes = Either({Of(code), List(Of(code))});
  const Value map = MapOf(OneOf(keys), codes);
  return Either({OneOf(EventNames()), map, List(Either({OneOf(EventNames()), map}))});
}
inline Value PlainEvents() {
  return EventsOf(EventNames(), Form::kCode);
}
// The same, with a condition beside them.
inline Value Events(Form code = Form::kCode) {
  KnownNames keys = EventNames();
  keys.insert(keys.end(), {"when", "unless"});
  return EventsOf(keys, code);
}

}  // namespace caseclock::policy

#include "engine/model/event.h"

#include <array>
#include <cstring>
#include <string>

namespace caseclock::model {
namespace {

// By EventType. These names are on the wire and in policies and never change.
constexpr std::array<std::string_view, kEventTypes> kNames = {
    "referred",     "screened", "assessed",     "assigned",  "unassigned", "staged",
    "transferred",  "paused",   "resumed",      "performed", "scheduled",  "interval_set",
    "extended",     "outcome",  "closed",       "reopened",  "linked",     "voided",
    "acknowledged", "notified", "policy_moved", "qualified", "absent",
};

// One overload an event type, so that a new type does not compile until somebody decides. An
// assessment is matched by its tool, not its grade: limits by grade are what targets are for. A
// referral is matched by its origin: its queue already chose the workflow.
struct Principal {
  Atom operator()(const Referred& e) const { return e.origin; }
  Atom operator()(const Screened& e) const { return e.decision; }
  Atom operator()(const Assessed& e) const { return e.tool; }
  Atom operator()(const Assigned& e) const { return e.role; }
  Atom operator()(const Unassigned& e) const { return e.reason; }
  Atom operator()(const Staged& e) const { return e.stage; }
  Atom operator()(const Transferred& e) const { return e.queue; }
  Atom operator()(const Paused& e) const { return e.reason; }
  Atom operator()(const Resumed& e) const { return e.reason; }
  Atom operator()(const Performed& e) const { return e.activity; }
  Atom operator()(const Scheduled& e) const { return e.activity; }
  Atom operator()(const IntervalSet& e) const { return e.clock; }
  Atom operator()(const Extended& e) const { return e.clock; }
  Atom operator()(const OutcomeRecorded& e) const { return e.code; }
  Atom operator()(const Closed& e) const { return e.reason; }
  Atom operator()(const Reopened& e) const { return e.reason; }
  Atom operator()(const Linked& e) const { return e.kind; }
  Atom operator()(const Voided& e) const { return e.reason; }
  Atom operator()(const Acknowledged&) const { return {}; }
  Atom operator()(const Notified& e) const { return e.state; }
  Atom operator()(const PolicyMoved& e) const { return e.version; }
  Atom operator()(const Qualified& e) const { return e.qualification; }
  Atom operator()(const Absent&) const { return {}; }
};

}  // namespace

std::string_view EventTypeName(EventType type) {
  return kNames[static_cast<size_t>(type)];
}

std::optional<EventType> EventTypeFromName(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<EventType>(i);
  }
  return std::nullopt;
}

Atom PrincipalCode(const Event& event) {
  return std::visit(Principal{}, event.body);
}

Atom HandlerOf(const Event& event) {
  if (const auto* qualified = std::get_if<Qualified>(&event.body)) return qualified->handler;
  if (const auto* absent = std::get_if<Absent>(&event.body)) return absent->handler;
  if (const auto* voided = std::get_if<Voided>(&event.body)) return voided->handler;
  return {};
}

std::string_view RecordKey(const Event& event) {
  const Atom handler = HandlerOf(event);
  return handler.empty() ? event.case_id : handler.view();
}

uint64_t EventFingerprint(Atom source, std::string_view event_id) {
  const std::string_view text = source.view();
  const size_t size = text.size() + 1 + event_id.size();
  std::array<char, 256> on_stack;
  std::string on_heap;
  char* bytes = on_stack.data();
  if (size > on_stack.size()) {
    on_heap.resize(size);
    bytes = on_heap.data();
  }
  // A separator that no code can hold: ("a", "bc") and ("ab", "c") are different events.
  if (!text.empty()) std::memcpy(bytes, text.data(), text.size());
  bytes[text.size()] = '\0';
  if (!event_id.empty()) std::memcpy(bytes + text.size() + 1, event_id.data(), event_id.size());
  return base::Fingerprint({bytes, size});
}

}  // namespace caseclock::model

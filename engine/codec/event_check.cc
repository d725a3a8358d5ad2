// The checks of single values and of the envelope, with their messages. A message names the field
// and what is wrong with it, never what it says: that may be personal data.

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "engine/codec/event_wire.h"
#include "engine/codec/validate.h"

namespace caseclock::codec {
namespace {

using model::RejectReason;

std::string Size(std::string_view text) {
  return std::to_string(text.size()) + " bytes";
}

bool RefuseCode(std::string_view text, std::string_view field, Rejected* rejected) {
  const std::string found = text.empty()               ? "it is empty"
                            : text.size() > kCodeBytes ? "it has " + Size(text)
                            : IsUtf8(text)             ? "it holds other characters"
                                                       : "it is not UTF-8";
  return RefuseValue(RejectReason::kBadCode, "a code (1 to 64 of A-Z a-z 0-9 _ . : / + -)", field,
                     found, rejected);
}

void CheckOrder(base::Instant from, const std::optional<base::Instant>& until,
                std::string_view event, Rejected* rejected) {
  if (!until || from < *until) return;
  (void)RefuseValue(RejectReason::kBadInstant, "an instant after the beginning",
                    std::string(event) + ".until", "it is not", rejected);
}

std::string WhatGap(std::string_view text) {
  return HasControl(text) ? "it holds control characters" : "it holds spaces, as prose does";
}

bool RefuseReference(std::string_view text, std::string_view field, Rejected* rejected) {
  const std::string found = text.size() > kReferenceBytes ? "it has " + Size(text)
                            : IsUtf8(text)                ? WhatGap(text)
                                                          : "it is not UTF-8";
  return RefuseValue(RejectReason::kBadText, "a reference of at most 256 bytes without spaces",
                     field, found, rejected);
}

bool RefuseCaseId(std::string_view text, std::string_view field, Rejected* rejected) {
  const std::string found = text.empty()                    ? "it is empty"
                            : text.size() > kReferenceBytes ? "it has " + Size(text)
                                                            : WhatGap(text);
  return RefuseValue(RejectReason::kBadCaseId, "a case id of 1 to 256 bytes without spaces", field,
                     found, rejected);
}

bool WasRefused(const Rejected& rejected, std::string_view field) {
  return std::find(rejected.fields.begin(), rejected.fields.end(), field) != rejected.fields.end();
}

}  // namespace

bool Refuse(RejectReason reason, std::string message, Rejected* rejected) {
  if (rejected->refusals++ == 0) {
    rejected->reason = reason;
    rejected->message = std::move(message);
    return false;
  }
  const auto same = [&](const auto& other) { return other.second == message; };
  auto& more = rejected->more;
  if (message == rejected->message || more.size() == kMoreReasons ||
      std::any_of(more.begin(), more.end(), same))
    return false;
  more.emplace_back(reason, std::move(message));
  return false;
}

bool RefuseValue(RejectReason reason, std::string_view expected, std::string_view field,
                 std::string_view found, Rejected* rejected) {
  if (!WasRefused(*rejected, field)) rejected->fields.emplace_back(field);
  std::string message = "Expected ";
  message.append(expected).append(" in ").append(field).append(", but ").append(found);
  return Refuse(reason, std::move(message), rejected);
}

std::string AllMessages(const Rejected& rejected) {
  std::string all = rejected.message;
  for (const auto& [reason, message] : rejected.more) all += "; " + message;
  return all;
}

void CheckGiven(bool given, std::string_view field, Rejected* rejected) {
  if (given || WasRefused(*rejected, field)) return;
  if (WasRefused(*rejected, field.substr(0, field.find('.')))) return;  // the event it belongs to
  (void)Refuse(RejectReason::kMissingField,
               "Expected " + std::string(field) + ", but it is missing", rejected);
}

bool RefuseDamage(std::string_view what, Rejected* rejected) {
  return Refuse(RejectReason::kUnparsable,
                "Expected a protobuf CaseEvent, but the bytes break off or do not fit at " +
                    std::string(what),
                rejected);
}

bool TakeCode(std::string_view text, const char* field, model::Atom* code, Rejected* rejected) {
  if (!IsCode(text)) return RefuseCode(text, field, rejected);
  *code = model::Atom::Intern(text);
  if (!code->lost()) return true;
  *code = {};
  return RefuseValue(
      RejectReason::kBadCode,
      "one of the " + std::to_string(base::AtomLimit()) + " codes that this process has seen",
      field, "it is one more: does a source send ids as codes?", rejected);
}

bool CheckDecision(model::Atom decision, Rejected* rejected) {
  static const std::array kDecisions = {model::Atom::Intern("in"), model::Atom::Intern("out"),
                                        model::Atom::Intern("returned")};
  if (std::find(kDecisions.begin(), kDecisions.end(), decision) != kDecisions.end()) return true;
  return RefuseValue(RejectReason::kBadCode, "in, out or returned", "screened.decision",
                     "it is another code", rejected);
}

void CheckMerger(const model::Closed& closed, Rejected* rejected) {
  static const auto kMerged = model::Atom::Intern("merged");
  if (closed.reason != kMerged || !closed.merged_into.empty()) return;
  if (WasRefused(*rejected, "closed.merged_into")) return;
  (void)Refuse(RejectReason::kMissingField,
               "Expected the surviving case in closed.merged_into, because closed.reason is "
               "merged, but it is missing",
               rejected);
}

bool CheckSpecVersion(std::string_view version, Rejected* rejected) {
  return version == "1.0" ||
         Refuse(RejectReason::kUnparsable,
                "Expected the CloudEvents specversion 1.0, but it is another", rejected);
}

bool CheckReference(std::string_view text, const char* field, Rejected* rejected) {
  if (text.size() <= kReferenceBytes && (IsPlainAscii(text) || (IsUtf8(text) && !HasGap(text))))
    return true;
  return RefuseReference(text, field, rejected);
}

bool CheckCaseId(std::string_view text, const char* field, Rejected* rejected) {
  if (text.empty() || text.size() > kReferenceBytes) return RefuseCaseId(text, field, rejected);
  if (IsPlainAscii(text)) return true;
  if (!IsUtf8(text)) return RefuseReference(text, field, rejected);
  return !HasGap(text) || RefuseCaseId(text, field, rejected);
}

bool CheckInstant(base::Instant t, const char* field, Rejected* rejected) {
  if (t >= base::kEarliestInstant && t < base::kLatestInstant) return true;
  return RefuseValue(RejectReason::kBadInstant, "an instant from 1900 up to 2199", field,
                     "it lies outside", rejected);
}

void CheckEnvelope(const model::Event& event, Given given, Rejected* rejected) {
  CheckGiven(!event.event_id.empty(), "event_id", rejected);
  CheckGiven(given.source || !event.source.empty(), "source", rejected);
  CheckGiven(given.occurred_at, "occurred_at", rejected);
  if (!IsFactOfHandler(event, given)) {
    // One without its handler, which was asked for already, is not of a case either.
    const bool fact = given.event && static_cast<size_t>(event.type()) >= model::kCaseEventTypes;
    return CheckGiven(fact || !event.case_id.empty(), "case_id", rejected);
  }
  if (!event.case_id.empty())
    (void)Refuse(RejectReason::kContradiction,
                 "Expected no case_id in an event about a handler, but there is one", rejected);
  if (const auto* qualified = std::get_if<model::Qualified>(&event.body))
    CheckOrder(qualified->from.value_or(base::kLongAgo), qualified->until, "qualified", rejected);
  if (const auto* absent = std::get_if<model::Absent>(&event.body))
    CheckOrder(absent->from.value_or(event.occurred_at), absent->until, "absent", rejected);
}

}  // namespace caseclock::codec

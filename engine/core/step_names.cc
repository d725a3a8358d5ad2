// What became of an event, as codes for people and metrics.

#include "engine/core/step.h"

namespace caseclock::core {

std::string_view RefusalName(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      return "none";
    case Refusal::kNotReferred:
      return "not_referred";
    case Refusal::kAlreadyReferred:
      return "already_referred";
    case Refusal::kAlreadyClosed:
      return "already_closed";
    case Refusal::kNotClosed:
      return "not_closed";
    case Refusal::kNoSuchPause:
      return "no_such_pause";
    case Refusal::kAlreadyPaused:
      return "already_paused";
    case Refusal::kUnknownStage:
      return "unknown_stage";
    case Refusal::kUnknownRisk:
      return "unknown_risk";
    case Refusal::kUnknownClock:
      return "unknown_clock";
    case Refusal::kUnknownQueue:
      return "unknown_queue";
    case Refusal::kUnknownVersion:
      return "unknown_version";
    case Refusal::kNotAssigned:
      return "not_assigned";
    case Refusal::kVoidOfVoid:
      return "void_of_void";
    case Refusal::kUnknownClass:
      return "unknown_class";
    case Refusal::kUnknownAuthority:
      return "unknown_authority";
    case Refusal::kBeyondAuthority:
      return "beyond_authority";
    case Refusal::kUnknownOutcome:
      return "unknown_outcome";
    case Refusal::kTooManyWaiting:
      return "too_many_waiting";
    case Refusal::kUnfitInterval:
      return "unfit_interval";
    case Refusal::kNotLonger:
      return "not_longer";
    case Refusal::kNoSuchCycle:
      return "no_such_cycle";
    case Refusal::kLimitByAuthority:
      return "limit_by_authority";
    case Refusal::kLimitPassed:
      return "limit_passed";
    case Refusal::kAuthoritySkipped:
      return "authority_skipped";
  }
  return "none";
}

std::string_view DispositionName(Disposition disposition) {
  switch (disposition) {
    case Disposition::kTick:
      return "tick";
    case Disposition::kAccepted:
      return "accepted";
    case Disposition::kLate:
      return "late";
    case Disposition::kAhead:
      return "ahead";
    case Disposition::kOrphan:
      return "orphan";
    case Disposition::kRefused:
      return "refused";
    case Disposition::kDuplicate:
      return "duplicate";
    case Disposition::kConflict:
      return "conflict";
  }
  return "tick";
}

}  // namespace caseclock::core

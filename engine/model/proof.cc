#include "engine/model/proof.h"

namespace caseclock::model {

std::string_view GrantKindName(GrantKind kind) {
  switch (kind) {
    case GrantKind::kInterval:
      return "interval";
    case GrantKind::kExtension:
      return "extension";
  }
  return "interval";
}

std::string_view MoveKindName(MoveKind kind) {
  switch (kind) {
    case MoveKind::kKept:
      return "kept";
    case MoveKind::kRestarted:
      return "restarted";
    case MoveKind::kRebased:
      return "rebased";
    case MoveKind::kExtended:
      return "extended";
    case MoveKind::kAppointed:
      return "appointed";
    case MoveKind::kCalendar:
      return "calendar";
  }
  return "rebased";
}

}  // namespace caseclock::model

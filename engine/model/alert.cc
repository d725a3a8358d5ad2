#include "engine/model/alert.h"

namespace caseclock::model {
namespace {

void AppendNumber(uint64_t value, int bytes, std::string* out) {
  for (int i = bytes; i-- > 0;) out->push_back(static_cast<char>(value >> (8 * i)));
}

}  // namespace

std::string_view AlertStateName(AlertState state) {
  switch (state) {
    case AlertState::kRaised:
      return "raised";
    case AlertState::kAcknowledged:
      return "acknowledged";
    case AlertState::kEscalated:
      return "escalated";
    case AlertState::kResolved:
      return "resolved";
    case AlertState::kRetracted:
      return "retracted";
  }
  return "raised";
}

std::string_view RungKindName(RungKind kind) {
  switch (kind) {
    case RungKind::kWarning:
      return "warning";
    case RungKind::kBreach:
      return "breach";
    case RungKind::kOverdue:
      return "overdue";
  }
  return "breach";
}

// The hashed text never changes: ids are known outside.
//   text := case 0x00 clock 0x00 cycle:be64 rung 0x00 repeat:be32
base::Hash128 AlertId(std::string_view case_id, Atom clock, uint64_t cycle, Atom rung,
                      uint32_t repeat) {
  std::string text;
  text.reserve(case_id.size() + clock.view().size() + rung.view().size() + 16);
  text.append(case_id).push_back('\0');
  text.append(clock.view()).push_back('\0');
  AppendNumber(cycle, 8, &text);
  text.append(rung.view()).push_back('\0');
  AppendNumber(repeat, 4, &text);
  return base::Hash(text);
}

//   text := 0x01 "silent_source" 0x00 source 0x00 event:be64 began:be64
base::Hash128 SilenceAlertId(Atom source, uint64_t event, Instant began) {
  std::string text("\x01");
  text.append(kSilentSource).push_back('\0');
  text.append(source.view()).push_back('\0');
  AppendNumber(event, 8, &text);
  // An event that is sent once more ends a silence and begins the next one.
  AppendNumber(static_cast<uint64_t>(began.us), 8, &text);
  return base::Hash(text);
}

}  // namespace caseclock::model

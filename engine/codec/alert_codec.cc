#include "engine/codec/alert_wire.h"
#include "engine/codec/output_codec.h"

namespace caseclock::codec {

bool wire::Read(uint32_t tag, Reader* in, model::RungKind* kind) {
  uint64_t n = 0;
  if (!ReadVarint(tag, in, &n)) return false;
  *kind = static_cast<model::RungKind>(n - 1);
  return n >= 1 && n <= static_cast<uint64_t>(model::RungKind::kOverdue) + 1;
}

void EncodeAlert(const model::Alert& alert, std::string* out) {
  wire::Writer w(out, 512);
  wire::WriteFields(alert, &w);
}

base::Status DecodeAlert(std::string_view bytes, model::Alert* alert) {
  *alert = {};
  if (!wire::ReadFields(bytes, alert))
    return base::Error{base::ErrorKind::kCorrupt,
                       "Expected the bytes of an alert, but they break off or do not fit"};
  return {};
}

}  // namespace caseclock::codec

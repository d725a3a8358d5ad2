#include "engine/store/position.h"

#include "engine/base/big_endian.h"
#include "engine/codec/output_codec.h"
#include "engine/store/keys.h"

namespace caseclock::store {
namespace {
constexpr char kVersion = 1;
constexpr char kVersionHeard = 2;
constexpr char kVersionCalendars = 3;
constexpr size_t kSize = 1 + 6 * 8;
}  // namespace

std::string EncodePosition(const Position& position) {
  const bool followed = position.calendars_of != base::Instant{};
  const char plain = position.heard.empty() ? kVersion : kVersionHeard;
  std::string out(1, followed ? kVersionCalendars : plain);
  base::AppendBig64(static_cast<uint64_t>(position.sequence), &out);
  base::AppendBig64(position.commit.high, &out);
  base::AppendBig64(position.commit.low, &out);
  base::AppendBig64(static_cast<uint64_t>(position.cases_offset), &out);
  base::AppendBig64(static_cast<uint64_t>(position.input_offset), &out);
  store::AppendBigInstant(position.clock, &out);
  if (followed) store::AppendBigInstant(position.calendars_of, &out);
  if (!position.heard.empty()) codec::EncodeHeard(position.heard, &out);
  return out;
}

base::Result<Position> DecodePosition(std::string_view bytes) {
  const bool plain = bytes.size() == kSize && bytes[0] == kVersion;
  const bool heard = bytes.size() > kSize && bytes[0] == kVersionHeard;
  const bool followed = bytes.size() >= kSize + 8 && bytes[0] == kVersionCalendars;
  if (!plain && !heard && !followed) {
    return base::Error{base::ErrorKind::kCorrupt,
                       "Expected a store position of version 1 and 49 bytes, or of version 2 or 3 "
                       "and more, but found version " +
                           std::to_string(bytes.empty() ? 0 : bytes[0]) + " and " +
                           std::to_string(bytes.size()) + " bytes"};
  }
  Position position;
  position.sequence = static_cast<int64_t>(base::ReadBig64(bytes.substr(1)));
  position.commit = {base::ReadBig64(bytes.substr(9)), base::ReadBig64(bytes.substr(17))};
  position.cases_offset = static_cast<int64_t>(base::ReadBig64(bytes.substr(25)));
  position.input_offset = static_cast<int64_t>(base::ReadBig64(bytes.substr(33)));
  position.clock = ReadBigInstant(bytes.substr(41));
  std::string_view rest = bytes.substr(kSize);
  if (followed) {
    position.calendars_of = ReadBigInstant(rest);
    rest.remove_prefix(8);
  }
  if (rest.empty()) return position;
  const base::Status status = codec::DecodeHeard(rest, &position.heard);
  if (!status.ok()) return status.error();
  return position;
}

}  // namespace caseclock::store

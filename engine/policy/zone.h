#pragma once

// Compiles a time zone of the system's tzdata into the transitions that the core reckons with.
// Reads /usr/share/zoneinfo (TZif, RFC 8536, with the POSIX rule of its footer); reads files, so
// it belongs to the edge and is called once per zone and policy set.

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/model/calendar.h"

namespace caseclock::policy {

inline constexpr char kZoneDirectory[] = "/usr/share/zoneinfo";

// All transitions of the file, and those of its rule up to the end of 2200, after which the last
// offset stands. Errors: kNotFound for an unknown zone, kCorrupt for a file that is not TZif.
base::Result<model::TimeZone> CompileZone(std::string_view name,
                                          const std::string& directory = kZoneDirectory);

// "2026f", or "unknown" where the directory does not say.
std::string ZoneDataVersion(const std::string& directory = kZoneDirectory);

// The same from the bytes of a TZif file. Errors: kCorrupt.
base::Result<model::TimeZone> ParseTzif(std::string_view name, std::string_view bytes);

// A compiled zone as text and back, so that a policy set carries the very transitions it was
// judged with: "version 2026f", then a line "<seconds since 1970> <offset>" a transition, the
// first one "- <offset>". Errors: kInvalid.
std::string ZoneToText(const model::TimeZone& zone);
base::Result<model::TimeZone> ZoneFromText(std::string_view name, std::string_view text);

}  // namespace caseclock::policy

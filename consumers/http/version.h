#pragma once

// The version that the program reports, on the command line, with every answer and as a metric.

namespace caseclock {

// Of the program; CMake's project() has the same (a test compares them).
inline constexpr char kVersion[] = "0.1.0";
// The commit that it was built from, "-dirty" behind it where files had changed; "unknown" without
// git or outside a clone.
extern const char* const kCommit;

}  // namespace caseclock

namespace caseclock::http {

// The header by which an answer says that a caseclock gave it, and which one. Proxies pass it on,
// as they do not with `Server`.
inline constexpr char kVersionHeader[] = "Caseclock-Version";

}  // namespace caseclock::http

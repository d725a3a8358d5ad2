#pragma once

// The version that the program reports.

namespace caseclock::cli {

// Of the program; CMake's project() has the same (a test compares them).
inline constexpr char kVersion[] = "0.1.0";

}  // namespace caseclock::cli

#pragma once

// What `when` and `unless` of a policy may name besides its look-backs.

#include <string_view>

namespace caseclock::model {

// The screened event contradicts the guidance in force (core/screening.h), or is one of the sample
// to be looked at again.
inline constexpr std::string_view kDeviationCondition = "deviation";
inline constexpr std::string_view kSampleCondition = "sample";

}  // namespace caseclock::model

#pragma once

// How far apart two words are, to find the one that somebody may have meant.

#include <cstddef>
#include <string_view>

namespace caseclock::base {

// Levenshtein: how many bytes to change, add or drop to make one word of the other. Takes time and
// memory by the product and the length of both: cut what is not ours to a length before.
size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace caseclock::base

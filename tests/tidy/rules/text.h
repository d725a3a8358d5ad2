#pragma once

// Rules about the text of a file: what reads badly, what hides work undone, what only fits one
// machine. Each takes one file and says what is wrong with it; tests/tidy/text_test.cc breaks each
// once.

#include <vector>

#include "tests/tidy/rules/repository.h"

namespace caseclock::tidy {

inline constexpr size_t kColumns = 100;

// Code: at most kColumns characters a line, no tabs, no space at a line's end.
std::vector<Finding> CheckLines(const TextFile& file);
// A header starts with `#pragma once`, then a comment that says what it is.
std::vector<Finding> CheckHeaderStart(const TextFile& file);
// No notes to self: what is to be done is an issue, or done.
std::vector<Finding> CheckNoNotesToSelf(const TextFile& file);
// Engine, consumers and tests wait for conditions, never for time to pass (benchmarks keep a pace).
std::vector<Finding> CheckNoSleep(const TextFile& file);
// A test runs or is deleted; where the machine lacks something it skips, `if` so, and says why.
std::vector<Finding> CheckNoTestSwitchedOff(const TextFile& file);
// Nothing names a place that exists on one machine only.
std::vector<Finding> CheckNoMachinePath(const TextFile& file);
// What starts with `#!` can be run, and nothing else is marked so.
std::vector<Finding> CheckRunBit(const TextFile& file);
// engine/model and engine/core: no header for I/O, threads, clocks, chance, locale or hash tables.
std::vector<Finding> CheckPureIncludes(const TextFile& file);

}  // namespace caseclock::tidy

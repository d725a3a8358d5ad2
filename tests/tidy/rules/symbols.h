#pragma once

// Purity by the linker's evidence: what a static library leaves for others to define. The list of
// what the pure layers may need is short and complete; everything else is a finding, so that a new
// way to reach the outside needs nobody to have thought of it.

#include <string>
#include <vector>

#include "tests/tidy/rules/repository.h"

namespace caseclock::tidy {

// The undefined symbols in the output of `nm -uC`, each once, sorted.
std::vector<std::string> UndefinedSymbols(const std::string& nm_output);

// Symbols that a pure layer may not leave undefined, one finding each under `library`.
std::vector<Finding> CheckPureSymbols(const std::string& library,
                                      const std::vector<std::string>& symbols);

}  // namespace caseclock::tidy

#pragma once

// A fresh machine gets what the build looks for: every find_package of a CMakeLists.txt has its
// Debian package in deploy/install.

#include <vector>

#include "tests/tidy/rules/repository.h"

namespace caseclock::tidy {

// `install` is the text of deploy/install.
std::vector<Finding> CheckPackages(const TextFile& cmake_lists, const std::string& install);

}  // namespace caseclock::tidy

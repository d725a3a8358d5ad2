// deploy/install against what the build looks for.

#include "tests/tidy/rules/packages.h"

#include <gtest/gtest.h>

namespace caseclock::tidy {
namespace {

constexpr char kInstall[] = "packages=(\n  # for spdlog: libfmt-dev\n  g++ libspdlog-dev\n)\n";

std::string Check(const std::string& line) {
  return Report(CheckPackages({.path = "CMakeLists.txt", .text = line + "\n"}, kInstall));
}

TEST(Packages, InstalledOnesPass) {
  EXPECT_EQ(Check("find_package(spdlog REQUIRED)"), "");
  EXPECT_EQ(Check("find_package(Threads REQUIRED)"), "");
  EXPECT_EQ(Check("add_subdirectory(tests)"), "");
}

TEST(Packages, MissingOneIsNamed) {
  EXPECT_EQ(
      Check("pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)"),
      "CMakeLists.txt:1: Expected deploy/install to install liblz4-dev for liblz4, but it does "
      "not\n");
}

TEST(Packages, UnknownOneFails) {
  EXPECT_NE(Check("find_package(Surprise)"), "");
}

TEST(Packages, OfThisRepositoryAreInstalled) {
  std::string install;
  std::vector<TextFile> lists;
  for (TextFile& file : ReadRepository(CASECLOCK_SOURCE_DIR)) {
    if (file.path == "deploy/install") install = file.text;
    if (file.path.ends_with("CMakeLists.txt")) lists.push_back(std::move(file));
  }
  ASSERT_FALSE(install.empty());
  ASSERT_FALSE(lists.empty());
  for (const TextFile& list : lists) {
    const std::vector<Finding> findings = CheckPackages(list, install);
    EXPECT_TRUE(findings.empty()) << Report(findings);
  }
}

}  // namespace
}  // namespace caseclock::tidy

// The pure layers reach nothing outside: checked in what their libraries leave undefined.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>

#include "tests/tidy/rules/symbols.h"

namespace caseclock::tidy {
namespace {

std::string Check(const std::string& nm_output) {
  return Report(CheckPureSymbols("lib.a", UndefinedSymbols(nm_output)));
}

TEST(Purity, WhatPureCodeNeedsPasses) {
  EXPECT_EQ(Check("step.cc.o:\n"
                  "                 U memcpy\n"
                  "                 U operator new(unsigned long)\n"
                  "                 U caseclock::base::Hash(std::string_view)\n"
                  "                 U std::__cxx11::basic_string<char, std::char_traits<char>, "
                  "std::allocator<char> >::_M_append(char const*, unsigned long)\n"),
            "");
}

TEST(Purity, EveryWayOutFails) {
  // clang-format off
  constexpr std::array kWaysOut = {
      "clock_gettime", "time", "getenv", "secure_getenv", "rand", "open64", "read", "write",
      "fopen64", "setlocale", "pthread_mutex_lock", "pthread_create", "__cxa_thread_atexit",
      "std::thread::join()", "std::condition_variable::notify_all()", "std::cout",
      "std::chrono::_V2::system_clock::now()", "std::random_device::_M_getval()",
      "rocksdb::DB::Open()"};
  // clang-format on
  for (const char* symbol : kWaysOut) {
    EXPECT_NE(Check(std::string("                 U ") + symbol + "\n"), "") << symbol;
  }
}

TEST(Purity, ASymbolIsReportedOnceAndNamed) {
  EXPECT_EQ(UndefinedSymbols("a.o:\n  U time\nb.o:\n  U time\n0000 T caseclock::core::Step\n"),
            std::vector<std::string>{"time"});
  EXPECT_NE(Check("  U time\n").find("`time`"), std::string::npos);
}

// The output of `nm -uC` on a library of this build; empty when there is none.
std::string Nm(const std::string& library) {
  const std::string command =
      "nm -uC '" + std::string(CASECLOCK_BINARY_DIR) + "/" + library + "' 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string output;
  std::array<char, 4096> buffer;
  while (pipe != nullptr && fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) {
    output += buffer.data();
  }
  return output;
}

class PureLibrary : public ::testing::TestWithParam<const char*> {};

TEST_P(PureLibrary, LeavesNothingImpureUndefined) {
  const std::string library = std::string("libcaseclock_") + GetParam() + ".a";
  const std::vector<std::string> symbols = UndefinedSymbols(Nm(library));
  ASSERT_FALSE(symbols.empty()) << "Expected nm to read " << library << ", but it gave nothing";
  const std::vector<Finding> findings = CheckPureSymbols(library, symbols);
  EXPECT_TRUE(findings.empty()) << Report(findings);
}

INSTANTIATE_TEST_SUITE_P(Layers, PureLibrary, ::testing::Values("model", "core"),
                         [](const auto& layer) { return std::string(layer.param); });

}  // namespace
}  // namespace caseclock::tidy

#include "tests/tidy/rules/symbols.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace caseclock::tidy {
namespace {

// clang-format off

// Whole names.
constexpr std::array kNames = {
    // memory and bytes
    "memcpy", "memmove", "memset", "memcmp", "memchr", "strlen", "bcmp",
    // a failed CHECK prints and aborts: engine/base/check.h
    "fprintf", "__fprintf_chk", "stderr", "abort",
    // arithmetic
    "floor", "ceil", "round", "llround", "lround", "sqrt", "log", "exp", "pow", "log1p", "expm1",
    "lgamma", "fmod", "nearbyint", "trunc", "ldexp", "frexp",
    "__popcountdi2", "__divti3", "__udivti3", "__modti3", "__umodti3", "__multi3",
    // the compiler's own
    "_GLOBAL_OFFSET_TABLE_", "_Unwind_Resume", "__stack_chk_fail", "__dso_handle",
};

// Beginnings. None of them reads a file, a clock, the environment or another thread's state.
constexpr std::array kPrefixes = {
    // ours, and what the compiler makes of it
    "caseclock::base::", "caseclock::model::", "caseclock::core::",
    "vtable for caseclock::", "typeinfo for caseclock::", "guard variable for caseclock::",
    // the language: memory, unwinding, the checks that the library makes
    "operator new", "operator delete", "std::nothrow", "__gxx_personality_v0",
    "__cxa_begin_catch", "__cxa_end_catch", "__cxa_rethrow", "__cxa_throw",
    "__cxa_allocate_exception", "__cxa_free_exception", "__cxa_guard_", "__cxa_atexit",
    "__cxa_pure_virtual", "vtable for __cxxabiv1::", "typeinfo for std::", "vtable for std::",
    "std::exception::", "std::bad_", "std::__throw_", "std::terminate()",
    // containers and text
    "std::__cxx11::basic_string<char", "std::_Rb_tree_", "std::_Hash_bytes(",
    "std::__detail::_Prime_rehash_policy", "std::__detail::_List_node_base",
    "std::to_chars(", "std::from_chars(",
    // sanitizers
    "__asan_", "__ubsan_", "__tsan_", "__sanitizer_", "__gcov",
};

// clang-format on

bool Allowed(std::string_view symbol) {
  if (std::find(kNames.begin(), kNames.end(), symbol) != kNames.end()) return true;
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](std::string_view prefix) { return symbol.starts_with(prefix); });
}

}  // namespace

std::vector<std::string> UndefinedSymbols(const std::string& nm_output) {
  constexpr std::string_view kMark = " U ";
  std::vector<std::string> symbols;
  for (const std::string& line : Lines(nm_output)) {
    const size_t at = line.find(kMark);
    if (at != std::string::npos) symbols.push_back(line.substr(at + kMark.size()));
  }
  std::sort(symbols.begin(), symbols.end());
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  return symbols;
}

std::vector<Finding> CheckPureSymbols(const std::string& library,
                                      const std::vector<std::string>& symbols) {
  std::vector<Finding> findings;
  for (const std::string& symbol : symbols) {
    if (Allowed(symbol)) continue;
    findings.push_back({library, 0,
                        "Expected a pure library, but it needs `" + symbol +
                            "`. If that is no I/O, thread, clock, chance or environment, add it to "
                            "tests/tidy/rules/symbols.cc"});
  }
  return findings;
}

}  // namespace caseclock::tidy

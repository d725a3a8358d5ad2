#pragma once

// The program's entry, apart from main() so that tests can call it.

namespace caseclock::cli {

// The whole program: parses, runs one subcommand, answers its exit code. Throws nothing.
int Main(int argc, const char* const* argv);

}  // namespace caseclock::cli

#pragma once

namespace caseclock::cli {

// The whole program: parses, runs one subcommand, answers its exit code. Throws nothing.
int Main(int argc, const char* const* argv);

}  // namespace caseclock::cli

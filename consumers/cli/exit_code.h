#pragma once

// What the exit code says, after sysexits.h. Scripts rely on these numbers; they never change.

#include "engine/base/result.h"

namespace caseclock::cli {

enum ExitCode : int {
  kExitDone = 0,
  kExitUsage = 64,        // the command line is wrong
  kExitBadData = 65,      // the input is wrong, or an answer says so (policy check, state verify)
  kExitNoInput = 66,      // no such file, case, alert
  kExitUnavailable = 69,  // a service is away, or not in this version
  kExitDefect = 70,       // the program is wrong
  kExitIo = 74,           // disk, device or rights
  kExitTryAgain = 75,     // busy now: another process holds the directory, a clock jumped
  kExitConfig = 78,       // settings or policies contradict
};

// The exit code of an error that the engine or the log answered with.
ExitCode ExitOf(base::ErrorKind kind);

// Prints "caseclock: <message>" on standard error and answers the code, so that a command can
// `return Fail(error)`.
int Fail(const base::Error& error);
int Fail(ExitCode code, const std::string& message);

}  // namespace caseclock::cli

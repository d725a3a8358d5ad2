#include "consumers/cli/exit_code.h"

#include <cstdio>

namespace caseclock::cli {

ExitCode ExitOf(base::ErrorKind kind) {
  switch (kind) {
    case base::ErrorKind::kInvalid:
      return kExitBadData;
    case base::ErrorKind::kNotFound:
      return kExitNoInput;
    case base::ErrorKind::kUnavailable:
      return kExitUnavailable;
    case base::ErrorKind::kFenced:
      return kExitTryAgain;
    case base::ErrorKind::kIo:
    case base::ErrorKind::kCorrupt:
      return kExitIo;
    case base::ErrorKind::kConfig:
      return kExitConfig;
  }
  return kExitDefect;
}

int Fail(const base::Error& error) {
  return Fail(ExitOf(error.kind), error.message);
}

int Fail(ExitCode code, const std::string& message) {
  std::fflush(stdout);
  std::fprintf(stderr, "caseclock: %s\n", message.c_str());
  return code;
}

}  // namespace caseclock::cli

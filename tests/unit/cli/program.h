#pragma once

// Runs the program's Main in this process and captures what it prints; a temporary directory.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "consumers/cli/main.h"
#include "tests/common/temp_dir.h"

namespace caseclock::cli {

class TemporaryDirectory : public tests::TempDir {
 public:
  [[nodiscard]] std::string Path(const std::string& name) const { return path() + "/" + name; }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }
};

inline std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

// Descriptors are redirected, because the program writes with stdio.
inline Ran RunProgram(const std::vector<std::string>& arguments) {
  const TemporaryDirectory directory;
  std::fflush(stdout);
  std::fflush(stderr);
  const int out = dup(STDOUT_FILENO);
  const int err = dup(STDERR_FILENO);
  std::FILE* to_out = std::fopen(directory.Path("out").c_str(), "w");
  std::FILE* to_err = std::fopen(directory.Path("err").c_str(), "w");
  dup2(fileno(to_out), STDOUT_FILENO);
  dup2(fileno(to_err), STDERR_FILENO);
  std::vector<const char*> argv = {"caseclock"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  Ran ran;
  ran.code = Main(static_cast<int>(argv.size()), argv.data());
  std::fflush(stdout);
  std::fflush(stderr);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  close(out);
  close(err);
  std::fclose(to_out);
  std::fclose(to_err);
  ran.out = ReadFile(directory.Path("out"));
  ran.err = ReadFile(directory.Path("err"));
  return ran;
}

}  // namespace caseclock::cli

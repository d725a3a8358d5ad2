#pragma once

// An embedded log in a directory of its own, with a clock that the test sets.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "engine/log/embedded/embedded_log.h"
#include "tests/contract/log_contract.h"

namespace caseclock::log::contract {

// A new directory, removed at the end.
class TempDirectory {
 public:
  TempDirectory() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "caseclock-log-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data()) == nullptr ? std::string() : pattern;
    EXPECT_FALSE(path_.empty());
  }
  ~TempDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class EmbeddedUnderTest : public LogUnderTest {
 public:
  EmbeddedUnderTest() {
    options.directory = directory_.path() + "/log";
    options.clock = [this] { return base::Instant{now.load()}; };
    Open();
  }
  Log& log() override { return *log_; }
  void Reopen() override {
    log_.reset();
    Open();
  }
  EmbeddedLog& embedded() { return *log_; }
  void Close() { log_.reset(); }
  void Advance(base::Duration by) { now += by.us; }

  EmbeddedOptions options;
  std::atomic<int64_t> now = base::Instant::FromSeconds(1'750'000'000).us;

 private:
  void Open() {
    auto opened = EmbeddedLog::OpenAt(options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = std::move(opened).value();
  }

  TempDirectory directory_;
  std::unique_ptr<EmbeddedLog> log_;
};

}  // namespace caseclock::log::contract

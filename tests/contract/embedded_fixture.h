#pragma once

// An embedded log in a directory of its own, with a clock that the test sets.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "engine/log/embedded/embedded_log.h"
#include "tests/common/temp_dir.h"
#include "tests/contract/log_contract.h"

namespace caseclock::log::contract {

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

  tests::TempDir directory_;
  std::unique_ptr<EmbeddedLog> log_;
};

}  // namespace caseclock::log::contract

#pragma once

// Result<T>: a value or an Error, for everything the environment or a user can get wrong.
// Ours because g++ 12 has no std::expected in C++20 mode. Values are moved, never thrown.

#include <string>
#include <utility>
#include <variant>

#include "engine/base/check.h"

namespace caseclock::base {

// What the caller can do about it. Only the runtime decides to retry or to stop.
enum class ErrorKind {
  kInvalid,      // the input is wrong (exit 65); trying again changes nothing
  kNotFound,     // no such file, case, topic … (exit 66)
  kUnavailable,  // busy or away for now (exit 69 or 75); trying again may help
  kFenced,       // somebody newer owns this; stop the task
  kIo,           // disk or device (exit 74)
  kConfig,       // settings or policies contradict (exit 78)
  kCorrupt,      // stored bytes are not what they must be; stop, see `state verify`
};

struct Error {
  ErrorKind kind = ErrorKind::kInvalid;
  std::string message;  // "Expected …, but …", naming the case, file or place
};

// The outcome of an action that yields nothing.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : failed_(true), error_(std::move(error)) {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const { return !failed_; }
  // REQUIRES: !ok()
  [[nodiscard]] const Error& error() const {
    CHECK(failed_);
    return error_;
  }

 private:
  bool failed_ = false;
  Error error_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  // REQUIRES: ok()
  [[nodiscard]] T& value() & {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && {
    CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  // REQUIRES: !ok()
  [[nodiscard]] const Error& error() const {
    CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] Status status() const { return ok() ? Status() : Status(error()); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace caseclock::base

#pragma once

// The objects of a JSON text one at a time: of an array, or one after another, each over as many
// lines as it likes.

#include <cstdint>
#include <string>
#include <string_view>

#include "consumers/cli/input_file.h"
#include "engine/base/result.h"

namespace caseclock::cli {

class JsonValues {
 public:
  enum class Kind {
    kValue,
    kBroken,  // see problem(); where the next value would begin is not known
    kEnd,
  };
  // An object of more than `limit` bytes is kBroken. The file must outlive this.
  JsonValues(InputFile* file, size_t limit) : file_(file), limit_(limit) {}

  // `value` is valid until the next call. It ends where brackets and quotes say so: whether it is
  // well formed is for others to say. Errors: kIo.
  base::Result<Kind> Next(std::string_view* value);
  [[nodiscard]] int64_t line() const { return line_; }  // on which it begins, from 1
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  // The next byte that is no space, which stays to be read; 0: the end.
  base::Result<char> Look();
  base::Result<bool> Fill();
  base::Result<Kind> TakeObject(std::string_view* value);
  // Whether a value may begin with `c`; takes what stands around it.
  bool TakeSeparator(char c);
  Kind Broken(const std::string& problem);

  InputFile* file_;
  size_t limit_;
  std::string buffer_;
  size_t start_ = 0;  // of what has not been given out
  bool ended_ = false;
  bool began_ = false;
  bool in_array_ = false;
  bool after_value_ = false;  // in the array: a comma or its end must follow
  bool after_array_ = false;
  int64_t lines_ = 1;  // line of start_
  int64_t line_ = 1;
  std::string problem_;
};

}  // namespace caseclock::cli

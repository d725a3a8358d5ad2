// Partition: the directory of its store.

#include <filesystem>

#include "engine/runtime/partition.h"

namespace caseclock::runtime {

base::Result<std::string> Partition::SetStoreAside() {
  store_.reset();
  const std::string directory = shared_->options.state_dir + "/" + std::to_string(number_);
  std::error_code code;
  std::string aside;
  int next = 1;
  do {
    aside = directory + ".aside-" + std::to_string(next++);
  } while (std::filesystem::exists(aside, code));
  std::filesystem::rename(directory, aside, code);
  if (code) {
    return base::Error{base::ErrorKind::kIo, "Cannot rename the store " + directory + " to " +
                                                 aside + ": " + code.message()};
  }
  return aside;
}

}  // namespace caseclock::runtime

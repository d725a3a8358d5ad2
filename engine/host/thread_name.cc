#include "engine/host/thread_name.h"

#include <pthread.h>

namespace caseclock::host {

void NameThread(std::string name) {
  constexpr size_t kMost = 15;
  if (name.size() > kMost) name.resize(kMost);
  // It fails for longer names only.
  static_cast<void>(pthread_setname_np(pthread_self(), name.c_str()));
}

}  // namespace caseclock::host

#pragma once

// The name of a thread, as `top -H` and a debugger show it.

#include <string>

namespace caseclock::host {

// Of the calling thread; the system keeps the first 15 bytes.
void NameThread(std::string name);

}  // namespace caseclock::host

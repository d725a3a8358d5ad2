#pragma once

// The first page and the description of the interface, compiled into the program.

#include <string_view>

#include "consumers/http/message.h"

namespace caseclock::http {

// The file at `path` ("/", "/page.css", "/page.js", "/openapi.json"), else 404.
Response Page(std::string_view path);

}  // namespace caseclock::http

#include "consumers/http/page.h"

#include "consumers/http/page_files.h"

namespace caseclock::http {
namespace {

template <size_t kSize>
Response File(const unsigned char (&bytes)[kSize], const char* type) {
  Response response;
  response.content_type = type;
  response.body.assign(reinterpret_cast<const char*>(bytes), kSize);
  return response;
}

}  // namespace

Response Page(std::string_view path) {
  if (path == "/" || path == "/index.html") return File(kPageHtml, "text/html; charset=utf-8");
  if (path == "/page.css") return File(kPageCss, "text/css; charset=utf-8");
  if (path == "/page.js") return File(kPageJs, "text/javascript; charset=utf-8");
  if (path == "/live.js") return File(kLiveJs, "text/javascript; charset=utf-8");
  if (path == "/openapi.json") return File(kOpenApi, "application/json");
  return Failure(
      404, "Expected a page or a /v1/ resource, but there is none at this path; see /openapi.json");
}

}  // namespace caseclock::http

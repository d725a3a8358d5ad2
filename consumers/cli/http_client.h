#pragma once

// Asks a running caseclock over HTTP. One connection, kept open; one thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/instant.h"
#include "engine/base/result.h"

namespace caseclock::cli {

struct Url {
  std::string host;
  std::string port = "80";
  std::string path;  // in front of every target; without a slash at its end
};
// "http://host:port/path" or "host:port". Errors: kInvalid (also https, which needs a proxy).
base::Result<Url> ParseUrl(const std::string& text);

struct Reply {
  int status = 0;
  std::string content_type;
  std::string body;
  std::optional<uint64_t> total;  // as http::kTotalHeader says it
};

// The number of such a header; absent: it is none.
std::optional<uint64_t> TotalOf(std::string_view header);

// Why a request was refused, as the body of the answer says: {"error": …, "errors": [{"index": …,
// "message": …}]}, else the body as it is.
std::string ReasonOf(const std::string& body);

class HttpClient {
 public:
  explicit HttpClient(Url url);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;

  // Whatever the status. Errors: kUnavailable (no answer within the timeout, or one that no
  // caseclock gave).
  base::Result<Reply> Get(const std::string& target);
  base::Result<Reply> Post(const std::string& target, const std::string& content_type,
                           const std::string& body);
  // Default: 60 s, of each of connecting, sending and receiving.
  void set_timeout(base::Duration timeout);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace caseclock::cli

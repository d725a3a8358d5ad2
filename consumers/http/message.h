#pragma once

// A request and its answer as plain values, so that routes are functions without a socket.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace caseclock::http {

struct Request {
  std::string method;                        // GET, HEAD, POST
  std::string path;                          // decoded: "/v1/backlog/wmp/marac"
  std::map<std::string, std::string> query;  // decoded; the last of a name holds
  std::string twice;                         // one of these names that was there again
  std::string content_type;                  // without parameters, lower case; empty: none given
  std::string content_encoding;              // lower case; empty: none given
  std::string host;
  std::string origin;  // empty: none given
  // Headers of CloudEvents in binary mode: {"ce-id", "e1"} or {"ce_id", "e1"}, names in lower case,
  // values decoded.
  std::vector<std::pair<std::string, std::string>> cloud_event;
  std::string body;
};

// In answers that are lists: how many there are in all, where `limit` may have cut them.
inline constexpr char kTotalHeader[] = "Caseclock-Total";

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// The value of a header of CloudEvents as it is meant: percent-decoded, without the quotes around
// it (HTTP binding of CloudEvents 1.0.2, 3.1.3.2). What cannot be decoded stays as it is.
std::string DecodeCloudEventHeader(std::string_view value);

// Splits a request target into decoded path and query. False: it cannot be one.
bool ParseTarget(std::string_view target, Request* request);
// Percent-decoding; in a query '+' is a blank. False: a broken sequence or a zero byte.
bool Decode(std::string_view text, bool query, std::string* out);
// Everything but unreserved characters and '/' as %XX.
std::string Encode(std::string_view text);

// {"error": message} with that status.
Response Failure(int status, const std::string& message);
// {"error": message, "kind": …} with the status that the kind has. The kind says more than the
// status: a refused request and policies that contradict are both 400.
Response FailureOf(const base::Error& error);
// The error that a failed answer tells, other than the message, by its "kind" or else by its
// status, as proxies and refused requests have no kind.
base::ErrorKind KindOf(int status, std::string_view body);

}  // namespace caseclock::http

// Who may ask: the checks of Host and Origin, and the address to listen on.

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>

#include "consumers/http/server.h"

namespace caseclock::http {
namespace {

constexpr char kNameCharacters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_";

// Without the port: "[::1]:80" → "[::1]", "localhost:80" → "localhost".
std::string HostName(const std::string& host) {
  const size_t bracket = host.rfind(']');
  const size_t colon = host.rfind(':');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  std::string name = has_port ? host.substr(0, colon) : host;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return name;
}

bool IsAddress(const std::string& name) {
  if (name.starts_with('[') && name.ends_with(']')) {
    return name.find_first_not_of("[]0123456789abcdef:.%") == std::string::npos;
  }
  return !name.empty() && name.find_first_not_of("0123456789.") == std::string::npos &&
         std::count(name.begin(), name.end(), '.') == 3;
}

}  // namespace

bool HostAllowed(const std::string& host, const std::vector<std::string>& allowed) {
  const std::string name = HostName(host);
  return IsAddress(name) || name == "localhost" || name.ends_with(".localhost") ||
         std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& one) { return HostName(one) == name; });
}

bool OriginAllowed(const std::string& origin, const std::string& host) {
  if (origin.empty()) return true;
  return origin == "http://" + host || origin == "https://" + host;
}

base::Result<std::pair<std::string, uint16_t>> ParseListen(const std::string& listen) {
  const base::Error wrong{base::ErrorKind::kInvalid,
                          "Expected an address and port such as 127.0.0.1:8080, but got " + listen};
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos) return wrong;
  uint16_t port = 0;
  const char* end = listen.data() + listen.size();
  const auto [stop, error] = std::from_chars(listen.data() + colon + 1, end, port);
  if (error != std::errc() || stop != end) return wrong;
  std::string host = listen.substr(0, colon);
  if (host.empty() || host == "localhost") host = "127.0.0.1";
  if (host == "*") host = "0.0.0.0";
  if (!IsAddress(host)) return wrong;
  const bool bracketed = host.starts_with('[');
  boost::system::error_code no_address;
  boost::asio::ip::make_address(bracketed ? host.substr(1, host.size() - 2) : host, no_address);
  if (no_address) return wrong;
  return std::pair{host, port};
}

base::Status CheckOptions(const ServerOptions& options) {
  if (auto listen = ParseListen(options.listen); !listen.ok()) return listen.status();
  for (const std::string& host : options.allowed_hosts) {
    const std::string name = HostName(host);
    const bool port_only = host.find_first_not_of(":0123456789", name.size()) == std::string::npos;
    const bool is_name =
        !name.empty() && name.find_first_not_of(kNameCharacters) == std::string::npos;
    if (port_only && (is_name || IsAddress(name))) continue;
    return base::Error{base::ErrorKind::kInvalid,
                       "Expected the name of a host such as caseclock.example, but got " + host};
  }
  return {};
}

}  // namespace caseclock::http

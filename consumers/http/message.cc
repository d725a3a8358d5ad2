#include "consumers/http/message.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "consumers/http/json_text.h"

namespace caseclock::http {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Clients rely on these names; they never change.
constexpr std::pair<base::ErrorKind, std::string_view> kKinds[] = {
    {base::ErrorKind::kInvalid, "invalid"},
    {base::ErrorKind::kNotFound, "not_found"},
    {base::ErrorKind::kUnavailable, "unavailable"},
    {base::ErrorKind::kFenced, "fenced"},
    {base::ErrorKind::kIo, "io"},
    {base::ErrorKind::kConfig, "config"},
    {base::ErrorKind::kCorrupt, "corrupt"},
};

std::string_view NameOf(base::ErrorKind kind) {
  for (const auto& [known, name] : kKinds) {
    if (known == kind) return name;
  }
  CHECK(false);
}

int StatusOf(base::ErrorKind kind) {
  switch (kind) {
    case base::ErrorKind::kInvalid:
    case base::ErrorKind::kConfig:
      return 400;
    case base::ErrorKind::kNotFound:
      return 404;
    case base::ErrorKind::kUnavailable:
    case base::ErrorKind::kFenced:
      return 503;
    case base::ErrorKind::kIo:
      return 507;
    case base::ErrorKind::kCorrupt:
      return 500;
  }
  CHECK(false);
}

}  // namespace

bool Decode(std::string_view text, bool query, std::string* out) {
  out->clear();
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return false;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && query) {
      c = ' ';
    }
    out->push_back(c);
  }
  return true;
}

std::string DecodeCloudEventHeader(std::string_view value) {
  std::string text(value);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    std::string inner;
    for (size_t i = 1; i + 1 < text.size(); ++i) {
      if (text[i] == '\\' && i + 2 < text.size()) ++i;
      inner += text[i];
    }
    text = std::move(inner);
  }
  std::string decoded;
  return Decode(text, false, &decoded) ? decoded : text;
}

std::string Encode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
    }
  }
  return out;
}

bool ParseTarget(std::string_view target, Request* request) {
  if (!target.starts_with('/')) return false;
  const size_t mark = target.find('?');
  if (!Decode(target.substr(0, mark), false, &request->path)) return false;
  if (mark == std::string_view::npos) return true;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    const size_t equals = pair.find('=');
    std::string key;
    std::string value;
    if (!Decode(pair.substr(0, equals), true, &key)) return false;
    if (equals != std::string_view::npos && !Decode(pair.substr(equals + 1), true, &value)) {
      return false;
    }
    if (!key.empty() && !request->query.insert_or_assign(key, value).second) request->twice = key;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return true;
}

Response Failure(int status, const std::string& message) {
  Response response;
  response.status = status;
  JsonWriter(&response.body).Open('{').Key("error").Text(message).Close('}');
  response.body += '\n';
  return response;
}

Response FailureOf(const base::Error& error) {
  Response response;
  response.status = StatusOf(error.kind);
  JsonWriter json(&response.body);
  json.Open('{').Key("error").Text(error.message).Key("kind").Text(NameOf(error.kind)).Close('}');
  response.body += '\n';
  return response;
}

base::ErrorKind KindOf(int status, std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  const auto given = json.is_object() ? json.find("kind") : json.end();
  for (const auto& [kind, name] : kKinds) {
    if (given != json.end() && *given == name) return kind;
  }
  if (status == 404) return base::ErrorKind::kNotFound;
  if (status == 429) return base::ErrorKind::kUnavailable;
  if (status >= 400 && status < 500) return base::ErrorKind::kInvalid;
  if (status == 500) return base::ErrorKind::kCorrupt;
  if (status == 507) return base::ErrorKind::kIo;
  return base::ErrorKind::kUnavailable;
}

}  // namespace caseclock::http

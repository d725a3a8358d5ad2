#include "consumers/http/parameters.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace caseclock::http {
namespace {

// "=" at the end of a name: a flag.
struct Known {
  std::string_view path;  // with "/" at its end: what lies behind it
  std::vector<std::string_view> names;
};

const Known* KnownOf(std::string_view path) {
  static const std::vector<Known> kKnown = {
      {"/v1/events", {"timestamps", "unchecked="}},
      {"/v1/backlog", {"queue", "at", "known", "rollup="}},
      {"/v1/backlog/", {"at", "known", "rollup="}},
      {"/v1/cases", {"queue", "limit"}},
      {"/v1/cases/", {"record="}},
      {"/v1/alerts", {"standing=", "since", "queue", "limit"}},
      {"/v1/rejects", {"limit"}},
      {"/v1/", {}},
  };
  for (const Known& known : kKnown) {
    if (known.path.ends_with('/') ? path.starts_with(known.path) : path == known.path) {
      return &known;
    }
  }
  return nullptr;
}

std::string_view NameOf(std::string_view known) {
  return known.substr(0, known.find('='));
}

std::string Listed(const std::vector<std::string_view>& names) {
  std::string listed;
  for (const std::string_view name : names) {
    listed += (listed.empty() ? "" : ", ") + std::string(NameOf(name));
  }
  return listed.empty() ? "none" : listed;
}

// `?standing` alone is yes, too.
bool IsYesOrNo(std::string_view value) {
  static constexpr std::string_view kWords[] = {"", "1", "true", "0", "false"};
  return std::find(std::begin(kWords), std::end(kWords), value) != std::end(kWords);
}

}  // namespace

std::string ProblemOfQuery(const Request& request) {
  const Known* known = KnownOf(request.path);
  if (known == nullptr) return "";
  if (!request.twice.empty()) {
    return "Expected the parameter " + request.twice + " once, but it is there twice";
  }
  for (const auto& [name, value] : request.query) {
    const auto found =
        std::find_if(known->names.begin(), known->names.end(),
                     [&name = name](std::string_view other) { return NameOf(other) == name; });
    if (found == known->names.end()) {
      return "Expected only parameters of this path, but got the parameter " + name +
             "; there are " + Listed(known->names);
    }
    if (found->ends_with('=') && !IsYesOrNo(value)) {
      return "Expected " + name + "=0, 1, false or true, but got " + name + "=" + value;
    }
  }
  return "";
}

std::string Parameter(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

bool IsSet(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found != request.query.end() && found->second != "0" && found->second != "false";
}

}  // namespace caseclock::http

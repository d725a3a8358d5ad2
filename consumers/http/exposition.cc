#include "consumers/http/exposition.h"

#include <cstdio>

namespace caseclock::http {
namespace {

std::string LabelValue(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

// Fifteen digits: counters stay whole, and no sum shows how it was rounded.
std::string NumberText(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

}  // namespace

void Exposition::Family(const char* name, const char* type, const char* help) {
  name_ = name;
  text_ += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

void Exposition::Sample(double value, Labels labels) {
  text_ += name_;
  if (labels.size() > 0) {
    char separator = '{';
    for (const auto& [key, label] : labels) {
      text_ += separator;
      text_ += std::string(key) + "=\"" + LabelValue(label) + "\"";
      separator = ',';
    }
    text_ += '}';
  }
  text_ += " " + NumberText(value) + "\n";
}

void Exposition::Single(const char* name, const char* type, const char* help, double value) {
  Family(name, type, help);
  Sample(value);
}

}  // namespace caseclock::http

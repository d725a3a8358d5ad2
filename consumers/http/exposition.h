#pragma once

// Writes metrics in the Prometheus text format 0.0.4. Pure.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace caseclock::http {

class Exposition {
 public:
  using Labels = std::initializer_list<std::pair<const char*, std::string_view>>;

  // Begins a family; its samples follow. `type`: "counter" or "gauge".
  void Family(const char* name, const char* type, const char* help);
  // Of the family begun last. Label values may be any text.
  void Sample(double value, Labels labels = {});
  // A family of one sample without labels.
  void Single(const char* name, const char* type, const char* help, double value);
  // The text; nothing may be added after it.
  std::string Take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

}  // namespace caseclock::http

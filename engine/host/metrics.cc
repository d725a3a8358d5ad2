#include "engine/host/metrics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "engine/base/check.h"

namespace caseclock::host {
namespace {

void AppendNumber(double v, std::string* out) {
  if (std::isinf(v)) {
    *out += v > 0 ? "+Inf" : "-Inf";
    return;
  }
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), v);
  out->append(text.data(), end.ptr);
}

void AppendEscaped(const std::string& text, bool quotes, std::string* out) {
  for (char c : text) {
    if (c == '\\') {
      *out += "\\\\";
    } else if (c == '\n') {
      *out += "\\n";
    } else if (c == '"' && quotes) {
      *out += "\\\"";
    } else {
      *out += c;
    }
  }
}

// `queue="wmp/marac",state="raised"`, in order of name; empty without labels.
std::string Render(Labels labels) {
  std::sort(labels.begin(), labels.end());
  std::string text;
  for (const auto& [name, value] : labels) {
    if (!text.empty()) text += ',';
    text += name;
    text += "=\"";
    AppendEscaped(value, true, &text);
    text += '"';
  }
  return text;
}

void AppendSample(const std::string& name, const std::string& labels, double value,
                  std::string* out) {
  *out += name;
  if (!labels.empty()) {
    *out += '{';
    *out += labels;
    *out += '}';
  }
  *out += ' ';
  AppendNumber(value, out);
  *out += '\n';
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), buckets_(bounds_.size() + 1) {
  CHECK(std::is_sorted(bounds_.begin(), bounds_.end()));
}

void Histogram::Observe(double v) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), v) - bounds_.begin();
  buckets_[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  count_.fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(v, std::memory_order_relaxed);
}

double Histogram::Quantile(double share) const {
  const uint64_t total = count();
  if (total == 0) return 0;
  const double wanted = share * static_cast<double>(total);
  uint64_t seen = 0;
  for (size_t i = 0; i < bounds_.size(); ++i) {
    seen += buckets_[i].load(std::memory_order_relaxed);
    if (static_cast<double>(seen) >= wanted) return bounds_[i];
  }
  return bounds_.empty() ? 0 : bounds_.back();
}

std::vector<double> LatencyBounds() {
  return {0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03,
          0.05,   0.075, 0.1,   0.2,   0.3,   0.5,    1,    2,     5,    10};
}

Metrics::Family& Metrics::FamilyOf(const std::string& name, const std::string& help,
                                   const std::string& type) {
  Family& family = families_[name];
  if (family.type.empty()) {
    family.type = type;
    family.help = help;
  }
  CHECK(family.type == type && family.help == help);
  return family;
}

Counter& Metrics::AddCounter(const std::string& name, const std::string& help, Labels labels) {
  const std::lock_guard lock(mutex_);
  auto& slot = FamilyOf(name, help, "counter").counters[Render(std::move(labels))];
  if (!slot) slot = std::make_unique<Counter>();
  return *slot;
}

Gauge& Metrics::AddGauge(const std::string& name, const std::string& help, Labels labels) {
  const std::lock_guard lock(mutex_);
  auto& slot = FamilyOf(name, help, "gauge").gauges[Render(std::move(labels))];
  if (!slot) slot = std::make_unique<Gauge>();
  return *slot;
}

Histogram& Metrics::AddHistogram(const std::string& name, const std::string& help,
                                 std::vector<double> bounds, Labels labels) {
  const std::lock_guard lock(mutex_);
  auto& slot = FamilyOf(name, help, "histogram").histograms[Render(std::move(labels))];
  if (!slot) slot = std::make_unique<Histogram>(std::move(bounds));
  return *slot;
}

void Metrics::BeforeExpose(std::function<void()> refresh) {
  const std::lock_guard lock(mutex_);
  refreshers_.push_back(std::move(refresh));
}

std::string Metrics::Expose() const {
  std::vector<std::function<void()>> refreshers;
  {
    const std::lock_guard lock(mutex_);
    refreshers = refreshers_;
  }
  // Without the lock: a refresher may register.
  for (const auto& refresh : refreshers) refresh();

  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out += "# HELP " + name + " ";
    AppendEscaped(family.help, false, &out);
    out += "\n# TYPE " + name + " " + family.type + "\n";
    for (const auto& [labels, counter] : family.counters) {
      AppendSample(name, labels, static_cast<double>(counter->value()), &out);
    }
    for (const auto& [labels, gauge] : family.gauges) {
      AppendSample(name, labels, gauge->value(), &out);
    }
    for (const auto& [labels, histogram] : family.histograms) {
      const std::string prefix = labels.empty() ? "" : labels + ",";
      uint64_t below = 0;
      for (size_t i = 0; i <= histogram->bounds_.size(); ++i) {
        below += histogram->buckets_[i].load(std::memory_order_relaxed);
        std::string bound = "+Inf";
        if (i < histogram->bounds_.size()) {
          bound.clear();
          AppendNumber(histogram->bounds_[i], &bound);
        }
        AppendSample(name + "_bucket", prefix + "le=\"" + bound + "\"", static_cast<double>(below),
                     &out);
      }
      AppendSample(name + "_sum", labels, histogram->sum_.load(std::memory_order_relaxed), &out);
      AppendSample(name + "_count", labels, static_cast<double>(below), &out);
    }
  }
  return out;
}

}  // namespace caseclock::host

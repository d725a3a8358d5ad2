#include "engine/policy/reader.h"

#include <algorithm>
#include <charconv>

#include "engine/base/check.h"
#include "engine/base/edit_distance.h"
#include "engine/policy/hours_text.h"

namespace caseclock::policy {
namespace {

// How many bytes the UTF-8 sequence at the front of `text` has; 0: there is none, or it is a
// control character.
size_t ShownBytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return first >= ' ' && first != 0x7f ? 1 : 0;
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (const char c : text.substr(1, size - 1)) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) return 0;
  }
  return size;
}

// The same text with a question mark for each byte that no terminal should get.
std::string Shown(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t size = ShownBytes(text);
    out += size == 0 ? "?" : text.substr(0, size);
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return out;
}

std::string KindText(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "it is empty";
    case YamlNode::Kind::kScalar:
      return "it is " + Quoted(node.text);
    case YamlNode::Kind::kList:
      return "it is a list";
    case YamlNode::Kind::kMap:
      return "it is a map";
  }
  return {};
}

KnownNames NamesOf(const Layout& layout) {
  KnownNames names;
  for (const Key& key : layout.keys) names.push_back(key.name);
  return names;
}

// The part of base's message after "but", and its place: the reader adds what was expected.
std::string_view After(std::string_view message) {
  const size_t but = message.find(", but ");
  return but == std::string_view::npos ? message : message.substr(but + 6);
}

}  // namespace

std::string Quoted(std::string_view text) {
  constexpr size_t kMost = 60;
  if (text.size() <= kMost) return "\"" + Shown(text) + "\"";
  size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return "\"" + Shown(text.substr(0, end)) + "…\"";
}

bool IsCode(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_.:/+-").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), allowed);
}

std::string Listed(const KnownNames& names) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

std::string Suggestion(std::string_view name, const KnownNames& known) {
  std::string_view nearest;
  // Two letters exchanged are two changes; a name of one letter is near to nothing.
  const size_t size = std::min<size_t>(name.size(), 64);
  size_t best = size < 4 ? size : std::max<size_t>(2, size / 3) + 1;
  for (const std::string_view candidate : known) {
    const size_t distance = base::EditDistance(name.substr(0, 64), candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest.empty() ? "" : " (did you mean " + Quoted(nearest) + "?)";
}

void Reader::Error(int line, std::string_view message) {
  problems_->push_back({file_, line, Shown(message), Severity::kError});
}

void Reader::Expected(int line, std::string_view what, std::string_view but) {
  Error(line, "Expected " + std::string(what) + ", but " + std::string(but));
}

bool Reader::WantMap(const YamlNode& node, std::string_view what) {
  if (node.kind == YamlNode::Kind::kMap) return true;
  Expected(node.line, std::string(what) + " as a map of keys and values", KindText(node));
  return false;
}

bool Reader::WantList(const YamlNode& node, std::string_view what) {
  if (node.kind == YamlNode::Kind::kList) return true;
  Expected(node.line, std::string(what) + " as a list", KindText(node));
  return false;
}

bool Reader::WantScalar(const YamlNode& node, std::string_view what) {
  if (node.kind == YamlNode::Kind::kScalar) return true;
  Expected(node.line, what, KindText(node));
  return false;
}

std::string Reader::Text(const YamlNode& node, std::string_view what) {
  return WantScalar(node, what) ? node.text : std::string();
}

base::Atom Reader::Code(const YamlNode& node, std::string_view what) {
  if (!WantScalar(node, what)) return {};
  if (IsCode(node.text)) return base::Atom::Intern(node.text);
  Expected(node.line, std::string(what) + " as a code of 1 to 64 of A-Z a-z 0-9 _ . : / + -",
           KindText(node));
  return {};
}

std::vector<base::Atom> Reader::Codes(const YamlNode& node, std::string_view what) {
  std::vector<base::Atom> out;
  if (node.kind != YamlNode::Kind::kList) {
    const base::Atom code = Code(node, what);
    if (!code.empty()) out.push_back(code);
    return out;
  }
  for (const YamlNode& item : node.items) {
    const base::Atom code = Code(item, what);
    if (code.empty()) continue;
    if (std::find(out.begin(), out.end(), code) != out.end()) {
      Expected(item.line, std::string(what) + " once", Quoted(code.view()) + " is there twice");
    } else {
      out.push_back(code);
    }
  }
  return out;
}

bool Reader::Bool(const YamlNode& node, std::string_view what) {
  if (node.kind == YamlNode::Kind::kScalar && node.text == "true") return true;
  if (node.kind == YamlNode::Kind::kScalar && node.text == "false") return false;
  Expected(node.line, "true or false for " + std::string(what), KindText(node));
  return false;
}

std::optional<int32_t> Reader::Number(const YamlNode& node, std::string_view what, int32_t least,
                                      int32_t most) {
  int32_t value = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, value);
  if (node.kind == YamlNode::Kind::kScalar && error == std::errc() && stop == end &&
      value >= least && value <= most)
    return value;
  Expected(node.line,
           std::string(what) + " from " + std::to_string(least) + " to " + std::to_string(most),
           KindText(node));
  return std::nullopt;
}

std::optional<base::Period> Reader::Period(const YamlNode& node, std::string_view what) {
  if (!WantScalar(node, what)) return std::nullopt;
  const auto parsed = base::ParsePeriod(node.text);
  if (parsed.ok() && !parsed.value().IsZero()) return parsed.value();
  Expected(node.line, std::string(what) + " as a period like P7D, PT4H30M or 28d",
           parsed.ok() ? "it is zero" : After(parsed.error().message));
  return std::nullopt;
}

std::optional<base::Duration> Reader::Duration(const YamlNode& node, std::string_view what) {
  const std::optional<base::Period> period = Period(node, what);
  if (!period.has_value()) return std::nullopt;
  if (period->months == 0) return base::Days(period->days) + period->time;
  Expected(node.line, std::string(what) + " of fixed length", "there are months or years");
  return std::nullopt;
}

std::optional<base::Instant> Reader::Instant(const YamlNode& node, std::string_view what) {
  if (!WantScalar(node, what)) return std::nullopt;
  if (const auto day = ParseDate(node.text); day.has_value())
    return base::Instant{} + base::Days(*day);
  const auto parsed = base::ParseInstant(node.text);
  if (parsed.ok()) return parsed.value();
  Expected(node.line, std::string(what) + " like 2026-01-01 or 2026-01-01T00:00:00Z",
           After(parsed.error().message));
  return std::nullopt;
}

std::optional<int32_t> Reader::Date(const YamlNode& node, std::string_view what) {
  const auto day =
      node.kind == YamlNode::Kind::kScalar ? ParseDate(node.text) : std::optional<int32_t>();
  if (!day.has_value())
    Expected(node.line, std::string(what) + " as a date like 2026-12-25", KindText(node));
  return day;
}

bool Reader::WantKnown(std::string_view name, int line, std::string_view what,
                       const KnownNames& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return true;
  const std::string choices = known.empty() ? ", which has none" : " (" + Listed(known) + ")";
  Expected(line, std::string(what) + choices, "there is " + Quoted(name) + Suggestion(name, known));
  return false;
}

Fields::Fields(Reader* reader, const YamlNode& node, std::string_view what, const KnownNames& known)
    : reader_(reader), node_(&node), what_(what), is_map_(reader->WantMap(node, what)) {
  if (!is_map_) return;
  for (auto entry = node.entries.begin(); entry != node.entries.end(); ++entry) {
    const std::string& key = entry->key.text;
    const auto same = [&key](const YamlEntry& other) { return other.key.text == key; };
    const auto first = std::find_if(node.entries.begin(), entry, same);
    if (first != entry) {
      reader->Expected(
          entry->key.line, "each key of " + what_ + " once",
          Quoted(key) + " stands in line " + std::to_string(first->key.line) + " already");
    } else {
      reader->WantKnown(key, entry->key.line, "a key of " + what_, known);
    }
  }
}

Fields::Fields(Reader* reader, const YamlNode& node, const Layout& layout)
    : Fields(reader, node, layout.what, NamesOf(layout)) {
  layout_ = &layout;
}

void Fields::MustHave(std::string_view key, bool needed) const {
  if (layout_ == nullptr) return;
  const Key* found = layout_->Find(key);
  CHECK(found != nullptr && found->needed == needed);
}

const YamlNode* Fields::Find(std::string_view key) const {
  MustHave(key, false);
  return Look(key);
}

const YamlNode* Fields::Look(std::string_view key) const {
  if (!is_map_) return nullptr;
  for (const YamlEntry& entry : node_->entries) {
    if (entry.key.text != key) continue;
    return entry.value.kind == YamlNode::Kind::kNull ? nullptr : &entry.value;
  }
  return nullptr;
}

const YamlNode* Fields::Need(std::string_view key) const {
  MustHave(key, true);
  const YamlNode* found = Look(key);
  if (found == nullptr && is_map_)
    reader_->Expected(node_->line, what_ + " with " + std::string(key), "it has none");
  return found;
}

}  // namespace caseclock::policy

#include "engine/policy/zone.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include "engine/base/big_endian.h"
#include "engine/base/time_text.h"
#include "engine/policy/posix_rule.h"

namespace caseclock::policy {
namespace {

using base::Error;
using base::ErrorKind;
using base::Instant;
using base::Result;
using model::TimeZone;

constexpr int64_t kLastYear = 2200;

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf())) return std::nullopt;
  return bytes.str();
}

// Names come from policies: only what tzdata uses, so that none leads out of the directory.
bool IsZoneName(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  };
  return !name.empty() && name.front() != '/' && std::all_of(name.begin(), name.end(), allowed);
}

// Header of a TZif block: "TZif", version, 15 unused, six counts of four bytes.
struct Block {
  static constexpr size_t kHeaderSize = 44;
  size_t utc_flags, wall_flags, leaps, times, types, name_bytes;

  [[nodiscard]] size_t BodySize(size_t time_size) const {
    return times * (time_size + 1) + types * 6 + name_bytes + leaps * (time_size + 4) + wall_flags +
           utc_flags;
  }
};

std::optional<Block> ReadBlock(std::string_view bytes) {
  if (bytes.size() < Block::kHeaderSize || !bytes.starts_with("TZif")) return std::nullopt;
  const auto count = [&](size_t i) {
    return static_cast<size_t>(base::ReadBig32(bytes.substr(20 + 4 * i)) & 0xFFFFFF);
  };
  return Block{count(0), count(1), count(2), count(3), count(4), count(5)};
}

void Append(Instant at, int32_t offset_s, TimeZone* zone) {
  if (zone->transitions.back().utc_offset_s == offset_s) return;  // only a name changed
  zone->transitions.push_back({at, offset_s});
}

// The table of the 64-bit block; false when an index leads nowhere.
bool ReadTable(std::string_view body, const Block& block, TimeZone* zone) {
  if (block.types == 0) return false;
  const size_t indices = block.times * 8;
  const size_t types = indices + block.times;
  const auto offset = [&](size_t type) {
    return static_cast<int32_t>(base::ReadBig32(body.substr(types + 6 * type)));
  };
  zone->transitions = {{base::kLongAgo, offset(0)}};
  for (size_t i = 0; i < block.times; ++i) {
    const auto type = static_cast<size_t>(static_cast<unsigned char>(body[indices + i]));
    if (type >= block.types) return false;
    const auto at = static_cast<int64_t>(base::ReadBig64(body.substr(8 * i)));
    if (at < -(int64_t{1} << 40)) {  // "since for ever", written by some compilers
      zone->transitions.front().utc_offset_s = offset(type);
      continue;
    }
    Append(Instant::FromSeconds(at), offset(type), zone);
  }
  return true;
}

void ExtendByRule(const PosixRule& rule, TimeZone* zone) {
  const Instant last = zone->transitions.back().at;
  int64_t year = 1970;
  if (last != base::kLongAgo) {
    year = base::CivilFromDays(last.Seconds() / 86'400).year;
  }
  if (!rule.has_summer) return;
  for (; year <= kLastYear; ++year) {
    for (const model::ZoneTransition& next : TransitionsOf(rule, year)) {
      if (next.at > last) Append(next.at, next.utc_offset_s, zone);
    }
  }
}

bool ToNumber(std::string_view text, int64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<TimeZone> ParseTzif(std::string_view name, std::string_view bytes) {
  const Error corrupt{ErrorKind::kCorrupt,
                      "Expected a TZif file of version 2 or later for time "
                      "zone " +
                          std::string(name) + ", but the bytes are something else"};
  const std::optional<Block> old = ReadBlock(bytes);
  if (!old.has_value() || bytes[4] < '2') return corrupt;
  const size_t skipped = Block::kHeaderSize + old->BodySize(4);
  if (bytes.size() < skipped) return corrupt;
  bytes.remove_prefix(skipped);
  const std::optional<Block> block = ReadBlock(bytes);
  if (!block.has_value() || bytes.size() < Block::kHeaderSize + block->BodySize(8)) return corrupt;
  bytes.remove_prefix(Block::kHeaderSize);
  TimeZone zone{std::string(name), "unknown", {}};
  if (!ReadTable(bytes, *block, &zone)) return corrupt;
  bytes.remove_prefix(block->BodySize(8));
  if (bytes.size() < 2 || bytes.front() != '\n' || bytes.back() != '\n') return corrupt;
  const std::string_view footer = bytes.substr(1, bytes.size() - 2);
  if (footer.empty()) return zone;
  const std::optional<PosixRule> rule = ParsePosixRule(footer);
  if (!rule.has_value()) return corrupt;
  ExtendByRule(*rule, &zone);
  return zone;
}

Result<TimeZone> CompileZone(std::string_view name, const std::string& directory) {
  const auto bytes = IsZoneName(name) ? ReadFile(directory + "/" + std::string(name))
                                      : std::optional<std::string>();
  if (!bytes.has_value()) {
    return Error{ErrorKind::kNotFound, "Expected a time zone of " + directory +
                                           " such as Europe/London, but there is no \"" +
                                           std::string(name) + "\" (is tzdata installed?)"};
  }
  Result<TimeZone> zone = ParseTzif(name, *bytes);
  if (zone.ok()) zone.value().version = ZoneDataVersion(directory);
  return zone;
}

std::string ZoneDataVersion(const std::string& directory) {
  constexpr std::string_view kMark = "# version ";
  std::string line;
  std::ifstream rules(directory + "/tzdata.zi");
  if (std::getline(rules, line) && line.starts_with(kMark)) return line.substr(kMark.size());
  std::ifstream version(directory + "/+VERSION");
  if (std::getline(version, line) && !line.empty()) return line;
  return "unknown";
}

std::string ZoneToText(const TimeZone& zone) {
  std::string out = "version " + zone.version + "\n";
  for (const model::ZoneTransition& t : zone.transitions) {
    out += t.at == base::kLongAgo ? "-" : std::to_string(t.at.Seconds());
    out += " " + std::to_string(t.utc_offset_s) + "\n";
  }
  return out;
}

Result<TimeZone> ZoneFromText(std::string_view name, std::string_view text) {
  constexpr std::string_view kMark = "version ";
  const Error wrong{ErrorKind::kInvalid, "Expected the compiled transitions of time zone " +
                                             std::string(name) +
                                             ", but the text is something else"};
  TimeZone zone{std::string(name), "unknown", {}};
  for (bool first = true; !text.empty(); first = false) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return wrong;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (first) {
      if (!line.starts_with(kMark)) return wrong;
      zone.version = std::string(line.substr(kMark.size()));
      continue;
    }
    const size_t space = line.find(' ');
    int64_t at = 0;
    int64_t offset = 0;
    if (space == std::string_view::npos || !ToNumber(line.substr(space + 1), &offset)) return wrong;
    const bool since_ever = line.substr(0, space) == "-";
    if (since_ever != zone.transitions.empty()) return wrong;
    if (!since_ever && (!ToNumber(line.substr(0, space), &at) || at > (int64_t{1} << 40) ||
                        at < -(int64_t{1} << 40)))
      return wrong;
    const Instant t = since_ever ? base::kLongAgo : Instant::FromSeconds(at);
    if (offset > 100'000 || offset < -100'000 || (!since_ever && t <= zone.transitions.back().at))
      return wrong;
    zone.transitions.push_back({t, static_cast<int32_t>(offset)});
  }
  if (zone.transitions.empty()) return wrong;
  return zone;
}

}  // namespace caseclock::policy

// A page as plain text for terminals.

#include <algorithm>

#include "consumers/cli/page.h"
#include "consumers/cli/terminal.h"

namespace caseclock::cli {
namespace {

// Breaks `text` into lines of at most `columns`, between words.
std::vector<std::string> Wrapped(std::string_view text, size_t columns) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (DisplayWidth(line) + 1 + DisplayWidth(word) <= columns) {
      line += " " + std::string(word);
    } else {
      lines.emplace_back(word);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string Padded(std::string text, size_t columns) {
  text.append(columns - std::min(columns, DisplayWidth(text)), ' ');
  return text;
}

// `first` before the first line, as much space before the others.
std::string Hanging(const std::string& first, std::string_view text, size_t columns) {
  const size_t indent = DisplayWidth(first);
  std::string out;
  for (const std::string& line : Wrapped(text, std::max<size_t>(20, columns - indent)))
    out += (out.empty() ? first : std::string(indent, ' ')) + line + "\n";
  return out;
}

// The last column takes what is left of the line.
std::string TableText(const Page::Row& head, const std::vector<Page::Row>& rows, size_t columns) {
  std::vector<size_t> widths(head.size());
  for (size_t i = 0; i < head.size(); ++i) widths[i] = DisplayWidth(head[i]);
  for (const Page::Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  const auto line = [&](const Page::Row& row) {
    std::string first = "  ";
    for (size_t i = 0; i + 1 < row.size(); ++i) first += Padded(row[i], widths[i]) + "  ";
    return Hanging(first, row.back(), columns);
  };
  std::string out = line(head);
  Page::Row rule;
  for (const size_t width : widths) rule.emplace_back(width, '-');
  rule.back() = std::string(std::min(widths.back(), columns / 2), '-');
  out += line(rule);
  for (const Page::Row& row : rows) out += line(row);
  return out;
}

std::string FactsText(const std::vector<Page::Row>& rows, size_t columns) {
  size_t width = 0;
  for (const Page::Row& row : rows) width = std::max(width, DisplayWidth(row[0]));
  std::string out;
  for (const Page::Row& row : rows) {
    for (size_t i = 1; i < row.size(); ++i)
      out += Hanging("  " + Padded(i == 1 ? row[0] : "", width) + "  ", row[i], columns);
  }
  return out;
}

std::string SignaturesText(const Page::Row& head, const std::vector<Page::Row>& rows) {
  constexpr size_t kName = 14;
  constexpr size_t kLine = 34;
  std::string out = "  " + Padded("", kName);
  for (size_t i = 1; i < head.size(); ++i) out += Padded(head[i], kLine);
  while (out.ends_with(' ')) out.pop_back();
  out += "\n";
  for (const Page::Row& row : rows) {
    out += "\n  " + Padded(row[0], kName);
    for (size_t i = 1; i < row.size(); ++i)
      out += std::string(kLine - 2, '_') + (i + 1 < row.size() ? "  " : "");
    out += "\n";
  }
  return out;
}

}  // namespace

std::string Page::BlockText(const Block& block, size_t columns) {
  switch (block.kind) {
    case Block::Kind::kHeading: {
      const char under = block.level == 1 ? '=' : '-';
      return block.text + "\n" +
             (block.level < 3 ? std::string(DisplayWidth(block.text), under) + "\n" : "");
    }
    case Block::Kind::kParagraph:
      return Hanging("", block.text, columns);
    case Block::Kind::kList: {
      std::string out;
      for (const std::string& item : block.items) out += Hanging("  - ", item, columns);
      return out;
    }
    case Block::Kind::kFacts:
      return FactsText(block.rows, columns);
    case Block::Kind::kTable:
      return TableText(block.items, block.rows, columns);
    case Block::Kind::kSignatures:
      return SignaturesText(block.items, block.rows);
  }
  return {};
}

std::string Page::ToText(size_t columns) const {
  std::string out;
  for (const Block& block : blocks_) {
    if (!out.empty()) out += "\n";
    if (block.kind == Block::Kind::kHeading && block.level == 1 && !out.empty()) out += "\n";
    out += BlockText(block, columns);
  }
  return out;
}

}  // namespace caseclock::cli

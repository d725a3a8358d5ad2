#include "consumers/cli/page.h"

#include <algorithm>

namespace caseclock::cli {

void Page::Heading(int level, std::string text) {
  blocks_.push_back({Block::Kind::kHeading, level, std::move(text), {}, {}});
}

void Page::Paragraph(std::string text) {
  blocks_.push_back({Block::Kind::kParagraph, 0, std::move(text), {}, {}});
}

void Page::List(std::vector<std::string> items) {
  if (items.empty()) return;
  blocks_.push_back({Block::Kind::kList, 0, {}, std::move(items), {}});
}

void Page::Facts(const std::vector<std::pair<std::string, std::vector<std::string>>>& facts) {
  std::vector<Row> rows;
  for (const auto& [name, lines] : facts) {
    Row row = {name};
    for (const std::string& line : lines) {
      if (!line.empty()) row.push_back(line);
    }
    if (row.size() > 1) rows.push_back(std::move(row));
  }
  blocks_.push_back({Block::Kind::kFacts, 0, {}, {}, std::move(rows)});
}

void Page::Table(Row head, std::vector<Row> rows) {
  blocks_.push_back({Block::Kind::kTable, 0, {}, std::move(head), std::move(rows)});
}

void Page::Signatures(std::vector<std::string> asked, std::vector<std::string> by) {
  std::vector<Row> rows;
  for (std::string& what : asked) {
    Row row(by.size() + 1);
    row[0] = std::move(what);
    rows.push_back(std::move(row));
  }
  by.insert(by.begin(), "");
  blocks_.push_back({Block::Kind::kSignatures, 0, {}, std::move(by), std::move(rows)});
}

// ---------------------------------------------------------------------------------------------
// Text

namespace {

size_t Columns(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// Breaks `text` into lines of at most `columns`, between words.
std::vector<std::string> Wrapped(std::string_view text, size_t columns) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (Columns(line) + 1 + Columns(word) <= columns) {
      line += " " + std::string(word);
    } else {
      lines.emplace_back(word);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string Padded(std::string text, size_t columns) {
  text.append(columns - std::min(columns, Columns(text)), ' ');
  return text;
}

// `first` before the first line, as much space before the others.
std::string Hanging(const std::string& first, std::string_view text, size_t columns) {
  const size_t indent = Columns(first);
  std::string out;
  for (const std::string& line : Wrapped(text, std::max<size_t>(20, columns - indent)))
    out += (out.empty() ? first : std::string(indent, ' ')) + line + "\n";
  return out;
}

// The last column takes what is left of the line.
std::string TableText(const Page::Row& head, const std::vector<Page::Row>& rows, size_t columns) {
  std::vector<size_t> widths(head.size());
  for (size_t i = 0; i < head.size(); ++i) widths[i] = Columns(head[i]);
  for (const Page::Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Columns(row[i]));
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
  for (const Page::Row& row : rows) width = std::max(width, Columns(row[0]));
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
             (block.level < 3 ? std::string(Columns(block.text), under) + "\n" : "");
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

// ---------------------------------------------------------------------------------------------
// Markdown

namespace {

// Signs that would mark something up are written as such.
std::string Markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>#|").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string MarkdownRow(const Page::Row& row) {
  std::string out = "|";
  for (const std::string& cell : row) out += " " + Markdown(cell) + " |";
  return out + "\n";
}

std::string MarkdownTable(const Page::Row& head, const std::vector<Page::Row>& rows) {
  std::string out = MarkdownRow(head) + "|";
  for (size_t i = 0; i < head.size(); ++i) out += "---|";
  out += "\n";
  for (const Page::Row& row : rows) out += MarkdownRow(row);
  return out;
}

}  // namespace

std::string Page::BlockMarkdown(const Block& block) {
  switch (block.kind) {
    case Block::Kind::kHeading:
      return std::string(static_cast<size_t>(block.level), '#') + " " + Markdown(block.text) + "\n";
    case Block::Kind::kParagraph:
      return Markdown(block.text) + "\n";
    case Block::Kind::kList: {
      std::string out;
      for (const std::string& item : block.items) out += "- " + Markdown(item) + "\n";
      return out;
    }
    case Block::Kind::kFacts: {
      std::string out = "| | |\n|---|---|\n";
      for (const Row& row : block.rows) {
        out += "| **" + Markdown(row[0]) + "** | ";
        for (size_t i = 1; i < row.size(); ++i) out += (i > 1 ? "<br>" : "") + Markdown(row[i]);
        out += " |\n";
      }
      return out;
    }
    case Block::Kind::kTable:
    case Block::Kind::kSignatures:
      return MarkdownTable(block.items, block.rows);
  }
  return {};
}

std::string Page::ToMarkdown() const {
  std::string out;
  for (const Block& block : blocks_) out += (out.empty() ? "" : "\n") + BlockMarkdown(block);
  return out;
}

// ---------------------------------------------------------------------------------------------
// HTML

namespace {

constexpr char kStyle[] = R"(
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; color: #1a1a1a;
  background: #fff; max-width: 52rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; margin: 2.5rem 0 .8rem; padding-bottom: .3rem;
  border-bottom: 3px solid #1d3d5c; }
h1:first-of-type { margin-top: 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 .6rem; color: #1d3d5c; }
h3 { font-size: 1.02rem; margin: 1.5rem 0 .4rem; }
p, ul { margin: .5rem 0; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { border: 1px solid #c9d1d9; padding: .32rem .6rem; text-align: left; vertical-align: top;
  overflow-wrap: break-word; }
thead th { background: #e9eff5; }
tbody th { background: #f6f8fa; font-weight: 600; width: 10.5rem; }
td p { margin: 0; } td p + p { margin-top: .25rem; }
.signatures { table-layout: fixed; } .signatures thead td { width: 10.5rem; }
.signatures tbody td { height: 2.4rem; }
@media print {
  body { font-size: 10.5pt; margin: 0; max-width: none; padding: 0; }
  h1 { break-before: page; } h1:first-of-type { break-before: auto; }
  h2, h3 { break-after: avoid; } tr, table.signatures { break-inside: avoid; }
}
)";

std::string Html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string HtmlTable(const std::string& kind, const Page::Row& head,
                      const std::vector<Page::Row>& rows) {
  std::string out = "<table" + kind + ">\n<thead><tr>";
  for (const std::string& cell : head)
    out += cell.empty() ? "<td></td>" : "<th scope=\"col\">" + Html(cell) + "</th>";
  out += "</tr></thead>\n<tbody>\n";
  for (const Page::Row& row : rows) {
    out += "<tr><th scope=\"row\">" + Html(row[0]) + "</th>";
    for (size_t i = 1; i < row.size(); ++i) out += "<td>" + Html(row[i]) + "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table>\n";
}

}  // namespace

std::string Page::BlockHtml(const Block& block) {
  switch (block.kind) {
    case Block::Kind::kHeading: {
      const std::string level = std::to_string(block.level);
      return "<h" + level + ">" + Html(block.text) + "</h" + level + ">\n";
    }
    case Block::Kind::kParagraph:
      return "<p>" + Html(block.text) + "</p>\n";
    case Block::Kind::kList: {
      std::string out = "<ul>\n";
      for (const std::string& item : block.items) out += "<li>" + Html(item) + "</li>\n";
      return out + "</ul>\n";
    }
    case Block::Kind::kFacts: {
      std::string out = "<table class=\"facts\">\n<tbody>\n";
      for (const Row& row : block.rows) {
        out += "<tr><th scope=\"row\">" + Html(row[0]) + "</th><td>";
        for (size_t i = 1; i < row.size(); ++i)
          out += row.size() == 2 ? Html(row[i]) : "<p>" + Html(row[i]) + "</p>";
        out += "</td></tr>\n";
      }
      return out + "</tbody>\n</table>\n";
    }
    case Block::Kind::kTable:
      return HtmlTable("", block.items, block.rows);
    case Block::Kind::kSignatures:
      return HtmlTable(" class=\"signatures\"", block.items, block.rows);
  }
  return {};
}

std::string Page::ToHtml() const {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      Html(title_) + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n";
  for (const Block& block : blocks_) out += BlockHtml(block);
  return out + "</body>\n</html>\n";
}

}  // namespace caseclock::cli

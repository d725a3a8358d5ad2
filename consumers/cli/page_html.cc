// A page as HTML that stands by itself.

#include "consumers/cli/page.h"

namespace caseclock::cli {
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

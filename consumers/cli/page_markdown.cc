// A page as Markdown.

#include "consumers/cli/page.h"

namespace caseclock::cli {
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

}  // namespace caseclock::cli

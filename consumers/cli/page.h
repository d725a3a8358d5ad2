#pragma once

// A document for people to read, print and sign, in three forms: plain text for terminals,
// Markdown, and HTML that stands by itself (no script, nothing fetched).

#include <string>
#include <utility>
#include <vector>

namespace caseclock::cli {

class Page {
 public:
  using Row = std::vector<std::string>;

  explicit Page(std::string title) : title_(std::move(title)) {}

  // `level` 1 begins a new sheet in print.
  void Heading(int level, std::string text);
  void Paragraph(std::string text);
  void List(std::vector<std::string> items);
  // Names and what is said of each, line by line; names without a line are left out.
  void Facts(const std::vector<std::pair<std::string, std::vector<std::string>>>& facts);
  void Table(Row head, std::vector<Row> rows);
  // A table with room to write in: what is asked for, by whom.
  void Signatures(std::vector<std::string> asked, std::vector<std::string> by);

  // Lines of at most `columns` characters where words allow it.
  [[nodiscard]] std::string ToText(size_t columns) const;
  [[nodiscard]] std::string ToMarkdown() const;
  [[nodiscard]] std::string ToHtml() const;

 private:
  struct Block {
    enum class Kind { kHeading, kParagraph, kList, kFacts, kTable, kSignatures };
    Kind kind;
    int level = 0;
    std::string text;
    std::vector<std::string> items;  // of a list; the head of a table
    std::vector<Row> rows;           // of facts: the name, then its lines
  };
  [[nodiscard]] static std::string BlockText(const Block& block, size_t columns);
  [[nodiscard]] static std::string BlockMarkdown(const Block& block);
  [[nodiscard]] static std::string BlockHtml(const Block& block);

  std::string title_;
  std::vector<Block> blocks_;
};

}  // namespace caseclock::cli

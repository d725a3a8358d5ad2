#include "consumers/cli/page.h"

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

}  // namespace caseclock::cli

#include "consumers/cli/output.h"

#include <cstdio>
#include <string_view>
#include <vector>

#include "consumers/cli/exit_code.h"
#include "consumers/http/event_body.h"

namespace caseclock::cli {

void AddFormat(Command command, std::string* format) {
  if (format->empty()) *format = "text";
  command.Choice("--format", format, {"text", "json", "jsonl", "csv"}, "Form of what is printed");
}

Format FormatFromName(const std::string& name) {
  if (name == "json") return Format::kJson;
  if (name == "jsonl") return Format::kJsonLines;
  if (name == "csv") return Format::kCsv;
  return Format::kText;
}

void Print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void PrintJson(const std::string& json, Format format) {
  std::vector<std::string_view> elements;
  if (format == Format::kJsonLines && http::SplitJsonArray(json, &elements)) {
    for (const std::string_view element : elements) Print(std::string(element) + "\n");
    return;
  }
  Print(json + "\n");
}

int PrintAnswer(std::string json, Format format,
                const std::function<Table(const std::string& json, bool people)>& table,
                const std::string& empty,
                const std::function<std::string(const std::string& json)>& note) {
  while (json.ends_with('\n')) json.pop_back();
  if (format == Format::kJson || format == Format::kJsonLines) {
    PrintJson(json, format);
    return kExitDone;
  }
  const bool people = format == Format::kText;
  const Table rows = table(json, people);
  if (people && rows.empty()) {
    Print(empty + "\n");
  } else {
    PrintTable(rows, format);
    if (people && note) Print(note(json));
  }
  return kExitDone;
}

void PrintTable(const Table& table, Format format) {
  switch (format) {
    case Format::kText:
      return Print(table.ToText(UseColours(), TextWidth()));
    case Format::kCsv:
      return Print(table.ToCsv());
    case Format::kJson:
    case Format::kJsonLines:
      return PrintJson(table.ToJson(), format);
  }
}

}  // namespace caseclock::cli

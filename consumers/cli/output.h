#pragma once

// Printing data in the form asked for by --format: text for people, json (one value), jsonl (one
// object a line), csv.

#include <functional>
#include <string>

#include "consumers/cli/arguments.h"
#include "consumers/cli/table.h"

namespace caseclock::cli {

enum class Format { kText, kJson, kJsonLines, kCsv };

// Adds --format; what `format` holds is the default, and text where it is empty, at a terminal and
// in pipes alike.
void AddFormat(Command command, std::string* format);
Format FormatFromName(const std::string& name);

// In json and jsonl the columns become members: numbers and booleans as such, the rest as strings.
void PrintTable(const Table& table, Format format);
// Prints a JSON array (or one value) as json or jsonl. REQUIRES: not kText, not kCsv.
void PrintJson(const std::string& json, Format format);
void Print(const std::string& text);
// Prints an answer of the HTTP interface in any form; `table` makes the rows for text and csv. In
// text an empty one is `empty`, a sentence, and `note`, if there is one, comes below it. Answers
// kExitDone.
int PrintAnswer(std::string json, Format format,
                const std::function<Table(const std::string& json, bool people)>& table,
                const std::string& empty,
                const std::function<std::string(const std::string& json)>& note = nullptr);

}  // namespace caseclock::cli

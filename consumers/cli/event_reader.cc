#include "consumers/cli/event_reader.h"

#include <utility>

#include "consumers/cli/csv.h"
#include "consumers/cli/csv_event.h"
#include "consumers/cli/input_file.h"
#include "consumers/cli/json_values.h"
#include "consumers/cli/line_reader.h"
#include "engine/base/check.h"
#include "engine/codec/validate.h"

namespace caseclock::cli {
namespace {

// An event has at most 1 MiB; its JSON may be a little longer. Unchecked lines may be larger, so
// that the engine's own limits can be seen at work.
constexpr size_t kCheckedLine = 2 << 20;
constexpr size_t kUncheckedLine = 64 << 20;

ReadOutcome Bad(int64_t place, std::string problem) {
  ReadOutcome outcome;
  outcome.kind = ReadOutcome::Kind::kBad;
  outcome.place = place;
  outcome.problem = std::move(problem);
  return outcome;
}

ReadOutcome Check(int64_t place, std::string_view raw, std::string_view type, bool checked) {
  auto result = http::CheckEvent(raw, type);
  ReadOutcome outcome;
  outcome.kind = ReadOutcome::Kind::kEvent;
  outcome.place = place;
  if (auto* event = std::get_if<http::CheckedEvent>(&result)) {
    outcome.event = std::move(*event);
    if (!checked) outcome.event.bytes = std::string(raw);
    return outcome;
  }
  if (checked) return Bad(place, codec::AllMessages(std::get<codec::Rejected>(result)));
  outcome.event.bytes = std::string(raw);
  return outcome;
}

std::string TooLong(size_t length) {
  return "Expected an event of at most 1 MiB, but the line has " + std::to_string(length) +
         " bytes";
}

class FileReader : public EventReader {
 public:
  FileReader(std::unique_ptr<InputFile> file, bool checked)
      : file_(std::move(file)), checked_(checked) {}
  void set_before_wait(InputFile::BeforeWait before_wait) override {
    file_->set_before_wait(std::move(before_wait));
  }
  [[nodiscard]] double share() const override { return file_->share(); }
  [[nodiscard]] const std::string& name() const override { return file_->name(); }

 protected:
  std::unique_ptr<InputFile> file_;
  bool checked_;
};

class JsonLinesReader : public FileReader {
 public:
  JsonLinesReader(std::unique_ptr<InputFile> file, bool checked)
      : FileReader(std::move(file), checked),
        lines_(file_.get(), checked ? kCheckedLine : kUncheckedLine) {}

  base::Result<ReadOutcome> Next() override {
    while (true) {
      std::string_view line;
      auto kind = lines_.Next(&line);
      if (!kind.ok()) return kind.error();
      if (kind.value() == LineKind::kEnd) return ReadOutcome{};
      if (kind.value() == LineKind::kTooLong) return Bad(lines_.number(), TooLong(lines_.length()));
      if (lines_.number() == 1 && line.starts_with(codec::kByteOrderMark)) {
        line.remove_prefix(codec::kByteOrderMark.size());
      }
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      if (checked_ && lines_.number() == 1 && line.front() == '[') {
        return Bad(1,
                   "Expected an event a line, but the file begins with a JSON array, which is "
                   "--input-format json");
      }
      if (checked_ && !codec::IsUtf8(line)) {
        return Bad(lines_.number(), "Expected UTF-8, but the line has bytes that are not");
      }
      return Check(lines_.number(), line, checked_ ? "application/json" : "", checked_);
    }
  }

 private:
  LineReader lines_;
};

// An array of events, or events that do not keep to lines.
class JsonReader : public FileReader {
 public:
  JsonReader(std::unique_ptr<InputFile> file, bool checked)
      : FileReader(std::move(file), checked),
        values_(file_.get(), checked ? kCheckedLine : kUncheckedLine) {}

  base::Result<ReadOutcome> Next() override {
    if (broken_) return ReadOutcome{};
    std::string_view value;
    auto kind = values_.Next(&value);
    if (!kind.ok()) return kind.error();
    if (kind.value() == JsonValues::Kind::kEnd) return ReadOutcome{};
    if (kind.value() == JsonValues::Kind::kBroken) {
      broken_ = true;
      return Bad(values_.line(), values_.problem());
    }
    return Check(values_.line(), value, checked_ ? "application/json" : "", checked_);
  }

 private:
  JsonValues values_;
  bool broken_ = false;
};

class CsvEventReader : public FileReader {
 public:
  CsvEventReader(std::unique_ptr<InputFile> file, bool checked)
      : FileReader(std::move(file), checked),
        rows_(file_.get(), checked ? kCheckedLine : kUncheckedLine) {}

  base::Result<ReadOutcome> Next() override {
    CsvRow row;
    auto got = rows_.Next(&row);
    if (!got.ok()) return got.error();
    if (!got.value() || header_bad_) return ReadOutcome{};
    if (columns_.empty()) return TakeHeader(row);
    if (!row.problem.empty()) return Bad(row.line, row.problem);
    for (const std::string& field : row.fields) {
      if (checked_ && !codec::IsUtf8(field)) {
        return Bad(row.line, "Expected UTF-8, but the row has bytes that are not");
      }
    }
    auto json = CsvEventToJson(columns_, row.fields);
    if (!json.ok()) return Bad(row.line, json.error().message);
    return Check(row.line, json.value(), "application/json", checked_);
  }

 private:
  base::Result<ReadOutcome> TakeHeader(const CsvRow& row) {
    columns_ = row.fields;
    const base::Status status = CheckCsvHeader(columns_, checked_);
    if (row.problem.empty() && status.ok()) return Next();
    header_bad_ = true;  // nothing below it can be understood
    return Bad(row.line, row.problem.empty() ? status.error().message : row.problem);
  }
  CsvReader rows_;
  std::vector<std::string> columns_;
  bool header_bad_ = false;
};

class ProtobufReader : public FileReader {
 public:
  using FileReader::FileReader;

  base::Result<ReadOutcome> Next() override {
    if (broken_) return ReadOutcome{};
    auto size = TakeLength();
    if (!size.ok()) return size.error();
    if (!size.value()) {
      if (bytes_.empty()) return ReadOutcome{};
      return Broken("the length of an event is cut off");
    }
    const uint64_t length = *size.value();
    if (length > kUncheckedLine) return Broken("an event has " + std::to_string(length) + " bytes");
    if (auto filled = Fill(length); !filled.ok()) return filled.error();
    if (bytes_.size() < length) return Broken("the last event is cut off");
    ++number_;
    ReadOutcome outcome = Check(number_, std::string_view(bytes_).substr(0, length),
                                "application/x-protobuf", checked_);
    bytes_.erase(0, length);
    return outcome;
  }

 private:
  base::Result<ReadOutcome> Broken(const std::string& why) {
    broken_ = true;
    return Bad(number_ + 1, "Expected events each after its length as a varint, but " + why);
  }
  base::Status Fill(size_t least) {
    while (bytes_.size() < least) {
      auto got = file_->Read(least - bytes_.size(), &bytes_);
      if (!got.ok()) return got.error();
      if (got.value() == 0) break;
    }
    return {};
  }
  base::Result<std::optional<uint64_t>> TakeLength() {
    for (size_t have = 1; have <= 10; ++have) {
      if (auto filled = Fill(have); !filled.ok()) return filled.error();
      std::string_view front = bytes_;
      uint64_t length = 0;
      if (http::TakeVarint(&front, &length)) {
        bytes_.erase(0, bytes_.size() - front.size());
        return std::optional(length);
      }
      if (bytes_.size() < have) break;
    }
    return std::optional<uint64_t>();
  }
  std::string bytes_;
  int64_t number_ = 0;
  bool broken_ = false;
};

bool HasExtension(std::string name, std::string_view extension) {
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name.ends_with(extension);
}

// Of an object that begins with this text: its line does not hold it all.
bool GoesOnInTheNextLine(std::string_view text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  const size_t last = text.find_last_not_of(" \t\r\n", end);
  return last != std::string_view::npos && std::string_view("{[,:").find(text[last]) != text.npos;
}

// Behind its length, which may be that of a '[' or '{': the id and, right behind it, the source.
bool BeginsLikeAnEventInProtobuf(std::string_view text) {
  constexpr char kIdTag = 0x0A;
  constexpr char kSourceTag = 0x12;
  if (text.size() < 3 || (text[0] != '[' && text[0] != '{') || text[1] != kIdTag) return false;
  const size_t behind_id = 3 + static_cast<unsigned char>(text[2]);
  return behind_id < text.size() && text[behind_id] == kSourceTag;
}

// Not `checked`: what is neither of the others by name or content is lines, whatever is in them.
base::Result<InputFormat> Detect(const std::string& name, InputFile* file, bool checked) {
  for (const char* extension : {".jsonl", ".ndjson"}) {
    if (HasExtension(name, extension)) return InputFormat::kJsonLines;
  }
  if (HasExtension(name, ".csv")) return InputFormat::kCsv;
  if (HasExtension(name, ".pb") || HasExtension(name, ".binpb")) return InputFormat::kProtobuf;
  auto head = file->Peek(256);
  if (!head.ok()) return head.error();
  std::string_view text = head.value();
  if (text.starts_with(codec::kByteOrderMark)) text.remove_prefix(codec::kByteOrderMark.size());
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return InputFormat::kJsonLines;
  if (BeginsLikeAnEventInProtobuf(text)) return InputFormat::kProtobuf;
  if (text[first] == '[' && checked) return InputFormat::kJson;
  if (text[first] == '{') {
    const bool whole = !checked || !GoesOnInTheNextLine(text.substr(first));
    return whole ? InputFormat::kJsonLines : InputFormat::kJson;
  }
  if (HasExtension(name, ".json")) return InputFormat::kJsonLines;
  // Lengths and field numbers are control characters; CSV has none but those of lines.
  for (const char c : text) {
    const bool line_end = c == '\n' || c == '\r' || c == '\t';
    if (static_cast<unsigned char>(c) < 0x20 && !line_end) return InputFormat::kProtobuf;
  }
  return checked ? InputFormat::kCsv : InputFormat::kJsonLines;
}

}  // namespace

InputFormat InputFormatFromName(const std::string& name) {
  if (name == "json") return InputFormat::kJson;
  if (name == "jsonl") return InputFormat::kJsonLines;
  if (name == "csv") return InputFormat::kCsv;
  if (name == "protobuf") return InputFormat::kProtobuf;
  CHECK(name == "auto");
  return InputFormat::kAuto;
}

base::Result<std::unique_ptr<EventReader>> EventReader::Open(const std::string& name,
                                                             InputFormat format, bool checked) {
  auto opened = InputFile::Open(name);
  if (!opened.ok()) return opened.error();
  std::unique_ptr<InputFile> file = std::move(opened).value();
  if (format == InputFormat::kAuto) {
    auto detected = Detect(name, file.get(), checked);
    if (!detected.ok()) return detected.error();
    format = detected.value();
  }
  std::unique_ptr<EventReader> reader;
  if (format == InputFormat::kCsv) {
    reader = std::make_unique<CsvEventReader>(std::move(file), checked);
  } else if (format == InputFormat::kProtobuf) {
    reader = std::make_unique<ProtobufReader>(std::move(file), checked);
  } else if (format == InputFormat::kJson) {
    reader = std::make_unique<JsonReader>(std::move(file), checked);
  } else {
    reader = std::make_unique<JsonLinesReader>(std::move(file), checked);
  }
  return reader;
}

}  // namespace caseclock::cli

#pragma once

// The events of one file, one at a time, each checked: JSON, JSON lines, CSV or
// protobuf.

#include <cstdint>
#include <memory>
#include <string>

#include "consumers/cli/input_file.h"
#include "consumers/http/event_body.h"
#include "engine/base/result.h"

namespace caseclock::cli {

enum class InputFormat { kAuto, kJson, kJsonLines, kCsv, kProtobuf };
InputFormat InputFormatFromName(const std::string& name);  // REQUIRES: one of the option's choices

struct ReadOutcome {
  enum class Kind {
    kEvent,
    kBad,  // this line is of no use: `problem`; the next one may be
    kEnd,
  };
  Kind kind = Kind::kEnd;
  int64_t place = 0;  // line, or the number of the event in a protobuf file; from 1
  http::CheckedEvent event;
  std::string problem;
};

class EventReader {
 public:
  virtual ~EventReader() = default;
  // `name` "-": standard input. Not `checked`: every line is taken as it stands, so that the engine
  // may judge it; case id and instant are filled in where the line can be read. Errors: kNotFound,
  // kIo.
  static base::Result<std::unique_ptr<EventReader>> Open(const std::string& name,
                                                         InputFormat format, bool checked);
  // Before it waits for more to come; then all events were given out of which all is there.
  virtual void set_before_wait(InputFile::BeforeWait before_wait) = 0;

  // Errors: kIo.
  virtual base::Result<ReadOutcome> Next() = 0;
  // Share of the file read, 0 … 1; negative: not known.
  [[nodiscard]] virtual double share() const = 0;
  [[nodiscard]] virtual const std::string& name() const = 0;
};

}  // namespace caseclock::cli

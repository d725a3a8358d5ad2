#pragma once

// A data directory: DIR/log (the embedded log), DIR/state (what the engine keeps) and, while a
// process holds it, DIR/run.json with where that process listens.

#include <memory>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/log/embedded/embedded_log.h"
#include "engine/log/log.h"

namespace caseclock::cli {

struct DataDir {
  std::string path;
  [[nodiscard]] std::string log() const { return path + "/log"; }
  [[nodiscard]] std::string state() const { return path + "/state"; }
  [[nodiscard]] std::string holder() const { return path + "/run.json"; }
  [[nodiscard]] std::string simulation() const { return path + "/simulation.json"; }
};

// The process that holds a directory, as its run.json says.
struct Holder {
  int64_t pid = 0;
  std::string listen;  // "127.0.0.1:8080"; empty: it does not listen
};
// Absent: no run.json, or its process does not hold the log any more (a crash leaves the file
// behind). REQUIRES: this process does not hold the log, unless run.json is its own.
std::optional<Holder> FindHolder(const DataDir& dir);
// "process 4711, listening on 127.0.0.1:8080,", for messages; "another process" where it has no
// number here. REQUIRES: as FindHolder.
std::string WhoHolds(const DataDir& dir);
base::Status WriteHolder(const DataDir& dir, const Holder& holder);
void RemoveHolder(const DataDir& dir);
// "http://127.0.0.1:8080": where to reach a process that listens on "0.0.0.0:8080", too.
std::string UrlOf(const std::string& listen);

// Whether the log is kept small meanwhile (EmbeddedLog::Maintain): for a process that stays, with a
// warning where it cannot be.
enum class Housekeeping { kNone, kInBackground };
// Opens the log. Without `create` a directory that is not there is kNotFound. Errors: kFenced,
// naming the process, when another one holds it; kIo (no rights, full disk).
base::Result<std::unique_ptr<log::Log>> OpenDataLog(
    const DataDir& dir, bool create, log::Durability durability,
    Housekeeping housekeeping = Housekeeping::kNone);
// kNotFound, with a way on: no engine has made anything of what was put into the log.
base::Status FindWork(log::Log* log, const DataDir& dir);
// For what only reads: the right to read is enough, where there is no other. Errors: the same, and
// that of FindWork.
base::Result<std::unique_ptr<log::Log>> OpenDataLogToRead(const DataDir& dir);
// Makes the topic of events unless it is there; then its partitions stay as they are.
base::Status EnsureEvents(log::Log* log, const std::string& topic, int64_t partitions);

// The whole of a small file. Errors: kNotFound, kIo.
base::Result<std::string> ReadSmallFile(const std::string& path);
// Written beside and renamed, so that no reader sees half of it. Errors: kIo.
base::Status WriteSmallFile(const std::string& path, const std::string& text);
// A member of a flat JSON object that this program wrote itself; empty: there is none.
std::string MemberOf(const std::string& json, const std::string& key);

}  // namespace caseclock::cli

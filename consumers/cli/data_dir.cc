#include "consumers/cli/data_dir.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "consumers/http/json_text.h"
#include "engine/host/clock.h"
#include "engine/host/log.h"
#include "engine/host/signals.h"
#include "engine/runtime/engine.h"

namespace caseclock::cli {

namespace {
// Only what is a week old is compacted, and only when that is half of a partition.
constexpr base::Duration kMaintenanceInterval = base::Seconds(600);
}  // namespace

base::Result<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const auto kind = errno == ENOENT ? base::ErrorKind::kNotFound : base::ErrorKind::kIo;
    return base::Error{kind, "Expected to read " + path + ", but: " + std::strerror(errno)};
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

base::Status WriteSmallFile(const std::string& path, const std::string& text) {
  const std::string beside = path + ".new";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file || std::rename(beside.c_str(), path.c_str()) != 0) {
    return base::Error{base::ErrorKind::kIo,
                       "Expected to write " + path + ", but: " + std::strerror(errno)};
  }
  return {};
}

std::string MemberOf(const std::string& json, const std::string& key) {
  const size_t at = json.find("\"" + key + "\":");
  if (at == std::string::npos) return "";
  size_t from = at + key.size() + 3;
  if (from < json.size() && json[from] == '"') {
    return json.substr(from + 1, json.find('"', from + 1) - from - 1);
  }
  return json.substr(from, json.find_first_of(",}", from) - from);
}

std::optional<Holder> FindHolder(const DataDir& dir) {
  const auto text = ReadSmallFile(dir.holder());
  if (!text.ok()) return std::nullopt;
  Holder holder;
  holder.pid = std::atoll(MemberOf(text.value(), "pid").c_str());
  holder.listen = MemberOf(text.value(), "listen");
  if (holder.pid <= 0 || holder.pid == getpid()) return std::nullopt;
  // The lock decides, not whether there is a process of that number: after a crash it may be
  // another one's by now, or that of a process which nobody has waited for.
  const auto held = log::EmbeddedLogHolder(dir.log());
  if (!held || (*held != 0 && *held != holder.pid)) return std::nullopt;
  return holder;
}

std::string WhoHolds(const DataDir& dir) {
  const auto holder = FindHolder(dir);
  // What run.json says may be of an earlier process; whose the lock is, the system knows.
  const int64_t pid = holder ? holder->pid : log::EmbeddedLogHolder(dir.log()).value_or(0);
  if (pid == 0) return "another process";
  return "process " + std::to_string(pid) +
         (holder && !holder->listen.empty() ? ", listening on " + holder->listen + "," : "");
}

base::Status WriteHolder(const DataDir& dir, const Holder& holder) {
  std::string json;
  http::JsonWriter writer(&json);
  writer.Open('{').Key("pid").Number(holder.pid).Key("listen").Text(holder.listen).Close('}');
  return WriteSmallFile(dir.holder(), json + "\n");
}

void RemoveHolder(const DataDir& dir) {
  unlink(dir.holder().c_str());
}

std::string UrlOf(const std::string& listen) {
  std::string host = listen.substr(0, listen.rfind(':'));
  if (host == "0.0.0.0" || host == "[::]") host = "127.0.0.1";
  return "http://" + host + listen.substr(listen.rfind(':'));
}

namespace {

// Commands that only look, or put something in, hold a directory for a moment: two of them in a
// pipe, or at once, are no mistake.
constexpr int kLooks = 50;
constexpr std::chrono::milliseconds kBetweenLooks(100);

base::Result<std::unique_ptr<log::Log>> OpenWhenFree(const log::EmbeddedOptions& options,
                                                     bool wait) {
  std::mutex mutex;
  std::condition_variable nobody;
  std::unique_lock lock(mutex);
  for (int look = 0;; ++look) {
    auto log = log::OpenEmbeddedLog(options);
    const bool held = !log.ok() && log.error().kind == base::ErrorKind::kUnavailable;
    if (!held || !wait || look == kLooks || host::StopSignals::flag()) return log;
    nobody.wait_for(lock, kBetweenLooks);
  }
}

base::Status MakeDirectory(const DataDir& dir) {
  std::error_code error;
  std::filesystem::create_directories(dir.path, error);
  if (!error) return {};
  return base::Error{base::ErrorKind::kIo,
                     "Expected to create the directory " + dir.path + ", but: " + error.message()};
}

base::Status FindLog(const DataDir& dir) {
  std::error_code error;
  if (std::filesystem::is_directory(dir.log(), error)) return {};
  if (error && error != std::errc::no_such_file_or_directory) {
    return base::Error{base::ErrorKind::kIo,
                       "Expected to read " + dir.path + ", but: " + error.message()};
  }
  const bool there = std::filesystem::is_directory(dir.path, error);
  return base::Error{base::ErrorKind::kNotFound,
                     "Expected a data directory at " + dir.path + ", but " +
                         (there ? "that directory holds no log" : "there is no such directory") +
                         "; `caseclock run`, `send`, `simulate` and `policy activate` make one "
                         "with --data"};
}

base::Error NoRights(const DataDir& dir, const char* what) {
  return {base::ErrorKind::kIo, std::string("Expected to ") + what + " in " + dir.path +
                                    ", but: " + std::strerror(errno)};
}

base::Result<std::unique_ptr<log::Log>> OpenRightly(const DataDir& dir,
                                                    log::EmbeddedOptions options,
                                                    Housekeeping housekeeping) {
  options.directory = dir.log();
  options.clock = host::WallClock;
  auto log = OpenWhenFree(options, housekeeping == Housekeeping::kNone);
  if (!log.ok() && log.error().kind == base::ErrorKind::kUnavailable) {
    return base::Error{base::ErrorKind::kFenced, "Expected to be the only process on " + dir.path +
                                                     ", but " + WhoHolds(dir) + " holds it"};
  }
  return log;
}

}  // namespace

base::Result<std::unique_ptr<log::Log>> OpenDataLog(const DataDir& dir, bool create,
                                                    log::Durability durability,
                                                    Housekeeping housekeeping) {
  const base::Status there = create ? MakeDirectory(dir) : FindLog(dir);
  if (!there.ok()) return there.error();
  if (access(dir.path.c_str(), R_OK | W_OK | X_OK) != 0) return NoRights(dir, "read and write");
  log::EmbeddedOptions options;
  options.durability = durability;
  if (housekeeping == Housekeeping::kInBackground) {
    options.maintenance_interval = kMaintenanceInterval;
    options.on_maintenance_failed = [](const base::Error& failed) {
      host::LogWarning("could not compact the log, trying again in ten minutes",
                       {{"cause", failed.message}});
    };
  }
  return OpenRightly(dir, options, housekeeping);
}

base::Status FindWork(log::Log* log, const DataDir& dir) {
  const base::Status there = log->Describe(runtime::TopicNames{}.cases).status();
  if (there.ok() || there.error().kind != base::ErrorKind::kNotFound) return there;
  return base::Error{base::ErrorKind::kNotFound,
                     "Expected an engine to have worked on " + dir.path +
                         ", but none has yet: `caseclock run --until-idle` does"};
}

base::Result<std::unique_ptr<log::Log>> OpenDataLogToRead(const DataDir& dir) {
  if (auto there = FindLog(dir); !there.ok()) return there.error();
  if (access(dir.path.c_str(), R_OK | X_OK) != 0) return NoRights(dir, "read");
  log::EmbeddedOptions options;
  options.read_only = access(dir.path.c_str(), W_OK) != 0 || access(dir.log().c_str(), W_OK) != 0;
  auto log = OpenRightly(dir, options, Housekeeping::kNone);
  if (!log.ok()) return log;
  if (auto worked = FindWork(log.value().get(), dir); !worked.ok()) return worked.error();
  return log;
}

base::Status EnsureEvents(log::Log* log, const std::string& topic, int64_t partitions) {
  const auto described = log->Describe(topic);
  if (described.ok()) return {};
  if (described.error().kind != base::ErrorKind::kNotFound) return described.error();
  log::TopicConfig config;
  config.partitions = static_cast<int32_t>(partitions);
  return log->EnsureTopic(topic, config);
}

}  // namespace caseclock::cli

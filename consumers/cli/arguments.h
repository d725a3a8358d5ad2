#pragma once

// The command line, as subcommands and options that write into plain variables. A thin face over
// CLI11, which stays in one .cc. Every option is also a key of the file given by --config (in the
// section of its subcommand) and an environment variable: `--data` of any command is
// CASECLOCK_DATA. The command line goes before the environment, the environment before the file.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/instant.h"
#include "engine/base/time_text.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace caseclock::cli {

// What the file given by --config holds under a prefix that is no command's: name → value.
using FileSettings = std::map<std::string, std::string>;

// Options of a command that say the same thing in other ways (where the log is), of which one can
// hold.
struct Rivals {
  const CLI::App* command = nullptr;
  std::vector<std::pair<std::string, std::string*>> options;  // "--data" and its variable
};

// What commands leave with the Arguments they belong to.
struct Registered {
  std::function<int()> chosen;  // what the command that was named does
  FileSettings kafka;
  std::vector<Rivals> rivals;
};

// One command. The variables must outlive Parse; what they hold when the option is added is the
// default and is shown in --help.
class Command {
 public:
  using Action = std::function<int()>;
  Command(CLI::App* app, const CLI::App* root, Registered* registered)
      : app_(app), root_(root), registered_(registered) {}

  Command Sub(const std::string& name, const std::string& help);
  // What the command does when it was given; answers the exit code. Adds --log-level, whose default
  // is `log_level`, and sets the level first.
  void Run(Action action, const std::string& log_level = "warning");
  void Footer(const std::string& text);

  // `names` as CLI11 has them: "--data", "-q,--queue", or "FILE" for a positional argument.
  void Text(const std::string& names, std::string* value, const std::string& help,
            bool required = false);
  void Texts(const std::string& names, std::vector<std::string>* values, const std::string& help,
             bool required = false);
  // As Texts, one value each time it is given.
  void Repeated(const std::string& names, std::vector<std::string>* values,
                const std::string& help);
  void Flag(const std::string& names, bool* value, const std::string& help);
  void Number(const std::string& names, int64_t* value, int64_t least, int64_t most,
              const std::string& help);
  void Choice(const std::string& names, std::string* value, const std::vector<std::string>& choices,
              const std::string& help);
  // RFC 3339, or `now`.
  void Instant(const std::string& names, std::optional<base::Instant>* value,
               const std::string& help);
  // ISO 8601 or 28d, 4h, 90m, 30s.
  void Duration(const std::string& names, base::Duration* value, const std::string& help);
  // The same; a plain number is days.
  void Days(const std::string& names, base::Duration* value, const std::string& help);
  // The keys of the file that begin with `kafka.`, without that; filled once the command runs.
  // They are no options of a command, because Kafka's clients have hundreds.
  [[nodiscard]] const FileSettings* kafka() const { return &registered_->kafka; }
  // Of these, added before, one that stands on the command line takes the place of those that the
  // environment or the file has: they are emptied. Otherwise all keep what they have.
  void OneOf(std::vector<std::pair<std::string, std::string*>> options);
  // 512M, 2GiB, or a plain number of bytes.
  void Bytes(const std::string& names, size_t* value, const std::string& help);

 private:
  void Span(const std::string& names, base::Duration* value, const std::string& help,
            const char* plain_unit);
  void Finish(CLI::Option* option, const std::string& names, bool required);
  CLI::App* app_;
  const CLI::App* root_;
  Registered* registered_;
};

class Arguments {
 public:
  Arguments(const std::string& name, const std::string& help, const std::string& version);
  ~Arguments();
  [[nodiscard]] Command Root();
  // Parses, runs the command named, answers its exit code; prints help, version and usage errors.
  int ParseAndRun(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
  Registered registered_;
};

// "512M" → 536870912. Suffixes K, M, G (powers of 1024), optionally followed by B or iB.
std::optional<size_t> ParseBytes(const std::string& text);
// "--log-level" → "CASECLOCK_LOG_LEVEL"
std::string EnvironmentName(const std::string& names);

}  // namespace caseclock::cli

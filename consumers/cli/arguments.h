#pragma once

// The command line, as subcommands and options that write into plain variables. A thin face over
// CLI11, which stays in .cc files. What the command line leaves open is said by the environment and
// by the file given by --config: see outer_values.h.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consumers/cli/outer_values.h"
#include "engine/base/instant.h"
#include "engine/base/time_text.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace caseclock::cli {

// What commands leave with the Arguments they belong to.
struct Registered {
  std::function<int()> chosen;  // what the command that was named does
  FileSettings kafka;
  OuterValues outer;
};

// One command. The variables must outlive Parse; what they hold when the option is added is the
// default and is shown in --help.
class Command {
 public:
  using Action = std::function<int()>;
  Command(CLI::App* app, Registered* registered) : app_(app), registered_(registered) {}

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
  // As ParseUrl has it; an empty one is not given.
  void Url(const std::string& names, std::string* value, const std::string& help);
  // ISO 8601 or 28d, 4h, 90m, 30s.
  void Duration(const std::string& names, base::Duration* value, const std::string& help);
  // The same; a plain number is days.
  void Days(const std::string& names, base::Duration* value, const std::string& help);
  // The keys of the file that begin with `kafka.`, without that; filled once the command runs.
  // They are no options of a command, because Kafka's clients have hundreds.
  [[nodiscard]] const FileSettings* kafka() const { return &registered_->kafka; }
  // Of these, added before, one can hold, because they say the same in other ways (where the log
  // is): one that stands on the command line goes before those of the environment, and so on.
  // Several that stand equally near are refused: on the command line as its misuse (64), else as
  // settings that contradict (78).
  void OneOf(const std::vector<std::string>& options);
  // The same, and one of them must hold (64). The action then finds exactly one.
  void NeedsOneOf(const std::vector<std::string>& options);
  // The option, added before, means something when `of_use` says so; otherwise the environment and
  // the file say nothing to it. The command refuses it on the command line.
  void OnlyIf(const std::string& option, std::function<bool()> of_use);
  // The option, added before, means something else than that of other commands by this name: only
  // the variable and the section of this command say what it is.
  void OwnMeaning(const std::string& option);
  // 512M, 2GiB, or a plain number of bytes.
  void Bytes(const std::string& names, size_t* value, const std::string& help);

 private:
  // Empty: it can be a value of the option; else why not.
  using Problem = std::function<std::string(const std::string&)>;
  void Span(const std::string& names, base::Duration* value, const std::string& help,
            const char* plain_unit);
  OuterOption* Finish(CLI::Option* option, const std::string& names, const Problem& problem);
  // An option whose text `parse` turns into a Result of what `value` holds.
  template <typename T, typename Parse>
  CLI::Option* AddParsed(const std::string& names, T* value, const Parse& parse,
                         const std::string& help);
  void Require(CLI::Option* option, OuterOption* outer, bool required);
  CLI::App* app_;
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
  int Parse(int argc, const char* const* argv);
  // What the command line leaves open.
  int TakeOuterValues();
  std::unique_ptr<CLI::App> app_;
  Registered registered_;
};

// "512M" → 536870912. Suffixes K, M, G (powers of 1024), optionally followed by B or iB.
std::optional<size_t> ParseBytes(const std::string& text);

}  // namespace caseclock::cli

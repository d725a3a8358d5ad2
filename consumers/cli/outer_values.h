#pragma once

// What the environment and the file of --config say to the options that the command line leaves
// open. The environment goes before the file.
//
// `--until` of `caseclock run` is CASECLOCK_RUN_UNTIL, or CASECLOCK_UNTIL, which is for every
// command that has such an option: one that does not know its value goes on without it, as long as
// another one knows it. In the file likewise a key under [run], or before the first section.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "consumers/cli/config_file.h"
#include "engine/base/result.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace caseclock::cli {

// What the file holds under a section that is no command's: name → value.
using FileSettings = std::map<std::string, std::string>;

struct OuterOption {
  CLI::App* command = nullptr;
  CLI::Option* option = nullptr;
  std::string name;    // "until"
  bool shared = true;  // as other commands' option of this name; else only under its own names
  bool many = false;   // takes a list
  bool required = false;
  std::function<std::string(const std::string&)> problem;  // of a value; empty: it is one
  std::function<bool()> of_use;  // null: always; asked when all others have their values
};

class OuterValues {
 public:
  // Stays where it is.
  OuterOption* Add(OuterOption option);
  // Of these options of a command one can hold: what stands nearer goes before, in the order of
  // command line, environment and file. `needed`: and one must.
  void AddRivals(CLI::App* command, const std::vector<std::string>& options, bool needed);
  [[nodiscard]] OuterOption* Find(const CLI::App* command, const std::string& option);

  // The variable to show in help; empty: none.
  [[nodiscard]] std::string Variable(const CLI::Option* option) const;

  // Takes what is under [kafka] out of `file`, whatever its names.
  static base::Result<FileSettings> TakeKafka(std::vector<FileValue>* file);
  // Whether every value of the file is of an option that there is, and one that it takes. Errors:
  // kConfig, with file and line.
  [[nodiscard]] base::Status Check(const std::vector<FileValue>& file) const;
  // Gives the options of `command` that have none their values; what [kafka] says of where the log
  // is comes last. Errors: kConfig, with the name of the variable. REQUIRES: `file` was checked.
  base::Status Apply(const CLI::App* command, const std::vector<FileValue>& file,
                     const FileSettings& kafka);
  // The required options of `command` that have no value: the first; empty: none.
  [[nodiscard]] std::string Missing(const CLI::App* command) const;
  // What is wrong with rivals of `command` as they stand: several that hold. Empty: nothing.
  [[nodiscard]] std::string DoubledRivals(const CLI::App* command) const;
  // None that holds, where one is needed. Empty: nothing is missing.
  [[nodiscard]] std::string MissingRival(const CLI::App* command) const;

 private:
  using Options = std::vector<std::unique_ptr<OuterOption>>;
  using Source = std::function<base::Result<std::vector<std::string>>(const OuterOption&)>;
  base::Status ApplyFrom(const CLI::App* command, const Source& source, bool conditional);
  [[nodiscard]] base::Result<std::vector<std::string>> FromEnvironment(
      const OuterOption& option) const;
  [[nodiscard]] bool AnyTakes(const std::string& name, const std::string& value) const;
  [[nodiscard]] bool RivalGiven(const OuterOption& option) const;

  Options options_;
  struct Rivals {
    CLI::App* command;
    std::vector<std::string> names;
    bool needed;
  };
  // Those that hold something.
  static std::vector<std::string> Holding(const Rivals& rivals);
  std::vector<Rivals> rivals_;
};

// "--log-level" → "CASECLOCK_LOG_LEVEL"; of names as CLI11 has them, "-q,--queue".
std::string EnvironmentName(const std::string& names);
// {"policy", "show"}: the words behind `caseclock`.
std::vector<std::string> WordsOf(const CLI::App* command);

}  // namespace caseclock::cli

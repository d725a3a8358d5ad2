// The whole command line: the command that was named is found, its options get their values, and
// what is wrong is told in our words.

#include "consumers/cli/arguments.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "consumers/cli/exit_code.h"
#include "consumers/cli/help_formatter.h"
#include "engine/host/log.h"

namespace caseclock::cli {
namespace {

constexpr char kConfig[] = "--config";
constexpr char kLogLevel[] = "--log-level";

// The last command that was named, or the program itself.
template <typename App>
App* LastNamed(App* app, std::string* command) {
  *command = "caseclock";
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    *command += " " + app->get_name();
  }
  return app;
}

// Which word stands in the place of a command; empty: none.
std::string WordInItsPlace(const CLI::App* app) {
  for (const std::string& word : app->remaining(true)) {
    if (!word.starts_with('-')) return word;
  }
  return "";
}

// CLI11 says only that a command is missing, neither which there are nor what stands in its place.
std::string MissingCommand(const CLI::App* app) {
  std::string command;
  std::string names;
  for (const CLI::App* sub : LastNamed(app, &command)->get_subcommands(nullptr)) {
    names += (names.empty() ? "" : ", ") + sub->get_name();
  }
  const auto rest = app->remaining(true);
  const bool one = names.find(',') == std::string::npos;
  return std::string("Expected ") + (one ? "" : "one of ") + names + " after `" + command +
         "`, but got " + (rest.empty() ? "nothing" : rest.front());
}

// CLI11 names them from the last to the first, and not where they belong.
std::string TooMuch(CLI::App* app) {
  std::string command;
  LastNamed(app, &command);
  std::string rest;
  for (const std::string& word : app->remaining(true)) rest += " " + word;
  return "Expected only what `" + command + "` takes, behind its name, but got" + rest;
}

// --help is taken before CLI11 looks whether there is such a command.
bool AsksHelpOfNoCommand(const CLI::App* app) {
  std::string ignored;
  return LastNamed(app, &ignored)->get_require_subcommand_min() > 0 && !WordInItsPlace(app).empty();
}

int UsageError(const std::string& what) {
  std::fprintf(stderr, "caseclock: %s\nRun with --help for more information.\n", what.c_str());
  return kExitUsage;
}

}  // namespace

Arguments::Arguments(const std::string& name, const std::string& help, const std::string& version)
    : app_(std::make_unique<CLI::App>(help, name)) {
  app_->formatter(std::make_shared<HelpFormatter>(&registered_.outer));
  app_->set_version_flag("--version", version);
  app_->require_subcommand(1);
  app_->add_option(kConfig,
                   "Settings in TOML: a section a command, a key an option; keys before the first "
                   "section and [kafka] are for all commands (Env:CASECLOCK_CONFIG)")
      ->type_name("FILE");
  // Every command has it too, with its own default (Command::Run).
  OuterOption level;
  level.command = app_.get();
  level.option = app_->add_option(kLogLevel, "debug, info, warning, error or off");
  level.option->type_name("LEVEL");
  level.name = kLogLevel + 2;
  level.problem = [](const std::string& text) {
    const auto parsed = host::ParseLevel(text);
    return parsed.ok() ? std::string() : parsed.error().message;
  };
  registered_.outer.Add(std::move(level));
  app_->fallthrough();
}

Arguments::~Arguments() = default;

Command Arguments::Root() {
  return Command(app_.get(), &registered_);
}

int Arguments::Parse(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    if (e.get_name() == "CallForHelp" && AsksHelpOfNoCommand(app_.get())) {
      return UsageError(MissingCommand(app_.get()));
    }
    return app_->exit(e);
  } catch (const CLI::RequiredError& e) {
    const bool command = std::string_view(e.what()).find("subcommand") != std::string_view::npos;
    return UsageError(command ? MissingCommand(app_.get()) : e.what());
  } catch (const CLI::ExtrasError&) {
    return UsageError(TooMuch(app_.get()));
  } catch (const CLI::ParseError& e) {
    return UsageError(e.what());
  }
  return registered_.chosen ? TakeOuterValues() : kExitDone;
}

int Arguments::TakeOuterValues() {
  std::string words;
  CLI::App* command = LastNamed(app_.get(), &words);
  // `caseclock --log-level debug run` too; what stands behind the command is nearer.
  const CLI::Option* general = app_->get_option(kLogLevel);
  CLI::Option* own = command->get_option(kLogLevel);
  std::vector<FileValue> file;
  std::string path =
      app_->get_option(kConfig)->count() > 0 ? app_->get_option(kConfig)->as<std::string>() : "";
  if (const char* named = std::getenv(EnvironmentName(kConfig).c_str()); path.empty()) {
    path = named == nullptr ? "" : named;
  }
  // Before the environment and the file are asked: these are those of the command line.
  if (auto doubled = registered_.outer.DoubledRivals(command); !doubled.empty()) {
    return UsageError(doubled);
  }
  try {
    if (general->count() > 0 && own->count() == 0) {
      own->add_result(general->as<std::string>());
      own->run_callback();
    }
    if (!path.empty()) {
      auto read = ReadConfigFile(path);
      if (!read.ok()) return Fail(read.error());
      file = std::move(read).value();
      auto kafka = OuterValues::TakeKafka(&file);
      if (!kafka.ok()) return Fail(kafka.error());
      registered_.kafka = std::move(kafka).value();
      if (auto status = registered_.outer.Check(file); !status.ok()) return Fail(status.error());
    }
    if (auto status = registered_.outer.Apply(command, file, registered_.kafka); !status.ok()) {
      return Fail(status.error());
    }
  } catch (const CLI::ParseError& e) {
    return UsageError(e.what());
  }
  if (auto doubled = registered_.outer.DoubledRivals(command); !doubled.empty()) {
    return Fail(kExitConfig, doubled);
  }
  if (auto missing = registered_.outer.MissingRival(command); !missing.empty()) {
    return UsageError(missing);
  }
  const std::string missing = registered_.outer.Missing(command);
  return missing.empty() ? kExitDone : UsageError(missing + " is required");
}

int Arguments::ParseAndRun(int argc, const char* const* argv) {
  if (const int code = Parse(argc, argv); code != kExitDone) return code;
  return registered_.chosen ? registered_.chosen() : kExitDone;
}

}  // namespace caseclock::cli

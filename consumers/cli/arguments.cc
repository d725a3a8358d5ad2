#include "consumers/cli/arguments.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <span>
#include <sstream>

#include "consumers/cli/exit_code.h"
#include "engine/host/clock.h"
#include "engine/host/log.h"

namespace caseclock::cli {

std::optional<size_t> ParseBytes(const std::string& text) {
  size_t digits = 0;
  uint64_t value = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) {
    if (value > (uint64_t{1} << 50)) return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(text[digits] - '0');
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  std::string suffix;
  for (char c : text.substr(digits)) suffix += static_cast<char>(std::tolower(c));
  const auto is = [&](const char* unit) {
    return suffix == unit || suffix == std::string(unit) + "b" ||
           suffix == std::string(unit) + "ib";
  };
  if (suffix.empty() || suffix == "b") return value;
  int shift = is("k") ? 10 : is("m") ? 20 : is("g") ? 30 : -1;
  if (shift < 0 || value > (uint64_t{1} << (62 - shift))) return std::nullopt;
  return value << shift;
}

std::string EnvironmentName(const std::string& names) {
  const size_t start = names.find("--");
  if (start == std::string::npos) return "";
  std::string out = "CASECLOCK_";
  for (size_t i = start + 2; i < names.size() && names[i] != ','; ++i) {
    out += names[i] == '-' ? '_' : static_cast<char>(std::toupper(names[i]));
  }
  return out;
}

namespace {

constexpr std::string_view kKafka = "kafka";

std::string Trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return "";
  return std::string(text.substr(from, text.find_last_not_of(" \t\r") - from + 1));
}

// A value as it is: it may be a password, so only one in quotes ends before a comment.
std::string ValueOf(const std::string& text) {
  const char quote = text.empty() ? '\0' : text.front();
  if (quote != '"' && quote != '\'') return text;
  const size_t end = text.find(quote, 1);
  return end == std::string::npos ? text : text.substr(1, end - 1);
}

// Takes the keys under `kafka.` out of the file, whatever their names, and leaves the rest.
class FileReader : public CLI::ConfigTOML {
 public:
  explicit FileReader(FileSettings* kafka) : kafka_(kafka) {}
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::string rest;
    std::string section;  // with a dot behind it
    for (std::string line; std::getline(input, line);) {
      const std::string text = Trimmed(line);
      if (text.starts_with('[') && text.ends_with(']')) {
        section = Trimmed(text.substr(1, text.size() - 2));
        if (section != kKafka && !section.starts_with("kafka.")) rest += line + "\n";
        section += '.';
        continue;
      }
      const size_t equals = text.find('=');
      const bool comment = text.starts_with('#') || text.starts_with(';');
      const std::string key =
          (section.starts_with("kafka.") ? section : "") + Trimmed(text.substr(0, equals));
      if (comment || text.empty() || !key.starts_with("kafka.")) {
        if (!section.starts_with("kafka.")) rest += line + "\n";
        continue;
      }
      if (equals == std::string::npos) {
        throw CLI::ConfigError("Expected " + key + " = VALUE in the file of --config, but found " +
                               text);
      }
      (*kafka_)[key.substr(kKafka.size() + 1)] = ValueOf(Trimmed(text.substr(equals + 1)));
    }
    std::istringstream others(rest);
    return CLI::ConfigTOML::from_config(others);
  }

 private:
  FileSettings* kafka_;
};

}  // namespace

void Command::Finish(CLI::Option* option, const std::string& names, bool required) {
  const std::string environment = EnvironmentName(names);
  if (!environment.empty()) option->envname(environment);
  if (required) option->required();
}

Command Command::Sub(const std::string& name, const std::string& help) {
  app_->require_subcommand(1);
  return Command(app_->add_subcommand(name, help), root_, registered_);
}

void Command::Run(Action action, const std::string& log_level) {
  auto level = std::make_shared<std::string>(log_level);
  Choice("--log-level", level.get(), {"debug", "info", "warning", "error", "off"},
         "Lines of its log on standard error, from this level on");
  const CLI::App* all = root_;
  const CLI::App* own = app_;
  const Action leveled = [level, all, own, action = std::move(action)] {
    // `caseclock --log-level debug run` too; what stands behind the command is nearer.
    const CLI::Option* general = all->get_option("--log-level");
    if (general->count() > 0 && own->get_option("--log-level")->count() == 0) {
      *level = general->as<std::string>();
    }
    const auto parsed = host::ParseLevel(*level);
    if (!parsed.ok()) return Fail(kExitUsage, parsed.error().message);
    host::SetLogLevel(parsed.value());
    return action();
  };
  app_->callback([registered = registered_, leveled] { registered->chosen = leveled; });
}

void Command::OneOf(std::vector<std::pair<std::string, std::string*>> options) {
  registered_->rivals.push_back({app_, std::move(options)});
}

void Command::Footer(const std::string& text) {
  app_->footer(text);
}

void Command::Text(const std::string& names, std::string* value, const std::string& help,
                   bool required) {
  CLI::Option* option = app_->add_option(names, *value, help);
  if (!value->empty()) option->capture_default_str();
  Finish(option, names, required);
}

void Command::Texts(const std::string& names, std::vector<std::string>* values,
                    const std::string& help, bool required) {
  Finish(app_->add_option(names, *values, help), names, required);
}

void Command::Repeated(const std::string& names, std::vector<std::string>* values,
                       const std::string& help) {
  Finish(app_->add_option(names, *values, help)->allow_extra_args(false), names, false);
}

void Command::Flag(const std::string& names, bool* value, const std::string& help) {
  Finish(app_->add_flag(names, *value, help), names, false);
}

void Command::Number(const std::string& names, int64_t* value, int64_t least, int64_t most,
                     const std::string& help) {
  CLI::Option* option = app_->add_option(names, *value, help);
  option->check(CLI::Range(least, most))->capture_default_str();
  option->type_name("N");
  Finish(option, names, false);
}

void Command::Choice(const std::string& names, std::string* value,
                     const std::vector<std::string>& choices, const std::string& help) {
  CLI::Option* option = app_->add_option(names, *value, help);
  std::string listed;
  for (const std::string& choice : choices) listed += (listed.empty() ? "" : "|") + choice;
  option->check([choices, listed](const std::string& given) {
    for (const std::string& choice : choices) {
      if (given == choice) return std::string();
    }
    return "Expected one of " + listed + ", but got " + given;
  });
  option->type_name(listed);
  if (!value->empty()) option->capture_default_str();
  Finish(option, names, false);
}

void Command::Instant(const std::string& names, std::optional<base::Instant>* value,
                      const std::string& help) {
  CLI::Option* option = app_->add_option_function<std::string>(
      names,
      [value](const std::string& text) {
        if (text == "now") {
          *value = host::WallClock();
          return;
        }
        auto parsed = base::ParseInstant(text);
        if (!parsed.ok()) throw CLI::ValidationError(parsed.error().message);
        *value = parsed.value();
      },
      help);
  option->type_name("TIME");
  Finish(option, names, false);
}

void Command::Span(const std::string& names, base::Duration* value, const std::string& help,
                   const char* plain_unit) {
  CLI::Option* option = app_->add_option_function<std::string>(
      names,
      [value, plain_unit](const std::string& text) {
        const bool plain = text.find_first_not_of("0123456789") == std::string::npos;
        auto parsed = base::ParseDuration(plain ? text + plain_unit : text);
        if (!parsed.ok()) throw CLI::ValidationError(parsed.error().message);
        *value = parsed.value();
      },
      help);
  option->type_name("DURATION")->default_str(base::FormatDuration(*value));
  Finish(option, names, false);
}

void Command::Duration(const std::string& names, base::Duration* value, const std::string& help) {
  Span(names, value, help, "");
}

void Command::Days(const std::string& names, base::Duration* value, const std::string& help) {
  Span(names, value, help, "d");
}

void Command::Bytes(const std::string& names, size_t* value, const std::string& help) {
  CLI::Option* option = app_->add_option_function<std::string>(
      names,
      [value](const std::string& text) {
        const std::optional<size_t> parsed = ParseBytes(text);
        if (!parsed) {
          throw CLI::ValidationError("Expected bytes such as 512M or 2G, but got " + text);
        }
        *value = *parsed;
      },
      help);
  option->type_name("BYTES")->default_str(std::to_string(*value >> 20) + "M");
  Finish(option, names, false);
}

// The last command that was named, or the program itself.
static const CLI::App* LastNamed(const CLI::App* app, std::string* command) {
  *command = "caseclock";
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    *command += " " + app->get_name();
  }
  return app;
}

// What stands in the place of a command; empty: nothing.
static std::string WordInItsPlace(const CLI::App* app) {
  for (const std::string& word : app->remaining(true)) {
    if (!word.starts_with('-')) return word;
  }
  return "";
}

// CLI11 says only that a command is missing, neither which there are nor what stands in its place.
static std::string MissingCommand(const CLI::App* app) {
  std::string command;
  std::string names;
  for (const CLI::App* sub : LastNamed(app, &command)->get_subcommands(nullptr)) {
    names += (names.empty() ? "" : ", ") + sub->get_name();
  }
  const std::string word = WordInItsPlace(app);
  const bool one = names.find(',') == std::string::npos;
  return std::string("Expected ") + (one ? "" : "one of ") + names + " after `" + command +
         "`, but got " + (word.empty() ? "nothing" : word);
}

// --help is taken before CLI11 looks whether there is such a command.
static bool AsksHelpOfNoCommand(const CLI::App* app) {
  std::string ignored;
  return LastNamed(app, &ignored)->get_require_subcommand_min() > 0 && !WordInItsPlace(app).empty();
}

// CLI11 does not tell who gave an option its value, so the words themselves are looked at.
static void PreferGiven(const Rivals& rivals, std::span<const char* const> words) {
  const auto given = [&](const std::string& option) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
      return word == option || word.starts_with(option + "=");
    });
  };
  const auto any = [&](const auto& rival) { return given(rival.first); };
  if (std::none_of(rivals.options.begin(), rivals.options.end(), any)) return;
  for (const auto& [option, value] : rivals.options) {
    if (!given(option)) value->clear();
  }
}

static int UsageError(const std::string& what) {
  std::fprintf(stderr, "caseclock: %s\nRun with --help for more information.\n", what.c_str());
  return kExitUsage;
}

Arguments::Arguments(const std::string& name, const std::string& help, const std::string& version)
    : app_(std::make_unique<CLI::App>(help, name)) {
  app_->set_version_flag("--version", version);
  app_->require_subcommand(1);
  app_->set_config("--config", "",
                   "Settings in TOML or INI form: a section a command, a key an option; [kafka] "
                   "for all commands")
      ->envname("CASECLOCK_CONFIG");
  // Every command has it too, with its own default (Command::Run).
  app_->add_option("--log-level", "debug, info, warning, error or off")
      ->type_name("LEVEL")
      ->envname("CASECLOCK_LOG_LEVEL");
  app_->config_formatter(std::make_shared<FileReader>(&registered_.kafka));
  app_->allow_config_extras(CLI::config_extras_mode::error);
  app_->fallthrough();
}

Arguments::~Arguments() = default;

Command Arguments::Root() {
  return Command(app_.get(), app_.get(), &registered_);
}

int Arguments::ParseAndRun(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    if (e.get_name() == "CallForHelp" && AsksHelpOfNoCommand(app_.get())) {
      return UsageError(MissingCommand(app_.get()));
    }
    return app_->exit(e);
  } catch (const CLI::FileError& e) {
    return Fail(kExitNoInput, e.what());
  } catch (const CLI::ConfigError& e) {
    return Fail(kExitConfig, e.what());
  } catch (const CLI::RequiredError& e) {
    const bool command = std::string_view(e.what()).find("subcommand") != std::string_view::npos;
    return UsageError(command ? MissingCommand(app_.get()) : e.what());
  } catch (const CLI::ParseError& e) {
    return UsageError(e.what());
  }
  for (const Rivals& rivals : registered_.rivals) {
    if (rivals.command->parsed()) PreferGiven(rivals, {argv, static_cast<size_t>(argc)});
  }
  return registered_.chosen ? registered_.chosen() : kExitDone;
}

}  // namespace caseclock::cli

// One command: its options, each with what its values must be.

#include <CLI/CLI.hpp>

#include <cctype>
#include <charconv>
#include <utility>

#include "consumers/cli/arguments.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/http_client.h"
#include "engine/base/check.h"
#include "engine/host/clock.h"
#include "engine/host/log.h"

namespace caseclock::cli {
namespace {

std::string AnyText(const std::string&) {
  return "";
}

std::string ProblemOfFlag(const std::string& text) {
  for (const char* word : {"true", "false", "1", "0", "yes", "no", "on", "off"}) {
    if (text == word) return "";
  }
  return "Expected true or false, but got " + text;
}

}  // namespace

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

OuterOption* Command::Finish(CLI::Option* option, const std::string& names,
                             const Problem& problem) {
  if (EnvironmentName(names).empty()) return nullptr;  // positional
  OuterOption outer;
  outer.command = app_;
  outer.option = option;
  outer.name = option->get_lnames().front();
  outer.problem = problem;
  return registered_->outer.Add(std::move(outer));
}

// Looked at when the environment and the file have been asked, which CLI11 does not know of.
void Command::Require(CLI::Option* option, OuterOption* outer, bool required) {
  if (!required) return;
  if (outer == nullptr) {
    option->required();
  } else {
    outer->required = true;
    option->description(option->get_description() + " (required)");
  }
}

Command Command::Sub(const std::string& name, const std::string& help) {
  app_->require_subcommand(1);
  return Command(app_->add_subcommand(name, help), registered_);
}

void Command::Run(Action action, const std::string& log_level) {
  auto level = std::make_shared<std::string>(log_level);
  Choice("--log-level", level.get(), {"debug", "info", "warning", "error", "off"},
         "Lines of its log on standard error, from this level on");
  const Action leveled = [level, action = std::move(action)] {
    const auto parsed = host::ParseLevel(*level);
    if (!parsed.ok()) return Fail(kExitUsage, parsed.error().message);
    host::SetLogLevel(parsed.value());
    return action();
  };
  app_->callback([registered = registered_, leveled] { registered->chosen = leveled; });
}

void Command::OneOf(const std::vector<std::string>& options) {
  registered_->outer.AddRivals(app_, options, false);
}

void Command::NeedsOneOf(const std::vector<std::string>& options) {
  registered_->outer.AddRivals(app_, options, true);
}

void Command::OnlyIf(const std::string& option, std::function<bool()> of_use) {
  OuterOption* outer = registered_->outer.Find(app_, option);
  CHECK(outer != nullptr);
  outer->of_use = std::move(of_use);
}

void Command::OwnMeaning(const std::string& option) {
  OuterOption* outer = registered_->outer.Find(app_, option);
  CHECK(outer != nullptr);
  outer->shared = false;
}

void Command::Footer(const std::string& text) {
  app_->footer(text);
}

void Command::Text(const std::string& names, std::string* value, const std::string& help,
                   bool required) {
  CLI::Option* option = app_->add_option(names, *value, help);
  if (!value->empty()) option->capture_default_str();
  OuterOption* outer = Finish(option, names, AnyText);
  // An empty word, of a variable that is not set in a script, say, names nothing.
  if (required && outer == nullptr) {
    option->check([help](const std::string& text) {
      return text.empty() ? "Expected a value (" + help + "), but it is empty" : std::string();
    });
  }
  Require(option, outer, required);
}

void Command::Texts(const std::string& names, std::vector<std::string>* values,
                    const std::string& help, bool required) {
  CLI::Option* option = app_->add_option(names, *values, help);
  OuterOption* outer = Finish(option, names, AnyText);
  if (outer != nullptr) outer->many = true;
  Require(option, outer, required);
}

void Command::Repeated(const std::string& names, std::vector<std::string>* values,
                       const std::string& help) {
  CLI::Option* option = app_->add_option(names, *values, help)->allow_extra_args(false);
  OuterOption* outer = Finish(option, names, AnyText);
  if (outer != nullptr) outer->many = true;
}

void Command::Flag(const std::string& names, bool* value, const std::string& help) {
  Finish(app_->add_flag(names, *value, help), names, ProblemOfFlag);
}

void Command::Number(const std::string& names, int64_t* value, int64_t least, int64_t most,
                     const std::string& help) {
  const Problem problem = [least, most](const std::string& text) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (whole && number >= least && number <= most) return std::string();
    return "Expected a number from " + std::to_string(least) + " to " + std::to_string(most) +
           ", but got " + text;
  };
  CLI::Option* option = app_->add_option(names, *value, help);
  option->check(problem)->capture_default_str();
  // A bound that says something, beside those that are only there to be some.
  constexpr int64_t kTelling = 100'000;
  option->type_name(most <= kTelling ? std::to_string(least) + ".." + std::to_string(most) : "N");
  Finish(option, names, problem);
}

void Command::Choice(const std::string& names, std::string* value,
                     const std::vector<std::string>& choices, const std::string& help) {
  CLI::Option* option = app_->add_option(names, *value, help);
  std::string listed;
  for (const std::string& choice : choices) listed += (listed.empty() ? "" : "|") + choice;
  const Problem problem = [choices, listed](const std::string& given) {
    for (const std::string& choice : choices) {
      if (given == choice) return std::string();
    }
    return "Expected one of " + listed + ", but got " + given;
  };
  option->check(problem);
  option->type_name(listed);
  if (!value->empty()) option->capture_default_str();
  Finish(option, names, problem);
}

template <typename T, typename Parse>
CLI::Option* Command::AddParsed(const std::string& names, T* value, const Parse& parse,
                                const std::string& help) {
  const Problem problem = [parse](const std::string& text) {
    const auto parsed = parse(text);
    return parsed.ok() ? std::string() : parsed.error().message;
  };
  CLI::Option* option = app_->add_option_function<std::string>(
      names, [value, parse](const std::string& text) { *value = parse(text).value(); }, help);
  option->check(problem);
  Finish(option, names, problem);
  return option;
}

void Command::Instant(const std::string& names, std::optional<base::Instant>* value,
                      const std::string& help) {
  const auto parse = [](const std::string& text) {
    return text == "now" ? base::Result<base::Instant>(host::WallClock())
                         : base::ParseInstant(text);
  };
  AddParsed(names, value, parse, help)->type_name("TIME|now");
}

void Command::Url(const std::string& names, std::string* value, const std::string& help) {
  const auto parse = [](const std::string& text) {
    const auto url = text.empty() ? base::Status() : ParseUrl(text).status();
    return url.ok() ? base::Result<std::string>(text) : base::Result<std::string>(url.error());
  };
  AddParsed(names, value, parse, help)->type_name("URL");
}

void Command::Span(const std::string& names, base::Duration* value, const std::string& help,
                   const char* plain_unit) {
  const auto parse = [plain_unit](const std::string& text) {
    const bool plain = text.find_first_not_of("0123456789") == std::string::npos;
    return base::ParseDuration(plain ? text + plain_unit : text);
  };
  const std::string before = base::FormatDuration(*value);
  AddParsed(names, value, parse, help)->type_name("DURATION")->default_str(before);
}

void Command::Duration(const std::string& names, base::Duration* value, const std::string& help) {
  Span(names, value, help, "");
}

void Command::Days(const std::string& names, base::Duration* value, const std::string& help) {
  Span(names, value, help, "d");
}

void Command::Bytes(const std::string& names, size_t* value, const std::string& help) {
  const Problem problem = [](const std::string& text) {
    return ParseBytes(text) ? std::string() : "Expected bytes such as 512M or 2G, but got " + text;
  };
  CLI::Option* option = app_->add_option_function<std::string>(
      names, [value](const std::string& text) { *value = *ParseBytes(text); }, help);
  option->check(problem);
  option->type_name("BYTES")->default_str(std::to_string(*value >> 20) + "M");
  Finish(option, names, problem);
}

}  // namespace caseclock::cli

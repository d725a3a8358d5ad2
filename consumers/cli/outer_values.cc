#include "consumers/cli/outer_values.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <utility>

namespace caseclock::cli {
namespace {

constexpr char kKafka[] = "kafka";
constexpr char kBrokers[] = "brokers";  // of [kafka] too
constexpr char kPrefix[] = "CASECLOCK_";

std::string Upper(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string Joined(const std::vector<std::string>& words, const char* separator) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : separator) + word;
  return out;
}

// {"--a", "--b", "--c"} → "--a, --b and --c".
std::string Listed(const std::vector<std::string>& names) {
  if (names.size() < 2) return Joined(names, "");
  return Joined({names.begin(), names.end() - 1}, ", ") + " and " + names.back();
}

std::string OwnVariable(const OuterOption& option) {
  return kPrefix + Upper(Joined(WordsOf(option.command), "_")) + "_" + Upper(option.name);
}

std::string SharedVariable(const OuterOption& option) {
  return option.shared ? kPrefix + Upper(option.name) : "";
}

std::string FromEnvironmentOrEmpty(const std::string& variable) {
  const char* value = variable.empty() ? nullptr : std::getenv(variable.c_str());
  return value == nullptr ? "" : value;
}

base::Error Wrong(const std::string& where, const std::string& problem) {
  return {base::ErrorKind::kConfig, where + ": " + problem};
}

bool BeginsWith(const std::vector<std::string>& words, const std::vector<std::string>& front) {
  return words.size() >= front.size() && std::equal(front.begin(), front.end(), words.begin());
}

// Of the values of a file to one option; empty: none.
std::string ProblemOf(const OuterOption& option, const FileValue& given) {
  if (given.list && !option.many) {
    return "Expected one value of " + option.name + ", but got a list";
  }
  for (const std::string& value : given.values) {
    if (auto problem = option.problem(value); !problem.empty()) return option.name + ": " + problem;
  }
  return "";
}

}  // namespace

std::string EnvironmentName(const std::string& names) {
  const size_t start = names.find("--");
  if (start == std::string::npos) return "";
  return kPrefix + Upper(names.substr(start + 2, names.find(',', start) - start - 2));
}

std::vector<std::string> WordsOf(const CLI::App* command) {
  std::vector<std::string> words;
  for (; command->get_parent() != nullptr; command = command->get_parent()) {
    words.insert(words.begin(), command->get_name());
  }
  return words;
}

OuterOption* OuterValues::Add(OuterOption option) {
  options_.push_back(std::make_unique<OuterOption>(std::move(option)));
  return options_.back().get();
}

void OuterValues::AddRivals(CLI::App* command, const std::vector<std::string>& options,
                            bool needed) {
  rivals_.push_back({command, options, needed});
}

OuterOption* OuterValues::Find(const CLI::App* command, const std::string& option) {
  for (const auto& known : options_) {
    if (known->command == command && "--" + known->name == option) return known.get();
  }
  return nullptr;
}

std::string OuterValues::Variable(const CLI::Option* option) const {
  for (const auto& known : options_) {
    if (known->option != option) continue;
    return known->shared ? SharedVariable(*known) : OwnVariable(*known);
  }
  return "";
}

base::Result<FileSettings> OuterValues::TakeKafka(std::vector<FileValue>* file) {
  FileSettings settings;
  for (const FileValue& given : *file) {
    if (given.path.front() != kKafka) continue;
    if (given.path.size() == 1 || given.list) {
      return Wrong(given.where, "Expected [kafka] with a value for each name, but got " +
                                    (given.list ? "a list" : std::string("kafka = …")));
    }
    // `ssl.ca.location` is three tables for TOML, and one name for librdkafka.
    settings[Joined({given.path.begin() + 1, given.path.end()}, ".")] = given.values.front();
  }
  std::erase_if(*file, [](const FileValue& given) { return given.path.front() == kKafka; });
  return settings;
}

base::Status OuterValues::Check(const std::vector<FileValue>& file) const {
  for (const FileValue& given : file) {
    const std::vector<std::string> section(given.path.begin(), given.path.end() - 1);
    const std::string& name = given.path.back();
    std::string first_problem;
    bool found = false;
    bool taken = false;
    bool command = false;
    for (const auto& option : options_) {
      const std::vector<std::string> words = WordsOf(option->command);
      command = command || BeginsWith(words, section);
      if (option->name != name || (section.empty() ? !option->shared : words != section)) continue;
      const std::string problem = ProblemOf(*option, given);
      if (!found) first_problem = problem;
      found = true;
      taken = taken || problem.empty();
    }
    if (!command) {
      return Wrong(given.where, "Expected the section of a command, but there is no `caseclock " +
                                    Joined(section, " ") + "`");
    }
    if (!found) {
      return Wrong(given.where,
                   "Expected an option " +
                       (section.empty() ? "of any command (those of one stand under its name, as "
                                          "in [run])"
                                        : "of `caseclock " + Joined(section, " ") + "`") +
                       ", but there is no --" + name);
    }
    if (!taken) return Wrong(given.where, first_problem);
  }
  return {};
}

bool OuterValues::AnyTakes(const std::string& name, const std::string& value) const {
  return std::any_of(options_.begin(), options_.end(), [&](const auto& option) {
    return option->shared && option->name == name && option->problem(value).empty();
  });
}

base::Result<std::vector<std::string>> OuterValues::FromEnvironment(
    const OuterOption& option) const {
  const std::string own = OwnVariable(option);
  if (const std::string value = FromEnvironmentOrEmpty(own); !value.empty()) {
    if (auto problem = option.problem(value); !problem.empty()) return Wrong(own, problem);
    return std::vector{value};
  }
  const std::string shared = SharedVariable(option);
  const std::string value = FromEnvironmentOrEmpty(shared);
  if (value.empty()) return std::vector<std::string>();
  const std::string problem = option.problem(value);
  if (problem.empty()) return std::vector{value};
  // It is meant for another command.
  if (AnyTakes(option.name, value)) return std::vector<std::string>();
  return Wrong(shared, problem);
}

bool OuterValues::RivalGiven(const OuterOption& option) const {
  for (const Rivals& rivals : rivals_) {
    const auto& names = rivals.names;
    if (rivals.command != option.command ||
        std::find(names.begin(), names.end(), "--" + option.name) == names.end()) {
      continue;
    }
    for (const std::string& name : names) {
      if (option.command->get_option(name)->count() > 0) return true;
    }
  }
  return false;
}

base::Status OuterValues::ApplyFrom(const CLI::App* command, const Source& source,
                                    bool conditional) {
  std::vector<std::pair<CLI::Option*, std::vector<std::string>>> given;
  for (const auto& option : options_) {
    if (option->command != command || (option->of_use != nullptr) != conditional) continue;
    // Also where it is not needed: what nobody knows is a mistake, and shows the next time it is.
    auto values = source(*option);
    if (!values.ok()) return values.status();
    if (option->option->count() > 0 || RivalGiven(*option)) continue;
    if (conditional && !option->of_use()) continue;
    if (!values.value().empty()) given.emplace_back(option->option, std::move(values).value());
  }
  // Afterwards, so that rivals of one source meet, and contradict.
  for (const auto& [option, values] : given) {
    option->add_result(values);
    option->run_callback();
  }
  return {};
}

base::Status OuterValues::Apply(const CLI::App* command, const std::vector<FileValue>& file,
                                const FileSettings& kafka) {
  const auto environment = [this](const OuterOption& option) { return FromEnvironment(option); };
  const std::vector<std::string> words = WordsOf(command);
  const auto from_file = [&](const OuterOption& option) {
    const FileValue* found = nullptr;
    for (const FileValue& given : file) {
      const std::vector<std::string> section(given.path.begin(), given.path.end() - 1);
      if (given.path.back() != option.name) continue;
      if (section == words) found = &given;
      const bool general = section.empty() && option.shared && ProblemOf(option, given).empty();
      if (found == nullptr && general) found = &given;
    }
    return base::Result<std::vector<std::string>>(found == nullptr ? std::vector<std::string>()
                                                                   : found->values);
  };
  const auto from_kafka = [&](const OuterOption& option) {
    const auto found = option.name == kBrokers ? kafka.find(kBrokers) : kafka.end();
    return base::Result<std::vector<std::string>>(
        found == kafka.end() ? std::vector<std::string>() : std::vector{found->second});
  };
  for (const bool conditional : {false, true}) {
    for (const Source& source : {Source(environment), Source(from_file), Source(from_kafka)}) {
      if (auto status = ApplyFrom(command, source, conditional); !status.ok()) return status;
    }
  }
  return {};
}

// `--data ""` names nothing.
std::vector<std::string> OuterValues::Holding(const Rivals& rivals) {
  std::vector<std::string> holding;
  for (const std::string& name : rivals.names) {
    const CLI::Option* option = rivals.command->get_option(name);
    if (option->count() == 0) continue;
    const bool flag = option->get_expected_max() == 0;
    if (flag ? option->as<bool>() : !option->results().front().empty()) holding.push_back(name);
  }
  return holding;
}

std::string OuterValues::DoubledRivals(const CLI::App* command) const {
  for (const Rivals& rivals : rivals_) {
    if (rivals.command != command) continue;
    const std::vector<std::string> holding = Holding(rivals);
    if (holding.size() < 2) continue;
    return "Expected one of " + Listed(rivals.names) + ", but got " + Listed(holding);
  }
  return "";
}

std::string OuterValues::MissingRival(const CLI::App* command) const {
  for (const Rivals& rivals : rivals_) {
    if (rivals.command != command || !rivals.needed || !Holding(rivals).empty()) continue;
    return "Expected " + std::string(rivals.names.size() > 1 ? "one of " : "") +
           Listed(rivals.names) + ", but got none";
  }
  return "";
}

std::string OuterValues::Missing(const CLI::App* command) const {
  for (const auto& option : options_) {
    if (option->command == command && option->required && option->option->count() == 0) {
      return "--" + option->name;
    }
  }
  return "";
}

}  // namespace caseclock::cli

#pragma once

// Private to this folder: how --help is laid out.

#include <CLI/CLI.hpp>

#include <sstream>
#include <string>

#include "consumers/cli/outer_values.h"
#include "consumers/cli/terminal.h"

namespace caseclock::cli {

// CLI11 would show only variables that it reads itself, and break no lines.
class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(const OuterValues* outer) : outer_(outer) {}
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = CLI::Formatter::make_option_opts(option);
    if (const std::string variable = outer_->Variable(option); !variable.empty()) {
      text += " (Env:" + variable + ")";
    }
    return text;
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    return Wrapped(option->get_description());
  }
  std::string make_subcommand(const CLI::App* command) const override {
    std::stringstream out;
    CLI::detail::format_help(out, command->get_name(), Wrapped(command->get_description()),
                             get_column_width());
    return out.str();
  }

 private:
  static constexpr size_t kHelpWidth = 96;
  // Beside the names, in lines that no terminal breaks.
  [[nodiscard]] std::string Wrapped(const std::string& text) const {
    const size_t most = kHelpWidth - get_column_width();
    std::string out;
    size_t length = 0;
    std::istringstream words(text);
    for (std::string word; words >> word; length += DisplayWidth(word)) {
      if (length > 0) {
        const bool fits = length + 1 + DisplayWidth(word) <= most;
        out += fits ? ' ' : '\n';
        length = fits ? length + 1 : 0;
      }
      out += word;
    }
    return out;
  }
  const OuterValues* outer_;
};

}  // namespace caseclock::cli

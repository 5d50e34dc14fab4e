// SPDX-License-Identifier: MIT
#include "command.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <iostream>
#include <sstream>
#include <system_error>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>

#include "flatgrid/base/duration.hpp"
#include "flatgrid/base/suggestion.hpp"

namespace flatgrid {

namespace options = boost::program_options;

ParsedOptions parse_options(const Command& command, const std::vector<std::string>& arguments) {
  const std::string name(command.argument);
  options::options_description all;
  all.add(command.options);
  all.add_options()(name.c_str(), options::value<std::vector<std::string>>());
  options::positional_options_description positional;
  positional.add(name.c_str(), -1);
  using options::command_line_style::allow_guessing;
  using options::command_line_style::unix_style;
  ParsedOptions parsed;
  try {
    options::store(options::command_line_parser(arguments)
                       .options(all)
                       .positional(positional)
                       .style(unix_style & ~allow_guessing)
                       .run(),
                   parsed.values);
    options::notify(parsed.values);
    if (parsed.values.count(name) == 0) throw Error(name + " is missing");
    parsed.arguments = parsed.values[name].as<std::vector<std::string>>();
    parsed.argument = parsed.arguments.front();
    if (parsed.arguments.size() > 1 && !name.ends_with("...")) {
      throw Error(fmt::format("'{}' is one argument too many", parsed.arguments[1]));
    }
  } catch (const options::unknown_option& error) {
    // Its name comes with the dashes it was given with.
    const std::string given = error.get_option_name();
    std::vector<std::string> known = {"--help"};
    for (const auto& option : command.options.options()) {
      known.push_back("--" + option->long_name());
    }
    throw Error(fmt::format("{}: unknown option '{}'; {}", command.name, printable(given),
                            suggestion_or(did_you_mean(given, {known.begin(), known.end()}),
                                          fmt::format("see `flatgrid {} --help`", command.name))));
  } catch (const std::exception& error) {
    throw Error(
        fmt::format("{}: {}; see `flatgrid {} --help`", command.name, error.what(), command.name));
  }
  return parsed;
}

std::vector<std::string> ParsedOptions::overrides() const {
  return values.count("set") > 0 ? values["set"].as<std::vector<std::string>>()
                                 : std::vector<std::string>();
}

double seconds_of(const Command& command, std::string_view option, const std::string& text,
                  std::string_view otherwise) {
  try {
    return parse_duration(text);
  } catch (const Error& error) {
    throw Error(
        fmt::format("{}: --{} '{}': {}{}", command.name, option, text, error.what(), otherwise));
  }
}

Part part_of(const Command& command, const ParsedOptions& parsed) {
  if (parsed.values.count("part") == 0) return {};
  const auto text = parsed.values["part"].as<std::string>();
  try {
    return parse_part(text);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: --part '{}': {}", command.name, text, error.what()));
  }
}

std::vector<std::filesystem::path> files_to_reuse(const ParsedOptions& parsed) {
  if (parsed.values.count("reuse") == 0) return {};
  const auto& files = parsed.values["reuse"].as<std::vector<std::string>>();
  return {files.begin(), files.end()};
}

void warn(const std::string& line) { std::cerr << fmt::format("flatgrid: warning: {}\n", line); }

std::string help_text(const Command& command) {
  std::ostringstream text;
  text << fmt::format("flatgrid {} {}{}\n\n{}.\n", command.name, command.argument,
                      command.options.options().empty() ? "" : " [options]", command.purpose);
  if (!command.options.options().empty()) text << "\nOptions:\n" << command.options;
  if (!command.remarks.empty()) text << '\n' << command.remarks;
  return text.str();
}

std::string suggestion_or(std::string suggestion, std::string_view otherwise) {
  return suggestion.empty() ? std::string(otherwise) : suggestion;
}

TerminalSize terminal_size(const std::filesystem::path& terminal) {
  TerminalSize size;
  const int descriptor = open(terminal.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0) return size;
  winsize told{};
  if (ioctl(descriptor, TIOCGWINSZ, &told) == 0) {
    if (told.ws_col > 0) size.columns = told.ws_col;
    if (told.ws_row > 0) size.rows = told.ws_row;
  }
  close(descriptor);
  return size;
}

std::string bytes_text(double bytes) {
  constexpr std::array k_units = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < k_units.size(); ++unit) bytes /= 1000.0;
  return fmt::format("{:.3g} {}", bytes, k_units[unit]);
}

bool write_output(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return true;
  }
  if (errno == EPIPE) return false;
  throw Error("standard output: " + std::generic_category().message(errno));
}

}  // namespace flatgrid

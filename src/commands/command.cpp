// SPDX-License-Identifier: MIT
#include "command.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <sstream>
#include <system_error>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <fmt/color.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/duration.hpp"
#include "flatgrid/base/suggestion.hpp"
#include "flatgrid/base/text.hpp"

namespace flatgrid::commands {

namespace options = boost::program_options;

namespace {

/// Throws Error unless there are as many arguments as their names ask for.
void check_arguments(const Command& command, const std::vector<std::string>& arguments) {
  std::vector<std::string> names;
  std::istringstream words{std::string(command.argument)};
  for (std::string word; words >> word;) names.push_back(word);
  const auto needed =
      std::ranges::count_if(names, [](const std::string& name) { return !name.starts_with('['); });
  if (std::ssize(arguments) < needed) {
    const auto missing = names.begin() + std::ssize(arguments);
    throw Error(fmt::format("{} is missing", fmt::join(missing, names.begin() + needed, " ")));
  }
  if (arguments.size() > names.size() && !command.argument.ends_with("...")) {
    throw Error(fmt::format("'{}' is one argument too many", printable(arguments[names.size()])));
  }
}

}  // namespace

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
    if (parsed.values.count(name) > 0) {
      parsed.arguments = parsed.values[name].as<std::vector<std::string>>();
      parsed.argument = parsed.arguments.front();
    }
    check_arguments(command, parsed.arguments);
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

grid::Part part_of(const Command& command, const ParsedOptions& parsed) {
  if (parsed.values.count("part") == 0) return {};
  const auto text = parsed.values["part"].as<std::string>();
  try {
    return grid::parse_part(text);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: --part '{}': {}", command.name, text, error.what()));
  }
}

std::vector<std::filesystem::path> files_to_reuse(const ParsedOptions& parsed) {
  if (parsed.values.count("reuse") == 0) return {};
  const auto& files = parsed.values["reuse"].as<std::vector<std::string>>();
  return {files.begin(), files.end()};
}

namespace {

/// Whether lines on standard error are in colour: on a terminal that knows colours, unless NO_COLOR
/// (no-color.org) is set.
bool is_in_colour() {
  const auto variable = [](const char* name) -> std::string_view {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  return variable("NO_COLOR").empty() && !variable("TERM").empty() && variable("TERM") != "dumb" &&
         !terminal_of(STDERR_FILENO).empty();
}

void say_labelled(std::string_view label, fmt::terminal_color colour, const std::string& line) {
  const std::string shown = is_in_colour()
                                ? fmt::format(fmt::emphasis::bold | fmt::fg(colour), "{}", label)
                                : std::string(label);
  std::cerr << fmt::format("{} {}\n", shown, line) << std::flush;
}

}  // namespace

void say(const std::string& line) {
  std::cerr << fmt::format("flatgrid: {}\n", line) << std::flush;
}

void say_error(const std::string& line) {
  say_labelled("flatgrid:", fmt::terminal_color::red, line);
}

void warn(const std::string& line) {
  say_labelled("flatgrid: warning:", fmt::terminal_color::yellow, line);
}

std::string help_text(const Command& command) {
  const std::size_t columns = output_columns();
  std::string text = paragraphs(fmt::format("flatgrid {} {}{}", command.name, command.argument,
                                            command.options.options().empty() ? "" : " [options]"),
                                columns);
  text += '\n' + paragraphs(fmt::format("{}.", command.purpose), columns);
  std::vector<Term> options;
  for (const auto& option : command.options.options()) {
    const bool has_value = option->semantic()->max_tokens() > 0;
    options.push_back({fmt::format("{}{}{}", option->format_name(), has_value ? " " : "",
                                   option->format_parameter()),
                       option->description()});
  }
  if (!options.empty()) text += "\nOptions:\n" + listed(options, columns);
  if (!command.remarks.empty()) text += '\n' + paragraphs(command.remarks, columns);
  return text;
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

bool is_under_mpirun() { return std::getenv("OMPI_COMM_WORLD_RANK") != nullptr; }

std::filesystem::path terminal_of(int descriptor) {
  const bool is_terminal = isatty(descriptor) == 1;
  winsize size{};
  const bool has_size = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  if (is_terminal && (has_size || !is_under_mpirun())) {
    return fmt::format("/proc/self/fd/{}", descriptor);
  }
  // mpirun reads a rank's output from a pipe, or from a terminal of no size that it has made for it.
  struct stat kind {};
  const bool is_pipe = fstat(descriptor, &kind) == 0 && S_ISFIFO(kind.st_mode);
  if (!is_under_mpirun() || !(is_pipe || is_terminal)) return {};
  std::error_code unknown;
  const auto end =
      std::filesystem::read_symlink(fmt::format("/proc/{}/fd/{}", getppid(), descriptor), unknown);
  const bool to_terminal =
      end.string().starts_with("/dev/pts/") || end.string().starts_with("/dev/tty");
  return to_terminal ? end : std::filesystem::path();
}

std::size_t output_columns() {
  constexpr std::size_t k_fewest = 40;
  const char* const columns = std::getenv("COLUMNS");
  const std::string_view text = columns == nullptr ? "" : columns;
  std::size_t told = 0;
  std::from_chars(text.data(), text.data() + text.size(), told);
  if (told == 0) {
    const std::filesystem::path terminal = terminal_of(STDOUT_FILENO);
    told = terminal.empty() ? k_text_columns
                            : static_cast<std::size_t>(terminal_size(terminal).columns);
  }
  return std::max(told, k_fewest);
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

}  // namespace flatgrid::commands

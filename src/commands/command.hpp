// SPDX-License-Identifier: MIT
/// Common parts of the commands of the program: description, options and output.
#pragma once

#include <charconv>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>
#include <fmt/format.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/base/printable.hpp"
#include "flatgrid/grid/part.hpp"

namespace flatgrid::commands {

/// A command of the program: "flatgrid NAME ARGUMENT [options]".
struct Command {
  std::string_view name;
  /// The positional arguments as shown in the help: words, in brackets if they are optional, the last one
  /// ending in "..." if it may be repeated.
  std::string_view argument;
  std::string_view purpose;  ///< one line
  /// The options, and the remarks at the end of the help.
  boost::program_options::options_description options;
  std::string_view remarks;
  ExitCode (*execute)(const Command& command, const std::vector<std::string>& arguments);
};

/// Each command has its own source file.
Command init_command();
Command plan_command();
Command run_command();
Command status_command();
Command report_command();
Command show_command();
Command export_command();
Command verify_command();
Command merge_command();
Command rescale_command();

struct ParsedOptions {
  std::string argument;                ///< the first positional argument; empty if it is missing
  std::vector<std::string> arguments;  ///< all positional arguments
  boost::program_options::variables_map values;

  [[nodiscard]] std::vector<std::string> overrides() const;  ///< the values of `--set`
};

/// Throws Error for unknown, repeated or missing options, with a reference to the help.
ParsedOptions parse_options(const Command& command, const std::vector<std::string>& arguments);

/// The seconds of a duration given as the value of an option. Throws Error naming the option; `otherwise`
/// names other accepted values.
double seconds_of(const Command& command, std::string_view option, const std::string& text,
                  std::string_view otherwise = "");

/// The number from `least` to `most` given as the value of an option. Throws Error naming the option.
template <class Number>
Number number_of(const Command& command, const ParsedOptions& parsed, const std::string& option,
                 Number least, Number most) {
  const auto text = parsed.values[option].as<std::string>();
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= least) ||
      !(number <= most)) {
    throw Error(fmt::format("{}: --{} '{}': must be a {}number from {} to {}", command.name, option,
                            text, std::is_integral_v<Number> ? "whole " : "", least, most));
  }
  return number;
}

/// The part of the grid given by `--part`; the whole grid without it. Throws Error for an invalid value.
grid::Part part_of(const Command& command, const ParsedOptions& parsed);

/// The files given by `--reuse`.
std::vector<std::filesystem::path> files_to_reuse(const ParsedOptions& parsed);

/// Print "flatgrid: LINE" on standard error. For an error or a warning the words before LINE are coloured on
/// a terminal.
void say(const std::string& line);
void say_error(const std::string& line);
void warn(const std::string& line);

/// The text of `flatgrid NAME --help`, wrapped at output_columns().
std::string help_text(const Command& command);

/// The text of `flatgrid help WORDS`, wrapped at output_columns(). Throws Error for an unknown word.
std::string help(const std::vector<Command>& commands, const std::vector<std::string>& words);

/// The suggestion, or `otherwise` if it is empty.
std::string suggestion_or(std::string suggestion, std::string_view otherwise);

/// The largest number of points or reasons that are listed; of more, only the number is printed.
inline constexpr std::size_t k_most_named = 10;

/// The size of a terminal; 80 by 24 if it is unknown.
struct TerminalSize {
  int columns = 80;
  int rows = 24;
};
TerminalSize terminal_size(const std::filesystem::path& terminal);

/// Whether this process was started by mpirun, directly or indirectly.
bool is_under_mpirun();

/// The terminal to which standard output (descriptor 1) or standard error (2) is written, directly or through
/// mpirun; empty if there is none.
std::filesystem::path terminal_of(int descriptor);

/// The number of columns of standard output: the environment variable COLUMNS, else the width of its
/// terminal, else 80; at least 40.
std::size_t output_columns();

/// "12.5 GB"
std::string bytes_text(double bytes);

/// Writes to standard output without buffering. False if the reader has closed the pipe (`| head`): this is no
/// error, and the caller can stop. Throws Error if writing fails for another reason (a full disk).
bool write_output(std::string_view text);

}  // namespace flatgrid::commands

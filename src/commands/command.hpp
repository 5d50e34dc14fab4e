// SPDX-License-Identifier: MIT
/// What the commands of the program share: how they are described, parse their options and print.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/base/printable.hpp"
#include "flatgrid/grid/part.hpp"

namespace flatgrid::commands {

/// A command of the program: "flatgrid NAME ARGUMENT [options]".
struct Command {
  std::string_view name;
  /// The positional arguments, as the help calls them: words, the last ones in brackets if they may be
  /// missing, the last one ending in "..." for one or more.
  std::string_view argument;
  std::string_view purpose;  ///< one line
  /// The options beside the positional argument, and what else the help should say.
  boost::program_options::options_description options;
  std::string_view remarks;
  ExitCode (*execute)(const Command& command, const std::vector<std::string>& arguments);
};

/// One a file.
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
  std::string argument;                ///< the positional one, or the first; empty if it is missing
  std::vector<std::string> arguments;  ///< all of these
  boost::program_options::variables_map values;

  [[nodiscard]] std::vector<std::string> overrides() const;  ///< of `--set`
};

/// Throws Error for unknown, doubled or missing options, with a hint at the help.
ParsedOptions parse_options(const Command& command, const std::vector<std::string>& arguments);

/// Seconds of the time that an option was given. Throws Error naming it; `otherwise` is what else it
/// might have been.
double seconds_of(const Command& command, std::string_view option, const std::string& text,
                  std::string_view otherwise = "");

/// The part of the grid that `--part` names, the whole of it without. Throws Error.
grid::Part part_of(const Command& command, const ParsedOptions& parsed);

/// The files that `--reuse` names.
std::vector<std::filesystem::path> files_to_reuse(const ParsedOptions& parsed);

/// "flatgrid: LINE" on standard error; of an error and of a warning, what a user may not have meant, the
/// words before LINE are in colour on a terminal.
void say(const std::string& line);
void say_error(const std::string& line);
void warn(const std::string& line);

/// The text of `flatgrid NAME --help`, in output_columns().
std::string help_text(const Command& command);

/// What `flatgrid help WORDS` prints, in output_columns(). Throws Error for a word that it does not know.
std::string help(const std::vector<Command>& commands, const std::vector<std::string>& words);

/// A suggestion, or what there is to say without one.
std::string suggestion_or(std::string suggestion, std::string_view otherwise);

/// Points or reasons of one kind that are named one by one: of more, the number is told.
inline constexpr std::size_t k_most_named = 10;

/// Size of a terminal; 80 by 24 if it does not tell.
struct TerminalSize {
  int columns = 80;
  int rows = 24;
};
TerminalSize terminal_size(const std::filesystem::path& terminal);

/// Whether mpirun has started this process, or one that has started it.
bool is_under_mpirun();

/// The terminal that standard output (descriptor 1) or standard error (2) is, or that the mpirun which
/// reads it copies it to; empty if there is none.
std::filesystem::path terminal_of(int descriptor);

/// Columns for what is printed on standard output: the environment variable COLUMNS, or those of its
/// terminal, or 80 without one; at least 40.
std::size_t output_columns();

/// "12.5 GB"
std::string bytes_text(double bytes);

/// Writes to standard output at once. False once nobody reads it any more (`| head`): no error, but
/// there is no use in going on. Throws Error when it cannot be written otherwise (a full disk).
bool write_output(std::string_view text);

}  // namespace flatgrid::commands

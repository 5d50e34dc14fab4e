// SPDX-License-Identifier: MIT
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/base/suggestion.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/results/provenance.hpp"

namespace flatgrid {
namespace {

std::string general_help(const std::vector<Command>& commands) {
  std::string text =
      "flatgrid measures how flatness and generalization of neural networks go together.\n\n";
  for (const Command& command : commands) {
    text += fmt::format("  flatgrid {:<17} {}\n",
                        fmt::format("{} {}", command.name, command.argument), command.purpose);
  }
  text += fmt::format(
      "\n  flatgrid {:<17} Describe a COMMAND, a KEY of a configuration, a SECTION of keys, or all "
      "keys\n"
      "  flatgrid {:<17} Print the version and what it was built from\n\n"
      "Exit codes: 0 all done; 2 bad configuration, file or usage, nothing changed; 3 done, but "
      "some points\nfailed or, says verify, are damaged; 75 stopped early (signal, time limit, "
      "full "
      "disk), what is finished\nis saved: run again.\n",
      "help [WORD]", "version");
  return text;
}

std::string key_help(const ConfigurationKey& key) {
  return fmt::format("{}{}\n    {}\n    {}\n", key.name,
                     key.default_text.empty() ? "" : fmt::format(" = {}", key.default_text),
                     key.description, key.domain);
}

std::string_view section_of(std::string_view key) { return key.substr(0, key.find('.')); }
std::string_view without_section(std::string_view key) { return key.substr(key.find('.') + 1); }

/// The keys of a section, or the key itself, with or without its section.
std::string keys_help(std::string_view word) {
  std::string text;
  for (const ConfigurationKey& key : configuration_keys()) {
    if (word == "keys" || word == key.name || word == section_of(key.name) ||
        word == without_section(key.name)) {
      text += '\n' + key_help(key);
    }
  }
  return text.empty()
             ? text
             : "Keys of a configuration, `[section]` lines and `key = value` lines.\n" + text;
}

std::string help(const std::vector<Command>& commands, const std::vector<std::string>& words) {
  if (words.empty()) return general_help(commands);
  if (words.size() > 1) {
    throw Error(fmt::format("help: '{}' is one argument too many", printable(words[1])));
  }
  std::vector<std::string_view> known = {"keys"};
  for (const Command& command : commands) {
    if (command.name == words[0]) return help_text(command);
    known.push_back(command.name);
  }
  std::string text = keys_help(words[0]);
  if (!text.empty()) return text;
  for (const ConfigurationKey& key : configuration_keys()) {
    known.insert(known.end(), {key.name, section_of(key.name), without_section(key.name)});
  }
  throw Error(fmt::format("help: '{}' is no command, key or section; {}", printable(words[0]),
                          suggestion_or(did_you_mean(words[0], known), "see `flatgrid help`")));
}

ExitCode dispatch(const std::vector<std::string>& arguments) {
  const std::vector<Command> commands = {plan_command(),   run_command(),    status_command(),
                                         report_command(), verify_command(), merge_command(),
                                         export_command(), rescale_command()};
  if (arguments.empty()) throw Error("no command given; see `flatgrid help`");
  const std::string& name = arguments.front();
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (name == "help" || name == "--help" || name == "-h") {
    write_output(help(commands, rest));
    return ExitCode::success;
  }
  if (name == "version" || name == "--version") {
    write_output(
        fmt::format("flatgrid {} ({})\n{}\n", version(), git_commit(), build_description()));
    return ExitCode::success;
  }
  const auto command = std::find_if(commands.begin(), commands.end(),
                                    [&](const Command& known) { return known.name == name; });
  if (command == commands.end()) {
    std::vector<std::string_view> known = {"help", "version"};
    for (const Command& each : commands) known.push_back(each.name);
    throw Error(fmt::format("unknown command '{}'; {}", printable(name),
                            suggestion_or(did_you_mean(name, known), "see `flatgrid help`")));
  }
  if (std::any_of(rest.begin(), rest.end(),
                  [](const std::string& word) { return word == "--help" || word == "-h"; })) {
    write_output(help_text(*command));
    return ExitCode::success;
  }
  return command->execute(*command, rest);
}

/// Of several processes under mpirun or srun, one reports what all see alike before MPI is up.
bool is_first_process() {
  for (const char* variable : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) {
    if (const char* rank = std::getenv(variable)) return std::string_view(rank) == "0";
  }
  return true;
}

}  // namespace
}  // namespace flatgrid

int main(int argc, char** argv) {
  using namespace flatgrid;
  fix_product_blocking();
  // A reader of our output that goes away is seen where we write, and must not end a campaign.
  std::signal(SIGPIPE, SIG_IGN);
  // A limit on the size of files is an error of writing like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return static_cast<int>(dispatch({argv + std::min(argc, 1), argv + argc}));
  } catch (const std::exception& error) {
    // mpirun kills all as soon as one exits with an error: only the one that speaks does.
    if (!is_first_process()) return static_cast<int>(ExitCode::success);
    std::cerr << "flatgrid: " << error.what() << '\n';
    return static_cast<int>(ExitCode::bad_input);
  }
}

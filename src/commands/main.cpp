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
      "\n  flatgrid {:<17} Describe the keys of a configuration\n"
      "  flatgrid {:<17} Describe a command\n"
      "  flatgrid {:<17} Print the version\n\n"
      "Exit codes: 0 all done; 2 bad configuration, file or usage, nothing changed; 3 done, but "
      "some points\nfailed or, says verify, are damaged; 75 stopped early (signal, time limit, "
      "full "
      "disk), what is finished\nis saved: run again.\n",
      "help keys", "COMMAND --help", "--version");
  return text;
}

std::string keys_help() {
  std::string text = "Keys of a configuration, `[section]` lines and `key = value` lines.\n";
  for (const ConfigurationKey& key : configuration_keys()) {
    text += fmt::format(
        "\n{}{}\n    {}\n    {}\n", key.name,
        key.default_text.empty() ? std::string() : fmt::format(" = {}", key.default_text),
        key.description, key.domain);
  }
  return text;
}

ExitCode dispatch(const std::vector<std::string>& arguments) {
  const std::vector<Command> commands = {plan_command(),   run_command(),    status_command(),
                                         export_command(), verify_command(), merge_command(),
                                         rescale_command()};
  if (arguments.empty()) throw Error("no command given; see `flatgrid help`");
  const std::string& name = arguments.front();
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (name == "help" || name == "--help" || name == "-h") {
    const bool keys = name == "help" && rest == std::vector<std::string>{"keys"};
    write_output(keys ? keys_help() : general_help(commands));
    return ExitCode::success;
  }
  if (name == "--version") {
    write_output(fmt::format("flatgrid {} ({})\n", version(), git_commit()));
    return ExitCode::success;
  }
  const auto command = std::find_if(commands.begin(), commands.end(),
                                    [&](const Command& known) { return known.name == name; });
  if (command == commands.end()) {
    throw Error(fmt::format("unknown command '{}'; see `flatgrid help`", name));
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

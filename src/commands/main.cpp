// SPDX-License-Identifier: MIT
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/base/suggestion.hpp"
#include "flatgrid/results/provenance.hpp"

namespace flatgrid::commands {
namespace {

ExitCode dispatch(const std::vector<std::string>& arguments) {
  const std::vector<Command> commands = {
      init_command(), plan_command(),   run_command(),    status_command(), report_command(),
      show_command(), export_command(), verify_command(), merge_command(),  rescale_command()};
  if (arguments.empty()) throw Error("no command given; see `flatgrid help`");
  const std::string& name = arguments.front();
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (name == "help" || name == "--help" || name == "-h") {
    write_output(help(commands, rest));
    return ExitCode::success;
  }
  if (name == "version" || name == "--version") {
    write_output(fmt::format("flatgrid {} ({})\n{}\n", results::version(), results::git_commit(),
                             results::build_description()));
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

/// Whether this process reports an error that all ranks meet before MPI is initialized: only rank 0 does.
bool is_first_process() {
  for (const char* variable : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) {
    if (const char* rank = std::getenv(variable)) return std::string_view(rank) == "0";
  }
  return true;
}

}  // namespace
}  // namespace flatgrid::commands

int main(int argc, char** argv) {
  using namespace flatgrid;
  using namespace flatgrid::commands;
  fix_product_blocking();
  // If the reader of our output exits, write returns an error; SIGPIPE must not end a campaign.
  std::signal(SIGPIPE, SIG_IGN);
  // Exceeding the file size limit is a write error, like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return static_cast<int>(dispatch({argv + std::min(argc, 1), argv + argc}));
  } catch (const std::exception& error) {
    // mpirun kills all ranks when one exits with an error: only the rank that prints the message does.
    if (!is_first_process()) return static_cast<int>(ExitCode::success);
    say_error(error.what());
    return static_cast<int>(ExitCode::bad_input);
  }
}

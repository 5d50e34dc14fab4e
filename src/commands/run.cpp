// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>

#include "command.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/base/threads.hpp"
#include "flatgrid/campaign/campaign.hpp"
#include "flatgrid/campaign/slurm.hpp"
#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/pipeline.hpp"
#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/parallel/communicator.hpp"
#include "flatgrid/parallel/session.hpp"
#include "flatgrid/report/table.hpp"
#include "flatgrid/results/data_file.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid::commands {
namespace {

namespace options = boost::program_options;

/// Whether the launcher is the mpirun of Open MPI 5 (PRRTE). It copies only complete lines of its ranks, and
/// none after it has been stopped: on SIGTERM or Ctrl-C it sends SIGTERM to the ranks after 0.25 seconds,
/// and SIGKILL after another 0.25 seconds (PRRTE's odls_base_default_fns.c).
bool is_under_prrte() { return is_under_mpirun() && std::getenv("PRTE_LAUNCHED") != nullptr; }

/// The part of the 0.25 seconds that rank 0 may use.
constexpr double k_seconds_before_prrte_kills = 0.15;

/// The standard error of the mpirun that reads this process's standard error through a pipe; empty if there
/// is none.
std::filesystem::path errors_of_mpirun() {
  struct stat kind {};
  if (fstat(STDERR_FILENO, &kind) != 0 || !S_ISFIFO(kind.st_mode) || !is_under_mpirun()) return {};
  return fmt::format("/proc/{}/fd/2", getppid());
}

/// Makes `file` the standard error of this process.
void write_errors_to(const std::filesystem::path& file) {
  const int opened = ::open(file.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
  if (opened < 0) return;
  // A terminal may be set to stop background processes that write to it; ranks are such processes.
  std::signal(SIGTTOU, SIG_IGN);
  ::dup2(opened, STDERR_FILENO);
  ::close(opened);
}

constexpr Index k_most_threads = 1024;

struct RunArguments {
  std::filesystem::path configuration_file;
  std::vector<std::string> overrides;
  std::filesystem::path results_file;
  grid::Part part;
  std::optional<double> max_seconds;
  bool until_end_of_job = false;  ///< --max-time slurm
  std::optional<double> checkpoint_interval;
  std::vector<std::filesystem::path> reuse;
  Index threads = 1;
};

/// The value of an option; empty if it is not given.
std::optional<std::string> value_of(const ParsedOptions& words, const std::string& option) {
  if (words.values.count(option) == 0) return std::nullopt;
  return words.values[option].as<std::string>();
}

RunArguments parse_run(const Command& command, const std::vector<std::string>& arguments) {
  const ParsedOptions words = parse_options(command, arguments);
  RunArguments parsed;
  parsed.configuration_file = words.argument;
  parsed.overrides = words.overrides();
  parsed.results_file = words.values["output"].as<std::string>();
  parsed.part = part_of(command, words);
  if (const auto text = value_of(words, "max-time")) {
    parsed.until_end_of_job = *text == "slurm";
    if (!parsed.until_end_of_job)
      parsed.max_seconds = seconds_of(command, "max-time", *text, "; or slurm");
  }
  if (const auto text = value_of(words, "checkpoint-interval")) {
    parsed.checkpoint_interval = seconds_of(command, "checkpoint-interval", *text);
  }
  parsed.reuse = files_to_reuse(words);
  if (words.values.count("threads") > 0)
    parsed.threads = number_of<Index>(command, words, "threads", 1, k_most_threads);
  return parsed;
}

/// Warns if the threads of a rank must share cores.
void set_threads_of(const parallel::Communicator& world, Index count) {
  set_threads(count);
  const int cores = world.minimum(static_cast<int>(available_cores()));
  if (cores < count && world.is_root())
    warn(
        fmt::format("--threads {}: a rank may use only {}, which its threads share; mpirun binds "
                    "ranks to cores "
                    "unless it is told otherwise, see jobs/README.md",
                    count, counted(cores, "core")));
}

/// The seconds from now at which to stop, so that the program ends before Slurm ends the job.
double seconds_in_job(const parallel::Communicator& world) {
  double seconds = 0.0;
  parallel::agreed_on_root(world, [&] {
    try {
      seconds = campaign::seconds_for_campaign_in_slurm_job();
    } catch (const Error& error) {
      throw Error(fmt::format("run: --max-time slurm: {}", error.what()));
    }
  });
  world.broadcast(seconds);
  return seconds;
}

/// The configuration; rank 0 reads it and sends it to all ranks as text.
configuration::Configuration share_configuration(const RunArguments& arguments,
                                                 const parallel::Communicator& world) {
  std::string text;
  parallel::agreed_on_root(world, [&] {
    text = configuration::canonical_text(
        configuration::read_configuration(arguments.configuration_file, arguments.overrides, warn));
  });
  world.broadcast(text);
  std::istringstream stream(text);
  return configuration::parse_configuration(stream, arguments.configuration_file.string());
}

bool is_killed_by_prrte(campaign::StopReason reason) {
  return reason == campaign::StopReason::terminate && is_under_prrte();
}

/// The reason for a stop, for the user: mpirun converts Ctrl-C to SIGTERM.
std::string stopped_by(campaign::StopReason reason) {
  return fmt::format(
      "{}{}", campaign::name_of(reason),
      reason == campaign::StopReason::terminate && is_under_mpirun() ? " or Ctrl-C" : "");
}

/// Prints the result of a run.
void report(const campaign::CampaignOutcome& outcome, const RunArguments& arguments) {
  const std::filesystem::path& results_file = arguments.results_file;
  if (is_killed_by_prrte(outcome.stopped)) write_errors_to(errors_of_mpirun());
  if (!arguments.reuse.empty()) {
    say(fmt::format("{} copied from earlier files, {} computed", counted(outcome.taken, "point"),
                    outcome.computed - outcome.taken));
  }
  if (outcome.left > 0) {
    say(
        fmt::format("stopped by {} with {} of {} left; the others are saved: run the same command "
                    "again to continue",
                    stopped_by(outcome.stopped), outcome.left, counted(outcome.total(), "point")));
  } else {
    write_output(report::result_table(results::ResultsReader(results_file), output_columns()));
    if (outcome.count(grid::Status::cut_short) > 0) {
      say(
          fmt::format("{} of {} points are cut short: {}; give them more steps, or keep networks "
                      "as trained with training.polish = no",
                      outcome.count(grid::Status::cut_short), outcome.total(), grid::k_cut_short));
    }
    if (outcome.count(grid::Status::failed) > 0) {
      say_error(fmt::format("{} of {} failed; another run computes them again",
                            outcome.count(grid::Status::failed),
                            counted(outcome.total(), "point")));
    }
  }
  write_output(fmt::format("results: {}\n", results_file.string()));
}

ExitCode run_on(const parallel::Communicator& world, const Command& command,
                const std::vector<std::string>& words, campaign::Stop& stop, double begin) {
  RunArguments arguments;
  parallel::agreed(world, [&] { arguments = parse_run(command, words); });
  const configuration::Configuration configuration = share_configuration(arguments, world);
  set_threads_of(world, arguments.threads);
  std::optional<grid::Study> study;
  // An error that ends the program on rank 0 (see ForeignFileGuard) is then printed once.
  parallel::agreed_on_root(world, [&] {
    study = results::read_study(configuration);
    for (const std::string& doubt : results::doubts_about_data(study->problem)) {
      warn(doubt);
    }
  });
  parallel::agreed(world, [&] {
    if (!world.is_root()) study = results::read_study(configuration);
  });

  campaign::CampaignOptions campaign;
  campaign.part = arguments.part;
  campaign.reuse = arguments.reuse;
  if (arguments.max_seconds) stop.set_deadline(begin + *arguments.max_seconds);
  if (arguments.until_end_of_job) stop.set_deadline(monotonic_seconds() + seconds_in_job(world));
  if (arguments.checkpoint_interval) campaign.checkpoint_interval = *arguments.checkpoint_interval;
  const std::filesystem::path terminal = terminal_of(STDERR_FILENO);
  bool log_is_terminal = !terminal.empty();
  campaign.seconds_to_stop = [&, others = campaign.seconds_to_stop](campaign::StopReason reason) {
    return world.is_root() && is_killed_by_prrte(reason) ? k_seconds_before_prrte_kills
                                                         : others(reason);
  };
  campaign.give_up = [&] {
    if (is_killed_by_prrte(stop.reason())) write_errors_to(errors_of_mpirun());
    say(fmt::format(
        "rank {}: stopped by {} during a long operation, and ended; finished points are saved: run "
        "the same command again to continue",
        world.rank(), stopped_by(stop.reason())));
    std::_Exit(static_cast<int>(ExitCode::work_left));
  };
  world.broadcast(log_is_terminal);
  if (log_is_terminal) campaign.columns = [=] { return terminal_size(terminal).columns; };
  if (log_is_terminal && is_under_mpirun()) {
    campaign.notice = fmt::format(
        "Ctrl-C stops this run and saves finished points, but then mpirun exits with 1; kill -USR1 "
        "{} stops it with exit code {}",
        getppid(), static_cast<int>(ExitCode::work_left));
  }
  const campaign::CampaignOutcome outcome =
      campaign::run_campaign(*study, arguments.results_file, world, stop, campaign);
  try {
    parallel::agreed_on_root(world, [&] { report(outcome, arguments); });
  } catch (const parallel::AgreedError& error) {
    if (!outcome.changed_something()) throw;
    throw campaign::CampaignFault(fmt::format("{}; all computed points are saved in {}",
                                              error.what(), arguments.results_file.string()));
  }
  return outcome.exit_code();
}

ExitCode execute_run(const Command& command, const std::vector<std::string>& arguments) {
  const double begin = monotonic_seconds();
  // Constructed first and destroyed last, so that a signal while MPI starts or ends does not kill the process.
  campaign::Stop stop(monotonic_seconds);
  if (is_under_prrte() && !terminal_of(STDERR_FILENO).empty()) write_errors_to(errors_of_mpirun());
  const parallel::MpiSession session;
  const parallel::Communicator world = parallel::Communicator::world();
  // Printed before MPI_Finalize, because mpirun kills the other ranks when the first one exits.
  const auto say_on_root = [&](const std::exception& error) {
    if (world.is_root()) say_error(error.what());
  };
  try {
    return run_on(world, command, arguments, stop, begin);
  } catch (const campaign::CampaignFault& error) {
    say_on_root(error);
    return ExitCode::work_left;
  } catch (const parallel::AgreedError& error) {
    say_on_root(error);
    return ExitCode::bad_input;
  } catch (const std::exception& error) {
    say_error(fmt::format("rank {}: {}", world.rank(), error.what()));
    parallel::MpiSession::abort_all_ranks();
  }
}

}  // namespace

Command run_command() {
  Command command{
      .name = "run",
      .argument = "CONFIG",
      .purpose = "Compute the grid of a configuration into a results file",
      .options = {},
      .remarks =
          "Start it with mpirun or srun, or alone. If RESULTS exists and has the same "
          "configuration, "
          "the run continues it and computes failed points again; if it has another configuration, "
          "the run refuses and changes nothing. SIGTERM, SIGINT, SIGUSR1, the time limit and a "
          "full "
          "disk stop the run: finished points are saved, exit code 75. Times are HH:MM:SS, 90s, "
          "90m, "
          "1h, 2d or, as in Slurm, 30 (minutes), 30:00, 1-00:00:00.\n\n"
          "After `source jobs/environment.sh` mpirun can start more ranks than cores.\n"
          "A key that is set and has no effect is named on standard error.\n\n"
          "With --reuse the grid may have grown since OLD was written, on any axis, and RESULTS "
          "has "
          "the same bits as without --reuse (except `seconds`). OLD may be several files, also "
          "parts; "
          "CONFIG must stand before --reuse. Points that failed or are damaged in OLD are "
          "computed. A "
          "file whose configuration gives points other bits is refused; the points of a file from "
          "another build of flatgrid are not used.\n",
      .execute = execute_run};
  command.options.add_options()("output,o",
                                options::value<std::string>()->required()->value_name("RESULTS"),
                                "the results file, created if it does not exist")(
      "part", options::value<std::string>()->value_name("I/N"),
      "compute part I of N of the grid, into its own results file; see flatgrid merge")(
      "max-time", options::value<std::string>()->value_name("TIME|slurm"),
      "stop after this time since the start of the program; slurm = 30 seconds before Slurm ends "
      "the "
      "job")("checkpoint-interval", options::value<std::string>()->value_name("TIME"),
             "time between two checkpoints of a point (default 00:05:00)")(
      "reuse", options::value<std::vector<std::string>>()->multitoken()->value_name("OLD..."),
      "copy the points of these results files, and compute the others")(
      "threads", options::value<std::string>()->value_name("N"),
      "threads of each rank, for the searches of flattest, min-norm and worst (default 1); the "
      "results do not depend on it")(
      "set", options::value<std::vector<std::string>>()->value_name("section.key=value"),
      "replace a value of the configuration; may be repeated");
  return command;
}

}  // namespace flatgrid::commands

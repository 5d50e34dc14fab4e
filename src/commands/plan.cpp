// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.hpp"
#include "flatgrid/algorithm/doubt.hpp"
#include "flatgrid/base/duration.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/campaign/campaign.hpp"
#include "flatgrid/campaign/slurm.hpp"
#include "flatgrid/configuration/counted_axes.hpp"
#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/pipeline.hpp"
#include "flatgrid/grid/prices.hpp"
#include "flatgrid/grid/timing.hpp"
#include "flatgrid/measure/extreme_samples.hpp"
#include "flatgrid/results/data_file.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/schedule/simulation.hpp"
#include "flatgrid/schedule/slices.hpp"

namespace flatgrid::commands {
namespace {

namespace options = boost::program_options;

constexpr int k_most_ranks = 1'000'000;
constexpr double k_most_seconds = 86'400;

struct PlanQuestion {
  int ranks = 0;                   ///< 0 = not given
  int cores = 0;                   ///< number of cores of all ranks
  double seconds = 5.0;            ///< time for measuring
  std::optional<double> max_time;  ///< time limit of a job in seconds
};

double parse_max_time(const Command& command, const std::string& text) {
  if (text != "slurm") {
    const double seconds = seconds_of(command, "max-time", text, "; or slurm");
    if (seconds > 0) return seconds;
    throw Error(fmt::format("plan: --max-time '{}': must be positive", text));
  }
  try {
    return std::max(campaign::seconds_for_campaign_in_slurm_job(), 1.0);
  } catch (const Error& error) {
    throw Error(fmt::format("plan: --max-time slurm: {}", error.what()));
  }
}

PlanQuestion parse(const Command& command, const ParsedOptions& parsed) {
  PlanQuestion question;
  const auto given = [&](const char* option) { return parsed.values.count(option) > 0; };
  if (given("ranks")) question.ranks = number_of(command, parsed, "ranks", 1, k_most_ranks);
  for (const char* option : {"cores", "measure", "max-time"}) {
    if (given(option) && question.ranks == 0) {
      throw Error(fmt::format("plan: --{} requires --ranks", option));
    }
  }
  question.cores =
      given("cores") ? number_of(command, parsed, "cores", 1, k_most_ranks) : question.ranks;
  if (given("measure")) {
    question.seconds = number_of(command, parsed, "measure", 0.01, k_most_seconds);
  }
  if (given("max-time")) {
    question.max_time = parse_max_time(command, parsed.values["max-time"].as<std::string>());
  }
  return question;
}

/// The size of a grid and its predicted work, without measuring. O(cost classes) for any number of points.
std::string grid_text(const grid::Study& study) {
  const configuration::Configuration& configuration = study.configuration;
  const grid::PointPrices prices(study);
  const configuration::Axes& axes = configuration.grid;
  const auto cell_size = static_cast<double>(axes.noise.size() * axes.seed.size());
  std::vector<double> algorithm_cost(axes.algorithm.size(), 0.0);
  double cost = 0.0;
  for (const configuration::GridPoint& point : grid::cost_classes(axes)) {
    const double flops = cell_size * prices(point).flops;
    algorithm_cost[static_cast<std::size_t>(point.algorithm)] += flops;
    cost += flops;
  }
  std::string text;
  auto end = std::back_inserter(text);
  fmt::format_to(end, "\n# grid: {} = {}\n", counted(axes.points(), "point"),
                 fmt::join(configuration::counted_axes(axes), " x "));
  fmt::format_to(end, "# results file: about {}\n",
                 bytes_text(results::results_bytes(configuration)));
  fmt::format_to(end, "# predicted work: at most {:.3g} floating-point operations\n", cost);
  std::size_t width = 20;
  for (const configuration::AlgorithmEntry& entry : axes.algorithm)
    width = std::max(width, entry.name().size());
  for (std::size_t algorithm = 0; algorithm < algorithm_cost.size(); ++algorithm) {
    fmt::format_to(end, "#   {:<{}} {:5.1f} %\n", axes.algorithm[algorithm].name(), width,
                   100.0 * algorithm_cost[algorithm] / cost);
  }
  return text;
}

/// With biases: a warning that names every number of samples of which many are extreme (first seed).
std::string extreme_samples_text(const grid::Study& study) {
  constexpr Index k_most_examined = 100;
  constexpr Index k_pairs = 1'000'000;  // examined times samples, about a second
  constexpr double k_many = 0.5;
  if (!study.problem.appends_one() || study.configuration.network.bias->frozen) return "";
  const configuration::Axes& axes = study.configuration.grid;
  const problem::IndexModel model = study.problem.index_model(axes.seed.front());
  std::vector<std::string> shares;
  for (const std::int64_t samples : axes.samples) {
    const MatrixD inputs = study.problem.data_set(model, axes.seed.front(), samples).inputs;
    const Index examined = std::clamp<Index>(k_pairs / samples, 5, k_most_examined);
    const double share = measure::extreme_share(inputs, examined);
    if (share >= k_many)
      shares.push_back(fmt::format("{} % of {}", std::round(100 * share), samples));
  }
  if (shares.empty()) return "";
  return fmt::format(
      "# warning: with biases a neuron can be active on an extreme point of the samples alone, and "
      "{} samples are extreme: if all are, the flattest interpolator has a neuron for each sample, "
      "and neither claim can hold\n",
      fmt::join(shares, ", "));
}

/// Reasons why points may not interpolate or may be cut short, a line for every reason of an algorithm, and
/// possible faults of the data. O(cost classes) for every noise.
std::string doubts_text(const grid::Study& study) {
  const configuration::Axes& axes = study.configuration.grid;
  std::vector<std::pair<std::string, std::int64_t>> counts;
  const auto count = [&](const std::string& text) {
    const auto known =
        std::ranges::find(counts, text, &std::pair<std::string, std::int64_t>::first);
    if (known == counts.end()) {
      counts.emplace_back(text, std::ssize(axes.seed));
    } else {
      known->second += std::ssize(axes.seed);
    }
  };
  for (configuration::GridPoint point : grid::cost_classes(axes)) {
    const configuration::AlgorithmEntry& algorithm =
        configuration::at(axes.algorithm, point.algorithm);
    for (; point.noise < std::ssize(axes.noise); ++point.noise) {
      const algorithm::PointOutline outline = grid::outline_of(study, point);
      if (const auto doubt = algorithm::find_doubt(*algorithm, outline)) {
        count(fmt::format("{} may not interpolate: {}", algorithm.name(), *doubt));
      }
      if (const auto shortage = algorithm::find_shortage(*algorithm, outline)) {
        count(fmt::format("{} may be cut short: {}", algorithm.name(), *shortage));
      }
    }
  }
  std::string text;
  for (const auto& [doubt, count] : counts) {
    text += fmt::format("# warning: {} of {}\n", counted(count, "point"), doubt);
  }
  for (const std::string& doubt : results::doubts_about_data(study.problem)) {
    text += fmt::format("# warning: {}\n", doubt);
  }
  return text + extreme_samples_text(study);
}

/// A warning for every algorithm with pilots that are cut short.
std::string cut_short_text(const configuration::Axes& axes,
                           const std::vector<grid::Pilot>& pilots) {
  std::string text;
  for (std::int64_t a = 0; a < std::ssize(axes.algorithm); ++a) {
    std::int64_t finished = 0;
    std::int64_t cut_short = 0;
    for (const grid::Pilot& pilot : pilots) {
      if (pilot.point.algorithm != a || !pilot.status) continue;
      ++finished;
      cut_short += pilot.status == grid::Status::cut_short;
    }
    if (cut_short == 0) continue;
    text += fmt::format("# warning: {} of {} measured points of {} are cut short: {}\n", cut_short,
                        finished, configuration::at(axes.algorithm, a).name(), grid::k_cut_short);
  }
  return text;
}

/// The largest memory of a rank in bytes: the program with MPI and HDF5, and the largest point.
double rank_bytes(const grid::Study& study) {
  constexpr double k_program = 100e6;
  const grid::PointPrices prices(study);
  double most = 0;
  for (const configuration::GridPoint& point : grid::cost_classes(study.configuration.grid)) {
    most = std::max(most, prices(point).bytes);
  }
  return k_program + most;
}

std::string prediction_text(const grid::Study& study, const PlanQuestion& question) {
  const std::vector<grid::Pilot> pilots = grid::run_pilots(study, question.seconds);
  const grid::PointTimes times(study, pilots);
  // Ranks that share cores are slower in proportion.
  const double slowdown =
      std::max(1.0, static_cast<double>(question.ranks) / static_cast<double>(question.cores));
  const schedule::SimulatedCampaign campaign = schedule::simulate_campaign(
      schedule::Slices(study, question.ranks),
      [&](const configuration::GridPoint& point) { return slowdown * times.scattered(point); });

  std::string text;
  auto end = std::back_inserter(text);
  const auto stopped = std::ranges::count_if(
      pilots, [](const grid::Pilot& pilot) { return !pilot.status.has_value(); });
  fmt::format_to(end, "#\n# on {}", counted(question.ranks, "rank"));
  if (question.cores != question.ranks) {
    fmt::format_to(end, " and {}", counted(question.cores, "core"));
  }
  fmt::format_to(end, ", predicted from {} measured on this machine",
                 counted(std::ssize(pilots), "point"));
  if (stopped > 0) {
    fmt::format_to(end, " ({} of them only partly: points that end early take less time)", stopped);
  }
  fmt::format_to(end, ":\n#   time:            {} ({:.1f} s)\n", duration_text(campaign.makespan),
                 campaign.makespan);
  if (question.max_time) {
    const double jobs = std::ceil(campaign.makespan / *question.max_time);
    fmt::format_to(end, "#   jobs:            {:.0f}{}, of {} each\n", jobs,
                   jobs == 1 ? "" : " one after another",
                   std::isinf(*question.max_time) ? "any time" : duration_text(*question.max_time));
  }
  fmt::format_to(end, "#   core hours:      {:.3g}\n",
                 campaign.makespan * std::min(question.ranks, question.cores) / 3600.0);
  fmt::format_to(end, "#   balance:         {:.1f} % of the ranks' time is spent on points\n",
                 100.0 * campaign.balance(question.ranks));
  fmt::format_to(end, "#   memory:          at most about {} a rank\n",
                 bytes_text(rank_bytes(study)));
  fmt::format_to(end, "#   longest point:   {} ({:.1f} s)\n", duration_text(campaign.longest_point),
                 campaign.longest_point);
  // The time is at least that of the longest point, and at least the work / the number of ranks.
  const double enough = std::ceil(campaign.work / campaign.longest_point);
  if (enough < question.ranks) {
    fmt::format_to(end, "#   ranks beyond {:.0f} wait for the longest point\n", enough);
  }
  return text + cut_short_text(study.configuration.grid, pilots);
}

/// The number of points that a run into --output would compute. Throws Error if `run` would refuse.
std::string prospect_text(const Command& command, const ParsedOptions& parsed,
                          const grid::Study& study) {
  campaign::CampaignOptions campaign;
  campaign.part = part_of(command, parsed);
  campaign.reuse = files_to_reuse(parsed);
  if (parsed.values.count("output") == 0) {
    for (const char* option : {"part", "reuse"}) {
      if (parsed.values.count(option) > 0) {
        throw Error(fmt::format("plan: --{} requires --output", option));
      }
    }
    return "";
  }
  const auto file = parsed.values["output"].as<std::string>();
  const campaign::CampaignProspect prospect = campaign::foresee_campaign(study, file, campaign);
  const std::string part =
      campaign.part.is_whole() ? "" : fmt::format("part {}, ", grid::part_text(campaign.part));
  return fmt::format("# {}: {}{} of {} points are still to be computed\n", file, part,
                     prospect.to_compute, prospect.points);
}

ExitCode execute_plan(const Command& command, const std::vector<std::string>& arguments) {
  const ParsedOptions parsed = parse_options(command, arguments);
  const PlanQuestion question = parse(command, parsed);
  // Throws if the data file does not match the configuration.
  const grid::Study study = results::read_study(
      configuration::read_configuration(parsed.argument, parsed.overrides(), warn));
  const std::string prospect = prospect_text(command, parsed, study);
  // Comments after the configuration, in which each key is one line.
  const auto as_comments = [](const std::string& text) {
    return wrapped(text, output_columns(), "#   ");
  };
  write_output(configuration::canonical_text(study.configuration) +
               as_comments(grid_text(study) + prospect + doubts_text(study)));
  if (question.ranks > 0) write_output(as_comments(prediction_text(study, question)));
  return ExitCode::success;
}

}  // namespace

Command plan_command() {
  Command command{
      .name = "plan",
      .argument = "CONFIG",
      .purpose = "Show the resolved configuration, the size of its grid and the predicted work",
      .options = {},
      .remarks =
          "With --ranks it computes a few points of the grid to measure the speed of this machine, "
          "and "
          "simulates which rank computes which points. It writes no file. Times are for this "
          "machine, "
          "with one core per rank unless --cores is given, and without the start of the program. "
          "It counts points that may not interpolate or may be cut short, with the reason; such "
          "points are computed, and their status is recorded. A key that is set and has no effect "
          "is "
          "named on standard error.\n\nWith --output it also checks whether `run` with the same "
          "options could start: whether RESULTS can be written and belongs to this configuration, "
          "and how many of its points are still to be computed.\n",
      .execute = execute_plan};
  command.options.add_options()(
      "output,o", options::value<std::string>()->value_name("RESULTS"),
      "also check whether `run` into this results file could start; changes no file")(
      "part", options::value<std::string>()->value_name("I/N"), "the part of the grid in RESULTS")(
      "reuse", options::value<std::vector<std::string>>()->multitoken()->value_name("OLD..."),
      "results files whose points `run` would copy")(
      "ranks", options::value<std::string>()->value_name("N"),
      "predict time, core hours, memory and balance on N ranks")(
      "cores", options::value<std::string>()->value_name("C"),
      "number of cores that the ranks share (default: one per rank)")(
      "measure", options::value<std::string>()->value_name("SECONDS"),
      "time for measuring (default 5); a longer time measures more points")(
      "max-time", options::value<std::string>()->value_name("TIME|slurm"),
      "time limit of a job, to predict the number of jobs; slurm = the remaining time of this job")(
      "set", options::value<std::vector<std::string>>()->value_name("section.key=value"),
      "replace a value of the configuration; may be repeated");
  return command;
}

}  // namespace flatgrid::commands

// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "flatgrid/base/duration.hpp"
#include "flatgrid/campaign/lock.hpp"
#include "flatgrid/campaign/progress.hpp"
#include "flatgrid/grid/prices.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid {
namespace {

constexpr std::array k_statuses = {Status::pending, Status::done, Status::not_interpolating,
                                   Status::diverged, Status::failed};
static_assert(k_statuses.size() == k_status_count);

/// Failed points that are named one by one, and reasons.
constexpr std::int64_t k_most_named = 10;

/// Slow points that are named, of those done and of those under way.
constexpr std::size_t k_slow_named = 5;

using Counts = std::array<std::int64_t, k_status_count>;

/// What RESULTS.running tells of the campaign that computes, or did.
std::string running_text(const std::string& file, const Axes& axes) {
  std::string damaged;
  const std::optional<RunningCampaign> running =
      read_running(file, [&](const std::string& line) { damaged = fmt::format("\n{}\n", line); });
  if (!running) return damaged;
  const std::string who =
      fmt::format("on {}, process {}{}, {} ranks, since {}", running->host, running->pid,
                  running->job.empty() ? "" : fmt::format(" of job {}", running->job),
                  running->ranks, running->started);
  if (!is_alive(file, *running)) {
    return fmt::format("\na campaign {}, has died: run again to go on\n", who);
  }
  std::string text = fmt::format("\nrunning {}\n", who);
  auto end = std::back_inserter(text);
  fmt::format_to(end,
                 "  {} of this run's {} points finished, {} failed, {:.1f} % of its work in {}",
                 running->finished, running->to_compute, running->failed,
                 100.0 * running->work_fraction, duration_text(running->seconds));
  if (const auto left = seconds_left(running->seconds, running->work_fraction)) {
    fmt::format_to(end, "\n  {:.3g} points a minute, about {} left",
                   60.0 * static_cast<double>(running->finished) / running->seconds,
                   duration_text(*left));
  }
  text += '\n';
  if (!running->under_way.empty()) text += "  longest under way:\n";
  for (std::size_t i = 0; i < std::min(k_slow_named, running->under_way.size()); ++i) {
    const auto& [flat, seconds] = running->under_way[i];
    if (flat < 0 || flat >= axes.points()) continue;
    fmt::format_to(end, "    {}  {}\n", duration_text(seconds),
                   describe(axes, grid_point(axes, flat)));
  }
  return text;
}

/// The finished points that took the longest.
std::string slowest_text(const Axes& axes, const std::vector<double>& seconds,
                         std::vector<std::int64_t> finished) {
  if (finished.empty()) return {};
  const std::size_t named = std::min(k_slow_named, finished.size());
  std::ranges::partial_sort(finished, finished.begin() + static_cast<std::ptrdiff_t>(named),
                            std::ranges::greater(),
                            [&](std::int64_t flat) { return at(seconds, flat); });
  std::string text = "\nslowest points:\n";
  for (std::size_t i = 0; i < named; ++i) {
    text += fmt::format("  {:>10.3f} s  {}\n", at(seconds, finished[i]),
                        describe(axes, grid_point(axes, finished[i])));
  }
  return text;
}

/// Why points are not interpolators, and how many for each reason: what their messages say behind
/// the figures of the point.
std::string reasons_text(const std::vector<std::int64_t>& points,
                         const std::vector<std::string>& messages) {
  std::map<std::string, std::int64_t> counts;
  for (const std::int64_t flat : points) {
    const std::string& message = at(messages, flat);
    const std::size_t colon = message.find(": ");
    ++counts[printable(colon == std::string::npos ? message : message.substr(colon + 2))];
  }
  std::vector<std::pair<std::string, std::int64_t>> sorted(counts.begin(), counts.end());
  std::ranges::stable_sort(sorted, std::ranges::greater(),
                           [](const auto& reason) { return reason.second; });
  std::string text = points.empty() ? "" : "\nnot interpolating:\n";
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (std::cmp_equal(i, k_most_named)) {
      text += fmt::format("  and {} more reasons\n", sorted.size() - i);
      break;
    }
    text += fmt::format("  {:>10}  {}\n", sorted[i].second, sorted[i].first);
  }
  return text;
}

ExitCode execute(const Command& command, const std::vector<std::string>& arguments) {
  const std::string file = parse_options(command, arguments).argument;
  const ResultsReader results(file);
  const Configuration& configuration = results.configuration();
  const Axes& axes = configuration.grid;
  const PointPrices prices{Study(configuration)};
  const Part& part = results.part();
  const std::vector<Status> statuses = results.statuses();
  const std::vector<double> seconds = results.variable("seconds");

  Counts all{};
  std::vector<Counts> by_algorithm(axes.algorithm.size(), Counts{});
  std::vector<std::int64_t> failed;
  std::vector<std::int64_t> not_interpolating;
  std::vector<std::int64_t> timed;
  double seconds_spent = 0.0;
  double cost_spent = 0.0;
  double cost_left = 0.0;
  std::int64_t left = 0;
  for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
    const auto position = static_cast<std::size_t>(flat);
    const GridPoint point = grid_point(axes, flat);
    if (!part.contains(axes, point)) continue;
    const auto status = static_cast<std::size_t>(statuses[position]);
    ++all[status];
    ++by_algorithm[static_cast<std::size_t>(point.algorithm)][status];
    if (statuses[position] == Status::failed) failed.push_back(flat);
    if (statuses[position] == Status::not_interpolating) not_interpolating.push_back(flat);
    const double cost = prices(point).flops;
    if (is_to_compute(statuses[position])) {
      cost_left += cost;
      ++left;
    } else if (std::isfinite(seconds[position])) {
      cost_spent += cost;
      seconds_spent += seconds[position];
      timed.push_back(flat);
    }
  }

  std::string text;
  auto end = std::back_inserter(text);
  fmt::format_to(end, "{}: {}created {} by flatgrid {}\n\n{:<20}", file,
                 part.is_whole() ? "" : fmt::format("part {}, ", part_text(part)),
                 results.attribute("created"), results.attribute("flatgrid_version"), "points");
  for (const Status status : k_statuses) fmt::format_to(end, " {:>17}", name_of(status));
  fmt::format_to(end, " {:>9}\n", "all");
  const auto print_row = [&](std::string_view name, const Counts& counts) {
    fmt::format_to(end, "{:<20}", name);
    for (const std::int64_t count : counts) fmt::format_to(end, " {:>17}", count);
    fmt::format_to(end, " {:>9}\n", std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  };
  for (std::size_t algorithm = 0; algorithm < by_algorithm.size(); ++algorithm) {
    print_row(axes.algorithm[algorithm].name(), by_algorithm[algorithm]);
  }
  print_row("all", all);

  if (left > 0) {
    fmt::format_to(end, "\n{} points left", left);
    if (!failed.empty()) fmt::format_to(end, ", {} of them failed before", failed.size());
    if (const auto time = seconds_left(seconds_spent, cost_spent / (cost_spent + cost_left))) {
      fmt::format_to(end, ", about {} of one rank's time, judged by the {} spent so far",
                     duration_text(*time), duration_text(seconds_spent));
    }
    text += '\n';
  }
  text += running_text(file, axes);
  text += reasons_text(not_interpolating, results.messages());
  text += slowest_text(axes, seconds, std::move(timed));
  if (!failed.empty()) {
    text += "\nfailed, to be tried again by the next run:\n";
    for (const std::int64_t flat : failed) {
      if (&flat - failed.data() == k_most_named) {
        fmt::format_to(end, "  and {} more\n", std::ssize(failed) - k_most_named);
        break;
      }
      const GridPoint point = grid_point(axes, flat);
      fmt::format_to(end, "  {}: {}\n", describe(axes, point),
                     printable(results.point(point).message));
    }
  }
  write_output(text);
  return ExitCode::success;
}

}  // namespace

Command status_command() {
  return {.name = "status",
          .argument = "RESULTS",
          .purpose = "Count what is done, left and failed and say why, also while it is computed",
          .options = {},
          .remarks = "",
          .execute = execute};
}

}  // namespace flatgrid

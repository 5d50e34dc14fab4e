#include <array>
#include <cmath>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "flatgrid/campaign/duration.hpp"
#include "flatgrid/grid/cost.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid {
namespace {

constexpr std::array k_statuses = {Status::pending, Status::done, Status::not_interpolating,
                                   Status::diverged, Status::failed};
static_assert(k_statuses.size() == k_status_count);

/// Failed points that are named one by one.
constexpr std::int64_t k_most_named = 10;

using Counts = std::array<std::int64_t, k_status_count>;

ExitCode execute(const Command& command, const std::vector<std::string>& arguments) {
  const std::string file = parse_options(command, arguments).argument;
  const ResultsReader results(file);
  const Configuration& configuration = results.configuration();
  const Axes& axes = configuration.grid;
  const std::vector<Status> statuses = results.statuses();
  const std::vector<double> seconds = results.variable("seconds");

  Counts all{};
  std::vector<Counts> by_method(axes.method.size(), Counts{});
  std::vector<std::int64_t> failed;
  double seconds_spent = 0.0;
  double cost_spent = 0.0;
  double cost_left = 0.0;
  for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
    const auto position = static_cast<std::size_t>(flat);
    const GridPoint point = grid_point(axes, flat);
    const auto status = static_cast<std::size_t>(statuses[position]);
    ++all[status];
    ++by_method[static_cast<std::size_t>(point.method)][status];
    if (statuses[position] == Status::failed) failed.push_back(flat);
    const double cost = predicted_cost(configuration, point);
    if (statuses[position] == Status::pending) {
      cost_left += cost;
    } else if (std::isfinite(seconds[position])) {
      cost_spent += cost;
      seconds_spent += seconds[position];
    }
  }

  std::string text;
  auto end = std::back_inserter(text);
  fmt::format_to(end, "{}: created {} by flatgrid {}\n\n{:<20}", file, results.attribute("created"),
                 results.attribute("flatgrid_version"), "points");
  for (const Status status : k_statuses) fmt::format_to(end, " {:>17}", name_of(status));
  fmt::format_to(end, " {:>9}\n", "all");
  const auto print_row = [&](std::string_view name, const Counts& counts) {
    fmt::format_to(end, "{:<20}", name);
    for (const std::int64_t count : counts) fmt::format_to(end, " {:>17}", count);
    fmt::format_to(end, " {:>9}\n", std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  };
  for (std::size_t method = 0; method < by_method.size(); ++method) {
    print_row(axes.method[method], by_method[method]);
  }
  print_row("all", all);

  const std::int64_t pending = all[static_cast<std::size_t>(Status::pending)];
  if (pending > 0) {
    fmt::format_to(end, "\n{} points left", pending);
    if (cost_spent > 0.0) {
      fmt::format_to(end, ", about {} of one rank's time, judged by the {} spent so far",
                     duration_text(seconds_spent * cost_left / cost_spent),
                     duration_text(seconds_spent));
    }
    text += '\n';
  }
  if (!failed.empty()) {
    text += "\nfailed, to be tried again by the next run:\n";
    for (const std::int64_t flat : failed) {
      if (&flat - failed.data() == k_most_named) {
        fmt::format_to(end, "  and {} more\n", std::ssize(failed) - k_most_named);
        break;
      }
      const GridPoint point = grid_point(axes, flat);
      fmt::format_to(end, "  {}: {}\n", describe(axes, point), results.point(point).message);
    }
  }
  write_output(text);
  return ExitCode::success;
}

}  // namespace

Command status_command() {
  return {.name = "status",
          .argument = "RESULTS",
          .purpose = "Count what is done, left and failed, also while it is being computed",
          .options = {},
          .remarks = "",
          .execute = execute};
}

}  // namespace flatgrid

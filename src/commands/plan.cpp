#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.hpp"
#include "flatgrid/grid/configuration.hpp"
#include "flatgrid/grid/cost.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/results/data_file.hpp"

namespace flatgrid {
namespace {

namespace options = boost::program_options;

/// Size of the results file in bytes, but for a few kB of names and attributes.
double results_bytes(const Configuration& configuration) {
  const auto [methods, samples, noises, widths, seeds] = configuration.grid.shape();
  const auto number = [](auto integer) { return static_cast<double>(integer); };
  const auto variables = result_variables();
  const auto in_history =
      std::count_if(variables.begin(), variables.end(),
                    [](const Variable& variable) { return variable.in_history; });
  const double checkpoints = number(checkpoint_steps(configuration).size());
  const double dimension = number(configuration.problem.dimension);

  // status, checksum, figures and their history, a point
  double bytes = number(configuration.grid.points()) *
                 (4 + 8 + 8 * number(variables.size()) + 8 * number(in_history) * checkpoints);
  if (configuration.output.networks) {
    for (const std::int64_t width : configuration.grid.width) {  // W and a
      bytes += 8 * number(methods * samples * noises * seeds) * number(width) * (dimension + 1);
    }
  }
  if (configuration.output.data) {  // inputs, target, noise; index directions and coefficients
    const double most_samples = number(*std::ranges::max_element(configuration.grid.samples));
    bytes +=
        8 * number(seeds) *
        (most_samples * (dimension + 2) + number(configuration.problem.indices) * (dimension + 1));
  }
  return bytes;
}

ExitCode execute(const Command& command, const std::vector<std::string>& arguments) {
  const ParsedOptions parsed = parse_options(command, arguments);
  Configuration configuration = read_configuration(parsed.argument, parsed.overrides());
  load_data_file(configuration);  // a data file that does not fit is found out here
  const Axes& axes = configuration.grid;

  std::vector<double> method_cost(axes.method.size(), 0.0);
  double cost = 0.0;
  for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
    const GridPoint point = grid_point(axes, flat);
    const double flops = predicted_cost(configuration, point);
    method_cost[static_cast<std::size_t>(point.method)] += flops;
    cost += flops;
  }

  std::string text = canonical_text(configuration);
  auto end = std::back_inserter(text);
  fmt::format_to(end, "\n# grid: {} points", axes.points());
  const auto shape = axes.shape();
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    fmt::format_to(end, "{}{} {}", axis == 0 ? " = " : " x ", shape[axis], k_axis_names[axis]);
  }
  fmt::format_to(end, "\n# results file: about {}\n", bytes_text(results_bytes(configuration)));
  fmt::format_to(end, "# predicted work: at most {:.3g} floating-point operations\n", cost);
  for (std::size_t method = 0; method < method_cost.size(); ++method) {
    fmt::format_to(end, "#   {:<20} {:5.1f} %\n", axes.method[method],
                   100.0 * method_cost[method] / cost);
  }
  write_output(text);
  return ExitCode::success;
}

}  // namespace

Command plan_command() {
  Command command{
      .name = "plan",
      .argument = "CONFIG",
      .purpose = "Show the resolved configuration and the size of its grid; run nothing",
      .options = {},
      .remarks = "",
      .execute = execute};
  command.options.add_options()(
      "set", options::value<std::vector<std::string>>()->value_name("section.key=value"),
      "replace a value of the configuration; may be repeated");
  return command;
}

}  // namespace flatgrid

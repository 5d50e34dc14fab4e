// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid {
namespace {

constexpr std::size_t k_block_bytes = 1 << 20;

/// A text as RFC 4180 wants it: in quotes, quotes within doubled. Empty stays empty.
std::string csv_field(const std::string& text) {
  if (text.empty()) return text;
  std::string field = "\"";
  for (const char character : text) {
    if (character == '"') field += '"';
    field += character;
  }
  return field + '"';
}

/// The name of value number `number` of a figure that is one of a few.
std::string_view meaning(const Variable& variable, double number) {
  std::string_view rest = variable.meanings;
  for (; number > 0 && !rest.empty(); --number) {
    rest.remove_prefix(std::min(rest.find(' '), rest.size() - 1) + 1);
  }
  return rest.substr(0, rest.find(' '));
}

ExitCode execute(const Command& command, const std::vector<std::string>& arguments) {
  const ResultsReader results(parse_options(command, arguments).argument);
  const Axes& axes = results.configuration().grid;
  const std::vector<Status> statuses = results.statuses();
  std::vector<std::vector<double>> figures;
  std::string text;
  auto end = std::back_inserter(text);
  for (const std::string_view axis : k_axis_names) fmt::format_to(end, "{},", axis);
  text += "status";
  const std::vector<Variable>& variables = results.variables().figures;
  for (const Variable& variable : variables) {
    fmt::format_to(end, ",{}", variable.name);
    figures.push_back(results.variable(variable.name));
  }
  text += ",message\n";
  const std::vector<std::string> messages = results.messages();

  for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
    const GridPoint point = grid_point(axes, flat);
    if (!results.part().contains(axes, point)) continue;
    fmt::format_to(end, "{},{},{},{},{},{}", at(axes.algorithm, point.algorithm).name(),
                   at(axes.samples, point.samples), at(axes.noise, point.noise),
                   at(axes.width, point.width), at(axes.seed, point.seed),
                   name_of(at(statuses, flat)));
    for (std::size_t k = 0; k < figures.size(); ++k) {
      text += ',';
      const double value = at(figures[k], flat);
      if (!variables[k].meanings.empty()) {
        text += meaning(variables[k], value);
      } else if (!std::isnan(value)) {
        // The shortest decimal that reads back as the same double; nothing for NaN.
        fmt::format_to(end, "{}", value);
      }
    }
    fmt::format_to(end, ",{}", csv_field(printable(at(messages, flat))));
    text += '\n';
    if (text.size() < k_block_bytes) continue;
    if (!write_output(text)) return ExitCode::success;
    text.clear();
  }
  write_output(text);
  return ExitCode::success;
}

}  // namespace

Command export_command() {
  return {.name = "export",
          .argument = "RESULTS",
          .purpose = "Print a CSV table, a row a grid point; an empty field is a missing figure",
          .options = {},
          .remarks = "",
          .execute = execute};
}

}  // namespace flatgrid

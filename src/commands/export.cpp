// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.hpp"
#include "flatgrid/base/suggestion.hpp"
#include "flatgrid/report/selection.hpp"
#include "flatgrid/results/reader.hpp"
#include "points.hpp"

namespace flatgrid::commands {
namespace {

namespace options = boost::program_options;

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

/// The columns of a table, in its order; each writes its field of a row.
struct Column {
  std::string_view name;
  /// At a point, and in the history at a row of it.
  std::function<void(std::string& text, const configuration::GridPoint& point, std::int64_t flat,
                     Index step)>
      write;
};

/// The shortest decimal that reads back as the same double; nothing for NaN.
void write_number(std::string& text, double value) {
  if (!std::isnan(value)) fmt::format_to(std::back_inserter(text), "{}", value);
}

std::vector<Column> axis_columns(const configuration::Axes& axes) {
  const auto column = [](std::string_view name, auto value_at) {
    return Column{
        name, [=](std::string& text, const configuration::GridPoint& point, std::int64_t, Index) {
          fmt::format_to(std::back_inserter(text), "{}", value_at(point));
        }};
  };
  return {column("algorithm",
                 [&](auto& point) {
                   return configuration::at(axes.algorithm, point.algorithm).name();
                 }),
          column("samples",
                 [&](auto& point) { return configuration::at(axes.samples, point.samples); }),
          column("noise", [&](auto& point) { return configuration::at(axes.noise, point.noise); }),
          column("width", [&](auto& point) { return configuration::at(axes.width, point.width); }),
          column("seed", [&](auto& point) { return configuration::at(axes.seed, point.seed); })};
}

/// A figure over the grid; measured if any of the points has it.
Column figure_column(const results::ResultsReader& results, const grid::Variable& variable,
                     const std::vector<std::int64_t>& points, bool& measured) {
  std::vector<double> figures = results.variable(variable.name);
  measured = !variable.meanings.empty() || std::ranges::any_of(points, [&](std::int64_t flat) {
    return !std::isnan(configuration::at(figures, flat));
  });
  return {variable.name,
          [variable, figures = std::move(figures)](
              std::string& text, const configuration::GridPoint&, std::int64_t flat, Index) {
            const double value = configuration::at(figures, flat);
            if (variable.meanings.empty()) {
              write_number(text, value);
            } else {
              text += meaning(variable, value);
            }
          }};
}

/// The columns that are asked for, of those there are.
std::vector<Column> chosen_columns(std::vector<Column> columns, const std::string& text) {
  std::vector<std::string_view> names;
  for (const Column& column : columns) names.push_back(column.name);
  std::vector<Column> chosen;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    const auto found = std::ranges::find(columns, word, &Column::name);
    if (found == columns.end()) {
      throw Error(fmt::format("export: --columns '{}': {}", printable(word),
                              suggestion_or(did_you_mean(word, names),
                                            fmt::format("is none of {}", fmt::join(names, ", ")))));
    }
    chosen.push_back(*found);
  }
  if (chosen.empty()) throw Error("export: --columns: names no column");
  return chosen;
}

/// Prints rows until nobody reads them any more.
class Output {
 public:
  explicit Output(const std::vector<Column>& columns) : columns_(columns) {
    for (const Column& column : columns_) {
      fmt::format_to(std::back_inserter(text_), "{}{}", text_.empty() ? "" : ",", column.name);
    }
    text_ += '\n';
  }
  /// False once there is no use in going on.
  bool row(const configuration::GridPoint& point, std::int64_t flat, Index step) {
    for (std::size_t k = 0; k < columns_.size(); ++k) {
      if (k > 0) text_ += ',';
      columns_[k].write(text_, point, flat, step);
    }
    text_ += '\n';
    if (text_.size() < k_block_bytes) return true;
    return flush();
  }
  bool flush() {
    const bool read = write_output(text_);
    text_.clear();
    return read;
  }

 private:
  const std::vector<Column>& columns_;
  std::string text_;
};

ExitCode execute_export(const Command& command, const std::vector<std::string>& arguments) {
  const ParsedOptions parsed = parse_options(command, arguments);
  const auto given = [&](const char* option) {
    return parsed.values.count(option) > 0 ? parsed.values[option].as<std::string>() : "";
  };
  const results::ResultsReader results(parsed.argument);
  const configuration::Axes& axes = results.configuration().grid;
  const report::Selection selection = [&] {
    try {
      return report::Selection(axes, given("where"));
    } catch (const Error& error) {
      throw Error(fmt::format("export: --where {}", error.what()));
    }
  }();
  const std::vector<grid::Status> statuses = results.statuses();
  std::vector<std::int64_t> points;
  for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
    const configuration::GridPoint point = configuration::grid_point(axes, flat);
    if (results.part().contains(axes, point) && selection.contains(point) &&
        selection.contains(configuration::at(statuses, flat))) {
      points.push_back(flat);
    }
  }

  std::vector<Column> columns = axis_columns(axes);
  std::vector<std::string_view> unmeasured;
  const bool history = parsed.values.count("history") > 0;
  const std::vector<std::int64_t> steps = results.history_steps();
  MatrixD course;  // of the point that is being written
  if (history) {
    if (steps.empty()) {
      throw Error(
          fmt::format("export: --history: {} has none (output.history = 0)", parsed.argument));
    }
    columns.push_back(
        {"step", [&](std::string& text, const configuration::GridPoint&, std::int64_t, Index step) {
           fmt::format_to(std::back_inserter(text), "{}", configuration::at(steps, step));
         }});
    for (const grid::Variable& variable : results.variables().history) {
      columns.push_back(
          {variable.name, [&, column = grid::history_column(variable)](
                              std::string& text, const configuration::GridPoint&, std::int64_t,
                              Index step) { write_number(text, course(step, column)); }});
    }
  } else {
    columns.push_back(
        {"status", [&](std::string& text, const configuration::GridPoint&, std::int64_t flat,
                       Index) { text += grid::name_of(configuration::at(statuses, flat)); }});
    for (const grid::Variable& variable : results.variables().figures) {
      bool measured = false;
      columns.push_back(figure_column(results, variable, points, measured));
      if (!measured) unmeasured.push_back(variable.name);
    }
    columns.push_back({"message", [messages = results.messages()](std::string& text,
                                                                  const configuration::GridPoint&,
                                                                  std::int64_t flat, Index) {
                         text += csv_field(printable(configuration::at(messages, flat)));
                       }});
  }
  if (parsed.values.count("columns") > 0) {
    columns = chosen_columns(std::move(columns), given("columns"));
  } else {
    std::erase_if(columns, [&](const Column& column) {
      return std::ranges::find(unmeasured, column.name) != unmeasured.end();
    });
  }

  Output output(columns);
  for (const std::int64_t flat : points) {
    const configuration::GridPoint point = configuration::grid_point(axes, flat);
    if (history) course = results.point(point).history;
    const Index rows = history ? course.rows() : 1;
    for (Index step = 0; step < rows; ++step) {
      // Where the training had ended, or the point is not computed yet, there is nothing to tell.
      if (history && course.row(step).array().isNaN().all()) continue;
      if (!output.row(point, flat, step)) return ExitCode::success;
    }
  }
  output.flush();
  return ExitCode::success;
}

}  // namespace

Command export_command() {
  Command command{
      .name = "export",
      .argument = "RESULTS",
      .purpose = "Print a CSV table, a row a grid point; an empty field is a missing figure",
      .options = {},
      .remarks =
          "Without --columns all that are measured at any of the points. Conditions are "
          "AXIS=VALUE, along samples,\nwidth and seed also AXIS=FIRST..LAST, and "
          "status=NAME; those on one axis are alternatives.\n",
      .execute = execute_export};
  command.options.add_options()("columns", options::value<std::string>()->value_name("NAME,..."),
                                "these columns, in this order")(
      "where", options::value<std::string>()->value_name("AXIS=VALUE,..."), "of these points only")(
      "history", "a row a step of the history instead, its last step the end");
  return command;
}

}  // namespace flatgrid::commands

// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/configuration/value.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/layered_flatness.hpp"
#include "flatgrid/network/linear_layers.hpp"
#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/rescaling.hpp"
#include "flatgrid/report/selection.hpp"
#include "flatgrid/results/reader.hpp"
#include "points.hpp"

namespace flatgrid::commands {
namespace {

namespace options = boost::program_options;

/// The number of components of a direction that are shown.
constexpr std::size_t k_components = 3;

/// One figure of the point.
struct ShownFigure {
  std::string_view name;
  std::string_view meaning;
  double value = 0;
  std::string_view word = {};  ///< the meaning of the value, for a figure with meanings
};

/// Ratios to the least orbit minimum of the same data, shown if it is known.
constexpr std::array k_ratios_shown = {
    ShownFigure{"flatness_ratio", "orbit minimum / least known orbit minimum of the same data"},
    ShownFigure{"trace_ratio", "trace / least known orbit minimum of the same data"},
    ShownFigure{"path_norm_ratio", "path norm / least known path norm of the same data"}};

/// One neuron of the network.
struct HeavyNeuron {
  Index number;                     ///< row of `inner`
  double share_of_orbit_min;        ///< of the orbit minimum
  double share_of_trace;            ///< of the trace without its residual part
  double outer;                     ///< a
  double norm;                      ///< ||w||
  VectorD direction;                ///< w / ||w||, [d]; 0 for w = 0
  std::optional<double> bias = {};  ///< b, in networks with biases
};

/// Everything that is shown of a point.
struct ShownPoint {
  std::string file;
  configuration::Axes axes;
  configuration::GridPoint point;
  grid::Status status = grid::Status::pending;
  std::string message;
  std::vector<ShownFigure> figures = {};            ///< the measured figures
  std::vector<std::string_view> not_measured = {};  ///< figures of the file that this point lacks
  std::vector<std::string> not_stored = {};         ///< data that the file does not have
  grid::Record record;
  std::size_t history_steps = 0;
  Index width = 0;
  bool linear_layers = false;             ///< whether the network has linear layers
  Index contributing = 0;                 ///< number of neurons that contribute
  std::vector<HeavyNeuron> neurons = {};  ///< those with the largest shares of the orbit minimum
};

/// "algorithm=sam,samples=100" of a point as messages name it: "sam, samples 100".
std::string as_terms(const std::string& text) {
  std::vector<std::string> terms;
  for (std::string term : configuration::split_outside_parentheses(text)) {
    const std::size_t blank = term.find(' ');
    // A variant has '=' in its parentheses.
    const std::string_view name = std::string_view(term).substr(0, term.find('('));
    if (name.find('=') == std::string_view::npos) {
      if (name.size() < term.size() || blank == std::string::npos) {
        term = "algorithm=" + term;
      } else {
        term[blank] = '=';
      }
    }
    terms.push_back(std::move(term));
  }
  return fmt::format("{}", fmt::join(terms, ","));
}

/// "algorithm=sam,samples=100,..."
std::string terms_of(const configuration::Axes& axes, const configuration::GridPoint& point) {
  return fmt::format(
      "algorithm={},samples={},noise={},width={},seed={}",
      configuration::at(axes.algorithm, point.algorithm).name(),
      configuration::at(axes.samples, point.samples), configuration::at(axes.noise, point.noise),
      configuration::at(axes.width, point.width), configuration::at(axes.seed, point.seed));
}

/// The point selected by POINT. Throws Error if there is none or more than one.
configuration::GridPoint point_named(const results::ResultsReader& results,
                                     const std::string& text) {
  const configuration::Axes& axes = results.configuration().grid;
  const auto refuse = [&](const std::string& reason) {
    throw Error(fmt::format("show: POINT {}", printable(reason)));
  };
  std::optional<configuration::GridPoint> found;
  std::int64_t count = 0;
  try {
    const report::Selection selection(axes, as_terms(text));
    const std::vector<grid::Status> statuses = results.statuses();
    for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
      const configuration::GridPoint point = configuration::grid_point(axes, flat);
      if (!results.part().contains(axes, point) || !selection.contains(point) ||
          !selection.contains(configuration::at(statuses, flat))) {
        continue;
      }
      if (!found) found = point;
      ++count;
    }
  } catch (const Error& error) {
    refuse(error.what());
  }
  if (!found) refuse(fmt::format("'{}': {} has no such point", text, results.path().string()));
  if (count > 1) {
    refuse(fmt::format("'{}': is {}; the first is {}", text, counted(count, "point"),
                       terms_of(axes, *found)));
  }
  return *found;
}

std::vector<HeavyNeuron> heavy_neurons(const configuration::Configuration& configuration,
                                       const network::Network<double>& network,
                                       const MatrixD& inputs, std::size_t most,
                                       Index& contributing) {
  const auto activation = network::make_activation(configuration.network);
  const network::NetworkSettings& settings = configuration.network;
  const VectorD of_orbit = measure::neuron_contributions(*activation, network, inputs, settings);
  const network::Network<double> form = network::two_layer_form(network);
  const measure::NeuronTraces traces = measure::of_trained(
      measure::neuron_traces(*activation, {network.inner, network.outer},
                             network::neuron_inputs(network, inputs), settings.bias->frozen),
      settings);
  const VectorD of_trace = traces.outer_part + traces.inner_part;
  std::vector<Index> order(static_cast<std::size_t>(network.width()));
  std::iota(order.begin(), order.end(), Index{0});
  std::erase_if(order, [&](Index j) { return !(of_orbit(j) > 0); });
  contributing = std::ssize(order);
  std::ranges::stable_sort(order, std::greater(), [&](Index j) { return of_orbit(j); });
  order.resize(std::min(order.size(), most));
  std::vector<HeavyNeuron> neurons;
  for (const Index j : order) {
    const VectorD w = form.inner.row(j).head(configuration.problem.dimension).transpose();
    neurons.push_back({.number = j,
                       .share_of_orbit_min = of_orbit(j) / of_orbit.sum(),
                       .share_of_trace = of_trace(j) / of_trace.sum(),
                       .outer = network.outer(j),
                       .norm = w.norm(),
                       .direction = w.normalized()});
    if (configuration.network.bias->exists) neurons.back().bias = network.inner(j, w.size());
  }
  return neurons;
}

ShownPoint look_at(const results::ResultsReader& results, const configuration::GridPoint& point,
                   std::size_t most_neurons) {
  const configuration::Configuration& configuration = results.configuration();
  const grid::PointResult stored = results.point(point);
  ShownPoint shown{.file = results.path().string(),
                   .axes = configuration.grid,
                   .point = point,
                   .status = stored.record.status,
                   .message = printable(stored.message),
                   .record = stored.record,
                   .history_steps = results.history_steps().size()};
  const auto& figures = results.variables().figures;
  if (grid::is_measured(shown.status)) {
    for (const grid::Variable& variable : figures) {
      const double value = stored.record.*variable.value;
      if (std::isnan(value)) {
        shown.not_measured.push_back(variable.name);
        continue;
      }
      const std::string_view word = variable.meanings.empty() ? "" : meaning(variable, value);
      shown.figures.push_back({variable.name, variable.long_name, value, word});
    }
    const report::Figures of_all(results);
    for (const ShownFigure& ratio : k_ratios_shown) {
      const double value = configuration::at(of_all.variable(ratio.name),
                                             configuration::flat_index(shown.axes, point));
      if (!std::isnan(value)) shown.figures.push_back({ratio.name, ratio.meaning, value});
    }
  }

  std::vector<std::string_view> not_asked_for;
  for (const grid::Variable& variable : grid::result_variables()) {
    if (std::ranges::find(figures, variable.name, &grid::Variable::name) == figures.end()) {
      not_asked_for.push_back(variable.name);
    }
  }
  const auto& output = configuration.output;
  if (!output.networks) {
    shown.not_stored.emplace_back("networks (output.networks = false): no neurons are shown");
  } else if (!output.data) {
    shown.not_stored.emplace_back(
        "data (output.data = false), which flatness is measured on: no neurons are shown");
  }
  if (shown.history_steps == 0) shown.not_stored.emplace_back("history (output.history = 0)");
  if (!not_asked_for.empty()) {
    shown.not_stored.push_back(
        fmt::format("figures that were not requested: {}", fmt::join(not_asked_for, ", ")));
  }
  if (grid::is_measured(shown.status) && output.networks && output.data) {
    shown.width = stored.network.width();
    shown.linear_layers = !stored.network.linear.empty();
    const MatrixD inputs =
        results.data(point.seed)
            .samples.inputs.leftCols(configuration::at(shown.axes.samples, point.samples));
    shown.neurons =
        heavy_neurons(configuration, stored.network, inputs, most_neurons, shown.contributing);
  }
  return shown;
}

/// How the training ended, as recorded; empty for algorithms without training.
std::string end_of_training(const ShownPoint& shown) {
  const grid::Record& record = shown.record;
  std::vector<std::string> parts;
  if (!std::isnan(record.steps)) parts.push_back(fmt::format("steps {:.0f}", record.steps));
  if (!std::isnan(record.train_loss_before_polish)) {
    parts.push_back(fmt::format("train loss {:.3g} at its end", record.train_loss_before_polish));
  }
  if (!std::isnan(record.polish_iterations)) {
    parts.push_back(fmt::format("then {:.0f} iterations of the polish to {:.3g}",
                                record.polish_iterations, record.train_loss));
  }
  if (!std::isnan(record.seconds)) parts.push_back(fmt::format("{:.3g} s", record.seconds));
  return parts.empty() ? "" : fmt::format("training: {}", fmt::join(parts, ", "));
}

/// "-0.97 x3 +0.2 x1": the largest components, numbered from 1.
std::string direction_text(const VectorD& direction) {
  std::vector<Index> order(static_cast<std::size_t>(direction.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::stable_sort(order, std::greater(), [&](Index i) { return std::abs(direction(i)); });
  order.resize(std::min(order.size(), k_components));
  std::vector<std::string> parts;
  for (const Index i : order) parts.push_back(fmt::format("{:+.2g} x{}", direction(i), i + 1));
  return fmt::format("{}", fmt::join(parts, " "));
}

std::string neurons_text(const ShownPoint& shown, std::size_t columns) {
  if (shown.neurons.empty()) return {};
  std::string text = fmt::format(
      "heaviest neurons ({} of {} that contribute, of {}): shares of the orbit minimum and of the "
      "trace, outer weight a, length and largest components of the inner weights w{}{}",
      shown.neurons.size(), shown.contributing, shown.width,
      shown.neurons.front().bias ? ", bias b" : "",
      shown.linear_layers ? " times the linear layers" : "");
  text = '\n' + paragraphs(text, columns);
  std::vector<std::vector<std::string>> rows = {
      {"neuron", "orbit min", "trace", "a", "||w||", "w / ||w||"}};
  const bool biases = shown.neurons.front().bias.has_value();
  if (biases) rows.front().insert(rows.front().end() - 1, "b");
  for (const HeavyNeuron& neuron : shown.neurons) {
    rows.push_back(
        {fmt::format("{}", neuron.number), fmt::format("{:.1f} %", 100 * neuron.share_of_orbit_min),
         fmt::format("{:.1f} %", 100 * neuron.share_of_trace), fmt::format("{:.3g}", neuron.outer),
         fmt::format("{:.3g}", neuron.norm), direction_text(neuron.direction)});
    if (biases) rows.back().insert(rows.back().end() - 1, fmt::format("{:.3g}", *neuron.bias));
  }
  return text + aligned(rows, columns);
}

std::string text_of(const ShownPoint& shown) {
  const std::size_t columns = output_columns();
  std::string text = wrapped(
      fmt::format("{}: {}\n\n", shown.file, configuration::describe(shown.axes, shown.point)),
      columns);
  const auto line = [&](const std::string& words) {
    if (!words.empty()) text += wrapped(words + '\n', columns);
  };
  line(fmt::format("status: {}", grid::name_of(shown.status)));
  if (!shown.message.empty()) line(fmt::format("message: {}", shown.message));
  line(end_of_training(shown));
  if (shown.history_steps > 0) {
    const std::string terms = terms_of(shown.axes, shown.point);
    // The name of a variant has parentheses, which mean something to a shell.
    line(fmt::format("history: flatgrid export {} --history --where {}", shown.file,
                     terms.find('(') == std::string::npos ? terms : "'" + terms + "'"));
  }
  std::vector<Term> figures;
  for (const ShownFigure& figure : shown.figures) {
    const std::string value =
        figure.word.empty() ? fmt::format("{:.6g}", figure.value) : std::string(figure.word);
    figures.push_back(
        {fmt::format("{:<25} {:>11}", figure.name, value), std::string(figure.meaning)});
  }
  if (!figures.empty()) text += '\n' + listed(figures, columns);
  text += neurons_text(shown, columns);
  if (!shown.not_measured.empty() || !shown.not_stored.empty()) text += '\n';
  if (!shown.not_measured.empty()) {
    line(fmt::format("not measured here: {}", fmt::join(shown.not_measured, ", ")));
  }
  for (const std::string& what : shown.not_stored) line("not stored: " + what);
  return text;
}

/// The same as JSON, with all digits and complete directions.
Json json_of(const ShownPoint& shown) {
  Json figures = Json::object();
  for (const ShownFigure& figure : shown.figures) {
    figures[std::string(figure.name)] =
        figure.word.empty() ? Json(figure.value) : Json(figure.word);
  }
  for (const std::string_view name : shown.not_measured) figures[std::string(name)] = nullptr;
  Json neurons = Json::array();
  for (const HeavyNeuron& neuron : shown.neurons) {
    neurons.push_back(
        {{"neuron", neuron.number},
         {"share_of_orbit_min", neuron.share_of_orbit_min},
         {"share_of_trace", neuron.share_of_trace},
         {"outer", neuron.outer},
         {"norm", neuron.norm},
         {"direction", std::vector<double>(neuron.direction.begin(), neuron.direction.end())}});
    if (neuron.bias) neurons.back()["bias"] = *neuron.bias;
  }
  return {{"file", shown.file},
          {"point", json_of_point(shown.axes, shown.point)},
          {"status", grid::name_of(shown.status)},
          {"message", shown.message},
          {"figures", figures},
          {"history_steps", shown.history_steps},
          {"neurons", neurons},
          {"not_stored", shown.not_stored}};
}

ExitCode execute_show(const Command& command, const std::vector<std::string>& arguments) {
  const ParsedOptions parsed = parse_options(command, arguments);
  const auto neurons = parsed.values["neurons"].as<int>();
  if (neurons < 0) throw Error(fmt::format("show: --neurons {}: must be 0 or more", neurons));
  const results::ResultsReader results(parsed.argument);
  const ShownPoint shown = look_at(results, point_named(results, parsed.arguments[1]),
                                   static_cast<std::size_t>(neurons));
  write_output(parsed.values.count("json") > 0
                   ? json_of(shown).dump(2, ' ', false, Json::error_handler_t::replace) + '\n'
                   : text_of(shown));
  return ExitCode::success;
}

}  // namespace

Command show_command() {
  Command command{
      .name = "show",
      .argument = "RESULTS POINT",
      .purpose = "Show one point: its figures, the end of its training, its heaviest neurons",
      .options = {},
      .remarks =
          "POINT has the form of `flatgrid export --where`, algorithm=sam,noise=0,seed=3, or the "
          "form "
          "that `flatgrid status` prints, 'sam, samples 100, noise 0, width 200, seed 3'. Axes "
          "with "
          "one value may be omitted. Neurons are shown if networks and data are stored "
          "(output.networks, output.data).\n",
      .execute = execute_show};
  command.options.add_options()("neurons", options::value<int>()->default_value(5)->value_name("N"),
                                "the number of heaviest neurons to show")("json", "print JSON");
  return command;
}

}  // namespace flatgrid::commands

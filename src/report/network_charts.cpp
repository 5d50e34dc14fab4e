// SPDX-License-Identifier: MIT
#include "flatgrid/report/network_charts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "chart_parts.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/grid/study.hpp"
#include "flatgrid/measure/index_spectrum.hpp"
#include "flatgrid/measure/layered_flatness.hpp"
#include "flatgrid/measure/neurons.hpp"
#include "flatgrid/network/kernels.hpp"
#include "flatgrid/random/stream.hpp"
#include "flatgrid/report/rescaling.hpp"

namespace flatgrid::report {

namespace {

/// A neuron with |w.x_i| below this share of ||w|| ||x_i|| counts as on the border of sample i: the search for the
/// flattest leaves neurons at 1e-13.
constexpr double k_on_border = 1e-9;

/// A contributing neuron in the charts.
struct ShownNeuron {
  double length;      ///< length of the projection of its direction onto the index subspace
  VectorD cosines;    ///< [r]: cosines with the index directions
  double share;       ///< share of the orbit minimum
  Index borders = 0;  ///< number of samples with w.x_i = 0
  std::string description = {};  ///< label of the mark
};

std::vector<ShownNeuron> shown_neurons(const grid::Study& study,
                                       const network::Network<double>& network,
                                       const MatrixD& inputs, const MatrixD& directions) {
  const MatrixD basis = measure::span_basis(directions);
  const VectorD of_neurons = measure::neuron_contributions(*study.activation, network, inputs,
                                                           study.configuration.network);
  const network::Network<double> form = network::two_layer_form(network);
  std::vector<ShownNeuron> neurons;
  for (Index j = 0; j < network.width(); ++j) {
    const VectorD w = form.inner.row(j).transpose();
    const VectorD direction = w.head(directions.cols());  // without bias
    if (!(of_neurons(j) > 0) || direction.norm() == 0) continue;
    ShownNeuron neuron{.length = (basis.transpose() * direction).norm() / direction.norm(),
                       .cosines = directions * direction / direction.norm(),
                       .share = of_neurons(j) / of_neurons.sum()};
    for (Index i = 0; i < inputs.cols(); ++i) {
      neuron.borders +=
          std::abs(w.dot(inputs.col(i))) < k_on_border * w.norm() * inputs.col(i).norm();
    }
    Index nearest = 0;
    neuron.cosines.cwiseAbs().maxCoeff(&nearest);
    neuron.description = fmt::format("neuron {}, on {}, a {} 0, nearest index direction {}", j,
                                     counted(neuron.borders, "border"),
                                     network.outer(j) > 0 ? ">" : "<", nearest + 1);
    neurons.push_back(std::move(neuron));
  }
  return neurons;
}

Chart neuron_chart(const std::string& name, const std::string& instance, Index dimension,
                   const std::vector<ShownNeuron>& neurons) {
  Chart chart{.id = "neurons",
              .title = "Neurons of " + name,
              .caption = fmt::format(
                  "{}. Share of the flatness of each neuron against the length of its direction in "
                  "the index subspace; vertex, between, interior: by the number of samples with "
                  "w.x = 0.",
                  instance),
              .x = {"length in the index subspace", false},
              .y = {"share of the flatness", true},
              .series = {{.name = "vertex"}, {.name = "between"}, {.name = "interior"}}};
  for (const ShownNeuron& neuron : neurons) {
    const std::size_t kind = neuron.borders >= dimension - 1 ? 0 : neuron.borders > 0 ? 1 : 2;
    chart.series[kind].marks.push_back(
        {.x = neuron.length, .y = neuron.share, .label = neuron.description});
  }
  return chart;
}

Chart plane_chart(const std::string& name, const std::string& instance,
                  const std::vector<ShownNeuron>& neurons) {
  Chart chart{
      .id = "directions",
      .title = fmt::format("Directions of {}'s neurons", name),
      .caption = fmt::format(
          "{}. Cosines with the first two index directions, by share of the flatness.", instance),
      .x = {"cosine with index direction 1", false},
      .y = {"cosine with index direction 2", false},
      // The largest last, on top of the others.
      .series = {{.name = "share below 0.003"}, {.name = "0.003 to 0.03"}, {.name = "above 0.03"}}};
  for (const ShownNeuron& neuron : neurons) {
    const std::size_t kind = neuron.share < 0.003 ? 0 : neuron.share < 0.03 ? 1 : 2;
    chart.series[kind].marks.push_back(
        {.x = neuron.cosines(0),
         .y = neuron.cosines(1),
         .label = fmt::format("{}, share {:.2g}", neuron.description, neuron.share)});
  }
  return chart;
}

/// The index spectra of all algorithms on the instance of a point.
Chart spectrum_chart(const Figures& figures, const Selection& selection, const grid::Study& study,
                     configuration::GridPoint point) {
  const configuration::Axes& axes = figures.axes();
  Chart chart{.id = "index-spectrum",
              .title = "Index spectrum",
              .caption = fmt::format(
                  "{}. Eigenvalues of E grad f(x) grad f(x)^T as shares of their sum; the target "
                  "has {} index directions.",
                  instance_text(axes, point), study.configuration.problem.indices),
              .x = {"number of the eigenvalue", false},
              .y = {"share", true}};
  for (Index k = 0; k < study.configuration.problem.dimension; ++k) {
    chart.x.values.push_back(static_cast<double>(k + 1));
  }
  for (point.algorithm = 0; point.algorithm < std::ssize(axes.algorithm); ++point.algorithm) {
    if (!is_shown(figures, selection, configuration::flat_index(axes, point))) continue;
    const measure::IndexSpectrum spectrum =
        measure::index_spectrum(study.problem, *study.activation,
                                network::two_layer_form(figures.results().point(point).network),
                                configuration::at(axes.seed, point.seed));
    Series series = series_of_algorithm(figures, point.algorithm, true);
    const double sum = spectrum.eigenvalues.sum();
    for (Index k = 0; k < spectrum.eigenvalues.size(); ++k) {
      // Values this small are rounding errors of 0.
      const double share = spectrum.eigenvalues(k) / sum;
      if (share > 1e-12) series.marks.push_back({.x = static_cast<double>(k + 1), .y = share});
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

/// For inputs of dimension 1: the functions that all algorithms have found on the instance of a point, f*, and the
/// samples.
Chart function_chart(const Figures& figures, const Selection& selection, const grid::Study& study,
                     const results::StoredData& data, configuration::GridPoint point) {
  constexpr Index k_places = 301;
  constexpr double k_beyond = 0.1;  // of the samples' range, on either side
  const configuration::Axes& axes = figures.axes();
  const Index samples = configuration::at(axes.samples, point.samples);
  const VectorD x = data.samples.inputs.row(0).head(samples);
  const VectorD labels =
      data.samples.target.head(samples) +
      configuration::at(axes.noise, point.noise) * data.samples.noise.head(samples);
  const double margin = k_beyond * (x.maxCoeff() - x.minCoeff());
  const MatrixD places =
      VectorD::LinSpaced(k_places, x.minCoeff() - margin, x.maxCoeff() + margin).transpose();
  Chart chart{.id = "function",
              .title = "Functions",
              .caption = fmt::format("{}. What each algorithm has found, and its samples.",
                                     instance_text(axes, point)),
              .x = {"x", false},
              .y = {"f(x)", false}};
  const auto add_line = [&](Series series, const VectorD& values) {
    series.line = series.bare = true;
    for (Index k = 0; k < k_places; ++k) series.marks.push_back({.x = places(k), .y = values(k)});
    chart.series.push_back(std::move(series));
  };
  if (!study.configuration.problem.inputs->is_file())
    add_line({.name = "f*"}, study.problem.target_values(data.target, places));
  const MatrixD inputs = study.problem.network_inputs(places);
  for (point.algorithm = 0; point.algorithm < std::ssize(axes.algorithm); ++point.algorithm) {
    if (!is_shown(figures, selection, configuration::flat_index(axes, point))) continue;
    const network::Network<double> network = figures.results().point(point).network;
    network::Workspace<double> workspace(network.width());
    VectorD outputs;
    network::predict(*study.activation, network, inputs, workspace, outputs);
    add_line(series_of_algorithm(figures, point.algorithm, true), outputs);
  }
  Series of_samples{.name = "samples"};
  for (Index i = 0; i < samples; ++i) of_samples.marks.push_back({.x = x(i), .y = labels(i)});
  chart.series.push_back(std::move(of_samples));
  return chart;
}

/// f - f* of a network at places [d, m].
VectorD errors(const grid::Study& study, const problem::IndexModel& target,
               const network::Network<double>& network, const MatrixD& places) {
  network::Workspace<double> workspace(network.width());
  VectorD outputs;
  network::predict(*study.activation, network, study.problem.network_inputs(places), workspace,
                   outputs);
  return outputs - study.problem.target_values(target, places);
}

/// The unit vector of the largest |f - f*| that is found: of random ones, and of ever smaller changes of the best.
VectorD place_of_largest_error(const grid::Study& study, const problem::IndexModel& target,
                               const network::Network<double>& network, std::int64_t seed) {
  constexpr int k_draws = 2000, k_changes = 2000;
  constexpr double k_changes_to_half = 100;  ///< after so many a change has half the size
  random::Stream stream(seed, random::Purpose::test_set, 0);
  VectorD best = VectorD::Zero(target.directions.cols()), draw(best.size());
  double largest = -1;
  for (int k = 0; k < k_draws + k_changes; ++k) {
    random::fill_normal(stream, draw);
    draw.normalize();
    if (k >= k_draws)
      draw = (best + std::exp2((k_draws - k) / k_changes_to_half) * draw).normalized();
    const double error = std::abs(errors(study, target, network, draw)(0));
    if (!(error > largest)) continue;
    largest = error;
    best = draw;
  }
  return best;
}

}  // namespace

std::optional<configuration::GridPoint> first_point(const Figures& figures,
                                                    const Selection& selection,
                                                    const Selection& among) {
  for (std::int64_t flat = 0; flat < figures.axes().points(); ++flat) {
    const configuration::GridPoint point = configuration::grid_point(figures.axes(), flat);
    if (is_shown(figures, selection, flat) && among.contains(point)) return point;
  }
  return std::nullopt;
}

std::vector<Chart> network_charts(const Figures& figures, const Selection& selection,
                                  const configuration::GridPoint& point) {
  if (!has_networks(figures)) return {};
  const results::ResultsReader& results = figures.results();
  const configuration::Axes& axes = figures.axes();
  const results::StoredData data = results.data(point.seed);
  const MatrixD& directions = data.target.directions;
  const grid::Study study(results.configuration());
  std::vector<Chart> charts;
  if (study.configuration.problem.dimension == 1)
    charts.push_back(function_chart(figures, selection, study, data, point));
  if (measure::span_basis(directions).cols() == 0) return charts;
  const std::vector<ShownNeuron> neurons = shown_neurons(
      study, results.point(point).network,
      data.samples.inputs.leftCols(configuration::at(axes.samples, point.samples)), directions);
  const std::string name(configuration::at(axes.algorithm, point.algorithm).name());
  const std::string instance = instance_text(axes, point);
  charts.push_back(neuron_chart(name, instance, study.problem.network_dimension(), neurons));
  if (directions.rows() > 1) charts.push_back(plane_chart(name, instance, neurons));
  if (!study.configuration.problem.inputs->is_file()) {
    charts.push_back(spectrum_chart(figures, selection, study, point));
  }
  for (Chart& chart : charts) {
    std::erase_if(chart.series, [](const Series& series) { return series.marks.empty(); });
  }
  return charts;
}

std::optional<Chart> worst_function_chart(const Figures& figures, const Selection& selection,
                                          configuration::GridPoint point) {
  const grid::Study study(figures.results().configuration());
  if (!has_networks(figures) || study.configuration.problem.inputs->is_file() ||
      study.configuration.problem.dimension == 1)
    return std::nullopt;
  const results::StoredData data = figures.results().data(point.seed);
  constexpr Index k_places = 721;
  const configuration::Axes& axes = figures.axes();
  std::vector<std::int64_t> entries;
  std::optional<std::int64_t> farthest;
  for (const std::int64_t entry :
       figures.entries_of(std::array<std::string_view, 2>{"flattest", "worst"})) {
    point.algorithm = entry;
    if (!is_shown(figures, selection, configuration::flat_index(axes, point))) continue;
    entries.push_back(entry);
    if (configuration::at(axes.algorithm, entry)->name == "worst" &&
        (!farthest || worst_ratio(figures, entry) > worst_ratio(figures, *farthest)))
      farthest = entry;
  }
  if (!farthest) return std::nullopt;
  const auto network_of = [&](std::int64_t entry) {
    point.algorithm = entry;
    return figures.results().point(point).network;
  };
  const VectorD place = place_of_largest_error(study, data.target, network_of(*farthest),
                                               configuration::at(axes.seed, point.seed));
  const Index samples = configuration::at(axes.samples, point.samples);
  const MatrixD inputs = data.samples.inputs.leftCols(samples);
  const VectorD norms = inputs.colwise().norm();
  Index nearest = 0;
  const double cosine =
      (inputs.transpose() * place).cwiseAbs().cwiseQuotient(norms).maxCoeff(&nearest);
  const VectorD across =
      (inputs.col(nearest) - inputs.col(nearest).dot(place) * place).normalized();

  constexpr double k_degrees = 180 / std::numbers::pi;
  Chart chart{
      .id = "worst-function",
      .title = "Error of the worst function",
      .caption = fmt::format(
          "{}. f(x) - f*(x) of unit vectors x against their angle, {}. At 0 is the largest error "
          "found of {}; the nearest line of a sample is {:.2g} degrees away. Samples: noise of the "
          "label of each sample / its length.",
          instance_text(axes, point),
          place.size() == 2 ? "all of the plane"
                            : "on the circle through the largest error and the nearest sample",
          series_of_algorithm(figures, *farthest).name,
          std::acos(std::min(1.0, cosine)) * k_degrees),
      .x = {"angle in degrees", false},
      .y = {"f(x) - f*(x)", false}};
  const VectorD angles = VectorD::LinSpaced(k_places, -180, 180);
  MatrixD places(place.size(), k_places);
  for (Index k = 0; k < k_places; ++k)
    places.col(k) =
        std::cos(angles(k) / k_degrees) * place + std::sin(angles(k) / k_degrees) * across;
  for (const std::int64_t entry : entries) {
    Series series = series_of_algorithm(figures, entry, true);
    const VectorD values = errors(study, data.target, network_of(entry), places);
    for (Index k = 0; k < k_places; ++k) series.marks.push_back({.x = angles(k), .y = values(k)});
    chart.series.push_back(std::move(series));
  }
  Series of_samples{.name = "samples"};
  const double noise = configuration::at(axes.noise, point.noise);
  for (Index i = 0; i < samples; ++i) {
    const double along = inputs.col(i).dot(place), aside = inputs.col(i).dot(across);
    if (std::hypot(along, aside) < (1 - 1e-9) * norms(i)) continue;
    of_samples.marks.push_back({.x = std::atan2(aside, along) * k_degrees,
                                .y = noise * data.samples.noise(i) / norms(i),
                                .label = fmt::format("sample {}", i)});
  }
  chart.series.push_back(std::move(of_samples));
  return chart;
}

}  // namespace flatgrid::report

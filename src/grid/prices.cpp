// SPDX-License-Identifier: MIT
#include "flatgrid/grid/prices.hpp"

#include <algorithm>

#include "flatgrid/algorithm/flattest/price.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/measure/extreme_samples.hpp"
#include "flatgrid/measure/index_spectrum.hpp"
#include "flatgrid/measure/population_loss.hpp"

namespace flatgrid::grid {
namespace {

/// The typical number of Hessian-vector products of the Lanczos iteration.
constexpr double k_lanczos_products = 100;
/// The largest number of samples in a block of the kernels, and the number of blocks in memory.
constexpr double k_block_doubles = 4 * 128;
/// The typical number of sweeps of the minimization over the orbit of a network with linear layers.
constexpr double k_sweeps = 30;

std::vector<Index> linear_widths(const Study& study) {
  return network::linear_widths(study.configuration.network, study.problem.network_dimension());
}

/// Of the measurement of the flatness of a network with linear layers; 0 without them.
double layers_flops(const Study& study, double n, double m) {
  const std::vector<Index> hidden = linear_widths(study);
  if (hidden.empty()) return 0;
  const double rank =
      static_cast<double>(std::min(std::ranges::min(hidden), study.problem.network_dimension()));
  const auto spaces = static_cast<double>(hidden.size());
  return k_sweeps * (4 * n * m + 12 * spaces * n * rank * rank);
}

/// The price of the run of a point, predicted by its algorithm.
algorithm::Price run_price(const Study& study, const configuration::GridPoint& point) {
  return configuration::at(study.configuration.grid.algorithm, point.algorithm)
      ->price(outline_of(study, point));
}

bool is_of(const Study& study, const configuration::GridPoint& point, std::string_view algorithm) {
  return configuration::at(study.configuration.grid.algorithm, point.algorithm)->name == algorithm;
}

/// Whether the point includes the search for the null-space radius.
bool has_null_space_radius(const Study& study, const configuration::GridPoint& point) {
  return study.configuration.flatness.null_space_radius && is_of(study, point, "flattest");
}

/// Whether the point includes an upper bound on the loss of the worst.
bool has_loss_bound(const Study& study, const configuration::GridPoint& point) {
  return study.configuration.flatness.worst_loss_bound && is_of(study, point, "worst");
}

/// The largest memory of a point in bytes, without the program itself.
double bytes_of(const Study& study, const configuration::GridPoint& point) {
  const configuration::Configuration& configuration = study.configuration;
  const configuration::Axes& axes = configuration.grid;
  const Index samples = configuration::at(axes.samples, point.samples);
  const Index width = configuration::at(axes.width, point.width);
  const auto n = static_cast<double>(samples);
  const auto m = static_cast<double>(width);
  const auto d = static_cast<double>(study.problem.network_dimension());
  const double network_bytes =
      8 * network::parameter_count(width, study.problem.network_dimension(), linear_widths(study));

  const algorithm::Price run = run_price(study, point);
  // Inputs, labels and the data set; network, result and a row being written, and the panels of the kernels.
  double bytes = run.bytes + 8 * n * (d + 4) + 12 * network_bytes + 8 * k_block_doubles * m;

  if (run.polished && configuration::at(study.training, point.algorithm).polish) {
    bytes += polish::polish_price(samples, width, study.problem.network_dimension(),
                                  linear_widths(study))
                 .bytes;
  }
  bytes += measure::population_loss_price(study.problem, width).bytes;
  if (configuration.network.has_linear_layers())
    bytes += 8 * 4 * m * n;  // activations of all samples

  // Two activations [m, n] and a scaled copy, three [n, n]; the basis of Lanczos and Hutch++.
  const configuration::FlatnessSettings& extras = configuration.flatness;
  if (extras.tangent_kernel || extras.frobenius_norm) bytes += 8 * (4 * m * n + 4 * n * n);
  if (extras.top_eigenvalue) bytes += 40 * network_bytes;
  if (has_null_space_radius(study, point))
    bytes += flattest::budget_search_price(samples, study.problem.network_dimension()).bytes;
  if (has_null_space_radius(study, point) || has_loss_bound(study, point))
    bytes += flattest::loss_bound_price(samples, study.problem.network_dimension()).bytes;
  // Activations, derivatives, features and their decomposition.
  if (is_of(study, point, "single-index")) bytes += 8 * 6 * n * m;
  if (extras.index_spectrum) bytes += measure::index_spectrum_price(study.problem, width).bytes;
  return bytes + 2 * static_cast<double>(extras.trace_probes) * network_bytes;
}

}  // namespace

algorithm::PointOutline outline_of(const Study& study, const configuration::GridPoint& point) {
  const configuration::Axes& axes = study.configuration.grid;
  return {.training = configuration::at(study.training, point.algorithm),
          .problem = study.problem,
          .activation = *study.activation,
          .samples = configuration::at(axes.samples, point.samples),
          .noise = configuration::at(axes.noise, point.noise),
          .width = configuration::at(axes.width, point.width),
          .network = study.configuration.network};
}

std::vector<configuration::GridPoint> cost_classes(const configuration::Axes& axes) {
  const auto [algorithms, samples, noises, widths, seeds] = axes.shape();
  std::vector<configuration::GridPoint> firsts;
  for (std::int64_t position = 0; position < algorithms * samples * widths; ++position) {
    firsts.push_back({.algorithm = position / widths / samples,
                      .samples = position / widths % samples,
                      .width = position % widths});
  }
  return firsts;
}

std::int64_t cost_class_of(const configuration::Axes& axes, const configuration::GridPoint& point) {
  const auto [algorithms, samples, noises, widths, seeds] = axes.shape();
  return (point.algorithm * samples + point.samples) * widths + point.width;
}

PointWork work_of(const Study& study, const configuration::GridPoint& point) {
  const configuration::Configuration& configuration = study.configuration;
  const configuration::Axes& axes = configuration.grid;
  const Index samples = configuration::at(axes.samples, point.samples);
  const Index width = configuration::at(axes.width, point.width);
  const auto n = static_cast<double>(samples);
  const auto m = static_cast<double>(width);
  const auto d = static_cast<double>(study.problem.network_dimension());
  const double pass = 2 * n * d * m;  // all samples through the network

  const algorithm::Price run = run_price(study, point);
  const polish::PolishPrice polish =
      polish::polish_price(samples, width, study.problem.network_dimension(), linear_widths(study));
  const configuration::FlatnessSettings& asked = configuration.flatness;
  const double hessian_product = 4 * pass;
  double extras = 2 * static_cast<double>(asked.trace_probes) * hessian_product;
  if (asked.top_eigenvalue) extras += k_lanczos_products * hessian_product;
  if (asked.frobenius_norm) extras += 2 * n * n * m * d;
  if (asked.tangent_kernel) extras += 2 * n * n * m + 4 * n * n * n / 3;
  if (asked.activation_rates) extras += pass;
  if (asked.index_spectrum) extras += measure::index_spectrum_price(study.problem, width).flops;
  if (is_of(study, point, "single-index")) {
    const auto penalties =
        static_cast<double>(configuration::at(study.training, point.algorithm).ridge.size());
    extras +=
        4 * n * m * std::min(n, m) +
        penalties * (8 * m * m * m + measure::population_loss_price(study.problem, width).flops);
  }
  if (study.problem.appends_one() && !configuration.network.bias->frozen) {
    const double examined = std::min(n, static_cast<double>(measure::k_most_examined));
    extras += 2 * d * examined * (2 * n * d + d * d * d);
  }
  if (has_null_space_radius(study, point))
    extras += flattest::budget_search_price(samples, study.problem.network_dimension()).flops;
  if (has_null_space_radius(study, point) || has_loss_bound(study, point))
    extras += flattest::loss_bound_price(samples, study.problem.network_dimension()).flops;
  if (asked.sharpness_radius > 0) extras += 2 * static_cast<double>(asked.sharpness_draws) * pass;
  return {.run = run,
          .measurement = 3 * pass + measure::population_loss_price(study.problem, width).flops +
                         layers_flops(study, n, m),
          .measurements = static_cast<double>(
              run.steps > 1 ? std::max<std::int64_t>(configuration.output.history, 1) : 1),
          .polish = run.polished && configuration::at(study.training, point.algorithm).polish
                        ? polish.iterations * polish.flops_per_iteration
                        : 0,
          .extras = extras};
}

PointPrices::PointPrices(const Study& study) : axes_(study.configuration.grid) {
  for (const configuration::GridPoint& point : cost_classes(axes_)) {
    prices_.push_back(
        {.flops = std::max(work_of(study, point).flops(), 1.0), .bytes = bytes_of(study, point)});
  }
}

}  // namespace flatgrid::grid

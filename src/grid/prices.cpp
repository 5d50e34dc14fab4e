// SPDX-License-Identifier: MIT
#include "flatgrid/grid/prices.hpp"

#include <algorithm>

#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/measure/population_loss.hpp"

namespace flatgrid {
namespace {

/// Products with the Hessian of a usual Lanczos iteration.
constexpr double k_lanczos_products = 100;
/// Samples of a block of the kernels at the most, and blocks held at once.
constexpr double k_block_doubles = 3 * 128;

PointPrice price_of(const Study& study, const GridPoint& point) {
  const Configuration& configuration = study.configuration;
  const Axes& axes = configuration.grid;
  const Index samples = at(axes.samples, point.samples);
  const Index width = at(axes.width, point.width);
  const auto n = static_cast<double>(samples);
  const auto m = static_cast<double>(width);
  const auto d = static_cast<double>(configuration.problem.dimension);
  const double pass = 2 * n * d * m;  // of all samples through the network
  const double network_bytes = 8 * m * (d + 1);

  const Price run = run_price(study, point);
  double flops = run.steps * run.flops_per_step;
  // Inputs, labels, and what they are made of; network, result and a row of it being written.
  double bytes = run.bytes + 8 * n * (d + 4) + 6 * network_bytes + 8 * k_block_doubles * m;

  const PolishPrice polish = polish_price(samples, width, configuration.problem.dimension);
  if (run.polished) {
    flops += polish.iterations * polish.flops_per_iteration;
    bytes += polish.bytes;
  }

  const PopulationLossPrice loss = population_loss_price(study.problem, width);
  const auto measurements = static_cast<double>(
      run.steps > 1 ? std::max<std::int64_t>(configuration.output.history, 1) : 1);
  flops += measurements * (3 * pass + loss.flops);
  bytes += loss.bytes;

  const FlatnessSettings& extras = configuration.flatness;
  const double hessian_product = 4 * pass;
  const auto probes = static_cast<double>(extras.trace_probes);
  if (extras.top_eigenvalue) flops += k_lanczos_products * hessian_product;
  flops += 2 * probes * hessian_product;
  if (extras.frobenius_norm) flops += 2 * n * n * m * d;
  if (extras.tangent_kernel) flops += 2 * n * n * m + 4 * n * n * n / 3;
  flops += 2 * static_cast<double>(extras.sharpness_draws) * pass *
           (extras.sharpness_radius > 0 ? 1 : 0);
  // Activations [m, n] twice with a scaled copy, three [n, n]; the basis of Lanczos and Hutch++.
  if (extras.tangent_kernel || extras.frobenius_norm) bytes += 8 * (4 * m * n + 4 * n * n);
  if (extras.top_eigenvalue) bytes += 40 * network_bytes;
  bytes += 2 * probes * network_bytes;
  return {.flops = std::max(flops, 1.0), .bytes = bytes};
}

}  // namespace

std::vector<GridPoint> cells(const Axes& axes) {
  const auto [algorithms, samples, noises, widths, seeds] = axes.shape();
  std::vector<GridPoint> firsts;
  for (std::int64_t cell = 0; cell < algorithms * samples * widths; ++cell) {
    firsts.push_back({.algorithm = cell / widths / samples,
                      .samples = cell / widths % samples,
                      .width = cell % widths});
  }
  return firsts;
}

std::int64_t cell_of(const Axes& axes, const GridPoint& point) {
  const auto [algorithms, samples, noises, widths, seeds] = axes.shape();
  return (point.algorithm * samples + point.samples) * widths + point.width;
}

Price run_price(const Study& study, const GridPoint& point) {
  const Axes& axes = study.configuration.grid;
  return at(axes.algorithm, point.algorithm)
      ->price({.training = study.configuration.training,
               .problem = study.problem,
               .activation = *study.activation,
               .samples = at(axes.samples, point.samples),
               .width = at(axes.width, point.width)});
}

PointPrices::PointPrices(const Study& study) : axes_(study.configuration.grid) {
  for (const GridPoint& point : cells(axes_)) prices_.push_back(price_of(study, point));
}

}  // namespace flatgrid

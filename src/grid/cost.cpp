// SPDX-License-Identifier: MIT
#include "flatgrid/grid/cost.hpp"

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid {
namespace {

/// Iterations of a usual polish, and products with the Hessian of a Lanczos iteration.
constexpr double k_polish_iterations = 10;
constexpr double k_lanczos_products = 100;

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

double predicted_cost(const Configuration& configuration, const GridPoint& point) {
  const Axes& axes = configuration.grid;
  const auto n = static_cast<double>(at(axes.samples, point.samples));
  const auto m = static_cast<double>(at(axes.width, point.width));
  const auto d = static_cast<double>(configuration.problem.dimension);
  const Algorithm& algorithm = find_algorithm(at(axes.algorithm, point.algorithm));
  const double pass = 2 * n * d * m;
  const double linear_system = n * n * (m + n / 3);
  const double measurement = pass + 100 * m * m;

  double flops = 2 * measurement + linear_system;
  if (algorithm.trained) {
    const double seen =
        algorithm.samples_per_step(configuration.training, at(axes.samples, point.samples));
    flops += 4 * seen * d * m * static_cast<double>(configuration.training.steps);
    flops += k_polish_iterations * linear_system;
    flops += measurement * static_cast<double>(configuration.output.history);
  }
  const FlatnessSettings& extras = configuration.flatness;
  const double hessian_product = 4 * pass;
  if (extras.top_eigenvalue) flops += k_lanczos_products * hessian_product;
  flops += 2 * static_cast<double>(extras.trace_probes) * hessian_product;
  if (extras.frobenius_norm) flops += 2 * n * n * m * d;
  if (extras.tangent_kernel) flops += 10 * linear_system;
  if (extras.sharpness_radius > 0) {
    flops += 2 * static_cast<double>(extras.sharpness_draws) * pass;
  }
  return flops;
}

}  // namespace flatgrid

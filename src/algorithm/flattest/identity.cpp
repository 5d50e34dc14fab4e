// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/identity.hpp"

#include <cmath>
#include <limits>

#include "flatgrid/base/decompositions.hpp"

namespace flatgrid::flattest {

FlattestResult flattest_linear(const FlattestProblem& problem) {
  const Reduction reduction =
      reduce(problem.inputs, problem.labels, problem.slope, 1, problem.least_extent, problem.gauge);
  const Samples& samples = reduction.samples;
  if (samples.size() == 0) return refitted_result(problem, reduction, {}, {});
  const VectorD w = LeastSquares(samples.rows).solve(reduction.labels);
  const Side side = Side::Ones(samples.size());
  const double g = price(samples, w, side);
  FlattestResult result =
      refitted_result(problem, reduction, {w.normalized(), side}, VectorD::Constant(1, g));
  if (result.network.width() == 0) return result;
  if (!result.interpolates)
    result.message = "the labels are not linear in the inputs: no network fits them";
  // g(w) after n d roundings; that of the labels is c ||y||.
  const Index total = problem.inputs.cols();
  const double rounding = static_cast<double>(problem.inputs.size() + total + 8) *
                          std::numeric_limits<double>::epsilon();
  if (problem.gauge == GaugeKind::path_norm) {
    result.lower_bound = g * reduction.cost_unit * (1 - rounding);
    result.kind = BoundKind::estimated;
  } else {
    const VectorD l = reduction.labels / reduction.labels.norm() * (g / (samples.rows * w).norm());
    result.multipliers = reduction.expanded(l) * reduction.input_unit;
    result.lower_bound = 2 / static_cast<double>(total) * problem.inputs.stableNorm() *
                         problem.labels.stableNorm() * (1 - rounding);
    result.kind = BoundKind::certified;
  }
  if (result.interpolates) result.gap = result.cost / result.lower_bound - 1;
  return result;
}

}  // namespace flatgrid::flattest

// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/lower_bound.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "flatgrid/algorithm/flattest/face_oracle.hpp"
#include "flatgrid/algorithm/flattest/reduction.hpp"
#include "flatgrid/algorithm/flattest/search_oracle.hpp"
#include "flatgrid/base/error.hpp"

namespace flatgrid {

namespace {

constexpr double k_most_faces = 1e6;
constexpr double k_most_bytes = 1e9;
constexpr Index k_most_dimensions = 12;
/// What joining samples of one ray, or a rotation into their span, may change in relation.
constexpr double k_reduction_allowance = 1e-12;

/// l.y in extended precision, rounded down.
double product_below(const VectorD& multipliers, const VectorD& labels) {
  long double sum = 0;
  long double mass = 0;
  for (Index i = 0; i < labels.size(); ++i) {
    const long double term =
        static_cast<long double>(multipliers(i)) * static_cast<long double>(labels(i));
    sum += term;
    mass += std::abs(term);
  }
  const auto steps = static_cast<long double>(labels.size() + 2);
  sum -= steps * std::numeric_limits<long double>::epsilon() * mass;
  return static_cast<double>(sum) * (1 - std::numeric_limits<double>::epsilon());
}

}  // namespace

bool faces_can_be_visited(Index samples, Index dimension) {
  return dimension <= k_most_dimensions && face_count(samples, dimension) <= k_most_faces &&
         face_oracle_bytes(samples, dimension) <= k_most_bytes;
}

double certified_lower_bound(const MatrixD& inputs, const VectorD& labels, double slope,
                             double derivative_at_zero, const VectorD& multipliers) {
  const double gain = product_below(multipliers, labels);
  if (!(gain > 0)) return 0;
  const Reduction reduction =
      reduce(inputs, labels, slope, derivative_at_zero * derivative_at_zero);
  const Samples& samples = reduction.samples;
  if (!faces_can_be_visited(samples.size(), samples.dimension()))
    throw Error("the faces of " + std::to_string(samples.size()) + " samples in dimension " +
                std::to_string(samples.dimension()) + " are too many to visit: no certified bound");
  const double kappa = FaceOracle(samples).upper_bound(reduction.reduced(multipliers));
  const double allowance =
      4 * std::numeric_limits<double>::epsilon() + (reduction.exact ? 0 : k_reduction_allowance);
  return gain / kappa * reduction.input_unit * (1 - allowance);
}

Slopes slopes_of(const Activation<double>& activation) {
  double value = 0;
  double derivative_at_zero = 0;
  const double zero = 0;
  activation.evaluate(1, &zero, &value, &derivative_at_zero);
  // sigma(z) = left[1] |z| for z < 0
  return {.negative = -activation.polynomial().left[1], .at_zero = derivative_at_zero};
}

double certified_lower_bound(const Task& task, const VectorD& multipliers) {
  const Slopes slopes = slopes_of(task.activation);
  return certified_lower_bound(task.inputs, task.labels, slopes.negative, slopes.at_zero,
                               multipliers);
}

double estimated_lower_bound(const MatrixD& inputs, const VectorD& labels, double slope,
                             double derivative_at_zero, const VectorD& multipliers, Index starts,
                             std::int64_t seed) {
  const double gain = product_below(multipliers, labels);
  if (!(gain > 0)) return 0;
  const Reduction reduction =
      reduce(inputs, labels, slope, derivative_at_zero * derivative_at_zero);
  SearchOracle oracle(reduction.samples);
  const double kappa =
      oracle
          .peaks(reduction.reduced(multipliers), MatrixD(reduction.samples.dimension(), 0), starts,
                 Stream(seed, Purpose::flattest_starts, ~std::uint64_t{0}))
          .greatest;
  return gain / kappa * reduction.input_unit;
}

}  // namespace flatgrid

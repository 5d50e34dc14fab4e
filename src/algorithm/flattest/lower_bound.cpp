// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/lower_bound.hpp"

#include "flatgrid/algorithm/flattest/draws.hpp"
#include "flatgrid/algorithm/flattest/face_oracle.hpp"
#include "flatgrid/algorithm/flattest/reduction.hpp"
#include "flatgrid/algorithm/flattest/search_oracle.hpp"

namespace flatgrid::flattest {

namespace {

constexpr double k_most_faces = 1e6;
constexpr double k_most_bytes = 1e9;
constexpr Index k_most_dimensions = 12;

}  // namespace

bool faces_can_be_visited(Index samples, Index dimension) {
  return dimension <= k_most_dimensions && face_count(samples, dimension) <= k_most_faces &&
         face_oracle_bytes(samples, dimension) <= k_most_bytes;
}

Slopes slopes_of(const network::Activation<double>& activation) {
  double value = 0;
  double derivative_at_zero = 0;
  const double zero = 0;
  activation.evaluate(1, &zero, &value, &derivative_at_zero);
  // sigma(z) = left[1] |z| for z < 0
  return {.negative = -activation.polynomial().left[1], .at_zero = derivative_at_zero};
}

double estimated_lower_bound(const MatrixD& inputs, const VectorD& labels, double slope,
                             double derivative_at_zero, const VectorD& multipliers, Index starts,
                             std::int64_t seed) {
  const double gain = multipliers.dot(labels);
  if (!(gain > 0)) return 0;
  const Reduction reduction =
      reduce(inputs, labels, slope, derivative_at_zero * derivative_at_zero);
  SearchOracle oracle(reduction.samples);
  const double kappa =
      oracle
          .peaks(
              reduction.reduced(multipliers), MatrixD(reduction.samples.dimension(), 0), starts,
              random::Stream(seed, random::Purpose::flattest_starts, stream_of(Draw::verification)))
          .greatest;
  return gain / kappa * reduction.input_unit;
}

}  // namespace flatgrid::flattest

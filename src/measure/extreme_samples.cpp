// SPDX-License-Identifier: MIT
#include "flatgrid/measure/extreme_samples.hpp"

#include <algorithm>
#include <vector>

#include "flatgrid/base/decompositions.hpp"

namespace flatgrid::measure {

namespace {

constexpr double k_in_cone =
    1e-9;  ///< of unit vectors: distance of a sample that counts as in the cone

/// Whether unit vector `sample` of `units` [d, n] is outside the cone of the others.
bool is_extreme(const MatrixD& units, Index sample) {
  const Index most_steps = 20 * units.rows() + 100;
  std::vector<Index> passive;  // columns of positive weight, linearly independent
  VectorD weights(0);
  VectorD residual = units.col(sample);
  for (Index step = 0; step < most_steps; ++step) {
    if (residual.norm() <= k_in_cone) return false;
    VectorD slopes = units.transpose() * residual;
    slopes(sample) = 0;
    for (const Index j : passive) slopes(j) = 0;
    Index entering = 0;
    if (!(slopes.maxCoeff(&entering) > k_in_cone * residual.norm())) return true;
    passive.push_back(entering);
    weights.conservativeResize(weights.size() + 1);
    weights.tail(1).setZero();
    // The least squares on the passive columns; a column whose weight would become negative leaves.
    while (true) {
      const MatrixD columns = units(Eigen::all, passive);
      const VectorD solution = LeastSquares(columns).solve(units.col(sample));
      double share = 1;
      Index leaving = -1;
      for (Index k = 0; k < solution.size(); ++k) {
        if (solution(k) > 0) continue;
        const double least = weights(k) / (weights(k) - solution(k));
        if (leaving < 0 || least < share) {
          share = least;
          leaving = k;
        }
      }
      if (leaving < 0) {
        weights = solution;
        residual = units.col(sample) - columns * weights;
        break;
      }
      weights += std::min(share, 1.0) * (solution - weights);
      passive.erase(passive.begin() + leaving);
      const Index behind = weights.size() - leaving - 1;
      weights.segment(leaving, behind) = VectorD(weights.tail(behind));
      weights.conservativeResize(weights.size() - 1);
      if (passive.empty()) return true;
    }
  }
  // Only rounding keeps the steps from ending: the sample is on the border of the cone.
  return false;
}

}  // namespace

double extreme_share(const MatrixD& inputs, Index most) {
  const MatrixD units = inputs.colwise().normalized();
  const Index examined = std::min(units.cols(), most);
  Index extreme = 0;
  for (Index i = 0; i < examined; ++i) extreme += is_extreme(units, i) ? 1 : 0;
  return static_cast<double>(extreme) / static_cast<double>(examined);
}

}  // namespace flatgrid::measure

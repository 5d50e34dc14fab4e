#include "flatgrid/measure/population_loss.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "flatgrid/base/extended_precision.hpp"

namespace flatgrid {

namespace {

/// f - f* as one network: the neurons and, with the opposite sign, the index model. An index that
/// is a neuron to the last bit is merged with it, so that the loss of the teacher is exactly 0.
Network<double> difference(const Network<double>& network, const IndexModel& target) {
  const Index width = network.width();
  const Index indices = target.coefficients.size();
  auto result = Network<double>::zero(width + indices, network.dimension());
  result.inner.topRows(width) = network.inner;
  result.outer.head(width) = network.outer;
  Index size = width;
  for (Index s = 0; s < indices; ++s) {
    Index j = 0;
    while (j < width && network.inner.row(j) != target.directions.row(s)) ++j;
    if (j == width) {
      j = size++;
      result.inner.row(j) = target.directions.row(s);
    }
    result.outer(j) -= target.coefficients(s);
  }
  // Only what contributes: dead neurons cost as much as live ones.
  Index kept = 0;
  for (Index p = 0; p < size; ++p) {
    if (result.outer(p) == 0 || (result.inner.row(p).array() == 0).all()) continue;
    result.inner.row(kept) = result.inner.row(p);
    result.outer(kept) = result.outer(p);
    ++kept;
  }
  return {result.inner.topRows(kept), result.outer.head(kept)};
}

/// kappa(c) for c in [-1, 1].
template <class Real>
Real arc_cosine_kernel(const Real& c, const Real& pi) {
  using std::acos;
  using std::sqrt;
  return (sqrt((1 - c) * (1 + c)) + (pi - acos(c)) * c) / (2 * pi);
}

struct Sum {
  double value;
  double scale;  ///< ||beta||_1 ||beta||_2: times epsilon, the size of the rounding error
};

/// sum_pq beta_p beta_q kappa(v_p . v_q) over unit vectors v_p and beta_p = alpha_p ||v_p||.
template <class Real>
Sum second_moment(const Network<double>& units, const Real& pi) {
  using std::sqrt;
  // A row-major copy: a unit's weights lie together.
  using RowMatrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  RowMatrix directions = units.inner.cast<Real>();
  Vector<Real> beta = units.outer.cast<Real>();
  for (Index p = 0; p < beta.size(); ++p) {
    Real square = 0;
    for (Index k = 0; k < directions.cols(); ++k) square += directions(p, k) * directions(p, k);
    const Real norm = sqrt(square);
    for (Index k = 0; k < directions.cols(); ++k) directions(p, k) /= norm;
    beta(p) *= norm;
  }
  Real sum = 0;
  for (Index p = 0; p < beta.size(); ++p) {
    Real row = beta(p) / 4;  // the diagonal, kappa(1) / 2: counted twice below
    for (Index q = 0; q < p; ++q) {
      Real cosine = 0;
      for (Index k = 0; k < directions.cols(); ++k) cosine += directions(p, k) * directions(q, k);
      cosine = std::clamp<Real>(cosine, Real(-1), Real(1));
      row += beta(q) * arc_cosine_kernel<Real>(cosine, pi);
    }
    sum += 2 * beta(p) * row;
  }
  const VectorD magnitudes = beta.template cast<double>();
  return {static_cast<double>(sum), magnitudes.lpNorm<1>() * magnitudes.norm()};
}

}  // namespace

double population_loss(const Network<double>& network, const IndexModel& target) {
  constexpr double k_relative_error = 1e-9;
  // Four times the worst of 243 networks, small and large, random, centred and close to the target.
  constexpr double k_rounding = 4 * std::numeric_limits<double>::epsilon();
  const Network<double> units = difference(network, target);
  const Sum sum = second_moment<double>(units, std::numbers::pi);
  // Also for NaN and infinite weights: the comparison fails and the sum passes through.
  if (!(k_rounding * sum.scale > k_relative_error * sum.value)) return sum.value;
  static const Extended pi = [] {
    using std::acos;
    return Extended(acos(Extended(-1)));
  }();
  return std::max(0.0, second_moment<Extended>(units, pi).value);
}

}  // namespace flatgrid

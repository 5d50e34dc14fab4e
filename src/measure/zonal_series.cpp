// SPDX-License-Identifier: MIT
#include "flatgrid/measure/zonal_series.hpp"

#include <cmath>
#include <numbers>
#include <utility>

#include <boost/math/quadrature/gauss.hpp>

namespace flatgrid::measure {

namespace {

using Rule = boost::math::quadrature::gauss<double, 30>;
constexpr Index k_rule_points = 30;

/// Panels on either side of 0: fine enough for the oscillations of the highest polynomial.
constexpr Index k_panels = 64;

/// Nodes and weights of the composite rule on [low, high] cut in 2 k_panels panels.
void composite_rule(double low, double high, VectorD& nodes, VectorD& weights) {
  const Index panels = 2 * k_panels;
  nodes.resize(panels * k_rule_points);
  weights.resize(panels * k_rule_points);
  const double half = (high - low) / static_cast<double>(2 * panels);
  Index row = 0;
  for (Index panel = 0; panel < panels; ++panel) {
    const double middle = low + (2 * static_cast<double>(panel) + 1) * half;
    for (std::size_t point = 0; point < Rule::abscissa().size(); ++point) {
      for (const double side : {-1.0, 1.0}) {
        nodes(row) = middle + side * half * Rule::abscissa()[point];
        weights(row++) = half * Rule::weights()[point];
      }
    }
  }
}

}  // namespace

ZonalBasis::ZonalBasis(VectorD nodes, VectorD root_weights, Index dimension, double radius)
    : nodes_(std::move(nodes)),
      root_weights_(std::move(root_weights)),
      dimension_(dimension),
      radius_(radius) {}

ZonalBasis ZonalBasis::gaussian() {
  // The functions Q_k sqrt(density) are bounded, and sqrt(density) is below 1e-31 beyond 17.
  constexpr double k_range = 17;
  VectorD nodes, weights;
  composite_rule(-k_range, k_range, nodes, weights);
  const VectorD density = (-nodes.array().square() / 2).exp() / std::sqrt(2 * std::numbers::pi);
  const VectorD root_weights = weights.cwiseProduct(density).cwiseSqrt();
  return {std::move(nodes), root_weights, 0, 1};
}

ZonalBasis ZonalBasis::sphere(Index dimension, double radius) {
  // x = r cos(theta) has density proportional to sin(theta)^{d-2} in theta, smooth for every d
  // >= 2.
  VectorD angles, weights;
  composite_rule(0, std::numbers::pi, angles, weights);
  VectorD density = angles.array().sin().pow(static_cast<double>(dimension - 2));
  density /= weights.dot(density);
  const VectorD root_weights = weights.cwiseProduct(density).cwiseSqrt();
  return {radius * angles.array().cos().matrix(), root_weights, dimension, radius};
}

double ZonalBasis::recurrence(Index k) const {
  const auto order = static_cast<double>(k);
  if (dimension_ == 0) return std::sqrt(order);  // Hermite
  const auto d = static_cast<double>(dimension_);
  if (dimension_ == 2 && k == 1) return radius_ * std::sqrt(0.5);  // Chebyshev, 0/0 below
  return radius_ * std::sqrt(order * (order + d - 3) / ((2 * order + d - 2) * (2 * order + d - 4)));
}

VectorD ZonalBasis::coefficients(const std::function<double(double)>& f) const {
  const VectorD weighted = nodes_.unaryExpr(f).cwiseProduct(root_weights_);
  VectorD result(k_terms);
  // psi_k = Q_k sqrt(weight): psi_{k+1} = (x psi_k - b_k psi_{k-1}) / b_{k+1}
  VectorD previous = VectorD::Zero(nodes_.size());
  VectorD present = root_weights_;
  for (Index k = 0; k < k_terms; ++k) {
    result(k) = weighted.dot(present);
    const VectorD next = (nodes_.cwiseProduct(present) - (k > 0 ? recurrence(k) : 0.0) * previous) /
                         recurrence(k + 1);
    previous = present;
    present = next;
  }
  return result;
}

KernelValue<double> ZonalBasis::evaluate(const VectorD& coefficients, double c) const {
  KernelValue<double> sum;
  double present = 1;  // P_k(c)
  double slope = 0;    // P_k'(c)
  double previous = 0;
  double previous_slope = 0;
  for (Index k = 0; k < coefficients.size(); ++k) {
    sum.value += coefficients(k) * present;
    sum.by_cosine += coefficients(k) * slope;
    double next = 0;
    double next_slope = 0;
    if (dimension_ == 0) {
      next = c * present;
      next_slope = present + c * slope;
    } else {
      // (k + d - 2) P_{k+1} = (2k + d - 2) c P_k - k P_{k-1}
      const auto order = static_cast<double>(k);
      const auto d = static_cast<double>(dimension_);
      const double lead = k == 0 ? 1 : (2 * order + d - 2) / (order + d - 2);
      const double tail = k == 0 ? 0 : order / (order + d - 2);
      next = lead * c * present - tail * previous;
      next_slope = lead * (present + c * slope) - tail * previous_slope;
    }
    previous = present;
    previous_slope = slope;
    present = next;
    slope = next_slope;
  }
  return sum;
}

}  // namespace flatgrid::measure

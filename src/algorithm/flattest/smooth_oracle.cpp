// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/smooth_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "flatgrid/algorithm/flattest/rounds.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::flattest {

namespace {

/// An ascent ends where a step promises less than this share of R.
constexpr double k_improvement = 1e-13;
constexpr int k_most_steps = 200;
/// Maxima whose directions differ by less than this are one.
constexpr double k_same_direction = 1e-5;

}  // namespace

SmoothOracle::SmoothOracle(const network::Activation<double>& activation, const MatrixD& inputs)
    : activation_(activation),
      inputs_(inputs),
      squared_norms_(inputs.colwise().squaredNorm()),
      degree_(activation.degree()) {}

VectorD SmoothOracle::prices(const MatrixD& directions) const {
  const Index n = inputs_.cols();
  const MatrixD z = inputs_.transpose() * directions;
  VectorD value(n), derivative(n), prices(directions.cols());
  for (Index j = 0; j < directions.cols(); ++j) {
    activation_.evaluate(n, z.col(j).data(), value.data(), derivative.data());
    const double a = value.squaredNorm() / static_cast<double>(n);
    const double b = derivative.cwiseAbs2().dot(squared_norms_) / static_cast<double>(n);
    prices(j) = std::pow(a, 1 / (2 * degree_)) * std::sqrt(b);
  }
  return prices;
}

MatrixD SmoothOracle::features(const MatrixD& directions) const {
  const MatrixD z = inputs_.transpose() * directions;
  MatrixD value(z.rows(), z.cols()), derivative(z.rows(), z.cols());
  activation_.evaluate(z.size(), z.data(), value.data(), derivative.data());
  const VectorD price = prices(directions);
  for (Index j = 0; j < z.cols(); ++j)
    if (price(j) > 0) value.col(j) /= price(j);
  return value;
}

double SmoothOracle::ratio(const VectorD& multipliers, const VectorD& w, VectorD* gradient) const {
  const Index n = inputs_.cols();
  const auto samples = static_cast<double>(n);
  const VectorD z = inputs_.transpose() * w;
  VectorD value(n), derivative(n);
  activation_.evaluate(n, z.data(), value.data(), derivative.data());
  const double p = multipliers.dot(value);
  const double a = value.squaredNorm() / samples;
  const double b = derivative.cwiseAbs2().dot(squared_norms_) / samples;
  const double g = std::pow(a, 1 / (2 * degree_)) * std::sqrt(b);
  if (!(g > 0)) {
    if (gradient != nullptr) gradient->setZero(w.size());
    return 0;
  }
  const double ratio = std::abs(p) / g;
  if (gradient != nullptr) {
    VectorD second(n);
    activation_.second_derivative(n, z.data(), second.data());
    const double sign = p < 0 ? -1 : 1;
    *gradient = inputs_ * derivative.cwiseProduct(
                              sign / g * multipliers - ratio / (samples * degree_ * a) * value -
                              ratio / (samples * b) * second.cwiseProduct(squared_norms_));
  }
  return ratio;
}

double SmoothOracle::climb(const VectorD& multipliers, VectorD& w) const {
  const Index d = w.size();
  w.normalize();
  VectorD gradient(d);
  double value = ratio(multipliers, w, &gradient);
  if (value == 0) return 0;
  // BFGS: an estimate of the inverse of minus the Hessian, from the changes of the gradient.
  MatrixD inverse = MatrixD::Identity(d, d) / std::max(gradient.norm(), value);
  VectorD next_gradient(d);
  for (int step = 0; step < k_most_steps; ++step) {
    VectorD ascent = inverse * gradient;
    ascent -= w * w.dot(ascent);  // R does not change along w
    double slope = gradient.dot(ascent);
    if (!(slope > 0)) {
      inverse = MatrixD::Identity(d, d) / std::max(gradient.norm(), value);
      ascent = inverse * gradient;
      slope = gradient.dot(ascent);
    }
    if (slope <= k_improvement * value) break;
    if (ascent.norm() > 1) {  // no more than an eighth of the circle
      slope /= ascent.norm();
      ascent.normalize();
    }
    double length = 1;
    VectorD next;
    double next_value = 0;
    for (; length > 1e-10; length *= 0.5) {
      next = (w + length * ascent).normalized();
      next_value = ratio(multipliers, next, &next_gradient);
      if (next_value >= value + 1e-4 * length * slope) break;
    }
    if (length <= 1e-10) break;
    const VectorD moved = next - w;
    const VectorD change = gradient - next_gradient;
    const double curvature = moved.dot(change);
    if (curvature > 1e-12 * moved.norm() * change.norm()) {
      // H + (1 + y'Hy / s'y) s s' / s'y - (H y s' + s y'H) / s'y
      const VectorD image = inverse * change;
      inverse += (1 + change.dot(image) / curvature) / curvature * moved * moved.transpose() -
                 (image * moved.transpose() + moved * image.transpose()) / curvature;
    }
    w = next;
    value = next_value;
    std::swap(gradient, next_gradient);
  }
  return value;
}

SmoothPeaks SmoothOracle::peaks(const VectorD& multipliers, const MatrixD& starts) const {
  MatrixD tops = starts;
  VectorD values(starts.cols());
  VectorD w;
  for (Index j = 0; j < starts.cols(); ++j) {
    w = starts.col(j);
    values(j) = climb(multipliers, w);
    tops.col(j) = w;
  }
  std::vector<Index> kept;
  for (const Index j : largest(values, values.size())) {
    // Only maxima of nearly the same height can be the same.
    bool known = values(j) == 0;
    for (auto other = kept.rbegin(); !known && other != kept.rend(); ++other) {
      if (values(*other) > values(j) * (1 + 1e-6)) break;
      known = (tops.col(*other) - tops.col(j)).squaredNorm() < k_same_direction * k_same_direction;
    }
    if (!known) kept.push_back(j);
  }
  return {tops(Eigen::all, kept), values(kept)};
}

MatrixD random_directions(std::int64_t seed, std::uint64_t draw, Index dimension, Index count) {
  random::Stream stream(seed, random::Purpose::flattest_starts, draw);
  MatrixD directions(dimension, count);
  for (Index j = 0; j < count; ++j) random::fill_normal(stream, directions.col(j));
  directions.colwise().normalize();
  return directions;
}

}  // namespace flatgrid::flattest

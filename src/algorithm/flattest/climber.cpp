// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/climber.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "flatgrid/base/decompositions.hpp"

namespace flatgrid::flattest {

namespace {

/// The least relative improvement of R that counts.
constexpr double k_improvement = 1e-9;
/// Points of a half circle at which the slopes of c are computed.
constexpr Index k_nodes = 33;
/// A step inside a cell is tried whole, half, ...: so many times.
constexpr int k_halvings = 10;
constexpr int k_steps_in_cell = 12;

}  // namespace

Climber::Climber(const Samples& samples, const measure::LossDerivative* smooth,
                 const MatrixD& squares)
    : samples_(samples), smooth_(smooth), squares_(squares), circle_(samples) {
  const Index d = samples.dimension();
  for (Place* place : {&place_, &next_}) {
    place->span.setZero(d, d);
    place->triangle.setZero(d, d);
  }
}

/// The ray of a place on d - 1 borders.
Ray Climber::ray_of(const Place& place) const {
  Ray ray = place.border;
  std::sort(ray.begin(), ray.end());
  Index other = 0;
  while (other < samples_.size() && place.along(other) == 0) ++other;
  ray.push_back(other < samples_.size() && place.along(other) > 0 ? 1 : 0);
  return ray;
}

/// Projects w onto the borders of Z (up to rounding), drops dependent samples from Z, evaluates R.
void Climber::settle(const VectorD& multipliers, Place& place) {
  const Index d = samples_.dimension();
  Index kept = 0;
  // Gram-Schmidt, repeated if little remains. Returns the norm of the rest.
  const auto project = [&](VectorD& x, auto&& coefficients) {
    double before = x.norm();
    for (int pass = 0; pass < 2; ++pass) {
      for (Index k = 0; k < kept; ++k) {
        const double along = place.span.col(k).dot(x);
        x -= along * place.span.col(k);
        coefficients(k) += along;
      }
      const double after = x.norm();
      if (after > 0.5 * before) return after;
      before = after;
    }
    return before;
  };
  for (const Index i : place.border) {
    if (kept == d - 1) break;
    vector_ = samples_.inputs.col(i) / samples_.norms(i);
    auto coefficients = place.triangle.col(kept);
    coefficients.setZero();
    const double left = project(vector_, coefficients);
    if (left < 1e-8) continue;
    coefficients(kept) = left;
    place.span.col(kept) = vector_ / left;
    place.border[static_cast<std::size_t>(kept++)] = i;
  }
  place.border.resize(static_cast<std::size_t>(kept));
  for (int pass = 0; pass < 2; ++pass) {
    project(place.direction, place.triangle.col(kept));
    place.direction.normalize();
  }
  place.along.noalias() = samples_.rows * place.direction;
  place.along = (place.along.array().abs() <= samples_.border.array()).select(0.0, place.along);
  set_derivative(place.along);
  squares_of_derivative_ =
      (place.along.array() == 0).select(samples_.square_at_zero, derivative_.array().square());
  activations_ = derivative_.cwiseProduct(place.along);
  const double g = gauge_value(samples_, place.direction, squares_of_derivative_, activations_);
  const double c = smooth_ != nullptr ? smooth_->value(place.direction) : 0;
  const double difference = multipliers.dot(activations_) - c;
  place.value = g > 0 ? std::abs(difference) / g : 0;
  place.sign = difference < 0 ? -1 : 1;
}

/// sigma'(X w), 0 on the border.
void Climber::set_derivative(const VectorD& along) {
  derivative_ =
      (along.array() > 0).cast<double>() + samples_.slope * (along.array() < 0).cast<double>();
}

/// Moves to the maximum of the circle through w and `across` if it is better. All points of the circle are on the
/// borders of Z, except that of the sample at position `released` (-1: none).
bool Climber::try_circle(const VectorD& multipliers, VectorD& across, Place& place,
                         Index released) {
  const double before = across.norm();
  for (int pass = 0; pass < 2; ++pass) across -= place.direction.dot(across) * place.direction;
  const double length = across.norm();
  if (!(length > 1e-12 * before)) return false;
  across /= length;
  next_.border = place.border;
  if (released >= 0) next_.border.erase(next_.border.begin() + released);
  slopes_.noalias() = samples_.rows * across;
  for (const Index i : next_.border) slopes_(i) = 0;
  const VectorD w = samples_.coordinates * place.direction;
  const VectorD v = samples_.coordinates * across;
  std::optional<measure::CircleSlopes> smooth;
  if (smooth_ != nullptr) smooth = smooth_->slopes(place.direction, across, k_nodes);
  const CirclePoint best =
      circle_.maximum(multipliers, place.along, slopes_,
                      {w.squaredNorm(), w.dot(v), v.squaredNorm()}, smooth ? &*smooth : nullptr);
  if (!(best.value > place.value * (1 + k_improvement))) return false;
  next_.direction = best.cosine * place.direction + best.sine * across;
  next_.direction.normalize();
  if (best.border >= 0) next_.border.push_back(best.border);
  settle(multipliers, next_);
  if (!(next_.value > place.value * (1 + k_improvement))) return false;
  std::swap(place, next_);
  return true;
}

/// T q of the face, G = L'L + nu X'D^2X, in the coordinates of a basis of its directions.
VectorD Climber::stationary_point(const VectorD& multipliers, const Place& place) {
  const Index d = samples_.dimension();
  set_derivative(place.along);
  triangle_.noalias() = squares_ * derivative_.cwiseAbs2();  // X'D^2X
  MatrixD full(d, d);
  for (Index a = 0, k = 0; a < d; ++a)
    for (Index b = a; b < d; ++b) full(a, b) = full(b, a) = samples_.share * triangle_(k++);
  full += samples_.coordinates.transpose() * samples_.coordinates;
  VectorD q = samples_.inputs * derivative_.cwiseProduct(multipliers);
  if (smooth_ != nullptr) q -= smooth_->gradient(place.direction);
  // Uses the identity on the span of Z and the projected matrix on its complement.
  const auto span = place.span.leftCols(static_cast<Index>(place.border.size()));
  const MatrixD projector = MatrixD::Identity(d, d) - span * span.transpose();
  const double size = full.trace() / static_cast<double>(d);
  MatrixD inner = projector * full * projector + size * (span * span.transpose());
  inner.diagonal().array() += 1e-12 * size;
  return projector * SemidefiniteSolver<double>(inner).solve(projector * q);
}

/// The direction that leaves the border of the sample at position k of Z and stays on the others: Q R^-T e_k for the
/// samples Q R of Z.
void Climber::set_edge(const Place& place, Index k, VectorD& across) const {
  const auto count = static_cast<Index>(place.border.size());
  VectorD& y = across;
  y.setZero(count);
  y(k) = 1;
  place.triangle.topLeftCorner(count, count)
      .triangularView<Eigen::Upper>()
      .transpose()
      .solveInPlace(y);
  across = place.span.leftCols(count) * y;
}

/// A step towards the stationary point of the face that w is on, from where |l.sigma - c| / g ascends on the way if c is
/// linear, by as much as stays on the face and is better.
bool Climber::step_in_cell(const VectorD& multipliers, Place& place) {
  vector_ = stationary_point(multipliers, place);
  const double length = vector_.norm();
  if (!(length > 0)) return false;
  const VectorD aim = vector_ * (place.sign / length);
  double share = 1;
  for (int k = 0; k < k_halvings; ++k, share /= 2) {
    next_.border = place.border;
    next_.direction = (1 - share) * place.direction + share * aim;
    settle(multipliers, next_);
    const bool same_face = ((next_.along.array() > 0) == (place.along.array() > 0)).all();
    if (same_face && next_.value > place.value * (1 + k_improvement)) {
      std::swap(place, next_);
      return true;
    }
  }
  return false;
}

/// Directions that come from a peak stand on its border: finds it.
void Climber::begin(const VectorD& multipliers, const VectorD& direction) {
  Place& place = place_;
  place.direction = direction.normalized();
  // A direction from a peak may lie on borders: finds their samples.
  place.along.noalias() = samples_.rows * place.direction;
  place.border.clear();
  for (Index i = 0; i < samples_.size(); ++i)
    if (std::abs(place.along(i)) <= samples_.border(i)) place.border.push_back(i);
  settle(multipliers, place);
}

Climb Climber::climb(const VectorD& multipliers, const VectorD& direction, random::Stream stream,
                     const std::set<Ray>& known) {
  const Index d = samples_.dimension();
  begin(multipliers, direction);
  Place& place = place_;
  Climb climb;
  const auto dimension = [&] { return d - static_cast<Index>(place.border.size()); };
  const auto has_met_another = [&] {
    if (dimension() > 1) return false;
    climb.rays.push_back(ray_of(place));
    return known.contains(climb.rays.back());
  };
  for (bool improved = true; improved;) {
    improved = false;
    if (dimension() > 1) {
      if (smooth_ != nullptr)
        for (int k = 0; k < k_steps_in_cell && step_in_cell(multipliers, place); ++k) {
        }
      across_ = stationary_point(multipliers, place);
      improved = try_circle(multipliers, across_, place, -1);
      if (improved && has_met_another()) return climb;
    }
    // First moves to a low-dimensional face.
    if (improved) continue;
    for (Index k = 0; k < static_cast<Index>(place.border.size()); ++k) {
      set_edge(place, k, across_);
      const bool moved = try_circle(multipliers, across_, place, k);
      if (moved && has_met_another()) return climb;
      improved |= moved;
    }
    // A face of two dimensions is one circle.
    for (Index draw = 0; draw < 3 && !improved && dimension() > 2; ++draw) {
      across_.resize(d);
      random::fill_normal(stream, across_);
      const auto span = place.span.leftCols(static_cast<Index>(place.border.size()));
      across_ -= span * (span.transpose() * across_);
      improved = try_circle(multipliers, across_, place, -1);
    }
  }
  climb.peak = peak_at(place);
  return climb;
}

Peak Climber::climb_in_cell(const VectorD& multipliers, const VectorD& direction) {
  begin(multipliers, direction);
  for (int step = 0; step < k_steps_in_cell && step_in_cell(multipliers, place_); ++step) {
  }
  return peak_at(place_);
}

Peak Climber::peak_at(const Place& place) {
  return {place.value, place.direction, (place.along.array() > 0).cast<std::uint8_t>()};
}

}  // namespace flatgrid::flattest

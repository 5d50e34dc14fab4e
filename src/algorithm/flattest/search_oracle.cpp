// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/search_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "flatgrid/base/decompositions.hpp"

namespace flatgrid {

namespace {

/// An improvement of R by less than this, relatively, is none.
constexpr double k_improvement = 1e-9;

}  // namespace

/// Where a climb stands: a direction, the independent samples whose borders it lies on, an
/// orthonormal basis of what these span, and R.
struct SearchOracle::Place {
  VectorD direction;          // w, [d]
  std::vector<Index> border;  // Z
  MatrixD span;               // [d, d], the first |Z| columns
  VectorD along;              // X w, exactly 0 on the border
  double value = 0;
};

SearchOracle::SearchOracle(const Samples& samples) : samples_(samples), circle_(samples) {
  const Index d = samples.dimension();
  squares_.resize(d * (d + 1) / 2, samples.size());
  for (Index a = 0, place = 0; a < d; ++a)
    for (Index b = a; b < d; ++b)
      squares_.row(place++) = samples.inputs.row(a).cwiseProduct(samples.inputs.row(b));
}

/// A ray is known by its samples and the side of the first of the others.
bool SearchOracle::is_new(const Place& place) {
  std::vector<Index> ray = place.border;
  std::sort(ray.begin(), ray.end());
  Index other = 0;
  while (other < samples_.size() && place.along(other) == 0) ++other;
  ray.push_back(other < samples_.size() && place.along(other) > 0 ? 1 : 0);
  return rays_.insert(std::move(ray)).second;
}

/// Puts w exactly on its border (to rounding), drops dependent samples from Z, evaluates R.
void SearchOracle::settle(const VectorD& multipliers, Place& place) const {
  const Index d = samples_.dimension();
  place.span.resize(d, d);
  std::size_t kept = 0;
  for (const Index i : place.border) {
    if (static_cast<Index>(kept) == d - 1) break;
    VectorD x = samples_.inputs.col(i) / samples_.norms(i);
    const auto basis = place.span.leftCols(static_cast<Index>(kept));
    for (int pass = 0; pass < 2; ++pass) x -= basis * (basis.transpose() * x);
    const double left = x.norm();
    if (left < 1e-8) continue;
    place.span.col(static_cast<Index>(kept)) = x / left;
    place.border[kept++] = i;
  }
  place.border.resize(kept);
  const auto basis = place.span.leftCols(static_cast<Index>(kept));
  for (int pass = 0; pass < 2; ++pass) {
    place.direction -= basis * (basis.transpose() * place.direction);
    place.direction.normalize();
  }
  place.along.noalias() = samples_.rows * place.direction;
  double p = 0, m = 0, c = 0;
  for (Index i = 0; i < samples_.size(); ++i) {
    double& z = place.along(i);
    if (std::abs(z) <= k_border * samples_.norms(i)) {
      z = 0;
      c += samples_.square_at_zero * samples_.squared_norms(i);
      continue;
    }
    const double derivative = z > 0 ? 1 : samples_.slope;
    p += multipliers(i) * derivative * z;
    m += derivative * derivative * z * z;
    c += derivative * derivative * samples_.squared_norms(i);
  }
  place.value = m > 0 && c > 0 ? std::abs(p) / (samples_.scale * std::sqrt(m * c)) : 0;
}

/// Moves to the maximum of the circle through w along `across`, whose points all keep the samples
/// `kept` on their border, if it is better.
bool SearchOracle::try_circle(const VectorD& multipliers, const VectorD& across, Place& place,
                              const std::vector<Index>& kept) {
  VectorD direction = across;
  for (int pass = 0; pass < 2; ++pass)
    direction -= place.direction * place.direction.dot(direction);
  const double length = direction.norm();
  if (!(length > 1e-12 * across.norm())) return false;
  direction /= length;
  slopes_.noalias() = samples_.rows * direction;
  for (const Index i : kept) slopes_(i) = 0;
  ++circles_;
  const CirclePoint best = circle_.maximum(multipliers, place.along, slopes_);
  if (!(best.value > place.value * (1 + k_improvement))) return false;
  Place next;
  next.direction = best.cosine * place.direction + best.sine * direction;
  next.direction.normalize();
  next.border = kept;
  if (best.border >= 0) next.border.push_back(best.border);
  settle(multipliers, next);
  if (!(next.value > place.value * (1 + k_improvement))) return false;
  place = std::move(next);
  return true;
}

/// T q of the face, in the coordinates of a basis of its directions.
VectorD SearchOracle::stationary_point(const VectorD& multipliers, const Place& place) {
  const Index d = samples_.dimension();
  const double s = samples_.slope;
  derivative_.resize(samples_.size());
  for (Index i = 0; i < derivative_.size(); ++i)
    derivative_(i) = place.along(i) > 0 ? 1 : place.along(i) < 0 ? s : 0;
  triangle_.noalias() = squares_ * derivative_.cwiseAbs2();  // X'D^2X
  MatrixD full(d, d);
  for (Index a = 0, k = 0; a < d; ++a)
    for (Index b = a; b < d; ++b) full(a, b) = full(b, a) = triangle_(k++);
  const VectorD q = samples_.inputs * derivative_.cwiseProduct(multipliers);
  // On the border's span the problem is made trivial: I there, projected elsewhere.
  const auto span = place.span.leftCols(static_cast<Index>(place.border.size()));
  const MatrixD projector = MatrixD::Identity(d, d) - span * span.transpose();
  const double size = full.trace() / static_cast<double>(d);
  MatrixD inner = projector * full * projector + size * (span * span.transpose());
  inner.diagonal().array() += 1e-12 * size;
  return projector * SemidefiniteSolver<double>(inner).solve(projector * q);
}

Peak SearchOracle::climb(const VectorD& multipliers, const VectorD& direction, Stream& stream) {
  const Index d = samples_.dimension();
  Place place;
  place.direction = direction.normalized();
  // Directions that come from a peak stand on its border: find it.
  const VectorD z = samples_.rows * place.direction;
  for (Index i = 0; i < z.size(); ++i)
    if (std::abs(z(i)) <= k_border * samples_.norms(i)) place.border.push_back(i);
  settle(multipliers, place);
  const auto dimension = [&] { return d - static_cast<Index>(place.border.size()); };
  for (bool improved = true; improved;) {
    improved = false;
    if (dimension() == 1 && !is_new(place)) return {0, {}, {}};
    if (dimension() > 1)
      improved |= try_circle(multipliers, stationary_point(multipliers, place), place,
                             std::vector<Index>(place.border));
    // The edges: the dual basis e_i of the border's samples, e_i.x_j = 0 for j != i.
    for (std::size_t k = 0; k < place.border.size();) {
      const MatrixD vectors = samples_.inputs(Eigen::all, place.border);
      const MatrixD dual =
          vectors * SemidefiniteSolver<double>(vectors.transpose() * vectors).inverse();
      bool moved = false;
      for (; k < place.border.size() && !moved; ++k) {
        std::vector<Index> kept = place.border;
        kept.erase(kept.begin() + static_cast<long>(k));
        moved = try_circle(multipliers, dual.col(static_cast<Index>(k)), place, kept);
      }
      improved |= moved;
    }
    if (!improved && dimension() > 1) {
      for (Index draw = 0; draw < 3 && !improved; ++draw) {
        VectorD across(d);
        fill_normal(stream, across);
        const auto span = place.span.leftCols(static_cast<Index>(place.border.size()));
        across -= span * (span.transpose() * across);
        improved |= try_circle(multipliers, across, place, std::vector<Index>(place.border));
      }
    }
  }
  Side side = (place.along.array() > 0).cast<std::uint8_t>();
  return {place.value, std::move(place.direction), std::move(side)};
}

VectorD SearchOracle::values(const VectorD& multipliers, const MatrixD& directions) const {
  constexpr Index k_block = 64;
  VectorD values(directions.cols());
  const double s = samples_.slope;
  const double s2 = s * s;
  const double total = samples_.squared_norms.sum();
  MatrixD z;
  for (Index first = 0; first < directions.cols(); first += k_block) {
    const Index size = std::min(k_block, directions.cols() - first);
    z.noalias() = samples_.rows * directions.middleCols(first, size);  // [n, size]
    const auto plus = (z.array() > 0).cast<double>();
    const MatrixD value = z.array() * (s + (1 - s) * plus);
    const VectorD p = value.transpose() * multipliers;
    const VectorD c =
        (plus.matrix().transpose() * samples_.squared_norms).array() * (1 - s2) + s2 * total;
    const VectorD m = value.colwise().squaredNorm();
    for (Index k = 0; k < size; ++k)
      values(first + k) =
          m(k) > 0 && c(k) > 0 ? std::abs(p(k)) / (samples_.scale * std::sqrt(m(k) * c(k))) : 0;
  }
  return values;
}

Peaks SearchOracle::peaks(const VectorD& multipliers, const MatrixD& starts, Index random,
                          Stream stream) {
  constexpr Index k_draws = 20;  // random directions for each one that is climbed from
  const Index d = samples_.dimension();
  MatrixD drawn(d, random * k_draws);
  for (Index k = 0; k < drawn.cols(); ++k) fill_normal(stream, drawn.col(k));
  const VectorD value = values(multipliers, drawn);
  std::vector<Index> order(static_cast<std::size_t>(drawn.cols()));
  std::iota(order.begin(), order.end(), Index{0});
  std::partial_sort(
      order.begin(), order.begin() + static_cast<long>(random), order.end(),
      [&](Index a, Index b) { return value(a) > value(b) || (value(a) == value(b) && a < b); });
  std::vector<Peak> found;
  const auto climb_from = [&](const VectorD& direction) {
    Peak peak = climb(multipliers, direction, stream);
    if (peak.value > 0) found.push_back(std::move(peak));
  };
  rays_.clear();
  for (Index k = 0; k < starts.cols(); ++k) climb_from(starts.col(k));
  for (Index k = 0; k < random; ++k) climb_from(drawn.col(order[static_cast<std::size_t>(k)]));
  std::stable_sort(found.begin(), found.end(),
                   [](const Peak& a, const Peak& b) { return a.value > b.value; });
  Peaks answer;
  for (Peak& peak : found) {
    answer.greatest = std::max(answer.greatest, peak.value);
    const bool known = std::any_of(answer.found.begin(), answer.found.end(),
                                   [&](const Peak& other) { return other.side == peak.side; });
    if (!known) answer.found.push_back(std::move(peak));
  }
  return answer;
}

}  // namespace flatgrid

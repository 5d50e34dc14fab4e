// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/great_circle.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <Eigen/LU>

namespace flatgrid::flattest {

namespace {

/// A sum of squares below this fraction of its total counts as rounding error of 0.
constexpr double k_nothing = 1e-11;
/// The number of slots of the counting sort / n.
constexpr std::int32_t k_slots = 2;
/// Used instead of an angle for a sample whose border contains the whole circle.
constexpr double k_no_border = 3;

bool crosses_border(const Samples& samples, const VectorD& along, const VectorD& across, Index i) {
  const double least = samples.border(i);
  return std::abs(along(i)) > least || std::abs(across(i)) > least;
}

}  // namespace

GreatCircle::GreatCircle(const Samples& samples) : samples_(samples) {
  const Index n = samples.size();
  const auto count = static_cast<std::size_t>(n);
  order_.resize(count);
  slot_.resize(count);
  starts_.resize(k_slots * count + 2);
  for (VectorD* values : {&angle_, &sorted_angle_, &border_cosine_, &border_sine_})
    values->setZero(n);
  const Index room = n + 2 + k_block;
  for (VectorD* values : {&cosine_, &sine_, &square_, &enters_, &multiplier_, &at_border_, &on_arc_,
                          &stationary_cosine_, &stationary_sine_, &slope_w_, &slope_v_})
    values->setZero(room);
  sums_.setZero(room, k_sums);
  total_.setZero(k_sums);
}

/// Sorts the borders by their angle: a counting sort into slots of less than one border on average, then an
/// insertion sort.
void GreatCircle::sort_borders(const VectorD& along, const VectorD& across) {
  const Index n = samples_.size();
  const double slots = 0.5 * static_cast<double>(k_slots * n - 1);
  const auto last = static_cast<std::int32_t>(k_slots * n);  // slot of samples without an angle
  {
    // The border of x is at (cos, sin) = (|v.x|, -w.x sign(v.x)).
    const double* const w = along.data();
    const double* const v = across.data();
    const double* const least = samples_.border.data();
    double* const cosine = border_cosine_.data();
    double* const sine = border_sine_.data();
    double* const angle = angle_.data();
    for (Index i = 0; i < n; ++i) {
      cosine[i] = std::abs(v[i]);
      sine[i] = std::copysign(w[i], -w[i] * v[i]);
      angle[i] = sine[i] / (std::abs(sine[i]) + cosine[i] + 1e-300);
    }
    std::uint32_t* const slot = slot_.data();
    for (Index i = 0; i < n; ++i) {
      const double size = std::max(std::abs(sine[i]), cosine[i]);
      angle[i] = size > least[i] ? angle[i] : k_no_border;
      slot[i] = static_cast<std::uint32_t>(
          std::min(static_cast<std::int32_t>((angle[i] + 1) * slots), last));
    }
  }
  std::fill(starts_.begin(), starts_.end(), 0U);
  for (const std::uint32_t slot : slot_) ++starts_[slot + 1];
  for (std::size_t k = 1; k < starts_.size(); ++k) starts_[k] += starts_[k - 1];
  borders_ = static_cast<Index>(starts_[static_cast<std::size_t>(last)]);
  for (Index i = 0; i < n; ++i) {
    const std::uint32_t place = starts_[slot_[static_cast<std::size_t>(i)]]++;
    sorted_angle_(place) = angle_(i);
    order_[place] = static_cast<std::uint32_t>(i);
  }
  held_ = 0;
  for (Index k = borders_; k < n; ++k) {
    held_ += samples_.squared_norms(order_[static_cast<std::size_t>(k)]);
  }
  for (Index k = 1; k < borders_; ++k) {
    const double angle = sorted_angle_(k);
    const std::uint32_t i = order_[static_cast<std::size_t>(k)];
    Index place = k;
    for (; place > 0 && sorted_angle_(place - 1) > angle; --place) {
      sorted_angle_(place) = sorted_angle_(place - 1);
      order_[static_cast<std::size_t>(place)] = order_[static_cast<std::size_t>(place - 1)];
    }
    sorted_angle_(place) = angle;
    order_[static_cast<std::size_t>(place)] = i;
  }
}

void GreatCircle::sum_over_arcs(const VectorD& multipliers, const VectorD& along,
                                const VectorD& across) {
  total_ << multipliers.dot(along), multipliers.dot(across), along.squaredNorm(), along.dot(across),
      across.squaredNorm(), 0;
  // At the start of the half circle, u = -v, the plus side is {v.x < 0}: half of (the total minus the signed
  // sum), sign(v.x) (w.x, v.x) = (-sine, cosine).
  double sum[k_sums] = {0.5 * (total_(k_p_w) + multipliers.dot(border_sine_)),
                        0.5 * (total_(k_p_v) - multipliers.dot(border_cosine_)),
                        0.5 * (total_(k_m_ww) + along.dot(border_sine_)),
                        0.5 * (total_(k_m_wv) - along.dot(border_cosine_)),
                        0.5 * (total_(k_m_vv) - across.dot(border_cosine_)),
                        0};
  for (Index k = 0; k < borders_; ++k) {
    const Index i = order_[static_cast<std::size_t>(k)];
    cosine_(k + 1) = border_cosine_(i);
    sine_(k + 1) = border_sine_(i);
    square_(k) = samples_.squared_norms(i);
    enters_(k) = across(i) < 0 ? 0 : 1;
    multiplier_(k) = multipliers(i);
  }
  cosine_(0) = 0;
  sine_(0) = -1;
  cosine_(borders_ + 1) = 0;
  sine_(borders_ + 1) = 1;
  total_(k_c) = square_.head(borders_).sum();
  sum[k_c] = total_(k_c) - square_.head(borders_).dot(enters_.head(borders_));
  double* const column[k_sums] = {sums_.col(k_p_w).data(),  sums_.col(k_p_v).data(),
                                  sums_.col(k_m_ww).data(), sums_.col(k_m_wv).data(),
                                  sums_.col(k_m_vv).data(), sums_.col(k_c).data()};
  for (int s = 0; s < k_sums; ++s) column[s][0] = sum[s];
  for (Index k = 0; k < borders_; ++k) {
    // A sample enters the plus side with + (w.x, v.x) = (-sine, cosine), leaves with -(sine,
    // -cosine).
    const double w = -sine_(k + 1);
    const double v = cosine_(k + 1);
    const double change = 2 * enters_(k) - 1;
    const double l = multiplier_(k);
    column[k_p_w][k + 1] = sum[k_p_w] += l * w;
    column[k_p_v][k + 1] = sum[k_p_v] += l * v;
    column[k_m_ww][k + 1] = sum[k_m_ww] += change * w * w;
    column[k_m_wv][k + 1] = sum[k_m_wv] += change * w * v;
    column[k_m_vv][k + 1] = sum[k_m_vv] += change * v * v;
    column[k_c][k + 1] = sum[k_c] += change * square_(k);
  }
}

/// The slopes of c on every arc, as they add to p: at -u, whose p is -(l.sigma - c)(-u), with the even part's sign.
void GreatCircle::set_slopes(const measure::CircleSlopes& smooth, bool antipodal) {
  const double even = antipodal ? -1 : 1;
  const auto last = static_cast<double>(smooth.nodes() - 1);
  for (Index k = 0; k <= borders_; ++k) {
    const double begin = k == 0 ? -1 : sorted_angle_(k - 1);
    const double end = k == borders_ ? 1 : sorted_angle_(k);
    const double place = begin <= 0 && end >= 0 ? last / 2 : (0.5 * (begin + end) + 1) * (last / 2);
    const Index node = std::min(static_cast<Index>(place), smooth.nodes() - 2);
    const double t = place - static_cast<double>(node);
    const auto slope = [&](Index side) {
      return -even * ((1 - t) * smooth.even(node, side) + t * smooth.even(node + 1, side)) -
             smooth.linear(side);
    };
    slope_w_(k) = slope(0);
    slope_v_(k) = slope(1);
  }
}

/// R^2 at the borders and stationary points of one half of the circle, in units of 1 / scale^2; 0 for stationary
/// points that are not on their arcs. Without branches, so that the compiler vectorizes it: sums that are rounding
/// errors are replaced by a floor, which gives a value that is too low. (Values past the last border are not read.)
void GreatCircle::value_half(bool antipodal, const Eigen::Vector3d& fixed, bool smooth) {
  const double s = samples_.slope;
  const double s2 = s * s;
  const double zero2 = samples_.square_at_zero;
  // A sum weighted by D (or D^2), from the total T and the sum P over the plus side: s T + (1 - s) P; at the
  // antipode, whose plus side is the complement, s T + (1 - s) (T - P).
  const auto weights = [&](double off, double total) {
    return std::pair{antipodal ? total : off * total, antipodal ? off - 1 : 1 - off};
  };
  const auto [pw0, p1] = weights(s, total_(k_p_w));
  const auto [pv0, p2] = weights(s, total_(k_p_v));
  const auto quadratic = [&](double constant, double total) {
    const auto [base, factor] = weights(s2, total);
    return std::pair{constant + samples_.share * base, samples_.share * factor};
  };
  const auto [ww0, m1] = quadratic(fixed(0), total_(k_m_ww));
  const auto [wv0, m2] = quadratic(fixed(1), total_(k_m_wv));
  const auto [vv0, m3] = quadratic(fixed(2), total_(k_m_vv));
  const auto [off, c1] = weights(s2, total_(k_c));
  const double c0 = samples_.constant + off + zero2 * held_;
  const double least_c = k_nothing * (samples_.constant + total_(k_c) + held_) + 1e-300;
  const double least_m =
      k_nothing * (fixed(0) + fixed(2) + samples_.share * (total_(k_m_ww) + total_(k_m_vv))) +
      1e-150;
  // Before its border, the coefficient of a sample is s^2 if it enters the plus side there, else 1.
  const double leaves = zero2 - (antipodal ? s2 : 1);
  const double difference = (antipodal ? -1 : 1) * (1 - s2);
  for (Index k = 0; k <= borders_; k += k_block) {
    const auto at = [k](const auto& values) { return Block::Map(values.data() + k); };
    const auto next = [k](const auto& values) { return Block::Map(values.data() + k + 1); };
    Block a = pw0 + p1 * at(sums_.col(k_p_w));
    Block b = pv0 + p2 * at(sums_.col(k_p_v));
    if (smooth) {
      a += at(slope_w_);
      b += at(slope_v_);
    }
    const Block x = ww0 + m1 * at(sums_.col(k_m_ww));
    const Block y = wv0 + m2 * at(sums_.col(k_m_wv));
    const Block z = vv0 + m3 * at(sums_.col(k_m_vv));
    const Block c = c0 + c1 * at(sums_.col(k_c));
    const Block cos = next(cosine_), sin = next(sine_);
    // u = M^-1 p, R^2 = p.u / c^2; on the arc if +-u is between its borders.
    const Block u = a * z - b * y;
    const Block v = b * x - a * y;
    const Block det = (x * z - y * y).max(1e-9 * x * z).max(least_m * least_m);
    const Block after = at(cosine_) * v - at(sine_) * u;
    const Block before = u * sin - v * cos;
    const Block inside = (after * before).max(0.0) * 1e250;
    Block::Map(on_arc_.data() + k) = ((a * u + b * v) / (det * c.max(least_c))).min(inside);
    Block::Map(stationary_cosine_.data() + k) = u;
    Block::Map(stationary_sine_.data() + k) = v;
    // At the border that ends the arc.
    const Block p = a * cos + b * sin;
    const Block m = (x * cos * cos + 2 * y * cos * sin + z * sin * sin)
                        .max(least_m * (cos * cos + sin * sin) + 1e-300);
    const Block here = c + (leaves + difference * at(enters_)) * at(square_);
    Block::Map(at_border_.data() + k) = p * p / (m * here.max(least_c));
  }
}

CirclePoint GreatCircle::maximum(const VectorD& multipliers, const VectorD& along,
                                 const VectorD& across, const Eigen::Vector3d& fixed,
                                 const measure::CircleSlopes* smooth) {
  sort_borders(along, across);
  CirclePoint best;
  if (borders_ == 0) return best;
  sum_over_arcs(multipliers, along, across);
  double best_square = 0;
  for (const bool antipodal : {false, true}) {
    if (smooth != nullptr) set_slopes(*smooth, antipodal);
    value_half(antipodal, fixed, smooth != nullptr);
    const double side = antipodal ? -1 : 1;
    Index k = 0;
    if (at_border_.head(borders_).maxCoeff() > best_square) {
      best_square = at_border_.head(borders_).maxCoeff(&k);
      best = {.cosine = side * cosine_(k + 1),
              .sine = side * sine_(k + 1),
              .border = static_cast<Index>(order_[static_cast<std::size_t>(k)])};
    }
    if (on_arc_.head(borders_ + 1).maxCoeff() > best_square) {
      best_square = on_arc_.head(borders_ + 1).maxCoeff(&k);
      const double turn = stationary_cosine_(k) < 0 ? -side : side;
      best = {
          .cosine = turn * stationary_cosine_(k), .sine = turn * stationary_sine_(k), .border = -1};
    }
  }
  best.value = std::sqrt(best_square) / samples_.scale;
  return best;
}

CirclePoint great_circle_maximum_reference(const Samples& samples, const VectorD& multipliers,
                                           const VectorD& along, const VectorD& across,
                                           const Eigen::Vector3d& fixed) {
  const Index n = samples.size();
  CirclePoint best;
  // R at cosine w + sine v; `border` is the sample whose border this is, or -1.
  const auto consider = [&](double cosine, double sine, Index border) {
    double p = 0, c = samples.constant;
    double m = cosine * cosine * fixed(0) + 2 * cosine * sine * fixed(1) + sine * sine * fixed(2);
    for (Index i = 0; i < n; ++i) {
      if (i == border || !crosses_border(samples, along, across, i)) {
        c += samples.square_at_zero * samples.squared_norms(i);
        continue;
      }
      const double z = cosine * along(i) + sine * across(i);
      const double d = z > 0 ? 1 : samples.slope;
      p += multipliers(i) * d * z;
      m += samples.share * d * d * z * z;
      c += d * d * samples.squared_norms(i);
    }
    const double value = m > 0 && c > 0 ? std::abs(p) / (samples.scale * std::sqrt(c * m)) : 0;
    if (value > best.value) best = {value, cosine, sine, border};
  };
  for (Index i = 0; i < n; ++i) {
    if (!crosses_border(samples, along, across, i)) continue;
    for (const double side : {-1.0, 1.0}) consider(side * across(i), -side * along(i), i);
  }
  // Stationary points of every arc; a point inside the arc determines its plus side.
  std::vector<double> angles;
  for (Index i = 0; i < n; ++i)
    if (crosses_border(samples, along, across, i)) {
      const double angle = std::atan2(-along(i), across(i));
      angles.push_back(angle);
      angles.push_back(angle > 0 ? angle - M_PI : angle + M_PI);
    }
  std::sort(angles.begin(), angles.end());
  for (std::size_t k = 0; k < angles.size(); ++k) {
    const double next = k + 1 < angles.size() ? angles[k + 1] : angles[0] + 2 * M_PI;
    const double middle = (angles[k] + next) / 2;
    Eigen::Vector2d p = Eigen::Vector2d::Zero();
    Eigen::Matrix2d m;
    m << fixed(0), fixed(1), fixed(1), fixed(2);
    for (Index i = 0; i < n; ++i) {
      const Eigen::Vector2d x(along(i), across(i));
      const double d = std::cos(middle) * x(0) + std::sin(middle) * x(1) > 0 ? 1 : samples.slope;
      p += multipliers(i) * d * x;
      m += samples.share * d * d * x * x.transpose();
    }
    if (m.determinant() < 1e-9 * m(0, 0) * m(1, 1)) continue;
    const Eigen::Vector2d u = m.inverse() * p;
    consider(u(0), u(1), -1);
    consider(-u(0), -u(1), -1);
  }
  return best;
}

}  // namespace flatgrid::flattest

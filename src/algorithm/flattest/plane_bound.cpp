// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/plane_bound.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <boost/math/constants/constants.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/eigen.hpp>

namespace flatgrid::flattest {

namespace {

/// Numbers with 50 decimal digits and exponents of 31 bits.
using Real = boost::multiprecision::cpp_bin_float_50;
using Vector2 = Eigen::Matrix<Real, 2, 1>;
using Matrix2 = Eigen::Matrix<Real, 2, 2>;

constexpr double k_infinity = std::numeric_limits<double>::infinity();
constexpr double k_slack = 1e-4;  ///< of the supremum, relative
constexpr double k_rounding =
    1e-14;  ///< of sums of a dozen terms in doubles, relative to their sizes
constexpr int k_bisections = 80;
constexpr int k_samples = 4;  ///< of an interval, for the peaks
constexpr int k_golden_steps = 30;

Real pi() { return boost::math::constants::pi<Real>(); }

Vector2 at_angle(const Real& angle) { return {cos(angle), sin(angle)}; }

/// |v.x| on the plane: |v|, and the angle of +-v in [0, pi).
struct Kink {
  Vector2 unit;
  Real length;
  Real angle;
};

Kink kink_of(Vector2 v) {
  if (v(1) < 0 || (v(1) == 0 && v(0) < 0)) v = -v;
  const Real length = sqrt(v.dot(v));
  if (length == 0) return {.unit = {Real(1), Real(0)}, .length = 0, .angle = 0};
  return {.unit = v / length, .length = length, .angle = atan2(v(1), v(0))};
}

/// A line of samples: those on one line through 0, whose border is at one angle in [0, pi).
struct Line {
  Real angle;
  std::vector<Index> samples;
};

/// level + turn cos(w p) + sway sin(w p) + p (tilt + tilt_turn cos(w p) + tilt_sway sin(w p)) for |p| <= half.
struct Wave {
  double frequency = 1;  ///< w
  double start = 0;      ///< level + turn
  double turn = 0, sway = 0;
  double tilt = 0, tilt_turn = 0, tilt_sway = 0;

  [[nodiscard]] double value(double p) const {
    const double half_sine = std::sin(frequency * p / 2);
    const double sine = std::sin(frequency * p), cosine = std::cos(frequency * p);
    return start - 2 * turn * half_sine * half_sine + sway * sine +
           p * (tilt + tilt_turn * cosine + tilt_sway * sine);
  }
  [[nodiscard]] double slope(double p) const {
    const double sine = std::sin(frequency * p), cosine = std::cos(frequency * p);
    return frequency * (sway * cosine - turn * sine) + tilt + tilt_turn * cosine +
           tilt_sway * sine + p * frequency * (tilt_sway * cosine - tilt_turn * sine);
  }
  /// At least the largest deviation from the value at p within p +- reach <= half, rounding included.
  [[nodiscard]] double deviation(double p, double reach, double half) const {
    const double w = frequency, tilts = std::hypot(tilt_turn, tilt_sway);
    const double curvature = w * w * (std::hypot(turn, sway) + half * tilts) + 2 * w * tilts;
    const double size = std::abs(start) + half * half * w * w * std::abs(turn) +
                        half * w * std::abs(sway) + half * (std::abs(tilt) + tilts);
    const double slope_size =
        w * (std::abs(sway) + half * w * std::abs(turn)) + std::abs(tilt) + (1 + half * w) * tilts;
    return (std::abs(slope(p)) + k_rounding * slope_size) * reach + curvature * reach * reach / 2 +
           k_rounding * size;
  }
};

/// w'(S + p T) w on the directions of angle middle + p.
Wave quadratic(const Matrix2& s, const Matrix2& t, const Real& middle) {
  const Vector2 both = at_angle(2 * middle);
  const auto parts = [&](const Matrix2& m) {
    const Real level = (m(0, 0) + m(1, 1)) / 2;
    const Real along = (m(0, 0) - m(1, 1)) / 2, across = (m(0, 1) + m(1, 0)) / 2;
    return std::array<Real, 3>{level, Real(along * both(0) + across * both(1)),
                               Real(across * both(0) - along * both(1))};
  };
  const auto [level, turn, sway] = parts(s);
  const auto [tilt, tilt_turn, tilt_sway] = parts(t);
  return {.frequency = 2,
          .start = static_cast<double>(level + turn),
          .turn = static_cast<double>(turn),
          .sway = static_cast<double>(sway),
          .tilt = static_cast<double>(tilt),
          .tilt_turn = static_cast<double>(tilt_turn),
          .tilt_sway = static_cast<double>(tilt_sway)};
}

/// (s + p t).w on the directions of angle middle + p.
Wave linear(const Vector2& s, const Vector2& t, const Real& middle) {
  const Vector2 w = at_angle(middle);
  const Vector2 across{-w(1), w(0)};
  const auto turn = static_cast<double>(s.dot(w));
  return {.frequency = 1,
          .start = turn,
          .turn = turn,
          .sway = static_cast<double>(s.dot(across)),
          .tilt = 0,
          .tilt_turn = static_cast<double>(t.dot(w)),
          .tilt_sway = static_cast<double>(t.dot(across))};
}

/// An interval of directions, or a border (half = 0), on which A, B and g^2 are waves in the angle from its middle.
struct Interval {
  Real middle;
  double half;
  int side;  ///< 1; -1: the directions opposite to these angles
  Wave a, b, g;
};

class PlaneProof {
 public:
  PlaneProof(const BoundedProblem& bounded, double budget, const PlaneFunctions& u,
             const VectorD& multipliers)
      : labels_(bounded.labels), budget_(budget), u_(u) {
    const auto& [inputs, labels, problem, activation, target] = bounded;
    const Slopes slopes = slopes_of(activation);
    slope_ = slopes.negative;
    odd_ = (1 + slope_) / 2;
    even_ = (1 - slope_) / 2;
    // As in the certificate of the orbit minimum, at most the coefficients on either side.
    border_ = std::min({slopes.at_zero * slopes.at_zero, slopes.negative * slopes.negative, 1.0});
    const std::optional<double> radius = problem.input_law()->sphere_radius();
    const VectorD variances = problem.input_law()->gaussian_variances().value_or(VectorD::Ones(2));
    scale_ = radius ? Real(*radius) * *radius / 2 : Real(1);
    roots_ = {sqrt(Real(variances(0))), sqrt(Real(variances(1)))};
    for (Index i = 0; i < inputs.cols(); ++i) {
      multipliers_.emplace_back(multipliers(i));
      squares_.push_back(Real(inputs(0, i)) * inputs(0, i) + Real(inputs(1, i)) * inputs(1, i));
      samples_.emplace_back(inputs(0, i) / roots_(0), inputs(1, i) / roots_(1));
    }
    find_lines(inputs);
    find_kinks(problem, target);
    set_error();
    add_intervals();
  }

  [[nodiscard]] PlaneBound bound() {
    MatrixD peaks(2, 0);
    for (const auto& [first, last] : arcs_) add_peaks(first, last, peaks);
    double supremum = -k_infinity;
    for (const Interval& interval : intervals_)
      supremum = std::max(supremum, settled(interval, 0, interval.half, k_bisections));
    return {.bound = supremum, .peaks = std::move(peaks)};
  }

 private:
  /// The lines of the samples by their borders' angles, compared exactly.
  void find_lines(const MatrixD& inputs) {
    // +-x with its border (-x_1, x_0) in the upper half plane
    const auto oriented = [&](Index i) {
      const double x = inputs(0, i), y = inputs(1, i);
      return x < 0 || (x == 0 && y > 0) ? Vector2{-x, -y} : Vector2{x, y};
    };
    const auto cross = [&](Index i, Index k) {
      const Vector2 a = oriented(i), b = oriented(k);
      return Real(a(0) * b(1) - a(1) * b(0));
    };
    std::vector<Index> order;
    for (Index i = 0; i < inputs.cols(); ++i)
      if (squares_[static_cast<std::size_t>(i)] > 0) order.push_back(i);
    std::ranges::sort(order, [&](Index i, Index k) { return cross(i, k) > 0; });
    for (const Index i : order) {
      if (lines_.empty() || cross(lines_.back().samples.front(), i) != 0) {
        const Vector2& x = samples_[static_cast<std::size_t>(i)];
        lines_.push_back({.angle = kink_of({-x(1), x(0)}).angle, .samples = {}});
      }
      lines_.back().samples.push_back(i);
    }
  }

  /// The kinks of u and f* by their angles, and f* by them.
  void find_kinks(const problem::Problem& problem, const problem::IndexModel* target) {
    const Index m = u_.directions.cols();
    const Index s = target == nullptr ? 0 : target->coefficients.size();
    std::vector<Kink> kinks;
    std::vector<Real> of_target(static_cast<std::size_t>(m), Real(0));
    error_linear_ = {Real(0), Real(0)};
    const auto isotropic = [&](double x, double y) {
      return Vector2{x * roots_(0), y * roots_(1)};
    };
    for (Index k = 0; k < m; ++k)
      kinks.push_back(kink_of(isotropic(u_.directions(0, k), u_.directions(1, k))));
    for (Index k = 0; k < s; ++k) {
      const network::HalfLinePolynomial& link = *problem.link().polynomial;
      const Vector2 v = isotropic(target->directions(k, 0), target->directions(k, 1));
      kinks.push_back(kink_of(v));
      const Real half = Real(target->coefficients(k)) / 2;
      of_target.push_back(half * (Real(link.right[1]) + link.left[1]));
      error_linear_ += half * (Real(link.right[1]) - link.left[1]) * v;
    }
    order_.resize(kinks.size());
    for (std::size_t k = 0; k < kinks.size(); ++k) order_[k] = static_cast<Index>(k);
    std::ranges::sort(order_, {},
                      [&](Index k) { return kinks[static_cast<std::size_t>(k)].angle; });
    for (const Index k : order_) {
      kinks_.push_back(kinks[static_cast<std::size_t>(k)]);
      error_kinks_.push_back(of_target[static_cast<std::size_t>(k)]);
    }
    linear_.reserve(samples_.size());
    for (Index i = 0; i < u_.linear.cols(); ++i)
      linear_.push_back(isotropic(u_.linear(0, i), u_.linear(1, i)));
  }

  /// The coefficient of u_i at a kink, times |v|.
  [[nodiscard]] Real kink_of_u(std::size_t kink, Index i) const {
    const Index k = order_[kink];
    return k < u_.directions.cols() ? Real(u_.kinks(k, i)) * kinks_[kink].length : Real(0);
  }

  /// E |w.x| h(x) = (even + t sloped).w between two kinks, for a sum h of c_k |v_k.x|, |w| = 1, without scale_.
  struct Moments {
    Vector2 even, sloped;

    [[nodiscard]] Real at(const Kink& kink) const {
      return (even + kink.angle * sloped).dot(kink.unit);
    }
  };

  /// The moments below the first kink, c_k |v_k| given.
  template <class Coefficients>
  [[nodiscard]] Moments first_moments(const Coefficients& coefficients) const {
    Moments moments{{Real(0), Real(0)}, {Real(0), Real(0)}};
    for (std::size_t k = 0; k < kinks_.size(); ++k) {
      moments.even += coefficients(k) * (kinks_[k].unit - jump_[k]);
      moments.sloped -= coefficients(k) * sloped_jump_[k];
    }
    return moments;
  }
  /// The moments above a kink from those below it.
  void pass(std::size_t kink, const Real& coefficient, Moments& moments) const {
    const Real twice = 2 * coefficient;
    moments.even += twice * jump_[kink];
    moments.sloped += twice * sloped_jump_[kink];
  }

  /// e = f* - u.y, its moments between all kinks, and E e^2 + 2 l.y.
  void set_error() {
    const Real two_over_pi = 2 / pi();
    for (const Kink& kink : kinks_) {
      const Vector2 across{-kink.unit(1), kink.unit(0)};
      jump_.push_back(two_over_pi * (across + kink.angle * kink.unit));
      sloped_jump_.push_back(-two_over_pi * kink.unit);
    }
    for (std::size_t k = 0; k < kinks_.size(); ++k) error_kinks_[k] *= kinks_[k].length;
    for (Index i = 0; i < labels_.size(); ++i) {
      if (labels_(i) == 0) continue;
      error_linear_ -= labels_(i) * linear_[static_cast<std::size_t>(i)];
      for (std::size_t k = 0; k < kinks_.size(); ++k)
        error_kinks_[k] -= labels_(i) * kink_of_u(k, i);
    }
    error_moments_ = {first_moments([&](std::size_t k) -> const Real& { return error_kinks_[k]; })};
    Real square = error_linear_.dot(error_linear_);
    for (std::size_t k = 0; k < kinks_.size(); ++k) {
      square += error_kinks_[k] * error_moments_.back().at(kinks_[k]);
      error_moments_.push_back(error_moments_.back());
      pass(k, error_kinks_[k], error_moments_.back());
    }
    Real constant = scale_ * square;
    for (Index i = 0; i < labels_.size(); ++i)
      constant += 2 * multipliers_[static_cast<std::size_t>(i)] * labels_(i);
    constant_ = static_cast<double>(constant);
  }

  /// All arcs between borders, in the upper half plane and opposite to it, and the borders.
  void add_intervals() {
    const std::size_t n = samples_.size(), m = kinks_.size();
    // The sign of w.x_i, at first for w of the angle 0.
    std::vector<int> signs(n);
    for (std::size_t i = 0; i < n; ++i) {
      const Vector2& x = samples_[i];
      signs[i] = x(0) > 0 || (x(0) == 0 && x(1) < 0) ? 1 : -1;
    }
    // sum_i sign_i x_i u_i and sum_i x_i u_i at the kinks [2, m], by columns, and of the linear parts.
    std::vector<Vector2> even(m, Vector2(0, 0)), odd(m, Vector2(0, 0));
    Matrix2 even_linear = Matrix2::Zero(), odd_linear = Matrix2::Zero();
    const auto add = [&](std::size_t i, const Real& factor, std::vector<Vector2>& sum,
                         Matrix2& sum_linear) {
      const Vector2 x = factor * samples_[i];
      for (std::size_t k = 0; k < m; ++k)
        if (const Real coefficient = kink_of_u(k, static_cast<Index>(i)); coefficient != 0)
          sum[k] += coefficient * x;
      sum_linear += x * linear_[i].transpose();
    };
    for (std::size_t i = 0; i < n; ++i) {
      add(i, signs[i], even, even_linear);
      add(i, 1, odd, odd_linear);
    }
    for (std::size_t arc = 0; arc <= lines_.size(); ++arc) {
      const Line* const line = arc > 0 ? &lines_[arc - 1] : nullptr;
      if (line != nullptr)
        for (const Index i : line->samples) {
          const auto sample = static_cast<std::size_t>(i);
          signs[sample] = -signs[sample];
          add(sample, 2 * signs[sample], even, even_linear);
        }
      const Real begin = line != nullptr ? line->angle : Real(0);
      const Real end = arc < lines_.size() ? lines_[arc].angle : pi();
      for (const int side : {1, -1}) {
        std::vector<Vector2> kinks(m);
        for (std::size_t k = 0; k < m; ++k) kinks[k] = even_ * even[k] + side * odd_ * odd[k];
        add_arc(begin, end, line, side, signs, kinks,
                even_ * even_linear + side * odd_ * odd_linear);
      }
    }
  }

  /// The intervals of an arc, and the border at its begin. U = sum_i D_i x_i u_i, D_i x_i.w = sigma(w.x_i), is given by its
  /// coefficients at the kinks and its linear part.
  void add_arc(const Real& begin, const Real& end, const Line* line, int side,
               const std::vector<int>& signs, const std::vector<Vector2>& kinks,
               const Matrix2& u_linear) {
    const std::size_t m = kinks_.size();
    // E |w.x| U between the kinks, E U U', E U e
    std::array<Moments, 2> moments{
        first_moments([&](std::size_t k) -> const Real& { return kinks[k](0); }),
        first_moments([&](std::size_t k) -> const Real& { return kinks[k](1); })};
    struct Piece {
      Real begin, end;
      std::array<Moments, 2> moments;
      std::size_t place;
    };
    std::vector<Piece> pieces;
    Matrix2 square = u_linear * u_linear.transpose();
    Vector2 cross = u_linear * error_linear_;
    for (std::size_t k = 0; k <= m; ++k) {
      const Real from = std::max(begin, k > 0 ? kinks_[k - 1].angle : Real(0));
      const Real to = std::min(end, k < m ? kinks_[k].angle : pi());
      if (from < to) pieces.push_back({from, to, moments, k});
      if (k == m) break;
      const Vector2 here{moments[0].at(kinks_[k]), moments[1].at(kinks_[k])};
      square += here * kinks[k].transpose();
      cross += error_kinks_[k] * here;
      pass(k, kinks[k](0), moments[0]);
      pass(k, kinks[k](1), moments[1]);
    }
    // B's part l.sigma(X w), and g^2 with and without the samples on the border
    Vector2 of_multipliers{Real(0), Real(0)};
    Matrix2 gram = Matrix2::Zero();
    Real squares = 0;
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      const Real derivative = signs[i] == side ? Real(1) : slope_;
      of_multipliers += (side * derivative * multipliers_[i]) * samples_[i];
      gram += derivative * derivative * samples_[i] * samples_[i].transpose();
      squares += derivative * derivative * squares_[i];
    }
    Real border_squares = squares;
    if (line != nullptr)
      for (const Index i : line->samples) {
        const auto sample = static_cast<std::size_t>(i);
        const Real derivative = signs[sample] == side ? Real(1) : slope_;
        border_squares += (border_ - derivative * derivative) * squares_[sample];
      }
    const Real share = Real(2) / static_cast<double>(samples_.size());

    const std::size_t first = intervals_.size();
    const auto interval = [&](const Piece& piece, const Real& from, const Real& to,
                              const Real& squares_here) {
      const Real middle = (from + to) / 2;
      Matrix2 even, sloped;
      even << piece.moments[0].even.transpose(), piece.moments[1].even.transpose();
      sloped << piece.moments[0].sloped.transpose(), piece.moments[1].sloped.transpose();
      const Moments& error = error_moments_[piece.place];
      const Matrix2 a_sloped = (-2 * scale_ * even_) * sloped;
      const Matrix2 a = scale_ * ((odd_ * odd_ + even_ * even_) * Matrix2::Identity() + square -
                                  (2 * side * odd_) * u_linear - (2 * even_) * even) +
                        middle * a_sloped;
      const Vector2 b_sloped = (scale_ * even_) * error.sloped;
      const Vector2 b = scale_ * ((side * odd_) * error_linear_ - cross + even_ * error.even) +
                        of_multipliers + middle * b_sloped;
      const Matrix2 g = (share * share * squares_here) * gram;
      intervals_.push_back(
          {.middle = middle,
           .half = std::nextafter(static_cast<double>((to - from) / 2), k_infinity),
           .side = side,
           .a = quadratic(a, a_sloped, middle),
           .b = linear(b, b_sloped, middle),
           .g = quadratic(g, Matrix2::Zero(), middle)});
      if (from == to) intervals_.back().half = 0;
    };
    if (line != nullptr && !pieces.empty()) interval(pieces.front(), begin, begin, border_squares);
    for (const Piece& piece : pieces) interval(piece, piece.begin, piece.end, squares);
    arcs_.emplace_back(first, intervals_.size());
  }

  /// V of a sign at p.
  [[nodiscard]] double value(const Interval& interval, double p, double sign) const {
    const double size = budget_ / std::sqrt(interval.g.value(p));
    return size * (size * interval.a.value(p) + 2 * sign * interval.b.value(p)) + constant_;
  }

  /// At least the supremum of V within p +- reach, rounding included; infinity if g may be 0 there.
  [[nodiscard]] double above(const Interval& interval, double p, double reach) const {
    const auto deviation = [&](const Wave& wave) {
      return wave.deviation(p, reach, interval.half);
    };
    const double g = interval.g.value(p) - deviation(interval.g);
    if (!(g > 0)) return k_infinity;
    const double a = std::max(0.0, interval.a.value(p) + deviation(interval.a));
    const double b = std::abs(interval.b.value(p)) + deviation(interval.b);
    const double size = budget_ / std::sqrt(g);
    const double sum = size * (size * a + 2 * b);
    return sum + constant_ + k_rounding * (sum + std::abs(constant_));
  }

  /// At least the supremum of V within p +- reach, by bisection down to the slack of the largest value known.
  [[nodiscard]] double settled(const Interval& interval, double p, double reach, int bisections) {
    for (const double sign : {1.0, -1.0}) known_ = std::max(known_, value(interval, p, sign));
    const double upper = above(interval, p, reach);
    const double enough = std::max(known_, above(interval, p, 0)) * (1 + k_slack);
    if (upper <= enough || reach == 0 || bisections == 0) return upper;
    // The halves overlap by more than their rounding.
    const double half = reach / 2 * (1 + 1e-15);
    return std::max(settled(interval, p - half, half, bisections - 1),
                    settled(interval, p + half, half, bisections - 1));
  }

  /// Appends where V is greatest on an arc or its border for either sign.
  void add_peaks(std::size_t first, std::size_t last, MatrixD& peaks) {
    for (const double sign : {1.0, -1.0}) {
      const Interval* best = nullptr;
      double place = 0, greatest = -k_infinity;
      const auto look_at = [&](const Interval& interval, double p) {
        const double here = value(interval, p, sign);
        if (!(here > greatest)) return;
        greatest = here;
        place = p;
        best = &interval;
      };
      for (std::size_t k = first; k < last; ++k)
        for (int j = -k_samples; j <= k_samples; ++j)
          look_at(intervals_[k], intervals_[k].half * j / k_samples);
      if (best == nullptr) continue;
      known_ = std::max(known_, greatest);
      // Golden section about the best
      const double half = best->half;
      double low = std::max(-half, place - half / k_samples);
      double high = std::min(half, place + half / k_samples);
      for (int step = 0; step < k_golden_steps; ++step) {
        constexpr double k_golden = 0.381966011250105;
        const double one = low + k_golden * (high - low), other = high - k_golden * (high - low);
        (value(*best, one, sign) < value(*best, other, sign) ? low : high) =
            value(*best, one, sign) < value(*best, other, sign) ? one : other;
      }
      look_at(*best, (low + high) / 2);
      const Vector2 w = best->side * at_angle(best->middle + place);
      peaks.conservativeResize(2, peaks.cols() + 1);
      peaks.col(peaks.cols() - 1) << static_cast<double>(w(0) / roots_(0)),
          static_cast<double>(w(1) / roots_(1));
    }
  }

  const VectorD& labels_;
  double budget_;
  const PlaneFunctions& u_;
  Real slope_, odd_, even_, border_, scale_;
  Vector2 roots_;
  std::vector<Real> multipliers_, squares_;  ///< l_i, ||x_i||^2
  std::vector<Vector2> samples_;             ///< for isotropic directions
  std::vector<Line> lines_;
  std::vector<Kink> kinks_;                  ///< by angle
  std::vector<Index> order_;                 ///< of the directions of u, and then of f*
  std::vector<Vector2> linear_;              ///< of u_i
  std::vector<Vector2> jump_, sloped_jump_;  ///< half of what E |w.x| |v_k.x| gains beyond its kink
  Vector2 error_linear_;
  std::vector<Real> error_kinks_;
  std::vector<Moments> error_moments_;  ///< [m + 1]
  double constant_ = 0;                 ///< E e^2 + 2 l.y
  std::vector<Interval> intervals_;
  std::vector<std::pair<std::size_t, std::size_t>> arcs_;  ///< the intervals of each
  double known_ = 0;                                       ///< the largest value of V so far
};

}  // namespace

bool has_plane_bound(const BoundedProblem& bounded) {
  const auto& [inputs, labels, problem, activation, target] = bounded;
  if (inputs.rows() != 2 || activation.degree() != 1 || problem.appends_one()) return false;
  const problem::InputLaw* const law = problem.input_law();
  if (law == nullptr) return false;
  const std::optional<VectorD> variances = law->gaussian_variances();
  if (variances ? variances->minCoeff() <= 0 : !law->sphere_radius()) return false;
  if (target == nullptr) return true;
  const auto& link = problem.link().polynomial;
  if (!link) return false;
  const auto is_linear = [](const std::array<double, 4>& side) {
    return side[0] == 0 && side[2] == 0 && side[3] == 0;
  };
  return is_linear(link->right) && is_linear(link->left);
}

PlaneBound plane_bound(const BoundedProblem& bounded, double budget, const PlaneFunctions& u,
                       const VectorD& multipliers) {
  return PlaneProof(bounded, budget, u, multipliers).bound();
}

}  // namespace flatgrid::flattest

// SPDX-License-Identifier: MIT
#include "biased_loss.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "biased_neurons.hpp"
#include "flatgrid/base/extended_precision.hpp"
#include "flatgrid/measure/gaussian_moments.hpp"
#include "flatgrid/measure/shifted_moments.hpp"
#include "flatgrid/measure/zonal_series.hpp"
#include "isotropic.hpp"

namespace flatgrid::measure {

namespace {

/// E sigma(z) g(z') for the target's link g, and what its gradient in (w, b) needs.
struct CrossValue {
  double value;
  double by_shift;   ///< dE/db = E sigma'(z) g
  double by_cosine;  ///< dE/dc / s = E sigma'(z) dg/dV
};

/// E f f* and E f*^2 for a piecewise polynomial link.
template <class Real>
class MomentCross {
 public:
  using Exact = MomentCross<Extended>;

  explicit MomentCross(const ExactProblem& problem)
      : slope_(network::derivative(problem.activation)),
        jump_(problem.link.polynomial->right[0] - problem.link.polynomial->left[0]),
        kernel_(problem.activation, *problem.link.polynomial),
        by_shift_(slope_, *problem.link.polynomial),
        by_cosine_(slope_, network::derivative(*problem.link.polynomial)),
        target_(*problem.link.polynomial, *problem.link.polynomial, radial_factors<Real>(1, {})),
        indices_(problem.target.directions, problem.variances) {}

  [[nodiscard]] const Whitened<Real>& indices() const { return indices_; }
  [[nodiscard]] Real value(const BiasedNeurons<Real>& neurons, Index j, Index s) const {
    return kernel_.value(neurons(j), index(s), neurons.correlation(j, indices_, s));
  }
  [[nodiscard]] CrossValue with_derivatives(const BiasedNeurons<Real>& neurons, Index j,
                                            Index s) const {
    const Preactivation<Real>& z = neurons(j);
    const Correlation<Real> c = neurons.correlation(j, indices_, s);
    Real by_cosine = indices_.length(s) * by_cosine_.value(z, index(s), c);
    if (jump_ != 0) {
      // At V = 0 z is normal with mean b and deviation s sin t.
      const Preactivation<Real> at_jump(Real(z.scale * c.sine()), z.shift);
      const auto above = at_jump.moments();
      const auto below = at_jump.mirrored().moments();
      for (std::size_t p = 0; p < above.size(); ++p)
        by_cosine += jump_ * normal_density(Real(0)) *
                     (slope_.right[p] * above[p] + slope_.left[p] * below[p]);
    }
    return {kernel_.value(z, index(s), c), by_shift_.value(z, index(s), c), by_cosine};
  }
  [[nodiscard]] Real target(Index s, Index t) const {
    return target_.value(indices_.length(s), indices_.length(t),
                         s == t ? Real(1) : indices_.cosine(s, indices_, t));
  }
  /// Size of the terms of the index s.
  [[nodiscard]] double magnitude(Index s) const {
    return std::sqrt(static_cast<double>(target(s, s)));
  }

 private:
  [[nodiscard]] Preactivation<Real> index(Index s) const { return {indices_.length(s), Real(0)}; }

  network::HalfLinePolynomial slope_;  ///< sigma'
  double jump_;                        ///< of the link at 0
  ShiftedKernel<Real> kernel_, by_shift_, by_cosine_;
  MomentKernel<Real> target_;
  Whitened<Real> indices_;
};

/// E f f* and E f*^2 for a link that is a sum of polynomial pieces g_l(z - t_l), continuous in total.
template <class Real>
class PieceCross {
 public:
  using Exact = PieceCross<Extended>;

  explicit PieceCross(const ExactProblem& problem)
      : indices_(problem.target.directions, problem.variances) {
    const network::HalfLinePolynomial slope = network::derivative(problem.activation);
    for (const auto& [polynomial, shift] : problem.link.pieces) {
      pieces_.push_back({shift,
                         {problem.activation, polynomial},
                         {slope, polynomial},
                         {slope, network::derivative(polynomial)}});
      for (std::size_t p = 0; p < 4; ++p) {
        network::HalfLinePolynomial right{}, left{};
        right.right[p] = left.left[p] = 1;
        for (const auto& [weight, power] :
             {std::pair(polynomial.right[p], right), std::pair(polynomial.left[p], left)}) {
          if (weight != 0)
            monomials_.push_back({Real(weight), shift, power, {problem.activation, power}});
        }
      }
    }
  }

  [[nodiscard]] const Whitened<Real>& indices() const { return indices_; }
  [[nodiscard]] Real value(const BiasedNeurons<Real>& neurons, Index j, Index s) const {
    const Correlation<Real> c = neurons.correlation(j, indices_, s);
    Real sum = 0;
    for (const Monomial& each : monomials_)
      sum += each.weight * each.kernel.value(neurons(j), index(s, each.shift), c);
    return sum;
  }
  [[nodiscard]] CrossValue with_derivatives(const BiasedNeurons<Real>& neurons, Index j,
                                            Index s) const {
    const Correlation<Real> c = neurons.correlation(j, indices_, s);
    CrossValue sum{0, 0, 0};
    for (const Piece& piece : pieces_) {
      const Preactivation<Real> z = index(s, piece.shift);
      sum.value += piece.kernel.value(neurons(j), z, c);
      sum.by_shift += piece.by_shift.value(neurons(j), z, c);
      sum.by_cosine += indices_.length(s) * piece.by_cosine.value(neurons(j), z, c);
    }
    return sum;
  }
  [[nodiscard]] Real target(Index s, Index t) const {
    const Correlation<Real> c =
        s == t ? Correlation<Real>::full()
               : Correlation<Real>::of(indices_.unit.row(s), indices_.unit.row(t));
    Real sum = 0;
    for (const Monomial& one : monomials_) {
      for (const Monomial& other : monomials_) {
        const ShiftedKernel<Real> kernel(one.power, other.power);
        sum +=
            one.weight * other.weight * kernel.value(index(s, one.shift), index(t, other.shift), c);
      }
    }
    return sum;
  }
  /// The pieces cancel in the link: the sum of their sizes.
  [[nodiscard]] double magnitude(Index s) const {
    double sum = 0;
    for (const Monomial& each : monomials_) {
      const double size = std::hypot(static_cast<double>(indices_.length(s)), each.shift);
      for (std::size_t p = 0; p < 4; ++p) {
        if (each.power.right[p] != 0 || each.power.left[p] != 0)
          sum +=
              std::abs(static_cast<double>(each.weight)) * std::pow(size, static_cast<double>(p));
      }
    }
    return sum;
  }

 private:
  struct Piece {
    double shift;
    ShiftedKernel<Real> kernel, by_shift, by_cosine;
  };
  /// weight |z - t|^p on one side of t: a product of two weights, rounded in double, would be too inaccurate for Real.
  struct Monomial {
    Real weight;
    double shift;
    network::HalfLinePolynomial power;
    ShiftedKernel<Real> kernel;  ///< with the activation
  };
  [[nodiscard]] Preactivation<Real> index(Index s, double shift) const {
    return {indices_.length(s), Real(-shift)};
  }

  Whitened<Real> indices_;
  std::vector<Piece> pieces_;
  std::vector<Monomial> monomials_;
};

/// E f f* and E f*^2 for any link, by series in Hermite polynomials h_n: E sigma(z) g(V) = sum_n alpha_n g_n c^n with
/// alpha_n = E sigma(s U + b) h_n(U). For z_+^p
///   alpha_n = p s / sqrt(n) times alpha_{n-1} of z_+^{p-1},   phi(h) h_{n-1}(h) / sqrt(n) for p = 0,
/// alpha_0 = E z_+^p.
class SeriesCross {
 public:
  using Exact = void;  ///< the series has errors larger than rounding

  explicit SeriesCross(const ExactProblem& problem)
      : activation_(problem.activation),
        slope_(network::derivative(problem.activation)),
        basis_(ZonalBasis::gaussian()),
        indices_(problem.target.directions, problem.variances) {
    for (Index s = 0; s < indices_.length.size(); ++s) {
      const double length = indices_.length(s);
      links_.push_back(
          basis_.coefficients([&](double z) { return problem.link.value(length * z); }));
    }
  }

  [[nodiscard]] const Whitened<double>& indices() const { return indices_; }
  [[nodiscard]] double value(const BiasedNeurons<double>& neurons, Index j, Index s) const {
    return series(activation_, neurons, j, s).value;
  }
  [[nodiscard]] CrossValue with_derivatives(const BiasedNeurons<double>& neurons, Index j,
                                            Index s) const {
    const KernelValue<double> own = series(activation_, neurons, j, s);
    const double scale = neurons(j).scale;
    return {own.value, series(slope_, neurons, j, s).value, scale > 0 ? own.by_cosine / scale : 0};
  }
  [[nodiscard]] double target(Index s, Index t) const {
    const double cosine = s == t ? 1.0 : indices_.cosine(s, indices_, t);
    return basis_.evaluate(links_[std::size_t(s)].cwiseProduct(links_[std::size_t(t)]), cosine)
        .value;
  }

  [[nodiscard]] double magnitude(Index s) const { return std::sqrt(target(s, s)); }

 private:
  /// alpha_n of z_+^p.
  static VectorD rectified(const Preactivation<double>& z, int p) {
    VectorD alpha = VectorD::Zero(ZonalBasis::k_terms);
    alpha(0) = z.tail;
    double present = z.density;  // phi(h) h_n(h)
    double before = 0;
    for (Index n = 0; n + 1 < alpha.size(); ++n) {
      const auto order = static_cast<double>(n);
      alpha(n + 1) = present / std::sqrt(order + 1);
      const double next =
          (z.threshold * present - std::sqrt(order) * before) / std::sqrt(order + 1);
      before = present;
      present = next;
    }
    const auto means = z.moments();
    for (int power = 1; power <= p; ++power) {
      for (Index n = alpha.size() - 1; n > 0; --n)
        alpha(n) = power * z.scale / std::sqrt(static_cast<double>(n)) * alpha(n - 1);
      alpha(0) = means[static_cast<std::size_t>(power)];
    }
    return alpha;
  }

  /// The series of E f(z) g(V) of a piecewise polynomial f.
  [[nodiscard]] KernelValue<double> series(const network::HalfLinePolynomial& f,
                                           const BiasedNeurons<double>& neurons, Index j,
                                           Index s) const {
    const Preactivation<double>& z = neurons(j);
    VectorD alpha = VectorD::Zero(ZonalBasis::k_terms);
    for (int p = 0; p < 4; ++p) {
      if (const double weight = f.right[std::size_t(p)]; weight != 0)
        alpha += weight * rectified(z, p);
      if (const double weight = f.left[std::size_t(p)]; weight != 0) {
        VectorD mirrored = rectified(z.mirrored(), p);
        for (Index n = 1; n < mirrored.size(); n += 2) mirrored(n) *= -1;  // h_n(-U)
        alpha += weight * mirrored;
      }
    }
    return basis_.evaluate(alpha.cwiseProduct(links_[std::size_t(s)]),
                           neurons.correlation(j, indices_, s).cosine);
  }

  network::HalfLinePolynomial activation_, slope_;
  ZonalBasis basis_;
  Whitened<double> indices_;
  std::vector<VectorD> links_;  ///< g_n of each index
};

int degree_of(const network::HalfLinePolynomial& activation) {
  int degree = 3;
  while (activation.right[std::size_t(degree)] == 0 && activation.left[std::size_t(degree)] == 0)
    --degree;
  return degree;
}

template <class Cross>
class LossBy final : public BiasedLoss {
 public:
  explicit LossBy(ExactProblem problem)
      : problem_(std::move(problem)), degree_(degree_of(problem_.activation)), cross_(problem_) {}

  [[nodiscard]] double value(const network::Network<double>& network) const override {
    constexpr double k_relative_error = 1e-8;
    // For degrees 1, 2, 3: about three times the largest error of 720 networks, 1.2, 2.8 and 5.6.
    constexpr std::array k_roundings = {4.0, 8.0, 16.0};
    const double rounding = k_roundings[static_cast<std::size_t>(degree_ - 1)];
    const network::Network<double> live = live_neurons(network);
    const double scale = rounding_scale(live);
    const double value = second_moment<double>(cross_, live);
    const double error = rounding * std::numeric_limits<double>::epsilon() * scale;
    // Written so that NaN, from infinite weights, is returned.
    if (!(error > k_relative_error * value)) return value;
    if constexpr (std::is_void_v<typename Cross::Exact>) {
      return std::max(0.0, value);
    } else {
      const double exact = second_moment<Extended>(typename Cross::Exact(problem_), live);
      // Rounding may make the difference negative; it is 0 then.
      const auto least =
          rounding * static_cast<double>(std::numeric_limits<Extended>::epsilon()) * scale;
      return exact > 16 * least ? exact : 0;
    }
  }

  double with_gradient(const network::Network<double>& network,
                       network::Network<double>& gradient) const override {
    const Index d = problem_.variances.size();
    const Index width = network.width();
    gradient = network::Network<double>::zero(width, d + 1);
    const BiasedNeurons<double> neurons(network.inner, problem_.variances);
    const network::HalfLinePolynomial slope = network::derivative(problem_.activation);
    const ShiftedKernel<double> kernel(problem_.activation, problem_.activation);
    const ShiftedKernel<double> by_shift(slope, problem_.activation);
    const ShiftedKernel<double> by_cosine(slope, slope);
    double sum = target_second_moment();
    // A pair contributes weight * k, k = E sigma(z_j) g: dk/db = E sigma'(z_j) g and, by Stein's identity,
    // dk/dv = E sigma'(z_j) g x = A u_j + B u, with the unit vectors u_j of v_j and u of g,
    // B = E sigma'(z_j) dg/dV, and A from homogeneity: v_j.dk/dv + b dk/db = degree k.
    const auto add_pair = [&](Index j, double weight, const CrossValue& k, double c,
                              const auto& other_unit) {
      const Preactivation<double>& z = neurons(j);
      gradient.inner(j, d) += weight * k.by_shift;
      if (!(z.scale > 0)) {
        gradient.inner.row(j).head(d) += weight * k.by_cosine * other_unit;
        return;
      }
      const double along = (degree_ * k.value - z.shift * k.by_shift) / z.scale - c * k.by_cosine;
      gradient.inner.row(j).head(d) +=
          weight * (along * neurons.directions.unit.row(j) + k.by_cosine * other_unit);
    };
    for (Index j = 0; j < width; ++j) {
      const double a = network.outer(j);
      for (Index q = 0; q < width; ++q) {
        const Correlation<double> c = neurons.correlation(j, q);
        const CrossValue k{kernel.value(neurons(j), neurons(q), c),
                           by_shift.value(neurons(j), neurons(q), c),
                           neurons(q).scale * by_cosine.value(neurons(j), neurons(q), c)};
        sum += a * network.outer(q) * k.value;
        gradient.outer(j) += 2 * network.outer(q) * k.value;
        add_pair(j, 2 * a * network.outer(q), k, c.cosine, neurons.directions.unit.row(q));
      }
      for (Index s = 0; s < problem_.target.coefficients.size(); ++s) {
        const double weight = -2 * problem_.target.coefficients(s);
        const CrossValue k = cross_.with_derivatives(neurons, j, s);
        sum += a * weight * k.value;
        gradient.outer(j) += weight * k.value;
        add_pair(j, a * weight, k, neurons.correlation(j, cross_.indices(), s).cosine,
                 cross_.indices().unit.row(s));
      }
    }
    for (Index k = 0; k < d; ++k) gradient.inner.col(k) *= std::sqrt(problem_.variances(k));
    return sum;
  }

  [[nodiscard]] double target_second_moment() const override {
    return second_moment<double>(cross_,
                                 network::Network<double>::zero(0, problem_.variances.size() + 1));
  }

 private:
  /// E f^2 - 2 E f f* + E f*^2.
  template <class Real, class OfReal>
  [[nodiscard]] Real sum_of_pairs(const OfReal& cross,
                                  const network::Network<double>& network) const {
    const ShiftedKernel<Real> kernel(problem_.activation, problem_.activation);
    const BiasedNeurons<Real> neurons(network.inner, problem_.variances);
    const VectorD& coefficients = problem_.target.coefficients;
    Real sum = 0;
    for (Index j = 0; j < network.width(); ++j) {
      const Real a = network.outer(j);
      Real others = 0;
      for (Index q = 0; q < j; ++q) {
        others +=
            network.outer(q) * kernel.value(neurons(j), neurons(q), neurons.correlation(j, q));
      }
      for (Index s = 0; s < coefficients.size(); ++s)
        others -= coefficients(s) * cross.value(neurons, j, s);
      sum +=
          a * a * kernel.value(neurons(j), neurons(j), Correlation<Real>::full()) + 2 * a * others;
    }
    for (Index s = 0; s < coefficients.size(); ++s) {
      Real others = 0;
      for (Index t = 0; t < s; ++t) others += coefficients(t) * cross.target(s, t);
      sum += coefficients(s) * (coefficients(s) * cross.target(s, s) + 2 * others);
    }
    return sum;
  }
  template <class Real, class OfReal>
  [[nodiscard]] double second_moment(const OfReal& cross,
                                     const network::Network<double>& network) const {
    return static_cast<double>(sum_of_pairs<Real>(cross, network));
  }

  /// Rounding error of the sum in double / epsilon: of a pair it is relative to the product of
  /// |a| (s^2 + b^2)^{k/2}, also where sigma is almost always 0.
  [[nodiscard]] double rounding_scale(const network::Network<double>& network) const {
    const Index d = problem_.variances.size();
    const Index width = network.width();
    const Index indices = problem_.target.coefficients.size();
    VectorD magnitudes(width + indices);
    for (Index j = 0; j < width; ++j) {
      const auto w = network.inner.row(j).head(d).transpose().array().square();
      const double square =
          (w * problem_.variances.array()).sum() + std::pow(network.inner(j, d), 2);
      magnitudes(j) = std::abs(network.outer(j)) * std::pow(square, degree_ / 2.0);
    }
    for (Index s = 0; s < indices; ++s) {
      magnitudes(width + s) = std::abs(problem_.target.coefficients(s)) * cross_.magnitude(s);
    }
    return 2 * magnitudes.lpNorm<1>() * magnitudes.norm();
  }

  ExactProblem problem_;
  int degree_;
  Cross cross_;
};

}  // namespace

std::unique_ptr<BiasedLoss> make_biased_loss(ExactProblem problem) {
  if (!problem.link.pieces.empty())
    return std::make_unique<LossBy<PieceCross<double>>>(std::move(problem));
  if (problem.link.polynomial)
    return std::make_unique<LossBy<MomentCross<double>>>(std::move(problem));
  return std::make_unique<LossBy<SeriesCross>>(std::move(problem));
}

}  // namespace flatgrid::measure

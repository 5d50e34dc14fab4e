// SPDX-License-Identifier: MIT
#include "flatgrid/measure/loss_form.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "flatgrid/measure/gaussian_moments.hpp"
#include "isotropic.hpp"

namespace flatgrid::measure {

namespace {

constexpr double k_two_over_pi = 2 * std::numbers::inv_pi;

/// asin and sqrt(1 - c^2) of many cosines at once, by vector instructions: arccos(c) = sqrt(1 - c) p(c) for
/// 0 <= c <= 1, p a polynomial. sqrt(1 - c) p(c) is singular at c = -1 alone, so that the interpolation at
/// Chebyshev nodes gains a factor 5.8 a degree: 1e-15 at degree 20.
class ArcSine {
 public:
  static constexpr Index k_block = 8;
  using Block = Eigen::Array<double, k_block, 1>;

  static const ArcSine& get() {
    static const ArcSine instance;
    return instance;
  }
  void operator()(const Block& cosine, Block& arc, Block& sine) const {
    const Block size = cosine.abs().min(1.0);
    const Block t = 2 * size - 1;
    Block p = Block::Constant(powers_[k_degree]);
    for (std::size_t k = k_degree; k-- > 0;) p = p * t + powers_[k];
    const Block below = (1 - size).sqrt();
    const Block angle = std::numbers::pi / 2 - below * p;
    arc = (cosine < 0).select(-angle, angle);
    sine = below * (1 + size).sqrt();
  }

 private:
  static constexpr std::size_t k_degree = 20;

  ArcSine() {
    constexpr std::size_t k_nodes = k_degree + 1;
    using Real = long double;
    constexpr Real k_pi = std::numbers::pi_v<Real>;
    std::array<Real, k_nodes> chebyshev{};  // coefficients of T_k(t), t = 2 c - 1
    for (std::size_t j = 0; j < k_nodes; ++j) {
      const Real angle = k_pi * (static_cast<Real>(j) + 0.5L) / static_cast<Real>(k_nodes);
      const Real c = (std::cos(angle) + 1) / 2;
      for (std::size_t k = 0; k < k_nodes; ++k)
        chebyshev[k] += (k == 0 ? 1.0L : 2.0L) / static_cast<Real>(k_nodes) * std::acos(c) /
                        std::sqrt(1 - c) * std::cos(static_cast<Real>(k) * angle);
    }
    // T_{k+1} = 2 t T_k - T_{k-1}
    std::array<Real, k_nodes> sum{}, before{}, present{};
    before[0] = 1;
    present[1] = 1;
    sum[0] = chebyshev[0];
    for (std::size_t k = 1; k < k_nodes; ++k) {
      for (std::size_t p = 0; p < k_nodes; ++p) sum[p] += chebyshev[k] * present[p];
      std::array<Real, k_nodes> next{};
      for (std::size_t p = 0; p < k_nodes; ++p)
        next[p] = (p > 0 ? 2 * present[p - 1] : 0) - before[p];
      before = present;
      present = next;
    }
    for (std::size_t p = 0; p < k_nodes; ++p) powers_[p] = static_cast<double>(sum[p]);
  }

  std::array<double, k_degree + 1> powers_{};
};

/// Calls visit(first, size, arc, sine) for blocks of cosines.
template <class Visit>
void for_each_block(const VectorD& cosines, const Visit& visit) {
  using Block = ArcSine::Block;
  const ArcSine& arc_sine = ArcSine::get();
  for (Index first = 0; first < cosines.size(); first += ArcSine::k_block) {
    const Index size = std::min(ArcSine::k_block, cosines.size() - first);
    Block cosine = Block::Zero(), arc, sine;
    cosine.head(size) = cosines.segment(first, size);
    arc_sine(cosine, arc, sine);
    visit(first, size, arc, sine);
  }
}

/// |z|
constexpr network::HalfLinePolynomial k_absolute{.right = {0, 1, 0, 0}, .left = {0, 1, 0, 0}};
/// z
constexpr network::HalfLinePolynomial k_identity{.right = {0, 1, 0, 0}, .left = {0, -1, 0, 0}};

}  // namespace

struct LossForm::Target {
  MatrixD units;              ///< [s, d]
  VectorD lengths;            ///< [s]
  VectorD coefficients;       ///< [s]
  MomentKernel<double> even;  ///< E |z| g
  VectorD linear;             ///< [d]: E (u.x) f*(x) = linear.u

  /// sum_s c_s E |u.x| g(u_s.x) of a unit vector u, from u.u_s [s].
  [[nodiscard]] double value(const VectorD& cosines) const {
    double sum = 0;
    for (Index s = 0; s < coefficients.size(); ++s)
      sum += coefficients(s) * even.value(1, lengths(s), std::clamp(cosines(s), -1.0, 1.0));
    return sum;
  }
  /// Its gradient in u is by_product(s) u_s + by_length u / |u|, summed over s.
  void slopes(const VectorD& cosines, VectorD& by_product, double& by_length) const {
    by_length = 0;
    for (Index s = 0; s < coefficients.size(); ++s) {
      // |u| h(c): h u/|u| + h' (u_s - c u/|u|)
      const double c = std::clamp(cosines(s), -1.0, 1.0);
      const KernelValue<double> h = even.with_derivatives(1, lengths(s), c);
      by_length += coefficients(s) * (h.value - c * h.by_cosine);
      by_product(s) = coefficients(s) * h.by_cosine;
    }
  }
};

LossForm::LossForm(const problem::Problem& problem, const network::Activation<double>& activation,
                   const problem::IndexModel* target) {
  const problem::InputLaw& law = *problem.input_law();
  const Index d = problem.settings().dimension;
  const VectorD variances = law.gaussian_variances().value_or(VectorD::Ones(d));
  const auto radial = radial_factors<double>(d, law.sphere_radius());
  roots_ = variances.cwiseSqrt();
  scale_ = radial[2];
  const double left = -activation.polynomial().left[1];
  odd_ = (activation.polynomial().right[1] + left) / 2;
  even_ = (activation.polynomial().right[1] - left) / 2;
  if (target == nullptr) return;
  const network::HalfLinePolynomial& link = *problem.link().polynomial;
  const Whitened<double> indices(target->directions, variances);
  Target made{.units = indices.unit,
              .lengths = indices.length,
              .coefficients = target->coefficients,
              .even = MomentKernel<double>(k_absolute, link, radial),
              .linear = VectorD::Zero(d)};
  const MomentKernel<double> identity(k_identity, link, radial);
  const MomentKernel<double> links(link, link, radial);
  for (Index s = 0; s < indices.length.size(); ++s) {
    // E (u.x) g(u_s.x) is linear in the cosine.
    made.linear += made.coefficients(s) * identity.value(1, indices.length(s), 1) *
                   indices.unit.row(s).transpose();
    for (Index t = 0; t < indices.length.size(); ++t)
      target_second_moment_ += made.coefficients(s) * made.coefficients(t) *
                               links.value(indices.length(s), indices.length(t),
                                           s == t ? 1.0 : indices.cosine(s, indices, t));
  }
  target_ = std::make_shared<const Target>(std::move(made));
}

MatrixD LossForm::isotropic(const MatrixD& directions) const {
  return roots_.asDiagonal() * directions;
}

VectorD LossForm::kernel(const MatrixD& units, const Eigen::Ref<const VectorD>& unit) const {
  const VectorD cosines = units.transpose() * unit;
  VectorD values(cosines.size());
  const double linear = scale_ * odd_ * odd_;
  const double even = scale_ * even_ * even_ * k_two_over_pi;
  for_each_block(cosines, [&](Index first, Index size, const auto& arc, const auto& sine) {
    const auto c = cosines.segment(first, size).array();
    values.segment(first, size) = linear * c + even * (sine.head(size) + c * arc.head(size));
  });
  return values;
}

VectorD LossForm::cross(const MatrixD& units) const {
  if (!target_) return VectorD::Zero(units.cols());
  VectorD values = odd_ * (units.transpose() * target_->linear);
  const MatrixD products = target_->units * units;
  for (Index j = 0; j < values.size(); ++j) values(j) += even_ * target_->value(products.col(j));
  return values;
}

LossDerivative LossForm::derivative(const MatrixD& units, const VectorD& weights,
                                    const MatrixD& basis) const {
  const MatrixD to_isotropic = isotropic(basis);
  LossDerivative result;
  result.metric_ = to_isotropic.transpose() * to_isotropic;
  result.rows_ = units.transpose() * to_isotropic;
  result.weights_ = (2 * scale_ * even_ * even_ * k_two_over_pi) * weights;
  result.linear_ = (2 * scale_ * odd_ * odd_) * (result.rows_.transpose() * weights);
  result.target_rows_ = MatrixD(0, basis.cols());
  if (target_) {
    result.target_rows_ = target_->units * to_isotropic;
    result.linear_ -= 2 * odd_ * (to_isotropic.transpose() * target_->linear);
    result.target_ = target_;
    result.target_weight_ = -2 * even_;
  }
  return result;
}

double LossDerivative::value(const VectorD& direction) const {
  return direction.dot(gradient(direction));
}

VectorD LossDerivative::values(const MatrixD& directions) const {
  VectorD result(directions.cols());
  for (Index j = 0; j < result.size(); ++j) result(j) = value(directions.col(j));
  return result;
}

/// |u| e(c_j) has the gradient (2/pi) (sqrt(1 - c_j^2) u/|u| + asin(c_j) u_j).
VectorD LossDerivative::gradient(const VectorD& direction) const {
  const VectorD stretched = metric_ * direction;
  const double length = std::sqrt(direction.dot(stretched));
  const VectorD cosines = rows_ * direction / length;
  VectorD by_product(cosines.size());
  double by_length = 0;
  for_each_block(cosines, [&](Index first, Index size, const auto& arc, const auto& sine) {
    const auto weights = weights_.segment(first, size).array();
    by_product.segment(first, size) = weights * arc.head(size);
    by_length += (weights * sine.head(size)).sum();
  });
  VectorD result = linear_ + rows_.transpose() * by_product;
  if (target_) {
    double target_by_length = 0;
    VectorD target_by_product(target_rows_.rows());
    target_->slopes(target_rows_ * direction / length, target_by_product, target_by_length);
    by_length += target_weight_ * target_by_length;
    result += target_weight_ * (target_rows_.transpose() * target_by_product);
  }
  return result + by_length / length * stretched;
}

CircleSlopes LossDerivative::slopes(const VectorD& w, const VectorD& v, Index nodes) const {
  const double ww = w.dot(metric_ * w), wv = w.dot(metric_ * v), vv = v.dot(metric_ * v);
  const VectorD along = rows_ * w, across = rows_ * v;
  const VectorD target_along = target_rows_ * w, target_across = target_rows_ * v;
  CircleSlopes result{.even = MatrixD(nodes, 2), .linear = {linear_.dot(w), linear_.dot(v)}};
  VectorD target_by_product(target_along.size());
  for (Index k = 0; k < nodes; ++k) {
    const double y = 2 * static_cast<double>(k) / static_cast<double>(nodes - 1) - 1;
    const double x = 1 - std::abs(y);
    const double length = std::sqrt(x * x * ww + 2 * x * y * wv + y * y * vv);
    double by_length = 0, by_along = 0, by_across = 0;
    for_each_block((x * along + y * across) / length, [&](Index first, Index size, const auto& arc,
                                                          const auto& sine) {
      const auto weights = weights_.segment(first, size).array();
      by_length += (weights * sine.head(size)).sum();
      by_along += (weights * arc.head(size) * along.segment(first, size).array()).sum();
      by_across += (weights * arc.head(size) * across.segment(first, size).array()).sum();
    });
    if (target_) {
      double target_by_length = 0;
      target_->slopes((x * target_along + y * target_across) / length, target_by_product,
                      target_by_length);
      by_length += target_weight_ * target_by_length;
      by_along += target_weight_ * target_by_product.dot(target_along);
      by_across += target_weight_ * target_by_product.dot(target_across);
    }
    result.even(k, 0) = by_along + by_length * (x * ww + y * wv) / length;
    result.even(k, 1) = by_across + by_length * (x * wv + y * vv) / length;
  }
  return result;
}

}  // namespace flatgrid::measure

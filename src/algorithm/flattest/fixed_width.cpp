// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/fixed_width.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/least_trace.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::flattest {

namespace {

constexpr int k_most_iterations = 300;
constexpr double k_settled = 1e-9;  ///< an iteration that lowers T by less than this share is slow
constexpr double k_fitted = 1e-10;  ///< ||f(X) - y|| / ||y|| that needs no improvement
constexpr double k_noise = 1e-13;   ///< of T + mu ||r||
constexpr int k_slow_limit = 3;
constexpr double k_rounding = 1e-15;  ///< of the mean diagonal, added to the n x n matrix
constexpr double k_reach = 1;         ///< the farthest a neuron moves, in its own size
constexpr double k_far = 1;           ///< the farthest l moves, in its own size, about
constexpr double k_least_damping = 1e-8;
constexpr double k_least_length = 1e-6;
constexpr Index k_rows = 1024;  ///< of J' that are multiplied at once

/// T, r and what they are made of, at one network.
class Model {
 public:
  Model(const algorithm::Task& task, const network::Network<double>& network)
      : task_(task), network_(network), z_(task.inputs.transpose() * network.inner.transpose()) {
    value_.resizeLike(z_);
    derivative_.resizeLike(z_);
    second_.resizeLike(z_);
    task.activation.evaluate(z_.size(), z_.data(), value_.data(), derivative_.data());
    task.activation.second_derivative(z_.size(), z_.data(), second_.data());
    squared_norms_ = task.inputs.colwise().squaredNorm();
  }

  [[nodiscard]] Index block() const { return task_.dimension() + 1; }

  /// J_j' [d+1, n]: the derivatives of the outputs in (a_j, w_j).
  void jacobian(Index j, Eigen::Ref<MatrixD> result) const {
    result.row(0) = value_.col(j);
    result.bottomRows(task_.dimension()) =
        task_.inputs * (network_.outer(j) * derivative_.col(j)).asDiagonal();
  }

  /// grad_j T [d+1].
  [[nodiscard]] VectorD gradient(Index j) const {
    const double a = network_.outer(j);
    const auto derivative = derivative_.col(j);
    const VectorD price = derivative.cwiseProduct(squared_norms_);
    VectorD result(block());
    // d/da = (2/n) a sigma'^2 ||x||^2,  d/dz = (2/n) (sigma + a^2 sigma'' ||x||^2) sigma'
    result(0) = a * derivative.dot(price);
    result.tail(task_.dimension()) = task_.inputs * (value_.col(j).cwiseProduct(derivative) +
                                                     a * a * second_.col(j).cwiseProduct(price));
    return 2 / samples() * result;
  }

  /// H_j [d+1, d+1], the Hessian of T_j - l.f_j. On either side of 0 sigma is a monomial, so that
  /// sigma sigma'' = (k-1)/k sigma'^2 and sigma' sigma''' = (k-2)/(k-1) sigma''^2.
  [[nodiscard]] MatrixD hessian(Index j, const VectorD& multipliers) const {
    const double k = task_.activation.degree();
    const double a = network_.outer(j);
    const double unit = 2 / samples();
    const auto derivative = derivative_.col(j);
    const auto second = second_.col(j);
    const VectorD price = derivative.cwiseProduct(squared_norms_);
    MatrixD result(block(), block());
    result(0, 0) = unit * derivative.dot(price);
    // d^2/da dz = (4/n) a sigma' sigma'' ||x||^2 - l sigma'
    result.block(1, 0, task_.dimension(), 1) =
        task_.inputs *
        (2 * unit * a * second.cwiseProduct(price) - multipliers.cwiseProduct(derivative));
    result.block(0, 1, 1, task_.dimension()) = result.block(1, 0, task_.dimension(), 1).transpose();
    // d^2/dz^2 = (2/n) ((2k-1)/k sigma'^2 + a^2 (2k-3)/(k-1) sigma''^2 ||x||^2) - a l sigma''
    const VectorD curvature =
        unit * ((2 * k - 1) / k * derivative.cwiseAbs2() +
                a * a * (2 * k - 3) / (k - 1) * second.cwiseAbs2().cwiseProduct(squared_norms_)) -
        a * multipliers.cwiseProduct(second);
    result.bottomRightCorner(task_.dimension(), task_.dimension()).noalias() =
        task_.inputs * curvature.asDiagonal() * task_.inputs.transpose();
    return result;
  }

 private:
  [[nodiscard]] double samples() const { return static_cast<double>(task_.samples()); }

  const algorithm::Task& task_;
  const network::Network<double>& network_;
  MatrixD z_, value_, derivative_, second_;  ///< [n, m]
  VectorD squared_norms_;
};

/// H_j^{-1/2}, with H_j = V diag(h) V' taken as V diag(max(|h|, least, damping max |h|)) V'.
MatrixD inverse_root(const MatrixD& hessian, double damping, double least) {
  const SymmetricEigen eigen = symmetric_eigen(hessian);
  VectorD values = eigen.values.cwiseAbs();
  least = std::max(least, damping * values.maxCoeff());
  if (!(least > 0)) return MatrixD::Zero(hessian.rows(), hessian.cols());
  values = values.cwiseMax(least);
  return eigen.vectors * values.cwiseSqrt().cwiseInverse().asDiagonal();
}

network::Network<double> moved(const network::Network<double>& from, double t, const MatrixD& first,
                               const MatrixD& second) {
  network::Network<double> to = from;
  for (Index j = 0; j < from.width(); ++j) {
    const VectorD step = t * first.col(j) + t * t * second.col(j);
    to.outer(j) += step(0);
    to.inner.row(j) += step.tail(from.dimension()).transpose();
  }
  return to;
}

}  // namespace

FixedWidth::FixedWidth(const algorithm::Task& task, MatrixD whitening)
    : task_(task), whitening_(std::move(whitening)) {}

FixedWidthState FixedWidth::start(const network::Network<double>& network,
                                  const VectorD& multipliers, double scale) const {
  FixedWidthState state;
  state.network = network;
  measure::to_least_trace(task_.activation, task_.inputs, state.network);
  state.multipliers = multipliers;
  state.scale = scale;
  return state;
}

VectorD FixedWidth::residual(const network::Network<double>& network) const {
  network::Workspace<double> workspace(network.width());
  VectorD outputs;
  network::predict(task_.activation, network, task_.inputs, workspace, outputs);
  return outputs - task_.labels;
}

double FixedWidth::merit(const network::Network<double>& network, double weight) const {
  return measure::flatness_trace(measure::neuron_traces(task_.activation, network, task_.inputs)) +
         weight * (whitening_ * residual(network)).norm();
}

void FixedWidth::advance(FixedWidthState& state) const {
  const Index n = task_.samples();
  const Index r = whitening_.rows();
  const Index m = state.network.width();
  const Model model(task_, state.network);
  const Index block = model.block();
  const VectorD misfit = residual(state.network);
  const VectorD residual_here = whitening_ * misfit;
  const VectorD sample_multipliers = whitening_.transpose() * state.multipliers;

  // R_j = H_j^{-1/2} and M_j = R_j' J_j', so that J H^-1 J' = sum M_j' M_j.
  std::vector<MatrixD> roots(static_cast<std::size_t>(m));
  MatrixD gradient(block, m);
  MatrixD schur = MatrixD::Zero(r, r);
  VectorD right = -residual_here;
  const Index group = std::max<Index>(1, k_rows / block);
  MatrixD jacobian(block, n);
  MatrixD rows(group * block, n);
  MatrixD whitened(group * block, r);
  VectorD scaled_gradient(group * block);
  for (Index first = 0; first < m; first += group) {
    const Index size = std::min(group, m - first);
    for (Index j = first; j < first + size; ++j) {
      const Index at = (j - first) * block;
      MatrixD& root = roots[static_cast<std::size_t>(j)];
      gradient.col(j) = model.gradient(j);
      model.jacobian(j, jacobian);
      // No neuron moves by more than its own size, so that small ones grow in peace.
      const double pull = (jacobian * sample_multipliers - gradient.col(j)).norm();
      const double size = std::hypot(state.network.outer(j), state.network.inner.row(j).norm());
      root = inverse_root(model.hessian(j, sample_multipliers), state.damping,
                          size > 0 ? pull / (k_reach * size) : 0);
      rows.middleRows(at, block).noalias() = root.transpose() * jacobian;
      scaled_gradient.segment(at, block).noalias() = root.transpose() * gradient.col(j);
    }
    auto part = whitened.topRows(size * block);
    part.noalias() = rows.topRows(size * block) * whitening_.transpose();
    right.noalias() += part.transpose() * scaled_gradient.head(size * block);
    schur.selfadjointView<Eigen::Lower>().rankUpdate(part.transpose());
  }
  // Proximal in l: where the neurons stand on too few directions for J to have full rank, l stays.
  const double proximity =
      k_rounding * schur.diagonal().mean() + residual_here.norm() / (k_far * state.scale);
  schur.diagonal().array() += proximity;
  right += proximity * state.multipliers;
  const Cholesky factorization(schur);
  const VectorD multipliers = factorization.solve(right);

  // H^-1 (J'u - c)
  const auto solve = [&](const VectorD& u, const MatrixD& c) {
    const VectorD of_samples = whitening_.transpose() * u;
    MatrixD step(block, m);
    for (Index j = 0; j < m; ++j) {
      model.jacobian(j, jacobian);
      const MatrixD& root = roots[static_cast<std::size_t>(j)];
      step.col(j) = root * (root.transpose() * (jacobian * of_samples - c.col(j)));
    }
    return step;
  };
  const MatrixD zero = MatrixD::Zero(block, m);
  const MatrixD first = solve(multipliers, gradient);
  const VectorD left = whitening_ * residual(moved(state.network, 1, first, zero));
  const MatrixD second = solve(-factorization.solve(left), zero);

  ++state.iterations;
  state.weight = std::max(1.5 * multipliers.norm(), 0.5 * state.weight);
  const double here = merit(state.network, state.weight);
  // How the merit begins: grad T.delta + mu r.(J delta) / ||r||
  const double size = residual_here.norm();
  const VectorD change = -residual_here - proximity * (multipliers - state.multipliers);
  const double slope = gradient.cwiseProduct(first).sum() +
                       (size > 0 ? state.weight * residual_here.dot(change) / size : 0);
  network::Network<double> next;
  double there = 0;
  double length = 1;
  for (; length > k_least_length; length /= 2) {
    next = moved(state.network, length, first, second);
    there = merit(next, state.weight);
    if (there <= here * (1 + k_noise) + 1e-4 * length * slope) break;
  }
  const bool falls = length > k_least_length;
  bool progress = !falls && state.damping < 1;  // it is taken again, shorter
  if (falls) {
    const double fit = residual(next).norm();
    progress = here - there > k_settled * here ||
               (fit > k_fitted * task_.labels.norm() && fit < 0.5 * misfit.norm());
    state.network = next;
    state.multipliers = multipliers;
  }
  state.slow = progress ? 0 : state.slow + 1;
  if (length == 1) state.damping = std::max(state.damping / 3, k_least_damping);
  if (length < 0.2) state.damping = std::min(state.damping * (falls ? 3 : 100), 1.0);
  state.finished = state.slow == k_slow_limit || state.iterations == k_most_iterations;
}

double fixed_width_flops(Index samples, Index width, Index dimension) {
  const auto n = static_cast<double>(samples);
  const auto m = static_cast<double>(width);
  const auto b = static_cast<double>(dimension) + 1;
  return 3 * n * n * m * b + n * n * n / 3 + m * (3 * n * b * b + 12 * b * b * b) + 20 * n * m * b;
}

double fixed_width_bytes(Index samples, Index width, Index dimension) {
  const auto n = static_cast<double>(samples);
  const auto m = static_cast<double>(width);
  const auto b = static_cast<double>(dimension) + 1;
  return 8 * (4 * n * m + 3 * n * n + m * b * b + 8 * m * b + 3 * (1024 + b) * n);
}

}  // namespace flatgrid::flattest

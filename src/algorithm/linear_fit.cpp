// SPDX-License-Identifier: MIT
#include "linear_fit.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "flatgrid/algorithm/flattest/simplex.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::algorithm {

namespace {

/// Newton's method roughly squares the residual in each step near its end.
constexpr int k_newton_steps = 200;
constexpr double k_newton_residual = 1e-12;

/// Phi [n, m] in units of a power of two, which changes no bit: squares of features may leave the range of
/// double.
struct Features {
  MatrixD values;
  double unit;
};

Features features_of(const Task& task, const network::Network<double>& network) {
  MatrixD value;
  MatrixD derivative;
  network::activations(task.activation, network, task.inputs, value, derivative);
  MatrixD features = value.transpose();
  const double largest = features.cwiseAbs().maxCoeff();
  if (!std::isfinite(largest)) throw Error("the activations overflow in double precision");
  const double unit = largest > 0 ? std::exp2(std::ilogb(largest)) : 1;
  features /= unit;
  return {std::move(features), unit};
}

/// a += Phi^+ (y - Phi a): a step of iterative refinement.
void refine(const LeastSquares& fit, const MatrixD& features, const VectorD& labels,
            VectorD& outer) {
  outer += fit.solve(labels - features * outer);
}

/// min sum |b_j|^p subject to phi b = y for p > 1, phi [r, m] of rank r.
VectorD least_power_fit(const MatrixD& phi, const VectorD& labels, double p) {
  const double q = p / (p - 1);
  const auto coefficients = [&](const VectorD& l) -> VectorD {
    return (phi.transpose() * l).unaryExpr([&](double u) {
      return std::copysign(std::pow(std::abs(u) / p, q - 1), u);
    });
  };
  const auto dual = [&](const VectorD& l, const VectorD& b) {
    return l.dot(labels) - (p - 1) * b.cwiseAbs().array().pow(p).sum();
  };
  // The best multiple of the multipliers of p = 2: the dual is t l.y - t^q (p - 1) sum |b|^p.
  VectorD l = LeastSquares(phi.transpose()).solve(LeastSquares(phi).solve(labels));
  VectorD b = coefficients(l);
  l *= std::pow(l.dot(labels) / (q * (p - 1) * b.cwiseAbs().array().pow(p).sum()), p - 1);
  b = coefficients(l);
  double value = dual(l, b);
  for (int step = 0; step < k_newton_steps; ++step) {
    const VectorD gradient = labels - phi * b;
    if (gradient.norm() <= k_newton_residual * labels.norm()) break;
    const VectorD curvature = (phi.transpose() * l).unaryExpr([&](double u) {
      return (q - 1) / p * std::pow(std::abs(u) / p, q - 2);
    });
    const MatrixD hessian = phi * curvature.asDiagonal() * phi.transpose();
    const VectorD direction = SemidefiniteSolver<double>(hessian).solve(gradient);
    double length = 1;
    bool risen = false;
    for (; !risen && length > 1e-10; length /= 2) {
      const VectorD next = l + length * direction;
      const VectorD next_b = coefficients(next);
      const double next_value = dual(next, next_b);
      risen = next_value > value;
      if (!risen) continue;
      l = next;
      b = next_b;
      value = next_value;
    }
    if (!risen) break;  // to rounding it is the maximum
  }
  return b;
}

}  // namespace

void fit_outer_layer(const Task& task, network::Network<double>& network) {
  const Features features = features_of(task, network);
  const LeastSquares fit(features.values);
  network.outer = fit.solve(task.labels);
  refine(fit, features.values, task.labels, network.outer);
  network.outer /= features.unit;
}

void fit_flattest_outer_layer(const Task& task, network::Network<double>& network) {
  fit_outer_layer(task, network);
  const Features features = features_of(task, network);
  const double size = task.labels.squaredNorm();
  const VectorD residual = task.labels - features.values * (network.outer * features.unit);
  if (size == 0 || residual.squaredNorm() > task.training.interpolation_tolerance * size) return;

  // phi_j of the neurons that any sample sees, its rows of order 1.
  const int degree = task.activation.degree();
  const double p = 2.0 * degree / (degree + 1);
  network.outer.setOnes();
  const VectorD prices = measure::orbit_contributions(
      measure::neuron_traces(task.activation, network, task.inputs), degree);
  std::vector<Index> neurons;
  for (Index j = 0; j < prices.size(); ++j)
    if (prices(j) > 0 && std::isfinite(prices(j))) neurons.push_back(j);
  const VectorD units = prices(neurons).array().pow(-1 / p);
  MatrixD phi = features.values(Eigen::all, neurons) * units.asDiagonal();
  const VectorD scales = phi.rowwise().lpNorm<Eigen::Infinity>().unaryExpr(
      [](double largest) { return largest > 0 ? 1 / largest : 1; });
  phi = scales.asDiagonal() * phi;

  // As many columns and rows as it has rank; the other rows follow from these.
  const PivotedQr<double> qr(phi);
  std::vector<Index> columns = qr.order();
  columns.resize(static_cast<std::size_t>(qr.rank()));
  std::vector<Index> rows = PivotedQr<double>(phi(Eigen::all, columns).transpose()).order();
  rows.resize(columns.size());
  std::ranges::sort(rows);
  const VectorD labels = scales.cwiseProduct(task.labels)(rows);
  VectorD coefficients;  // b
  std::vector<Index> used;
  if (degree == 1) {
    const flattest::SimplexSolution solution =
        flattest::solve_simplex(phi(rows, Eigen::all), labels, columns, {});
    used = solution.basis;
    coefficients = solution.coefficients;
  } else {
    coefficients = least_power_fit(phi(rows, Eigen::all), labels, p);
    for (Index j = 0; j < coefficients.size(); ++j) used.push_back(j);
  }

  VectorD outer = coefficients.cwiseProduct(units(used));
  for (Index& j : used) j = neurons[static_cast<std::size_t>(j)];
  const MatrixD fitted = features.values(Eigen::all, used);
  const LeastSquares fit(fitted);
  for (int pass = 0; pass < 2; ++pass) refine(fit, fitted, task.labels, outer);
  const MatrixD inner = network.inner(used, Eigen::all);
  network = network::Network<double>::zero(network.width(), network.dimension());
  network.inner(used, Eigen::all) = inner;
  network.outer(used) = outer / features.unit;
}

Price linear_fit_price(const PointOutline& point) {
  const auto n = static_cast<double>(point.samples);
  const auto m = static_cast<double>(point.width);
  const auto d = static_cast<double>(point.dimension());
  const double short_side = std::min(n, m);
  const double long_side = std::max(n, m);
  // Householder QR with column pivoting, and a second one from the right for the minimum norm.
  return {
      .flops_per_step = 2 * n * d * m + 4 * short_side * short_side * (long_side - short_side / 3),
      // sigma, sigma', Phi, the decomposition; its transpose if the rank is not full
      .bytes = 8 * 6 * n * m};
}

Price flattest_fit_price(const PointOutline& point) {
  const auto n = static_cast<double>(point.samples);
  const auto m = static_cast<double>(point.width);
  Price price = linear_fit_price(point);
  // Where no fit interpolates there is no more to do.
  price.flops_per_step *= 3;
  price.flops_per_step += point.activation.degree() == 1
                              // 4 n pivots of 4 n^2, and one pricing in 8 of n m.
                              ? 4 * n * (4 * n * n + n * m / 4)
                              // 30 steps of Newton's method.
                              : 30 * (n * n * m + n * n * n / 3);
  price.bytes *= 2;
  return price;
}

}  // namespace flatgrid::algorithm

// SPDX-License-Identifier: MIT
#include "flatgrid/measure/layered_flatness.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::measure {

namespace {

/// Singular values below this share of the largest count as 0.
constexpr double k_rank_threshold = 1e-13;
/// The minimization ends when a sweep lowers the trace by less than this share, or after the most sweeps.
constexpr double k_least_decrease = 1e-14;
constexpr int k_most_sweeps = 5000;
/// The least c_j^2, relative to the largest.
constexpr double k_least_factor = 1e-16;

/// An orthonormal basis of the column space, in which small directions are left out.
MatrixD range_of(const MatrixD& matrix) {
  return PivotedQr<double>(matrix, k_rank_threshold).range();
}

/// Some columns or rows of a matrix.
using Positions = std::vector<Index>;

Positions positions_of(const Eigen::Array<bool, Eigen::Dynamic, 1>& chosen) {
  Positions positions;
  for (Index i = 0; i < chosen.size(); ++i) {
    if (chosen(i)) positions.push_back(i);
  }
  return positions;
}

/// What the trace depends on: the samples on which a neuron is active, and the neurons that contribute, each with
/// an inner weight of length 1.
struct Factors {
  VectorD outer;     ///< A_j, [m]
  MatrixD squares;   ///< g_j^2, [m, n]
  VectorD input;     ///< ||x||^2, [n]
  MatrixD hidden;    ///< z, [r, n]
  MatrixD gradient;  ///< u, [r, n]
};

/// The factor Y of one space, and its inverse: Y = F^T F, Y^{-1} = G^T G.
struct Metric {
  MatrixD factor;   ///< F, [k, r]
  MatrixD inverse;  ///< G, [k, r]
};

/// Y of Y C Y = P, where P = L L^T and C = K K^T; L = `gradient`, K = `hidden`, both [r, n].
/// With L^T = Q R, K^T = Q' R' and R R'^T = U S V^T: Y = R^T U S^{-1} U^T R, Y^{-1} = R'^T V S^{-1} V^T R', and the least
/// value of tr(Y^{-1} P) + tr(Y C) is 2 tr S.
Metric best_metric(const MatrixD& gradient, const MatrixD& hidden) {
  const MatrixD r = PivotedQr<double>(gradient.transpose(), 0.0).coordinates();
  const MatrixD s = PivotedQr<double>(hidden.transpose(), 0.0).coordinates();
  const auto [left, values, right] = singular_values(r * s.transpose());
  const Index rank = (values.array() > k_rank_threshold * values(0)).count();
  const VectorD roots = values.head(rank).cwiseSqrt().cwiseInverse();
  return {.factor = roots.asDiagonal() * (left.leftCols(rank).transpose() * r),
          .inverse = roots.asDiagonal() * (right.leftCols(rank).transpose() * s)};
}

}  // namespace

GradientSquares gradient_squares(const network::Activation<double>& activation,
                                 const network::Network<double>& network, const MatrixD& inputs) {
  // z_0, ..., z_p, only their squared norms are kept
  std::vector<VectorD> lengths = {inputs.colwise().squaredNorm()};
  MatrixD hidden = inputs;
  for (const MatrixD& layer : network.linear) {
    hidden = layer * hidden;
    lengths.emplace_back(hidden.colwise().squaredNorm());
  }
  MatrixD value, gradient;
  network::activations(activation, {network.inner, network.outer}, hidden, value, gradient);
  gradient = network.outer.asDiagonal() * gradient;
  GradientSquares squares{.outer = value.cwiseAbs2(),
                          .layers = MatrixD(static_cast<Index>(lengths.size()), inputs.cols())};
  for (std::size_t l = lengths.size(); l-- > 0;) {
    squares.layers.row(static_cast<Index>(l)) =
        gradient.colwise().squaredNorm().cwiseProduct(lengths[l].transpose());
    if (l > 0) {
      const bool is_inner = l == network.linear.size();
      gradient = (is_inner ? network.inner : network.linear[l]).transpose() * gradient;
    }
  }
  return squares;
}

LayerTraces layer_traces(const network::Activation<double>& activation,
                         const network::Network<double>& network, const MatrixD& inputs) {
  const GradientSquares squares = gradient_squares(activation, network, inputs);
  return {.outer = squares.outer.rowwise().mean(), .layers = squares.layers.rowwise().mean()};
}

LayeredOrbitMinimum layered_orbit_minimum(const network::Activation<double>& activation,
                                          const network::Network<double>& network,
                                          const MatrixD& inputs) {
  LayeredOrbitMinimum result{.value = 0, .neurons = VectorD::Zero(network.width()), .sweeps = 0};
  const network::Network<double> form = network::two_layer_form(network);
  MatrixD value, gradient;
  network::activations(activation, form, inputs, value, gradient);
  const Positions neurons =
      positions_of(form.outer.array() != 0 && value.rowwise().squaredNorm().array() > 0);
  if (neurons.empty()) return result;

  // (a_j, w_j) -> (|w_j| a_j, w_j / |w_j|), then divided by the largest
  const VectorD norms = form.inner(neurons, Eigen::all).rowwise().norm();
  VectorD outer = form.outer(neurons).cwiseProduct(norms);
  const double unit = outer.cwiseAbs().maxCoeff();
  outer /= unit;
  const MatrixD inner = norms.cwiseInverse().asDiagonal() * form.inner(neurons, Eigen::all);
  gradient = outer.asDiagonal() * gradient(neurons, Eigen::all).eval();
  const Positions samples = positions_of(gradient.colwise().squaredNorm().transpose().array() > 0);
  gradient = gradient(Eigen::all, samples).eval();

  const auto n = static_cast<double>(inputs.cols());
  Factors of{
      .outer =
          (norms.cwiseInverse().asDiagonal() * value(neurons, Eigen::all)).rowwise().squaredNorm() /
          n,
      .squares = gradient.cwiseAbs2(),
      .input = inputs(Eigen::all, samples).colwise().squaredNorm().transpose(),
      .hidden = {},
      .gradient = {}};
  // Coordinates of the rank of W V_p ... V_1 on the inputs; directions that no gradient has shrink to 0.
  MatrixD basis = range_of(inner.transpose());
  basis *= range_of(basis.transpose() * inputs(Eigen::all, samples));
  of.gradient = (inner * basis).transpose() * gradient;
  if (of.gradient.isZero(0)) return result;
  const MatrixD of_gradient = range_of(of.gradient);
  of.gradient = of_gradient.transpose() * of.gradient;
  of.hidden = (basis * of_gradient).transpose() * inputs(Eigen::all, samples);

  const std::size_t spaces = network.linear.size();
  std::vector<VectorD> in(spaces + 1, of.hidden.colwise().squaredNorm().transpose());
  std::vector<VectorD> out(spaces + 1, of.gradient.colwise().squaredNorm().transpose());
  in.front() = of.input;
  VectorD square_factors = VectorD::Ones(of.outer.size());  // c_j^2
  const auto rescale_neurons = [&] {
    // c_j^4 = ((1/n) sum_i g_j^2 in_p) / A_j
    square_factors = (of.squares * in.back()).cwiseQuotient(n * of.outer).cwiseSqrt();
    // 0 if z is 0 where the neuron is active: its infimum is at c_j = 0.
    square_factors = square_factors.cwiseMax(k_least_factor * square_factors.maxCoeff());
    out.back() = of.squares.transpose() * square_factors.cwiseInverse();
  };
  const auto trace = [&] {
    double sum = square_factors.dot(of.outer);
    for (std::size_t l = 0; l <= spaces; ++l) sum += in[l].dot(out[l]) / n;
    return sum;
  };
  rescale_neurons();
  double least = trace();
  for (bool falls = true; falls && result.sweeps < k_most_sweeps; ++result.sweeps) {
    for (std::size_t l = 1; l <= spaces; ++l) {
      const Metric metric = best_metric(of.gradient * in[l - 1].cwiseSqrt().asDiagonal(),
                                        of.hidden * out[l].cwiseSqrt().asDiagonal());
      in[l] = (metric.factor * of.hidden).colwise().squaredNorm().transpose();
      out[l - 1] = (metric.inverse * of.gradient).colwise().squaredNorm().transpose();
    }
    rescale_neurons();
    const double now = trace();
    falls = least - now > k_least_decrease * least;
    least = now;
  }
  // Of the network divided by `unit`: the trace scales like its power 2 (p + 1) / (p + 2).
  const auto p = static_cast<double>(spaces);
  const double scale = std::pow(unit, 2 * (p + 1) / (p + 2));
  result.value = scale * least;
  result.neurons(neurons) = scale * square_factors.cwiseProduct(of.outer);
  return result;
}

VectorD neuron_contributions(const network::Activation<double>& activation,
                             const network::Network<double>& network, const MatrixD& inputs,
                             const network::NetworkSettings& settings) {
  if (!network.linear.empty()) return layered_orbit_minimum(activation, network, inputs).neurons;
  return orbit_contributions(
      of_trained(neuron_traces(activation, network, inputs, settings.bias->frozen), settings),
      activation.degree());
}

}  // namespace flatgrid::measure

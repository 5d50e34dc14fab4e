// SPDX-License-Identifier: MIT
#include "flatgrid/measure/index_spectrum.hpp"

#include <limits>

#include "biased_neurons.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/measure/gaussian_moments.hpp"
#include "flatgrid/measure/neurons.hpp"
#include "flatgrid/network/kernels.hpp"
#include "isotropic.hpp"

namespace flatgrid::measure {

namespace {

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

bool has_closed_form(const problem::Problem& problem) {
  const problem::InputLaw* const law = problem.input_law();
  if (law == nullptr) return false;
  // In dimension 1 the sphere consists of two points.
  return law->gaussian_variances() ||
         (law->sphere_radius() && problem.settings().dimension > 1 && !problem.appends_one());
}

/// W^T diag(a) K diag(a) W with K in closed form.
MatrixD gradient_moment(const MomentKernel<double>& kernel, const VectorD& variances,
                        const network::Network<double>& network) {
  const network::Network<double> live = live_neurons(network);
  const Whitened<double> neurons(live.inner, variances);
  MatrixD weights(live.width(), live.width());  // diag(a) K diag(a)
  for (Index j = 0; j < live.width(); ++j) {
    for (Index q = 0; q <= j; ++q) {
      const double cosine = q == j ? 1 : neurons.cosine(j, neurons, q);
      weights(j, q) = weights(q, j) = live.outer(j) * live.outer(q) *
                                      kernel.value(neurons.length(j), neurons.length(q), cosine);
    }
  }
  return live.inner.transpose() * weights * live.inner;
}

/// The same with biases, the last column of the inner weights [m, d + 1].
MatrixD biased_gradient_moment(const network::HalfLinePolynomial& slope, const VectorD& variances,
                               const network::Network<double>& network) {
  const network::Network<double> live = live_neurons(network);
  const BiasedNeurons<double> neurons(live.inner, variances);
  const ShiftedKernel<double> kernel(slope, slope);
  MatrixD weights(live.width(), live.width());
  for (Index j = 0; j < live.width(); ++j) {
    for (Index q = 0; q <= j; ++q) {
      weights(j, q) = weights(q, j) =
          live.outer(j) * live.outer(q) *
          kernel.value(neurons(j), neurons(q), neurons.correlation(j, q));
    }
  }
  const MatrixD inner = live.inner.leftCols(variances.size());
  return inner.transpose() * weights * inner;
}

/// The mean of grad f grad f^T over inputs of the network [network dimension, N], grad in x [d].
MatrixD gradient_moment(const network::Activation<double>& activation, const MatrixD& inputs,
                        const network::Network<double>& network, Index dimension) {
  const MatrixD inner = network.inner.leftCols(dimension);
  MatrixD gradients(dimension, inputs.cols());
  network::Workspace<double> workspace(network.width());
  network::for_each_sample(activation, network, inputs, workspace, [&](Index i) {
    gradients.col(i).noalias() =
        inner.transpose() * network.outer.cwiseProduct(workspace.derivative);
  });
  return gradients * gradients.transpose() / static_cast<double>(inputs.cols());
}

}  // namespace

IndexSpectrum index_spectrum(const problem::Problem& problem,
                             const network::Activation<double>& activation,
                             const network::Network<double>& network, std::int64_t seed) {
  const Index dimension = problem.settings().dimension;
  MatrixD moment;
  if (has_closed_form(problem)) {
    const problem::InputLaw& law = *problem.input_law();
    const network::HalfLinePolynomial slope = network::derivative(activation.polynomial());
    const VectorD variances = law.gaussian_variances().value_or(VectorD::Ones(dimension));
    moment = problem.appends_one()
                 ? biased_gradient_moment(slope, variances, network)
                 : gradient_moment(
                       MomentKernel<double>(slope, slope,
                                            radial_factors<double>(dimension, law.sphere_radius())),
                       variances, network);
  } else {
    const MatrixD inputs = problem.test_inputs(seed);
    if (inputs.cols() == 0) return {VectorD::Constant(dimension, k_nan), {}};
    moment = gradient_moment(activation, inputs, network, dimension);
  }
  const SymmetricEigen eigen = symmetric_eigen(moment);
  return {.eigenvalues = eigen.values.reverse().cwiseMax(0.0),
          .directions = eigen.vectors.rowwise().reverse().transpose()};
}

IndexSpectrumPrice index_spectrum_price(const problem::Problem& problem, Index width) {
  const auto m = static_cast<double>(width);
  const auto d = static_cast<double>(problem.settings().dimension);
  const double solver = 9 * d * d * d;
  if (has_closed_form(problem)) {
    // A moment takes as long as 50 flops, with biases as 700.
    const double moment = problem.appends_one() ? 700 : 50;
    return {.flops = m * m * (3 * d + moment) + solver,
            .bytes = 8 * (m * m + 3 * m * d + 3 * d * d)};
  }
  const auto inputs = static_cast<double>(problem.test_samples());
  return {.flops = inputs * (4 * d * m + 2 * d * d) + solver,
          .bytes = 8 * (2 * inputs * d + 3 * d * d)};
}

double index_dimension(const IndexSpectrum& spectrum) {
  const double largest = spectrum.eigenvalues(0);
  if (!(largest > 0)) return k_nan;
  const VectorD relative = spectrum.eigenvalues / largest;
  return relative.sum() * relative.sum() / relative.squaredNorm();
}

double index_recovery(const IndexSpectrum& spectrum, const MatrixD& directions) {
  const MatrixD basis = span_basis(directions);
  if (basis.cols() == 0 || !(spectrum.eigenvalues(0) > 0)) return k_nan;
  return (spectrum.directions.topRows(basis.cols()) * basis).squaredNorm() /
         static_cast<double>(basis.cols());
}

double index_tail(const IndexSpectrum& spectrum, const MatrixD& directions) {
  const Index indices = span_basis(directions).cols();
  if (indices == 0 || !(spectrum.eigenvalues(0) > 0)) return k_nan;
  return spectrum.eigenvalues.tail(spectrum.eigenvalues.size() - indices).sum() /
         spectrum.eigenvalues.sum();
}

}  // namespace flatgrid::measure

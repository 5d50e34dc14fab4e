// SPDX-License-Identifier: MIT
/// The directions of the inputs that a network depends on. Invariant under the rescaling symmetry.
#pragma once

#include <cstdint>

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid::measure {

/// The spectrum of E_x grad f(x) grad f(x)^T [d, d], grad f(x) = sum_j a_j sigma'(w_j.x) w_j: a
/// function of r directions has r eigenvalues other than 0, and eigenvectors that span them.
struct IndexSpectrum {
  VectorD eigenvalues;  ///< [d], the largest first; NaN if there are no test inputs
  MatrixD directions;   ///< [d, d]: row s is the eigenvector of eigenvalue s
};

/// The spectrum of a network. For Gaussian inputs of covariance C and on the sphere in closed form,
///   W^T diag(a) K diag(a) W,   K_jl = E sigma'(w_j.x) sigma'(w_l.x),
/// for relu K_jl = (pi - t) / 2 pi, t the angle between C^{1/2} w_j and C^{1/2} w_l: m^2 (3 d + 50)
/// flops. With biases likewise for Gaussian inputs, by shifted_moments.hpp. For other inputs the mean over
/// `Problem::test_inputs`, 4 d m flops each.
IndexSpectrum index_spectrum(const problem::Problem& problem,
                             const network::Activation<double>& activation,
                             const network::Network<double>& network, std::int64_t seed);

/// The predicted price of `index_spectrum` for networks of one width.
struct IndexSpectrumPrice {
  double flops;
  double bytes;
};
IndexSpectrumPrice index_spectrum_price(const problem::Problem& problem, Index width);

/// The effective number of directions: the participation ratio (sum l)^2 / sum l^2 of the eigenvalues l.
/// NaN for a constant network.
double index_dimension(const IndexSpectrum& spectrum);

/// How well the leading eigenvectors recover the target's directions u_s [r, d]: the mean squared cosine
/// of the principal angles between the span of the u_s and the span of as many leading eigenvectors. 1 if
/// the spans are equal; on average (dimension of the span) / d for random directions. NaN if there are no
/// directions or the network is constant.
double index_recovery(const IndexSpectrum& spectrum, const MatrixD& directions);

/// The sum of the eigenvalues after the first r', divided by the sum of all; r' is the dimension of the
/// span of the u_s. NaN as for `index_recovery`.
double index_tail(const IndexSpectrum& spectrum, const MatrixD& directions);

}  // namespace flatgrid::measure

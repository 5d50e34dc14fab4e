// SPDX-License-Identifier: MIT
/// Which directions of the inputs a network uses. Invariant under the rescaling symmetry.
#pragma once

#include <cstdint>

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid::measure {

/// The spectrum of E_x grad f(x) grad f(x)^T [d, d], grad f(x) = sum_j a_j sigma'(w_j.x) w_j: a
/// function of r directions has r eigenvalues other than 0, and eigenvectors that span them.
struct IndexSpectrum {
  VectorD eigenvalues;  ///< [d], the largest first; NaN without inputs to measure on
  MatrixD directions;   ///< [d, d]: their eigenvectors, a row each
};

/// For Gaussian inputs of covariance C and on the sphere a closed form,
///   W^T diag(a) K diag(a) W,   K_jl = E sigma'(w_j.x) sigma'(w_l.x),
/// for relu K_jl = (pi - t) / 2 pi, t the angle between C^{1/2} w_j and C^{1/2} w_l: m^2 (3 d + 50)
/// flops. For other inputs the mean over `Problem::test_inputs`, 4 d m flops each.
IndexSpectrum index_spectrum(const problem::Problem& problem,
                             const network::Activation<double>& activation,
                             const network::Network<double>& network, std::int64_t seed);

/// What that takes for networks of one width.
struct IndexSpectrumPrice {
  double flops;
  double bytes;
};
IndexSpectrumPrice index_spectrum_price(const problem::Problem& problem, Index width);

/// How many directions the network uses: the participation ratio (sum l)^2 / sum l^2 of the
/// eigenvalues. NaN for a network that is constant.
double index_dimension(const IndexSpectrum& spectrum);

/// Whether these are the target's u_s [r, d]: the mean squared cosine of the principal angles between
/// the span of the u_s and as many leading eigenvectors. 1 where the span is found, (its dimension) /
/// d on average for random directions. NaN if there are no directions or the network is constant.
double index_recovery(const IndexSpectrum& spectrum, const MatrixD& directions);

/// The share of the eigenvalues' sum beyond as many leading ones; NaN as above.
double index_tail(const IndexSpectrum& spectrum, const MatrixD& directions);

}  // namespace flatgrid::measure

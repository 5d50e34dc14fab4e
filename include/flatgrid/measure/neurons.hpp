// SPDX-License-Identifier: MIT
/// How many neurons contribute to a network, and how well they align with the target's directions.
/// Invariant under the rescaling symmetry.
#pragma once

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// The participation ratio (sum_j c_j)^2 / sum_j c_j^2 of contributions c_j >= 0: r for r equal ones, at most their
/// number; 0 if all are 0.
double participation_ratio(const VectorD& contributions);

/// On how many samples the neurons are active, w_j . x_i > 0.
struct ActivationRates {
  double mean;    ///< of the neurons' shares of the samples on which they are active
  double sparse;  ///< share of the neurons that are active on at most a tenth of the samples
};

/// The rates of the neurons with a_j != 0 that are active on at least one sample; NaN if there are none.
ActivationRates activation_rates(const network::Network<double>& network, const MatrixD& inputs);

/// An orthonormal basis [d, dimension of the span] of the span of directions [r, d]; empty if the
/// directions are unknown (NaN).
MatrixD span_basis(const MatrixD& directions);

/// The share of the network that lies in the subspace of the index directions u_s [r, d],
///   sum_j |a_j| ||w_j||^k ||P w_j||^2 / ||w_j||^2  /  sum_j |a_j| ||w_j||^k,
/// P the orthogonal projection onto their span, whose dimension may be below r. 1 for the teacher; on
/// average (dimension of the span) / d for random neurons; NaN if there are no directions or every neuron
/// is 0. `degree` is k.
double index_alignment(const network::Network<double>& network, const MatrixD& directions,
                       int degree);

/// The cosine of the direction that all neurons share, and of the first index direction; in [-1, 1].
double shared_alignment(const network::Network<double>& network, const MatrixD& directions);

}  // namespace flatgrid::measure

// SPDX-License-Identifier: MIT
/// From an optimal measure to a network of doubles that has the flatness that was minimized.
///
/// A neuron of least price lies on the border of samples Z, which count as not on its plus side. In
/// doubles w.x_i comes out as +-1e-17, and half of Z would count: F would be up to several per cent
/// higher. So w is moved, as little as possible, to w.x_i < 0 by twice the rounding of that sum on Z, in
/// the white coordinates of the reduction, where nearly dependent samples are far apart. Then a is
/// fitted again to the features as they come out, from preactivations in twice the precision, in the
/// norm that moves F least.
#pragma once

#include "flatgrid/algorithm/flattest/pool.hpp"
#include "flatgrid/algorithm/flattest/reduction.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::flattest {

/// A network as it is stored, and what it measures.
struct RefittedNetwork {
  network::Network<double> network;  ///< [m], [m, d]; every neuron at |a| = ||w||
  double cost = 0;                   ///< sum_j |a_j| g(w_j), evaluated from the doubles alone
  double residual = 0;               ///< ||f(X) - y||^2 / ||y||^2, likewise
  Index neurons_on_faces = 0;        ///< neurons on the border of some sample
};

/// The network of the neurons b_j w_j of the reduced problem on the data (inputs [d, N], labels
/// [N]). `derivative_at_zero` is sigma'(0) of the measure.
RefittedNetwork refit(const MatrixD& inputs, const VectorD& labels, const Reduction& reduction,
                      const Pool& neurons, const VectorD& coefficients, double derivative_at_zero,
                      GaugeKind gauge);

}  // namespace flatgrid::flattest

// SPDX-License-Identifier: MIT
/// A data set: inputs, noise-free labels and unit-variance noise of one seed.
#pragma once

#include <cstdint>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid {

/// The index directions u_s of the target f* and their coefficients c_s. With z_s = u_s . x,
/// f*(x) is for the target
///   sum        sum_s c_s g(z_s), single-index models with the link g
///   product    z_1 z_2 ... z_r
///   max        max_s z_s
///   staircase  z_1 + z_1 z_2 + ... + z_1 z_2 ... z_r
///   parity     sign(z_1 z_2 ... z_r)
/// Link and coefficients belong to `sum`; in the others all coefficients are 1.
struct IndexModel {
  MatrixD directions;    ///< [r, d]: row s is the unit vector u_s
  VectorD coefficients;  ///< [r]: c_s
};

/// A data set from outside, for the inputs `file`.
struct ExternalData {
  MatrixD inputs;           ///< [d, N]: the samples to train on, as many as the most that are asked
  VectorD labels;           ///< [N]
  MatrixD held_out_inputs;  ///< [d, H]: all others, for the population loss; H may be 0
  VectorD held_out_labels;  ///< [H]
  IndexModel model;         ///< NaN if it is not known
  std::uint64_t checksum = 0;  ///< CRC-64/XZ of all numbers of the file
};

/// The first n samples of the stream of one seed. y_i = target_i + tau * noise_i.
struct DataSet {
  MatrixD inputs;  ///< X, [d, n]: column i is the sample x_i
  VectorD target;  ///< [n]: noise-free labels f*(x_i), or the labels of the file
  VectorD noise;   ///< [n]: xi_i, unit variance
};

}  // namespace flatgrid

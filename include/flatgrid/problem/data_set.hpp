// SPDX-License-Identifier: MIT
/// A data set: inputs, noise-free labels and unit-variance noise of one seed.
#pragma once

#include <cstdint>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::problem {

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

/// A data set from outside, for the inputs `file`: its rows in the order of the file.
struct ExternalData {
  MatrixD inputs;          ///< [d, N]
  VectorD labels;          ///< [N]
  Index most_samples = 0;  ///< of the grid; the N - most_samples other rows of a seed are held out
  IndexModel model;        ///< NaN if it is not known
  std::uint64_t checksum = 0;  ///< CRC-64/XZ of all numbers of the file
};

/// What a seed makes of a data file: sample i is the row `rows[i]`, its inputs are
/// (x - mean) / deviation, component by component.
struct DataSplit {
  std::vector<std::int64_t> rows;  ///< [N]; those from `ExternalData::most_samples` on are held out
  VectorD mean;                    ///< [d]; 0 unless inputs are standardized
  VectorD deviation;               ///< [d]; 1 unless inputs are standardized
};

/// Inputs and labels for expectations that no formula gives.
struct TestSet {
  MatrixD inputs;  ///< [d, test samples]
  VectorD labels;  ///< [test samples]: f*(x), or the labels of the file
};

/// The first n samples of the stream of one seed. y_i = target_i + tau * noise_i.
struct DataSet {
  MatrixD inputs;  ///< X, [d, n]: column i is the sample x_i
  VectorD target;  ///< [n]: noise-free labels f*(x_i), or the labels of the file
  VectorD noise;   ///< [n]: xi_i, unit variance
};

}  // namespace flatgrid::problem

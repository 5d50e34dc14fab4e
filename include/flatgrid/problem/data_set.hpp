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
/// Only `sum` uses the link and the coefficients; for the other targets all coefficients are 1.
struct IndexModel {
  MatrixD directions;    ///< [r, d]: row s is the unit vector u_s
  VectorD coefficients;  ///< [r]: c_s
};

/// The data of the inputs `file`, in the order of the file.
struct ExternalData {
  MatrixD inputs;              ///< [d, N]
  VectorD labels;              ///< [N]
  Index most_samples = 0;      ///< largest `samples` of the grid; the other rows are held out
  IndexModel model;            ///< NaN if it is unknown
  std::uint64_t checksum = 0;  ///< CRC-64/XZ of all numbers of the file
};

/// How a seed uses a data file: sample i is the row `rows[i]`, and its inputs are
/// (x - mean) / deviation, component by component.
struct DataSplit {
  std::vector<std::int64_t> rows;  ///< [N]; held out: entries from `ExternalData::most_samples` on
  VectorD mean;                    ///< [d]; 0 unless inputs are standardized
  VectorD deviation;               ///< [d]; 1 unless inputs are standardized
};

/// Inputs and labels for Monte Carlo expectations.
struct TestSet {
  MatrixD inputs;  ///< [d, test samples]; of a network with biases (x, 1), [d + 1, test samples]
  VectorD labels;  ///< [test samples]: f*(x), or the labels of the file
};

/// The first n samples of the stream of one seed. y_i = target_i + tau * noise_i.
struct DataSet {
  MatrixD
      inputs;  ///< X, [d, n]: column i is the sample x_i; of a network with biases (x_i, 1), [d + 1, n]
  VectorD target;  ///< [n]: noise-free labels f*(x_i), or the labels of the file
  VectorD noise;   ///< [n]: xi_i, unit variance
};

}  // namespace flatgrid::problem

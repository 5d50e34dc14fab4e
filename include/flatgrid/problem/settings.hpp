// SPDX-License-Identifier: MIT
/// What the user chooses about the learning problem; section [problem] of a configuration.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid {

struct ExternalData;

struct ProblemSettings {
  Index dimension = 10;                    ///< d, of the inputs
  std::string inputs = "gaussian";         ///< law of the inputs, a name of `input_law_names()`
  double powerlaw_exponent = 1;            ///< alpha of the inputs `gaussian-powerlaw`
  double degrees_of_freedom = 13;          ///< nu of the inputs `student-t`
  Index components = 4;                    ///< number of Gaussians of the inputs `mixture`
  double separation = 3;                   ///< their distance from the middle, in their widths
  std::string target = "sum";              ///< f*, a name of `target_names()`
  std::string link = "relu";               ///< g of the target `sum`, a name of `link_names()`
  double leaky_slope = 0.1;                ///< slope of the link `leaky-relu` on the negative side
  Index indices = 3;                       ///< r, number of index directions
  std::string directions = "orthonormal";  ///< how the index directions are drawn
  std::vector<double> coefficients;        ///< c_s; empty = alternating +1 -1 +1 ...
  std::string noise_law = "gaussian";      ///< unit-variance law of the label noise
  std::string data_file;                   ///< HDF5 file of the inputs `file`; empty = none
  Index test_samples = 100'000;            ///< fresh inputs of a Monte Carlo population loss

  /// What `data_file` holds. No part of the configuration: whoever draws data with the inputs
  /// `file` reads it first (`read_data_file`).
  std::shared_ptr<const ExternalData> external;
};

}  // namespace flatgrid

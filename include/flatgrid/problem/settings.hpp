// SPDX-License-Identifier: MIT
/// The settings of the learning problem: section [problem] of a configuration.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "flatgrid/base/choice.hpp"
#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/problem/laws.hpp"

namespace flatgrid::problem {

struct ProblemSettings {
  Index dimension = 10;                      ///< d, of the inputs
  Choice<InputLawKind> inputs = "gaussian";  ///< law of the inputs
  double powerlaw_exponent = 1;              ///< alpha of the inputs `gaussian-powerlaw`
  double effective_dimension = 2;            ///< trace of the covariance of `gaussian-spiked`
  double degrees_of_freedom = 13;            ///< nu of the inputs `student-t`
  Index components = 4;                      ///< number of Gaussians of the inputs `mixture`
  double separation = 3;              ///< distance of their centres from 0, in standard deviations
  double input_scale = 1;             ///< factor of the inputs, of all laws but `file`
  Choice<TargetKind> target = "sum";  ///< f*
  Choice<LinkKind> link = "relu";     ///< g of the target `sum`
  double leaky_slope = 0.1;           ///< slope of the link `leaky-relu` for z < 0
  std::int64_t information_exponent = 1;              ///< s of the link `kinks`
  Index indices = 3;                                  ///< r, number of index directions
  Choice<DirectionsKind> directions = "orthonormal";  ///< how the index directions are drawn
  std::vector<double> coefficients;                   ///< c_s; empty = alternating +1 -1 +1 ...
  Choice<NoiseLaw> noise_law = "gaussian";            ///< unit-variance law of the label noise
  std::string data_file;                              ///< HDF5 file of the inputs `file`; or empty
  Choice<DataSplitKind> data_split = "first";  ///< which rows of the file are the samples of a seed
  bool standardize = false;                    ///< its inputs to mean 0 and standard deviation 1
  Index test_samples = 100'000;                ///< fresh inputs of a Monte Carlo population loss

  /// Whether all seeds have the same samples and the same test set.
  [[nodiscard]] bool seeds_share_data() const { return inputs->is_file() && !data_split->draws; }
};

}  // namespace flatgrid::problem

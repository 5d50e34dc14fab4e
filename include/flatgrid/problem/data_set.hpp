/// A data set: inputs, noise-free labels and unit-variance noise of one seed.
#pragma once

#include <cstdint>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/problem/settings.hpp"

namespace flatgrid {

/// f* as a sum of single-index models, f*(x) = sum_s c_s g(u_s . x).
struct IndexModel {
  MatrixD directions;    ///< [r, d]: row s is the unit vector u_s
  VectorD coefficients;  ///< [r]: c_s
};

/// The first n samples of the stream of one seed. y_i = target_i + tau * noise_i.
struct DataSet {
  MatrixD inputs;  ///< X, [d, n]: column i is the sample x_i
  VectorD target;  ///< [n]: noise-free labels f*(x_i)
  VectorD noise;   ///< [n]: xi_i, unit variance
};

/// The index model of a seed: the same for all samples, widths, noises and methods.
IndexModel draw_index_model(const ProblemSettings& settings, std::int64_t seed);

/// The first `samples` samples of a seed. Those of a larger data set begin with the same ones.
DataSet draw_data_set(const ProblemSettings& settings, const IndexModel& model, std::int64_t seed,
                      Index samples);

}  // namespace flatgrid

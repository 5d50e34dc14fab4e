// SPDX-License-Identifier: MIT
/// The problems with an exact population loss.
#pragma once

#include <optional>

#include "flatgrid/network/half_line_polynomial.hpp"
#include "flatgrid/problem/data_set.hpp"
#include "flatgrid/problem/laws.hpp"

namespace flatgrid::measure {

/// A sum of single-index models on Gaussian inputs or on a sphere.
struct ExactProblem {
  network::HalfLinePolynomial activation;
  problem::Link link;
  problem::IndexModel target;
  VectorD variances;             ///< [d]: diagonal of the covariance; ones on the sphere
  std::optional<double> radius;  ///< of the sphere
};

}  // namespace flatgrid::measure

// SPDX-License-Identifier: MIT
/// The expectation over the inputs that a PopulationLoss uses.
#pragma once

#include <memory>
#include <optional>

#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/network/half_line_polynomial.hpp"

namespace flatgrid::measure {

class PopulationLoss::Law {
 public:
  virtual ~Law() = default;
  [[nodiscard]] virtual Estimate value(const network::Network<double>& network) const = 0;
  virtual double with_gradient(const network::Network<double>& network,
                               network::Network<double>& gradient) const = 0;
  [[nodiscard]] virtual double target_second_moment() const = 0;
};

/// The input laws with an exact population loss for sums of single-index models: Gaussian, or a sphere.
struct ExactProblem {
  network::HalfLinePolynomial activation;
  problem::Link link;
  problem::IndexModel target;
  VectorD variances;             ///< [d]: diagonal of the covariance; ones on the sphere
  std::optional<double> radius;  ///< of the sphere
};

/// For networks with biases on Gaussian inputs: the last column of their inner weights are the biases.
std::unique_ptr<PopulationLoss::Law> make_biased_law(ExactProblem problem);

}  // namespace flatgrid::measure

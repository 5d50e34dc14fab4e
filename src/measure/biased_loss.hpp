// SPDX-License-Identifier: MIT
/// The population loss of networks with biases on Gaussian inputs, by the moments of shifted_moments.hpp. The last
/// column of the inner weights [m, d + 1] are the biases.
#pragma once

#include <memory>

#include "exact_problem.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

class BiasedLoss {
 public:
  virtual ~BiasedLoss() = default;
  /// E (f - f*)^2, in extended precision where rounding could exceed 1e-8 of it in double.
  [[nodiscard]] virtual double value(const network::Network<double>& network) const = 0;
  /// The value in double precision and its gradient in the parameters.
  virtual double with_gradient(const network::Network<double>& network,
                               network::Network<double>& gradient) const = 0;
  [[nodiscard]] virtual double target_second_moment() const = 0;
};

std::unique_ptr<BiasedLoss> make_biased_loss(ExactProblem problem);

}  // namespace flatgrid::measure

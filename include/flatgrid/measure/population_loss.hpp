// SPDX-License-Identifier: MIT
/// Population loss E_x (f(x) - f*(x))^2: the excess risk, without label noise and factor 1/2.
///
/// The method depends only on the problem:
///  - `closed-form`: sums of single-index models with a piecewise polynomial link, on Gaussian
///    inputs of any covariance and on the sphere. E f^2, E f f* and E f*^2 are sums over pairs of
///    neurons and indices of E[f_p(v_p.x) g_q(v_q.x)], each a closed form in ||C^{1/2} v_p||,
///    ||C^{1/2} v_q|| and the cosine between the two (gaussian_moments.hpp; for relu the arc-cosine
///    kernel of Cho & Saul 2009). The loss of a network close to the target is a small difference of large
///    terms. It is computed in double; if rounding could exceed 1e-9 of the result, it is computed again in
///    extended precision. The relative error is then below 1e-9 down to 1e-20 of the target's second moment.
///    With biases or the link kinks, for Gaussian inputs only: moments of shifted_moments.hpp, the sum again in
///    extended precision if rounding could exceed 1e-8 of the result.
///  - `quadrature`: the same for the links tanh and sin; the terms with f* are series whose coefficients
///    are computed by quadrature (zonal_series.hpp). Error below 1e-8 of the second moment.
///  - `monte-carlo`: everything else, on `problem.test-samples` fresh inputs of the seed, or on the
///    rows of a data file that the seed does not train on, with a standard error.
#pragma once

#include <memory>
#include <string_view>

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid::measure {

struct Estimate {
  double value;
  double standard_error;  ///< 0 if the value is exact
};

/// "closed-form", "quadrature" or "monte-carlo".
std::string_view population_loss_method(const problem::Problem& problem);

/// The predicted price of the population loss for networks of one width.
struct PopulationLossPrice {
  double flops;  ///< of an evaluation; at most three times as many with the gradient
  double bytes;  ///< memory held from construction on and during an evaluation
};
PopulationLossPrice population_loss_price(const problem::Problem& problem, Index width);

/// The population loss of networks for one target. The constructor does the work that all networks share.
class PopulationLoss {
 public:
  /// `problem` and `activation` must outlive it.
  PopulationLoss(const problem::Problem& problem, const network::Activation<double>& activation,
                 const problem::IndexModel& target, std::int64_t seed);
  ~PopulationLoss();
  PopulationLoss(PopulationLoss&&) noexcept;
  PopulationLoss& operator=(PopulationLoss&&) noexcept;

  /// The population loss of a network. O((m + r)^2 d) operations in closed form, O((m + r)^2 d + m r) for
  /// a quadrature, 2 d m per test sample for Monte Carlo.
  [[nodiscard]] Estimate operator()(const network::Network<double>& network) const;

  /// The value in double precision and its gradient in the parameters.
  double with_gradient(const network::Network<double>& network,
                       network::Network<double>& gradient) const;

  /// E f*(x)^2: exact, or the mean over the test set.
  [[nodiscard]] double target_second_moment() const;

  /// The expectation over the inputs: exact or over a test set.
  class Law;

 private:
  std::unique_ptr<Law> law_;
};

}  // namespace flatgrid::measure

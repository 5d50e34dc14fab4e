// SPDX-License-Identifier: MIT
/// Population loss E_x (f(x) - f*(x))^2: the excess risk, without label noise and factor 1/2.
///
/// How it is obtained depends on the problem alone:
///  - `closed-form`: sums of single-index models with a piecewise polynomial link, on Gaussian
///    inputs of any covariance and on the sphere. E f^2, E f f* and E f*^2 are sums over pairs of
///    neurons and indices of E[f_p(v_p.x) g_q(v_q.x)], each a closed form in ||C^{1/2} v_p||,
///    ||C^{1/2} v_q|| and the cosine between the two (gaussian_moments.hpp; for relu the arc-cosine
///    kernel of Cho & Saul 2009). The loss of a network close to the target is a small difference of large
///    terms: it is computed in double first and, where rounding could exceed 1e-9 of the result,
///    once more in extended precision, which leaves 1e-9 relative down to 1e-20 of the target's
///    second moment.
///  - `quadrature`: the same with the links tanh and sin; the terms with f* are series whose
///    coefficients are quadratures (zonal_series.hpp). Error below 1e-8 of the second moment.
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
  double standard_error;  ///< 0 where the value is exact
};

/// "closed-form", "quadrature" or "monte-carlo".
std::string_view population_loss_method(const problem::Problem& problem);

/// What the population loss of networks of one width takes.
struct PopulationLossPrice {
  double flops;  ///< of an evaluation; one with the gradient takes three times as many at the most
  double bytes;  ///< held from construction on, and while it is evaluated
};
PopulationLossPrice population_loss_price(const problem::Problem& problem, Index width);

/// The population loss of networks on one target; prepared once, evaluated often.
class PopulationLoss {
 public:
  /// `problem` and `activation` must outlive it.
  PopulationLoss(const problem::Problem& problem, const network::Activation<double>& activation,
                 const problem::IndexModel& target, std::int64_t seed);
  ~PopulationLoss();
  PopulationLoss(PopulationLoss&&) noexcept;
  PopulationLoss& operator=(PopulationLoss&&) noexcept;

  /// O((m + r)^2 d) operations in closed form, O((m + r)^2 d + m r) for a quadrature, 2 d m per
  /// test sample for Monte Carlo.
  [[nodiscard]] Estimate operator()(const network::Network<double>& network) const;

  /// The value in double precision and its gradient in the parameters.
  double with_gradient(const network::Network<double>& network,
                       network::Network<double>& gradient) const;

  /// E f*(x)^2, exact or on the test set.
  [[nodiscard]] double target_second_moment() const;

  /// What knows the distribution: exact, or a sample.
  class Law;

 private:
  std::unique_ptr<Law> law_;
};

}  // namespace flatgrid::measure

// SPDX-License-Identifier: MIT
#include "flatgrid/measure/normal_distribution.hpp"

#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/owens_t.hpp>

namespace flatgrid::measure {

using namespace boost::math::policies;

Extended upper_tail(const Extended& x) {
  using std::sqrt;
  // erfc would underflow there.
  if (x > 100) return Extended(0);
  if (x < -100) return Extended(1);
  using Unchecked = policy<overflow_error<ignore_error>, underflow_error<ignore_error>,
                           denorm_error<ignore_error>>;
  return boost::math::erfc(Extended(x / sqrt(Extended(2))), Unchecked()) / 2;
}

double owens_t_below_1(double h, double a) {
  return boost::math::owens_t(h, a, policy<promote_double<false>>());
}

double mean_norm(Index dimension) {
  const double half = static_cast<double>(dimension) / 2;
  return std::sqrt(2.0) / boost::math::tgamma_delta_ratio(half, 0.5);
}

}  // namespace flatgrid::measure

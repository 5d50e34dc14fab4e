// SPDX-License-Identifier: MIT
#include "flatgrid/base/exact_dot.hpp"

#include <cmath>

namespace flatgrid {

double exact_dot(const Eigen::Ref<const VectorD>& a, const Eigen::Ref<const VectorD>& b) {
  // Keeps every product and every sum together with its exact rounding error.
  double sum = 0;
  double errors = 0;
  for (Index k = 0; k < a.size(); ++k) {
    const double product = a(k) * b(k);
    const double total = sum + product;
    const double taken = total - sum;
    errors += std::fma(a(k), b(k), -product) + ((sum - (total - taken)) + (product - taken));
    sum = total;
  }
  return sum + errors;
}

}  // namespace flatgrid

// SPDX-License-Identifier: MIT
#include "flatgrid/measure/residual.hpp"

namespace flatgrid::measure {

double relative_residual(double squares, const VectorD& labels) {
  return squares == 0 ? 0 : squares / labels.squaredNorm();
}

}  // namespace flatgrid::measure

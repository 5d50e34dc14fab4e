/// Functions of one variable that are a polynomial of degree at most 3 on either side of 0. All
/// activations are of this form, and all links but tanh and sin; every Gaussian expectation of their
/// products is a closed form.
#pragma once

#include <array>

namespace flatgrid {

/// g(z) = sum_p right[p] z^p for z > 0, and sum_p left[p] |z|^p for z < 0; p = 0..3.
/// relu: right = {0, 1, 0, 0}; sign: right = {1}, left = {-1}; z^2: right = left = {0, 0, 1, 0}.
struct HalfLinePolynomial {
  std::array<double, 4> right{};
  std::array<double, 4> left{};
};

}  // namespace flatgrid

// SPDX-License-Identifier: MIT
/// Functions of one variable that are a polynomial of degree at most 3 on either side of 0. All
/// activations are of this form, and all links but tanh and sin; every Gaussian expectation of
/// their products is a closed form.
#pragma once

#include <array>
#include <optional>

namespace flatgrid::network {

/// g(z) = sum_p right[p] z^p for z > 0, and sum_p left[p] |z|^p for z < 0; p = 0..3.
/// relu: right = {0, 1, 0, 0}; sign: right = {1}, left = {-1}; z^2: right = left = {0, 0, 1, 0}.
struct HalfLinePolynomial {
  std::array<double, 4> right{};
  std::array<double, 4> left{};
};

/// g(z). At z = 0 the mean of the limits from both sides, so that sign(0) = 0.
double value(const HalfLinePolynomial& g, double z);

/// g'(z) where g is smooth.
HalfLinePolynomial derivative(const HalfLinePolynomial& g);

/// g(z) = plus sigma(z) + minus sigma(-z).
struct Representation {
  double plus = 0;
  double minus = 0;
};

/// How neurons of activation `sigma`, positively homogeneous of degree `degree`, represent the
/// function g: relu represents every function that is linear on either side of 0 and vanishes
/// there, abs only the even ones of these. With minus = 0 if one neuron is enough; empty if no
/// combination is equal to g.
std::optional<Representation> represent(const HalfLinePolynomial& g,
                                        const HalfLinePolynomial& sigma, int degree);

}  // namespace flatgrid::network

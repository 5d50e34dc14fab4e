// SPDX-License-Identifier: MIT
#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/network/activation.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::network;

namespace {

struct Column {
  VectorD value, derivative, second;
};

Column evaluate(const Activation<double>& activation, const VectorD& z) {
  Column result{VectorD(z.size()), VectorD(z.size()), VectorD(z.size())};
  activation.evaluate(z.size(), z.data(), result.value.data(), result.derivative.data());
  activation.second_derivative(z.size(), z.data(), result.second.data());
  return result;
}

/// sigma(z) from its definition.
double plain(std::string_view name, double z) {
  const double positive = std::max(z, 0.0);
  if (name == "relu") return positive;
  if (name == "leaky-relu") return z > 0 ? z : 0.1 * z;
  if (name == "abs") return std::abs(z);
  if (name == "relu2") return positive * positive;
  if (name == "quadratic") return z * z;
  if (name == "relu3") return positive * positive * positive;
  FAIL("unknown activation");
  return 0;
}

}  // namespace

TEST_CASE("an unknown activation is refused") {
  CHECK_THROWS_AS(Choice<ActivationKind>("softmax"), Error);
}

TEST_CASE(
    "activations are the functions of their names, with matching derivatives, polynomials and "
    "degrees") {
  const VectorD z = test::normals(1, 101);  // not a multiple of the length of a SIMD vector
  for (const std::string_view name : names_of<ActivationKind>()) {
    CAPTURE(name);
    const auto activation = test::activation(std::string(name));
    const Column at_z = evaluate(*activation, z);
    // Central differences of piecewise polynomials of degree 3 have an error of h^2 for sigma' and none
    // for sigma'', plus rounding eps / h. No z lies within h of the kink.
    const double h = 1e-5;
    REQUIRE(z.cwiseAbs().minCoeff() > h);
    const Column above = evaluate(*activation, (z.array() + h).matrix());
    const Column below = evaluate(*activation, (z.array() - h).matrix());
    const Column scaled = evaluate(*activation, 1.7 * z);
    const int k = activation->degree();
    for (Index j = 0; j < z.size(); ++j) {
      CHECK(at_z.value(j) == Approx(plain(name, z(j))).epsilon(1e-15));
      CHECK(value(activation->polynomial(), z(j)) == Approx(at_z.value(j)).epsilon(1e-15));
      CHECK(at_z.derivative(j) == Approx((above.value(j) - below.value(j)) / (2 * h)).margin(1e-9));
      CHECK(at_z.second(j) ==
            Approx((above.derivative(j) - below.derivative(j)) / (2 * h)).margin(1e-9));
      CHECK(scaled.value(j) == Approx(std::pow(1.7, k) * at_z.value(j)).epsilon(1e-14));
      CHECK(scaled.derivative(j) ==
            Approx(std::pow(1.7, k - 1) * at_z.derivative(j)).margin(1e-14));
    }
  }
}

TEST_CASE("derivatives at the kink") {
  const VectorD zero = VectorD::Zero(1);
  for (const std::string_view name : names_of<ActivationKind>()) {
    CAPTURE(name);
    const Column at_zero = evaluate(*test::activation(std::string(name)), zero);
    CHECK(at_zero.value(0) == 0);
    CHECK(at_zero.derivative(0) == (name == "leaky-relu" ? 0.1 : 0.0));
    CHECK(at_zero.second(0) == (name == "quadratic" ? 2.0 : 0.0));
  }
}

TEST_CASE("the slope of leaky-relu is configurable, from relu to the identity") {
  const VectorD z = test::normals(2, 50);
  for (const double slope : {0.0, 0.3, 1.0}) {
    const auto leaky = make_activation({.activation = "leaky-relu", .leaky_slope = slope});
    const Column column = evaluate(*leaky, z);
    for (Index j = 0; j < z.size(); ++j) {
      CHECK(column.value(j) == Approx(std::max(z(j), 0.0) + slope * std::min(z(j), 0.0)));
    }
  }
}

TEST_CASE("half-line polynomials have their value on either side, and the mean of both at 0") {
  const HalfLinePolynomial g{{1, 2, 3, 4}, {-3, 0.5, 0, 2}};
  CHECK(value(g, 0.5) == 1 + 2 * 0.5 + 3 * 0.25 + 4 * 0.125);
  CHECK(value(g, -0.5) == -3 + 0.5 * 0.5 + 2 * 0.125);
  CHECK(value(g, 0) == -1);
}

TEST_CASE("a representation equals the function, and is missing where none exists") {
  const auto polynomial = [](const std::string& name) {
    return test::activation(name)->polynomial();
  };
  const HalfLinePolynomial identity{{0, 1}, {0, -1}};
  const HalfLinePolynomial kinked{{0, 2}, {0, 0.7}};
  const HalfLinePolynomial square{{0, 0, 1}, {0, 0, 1}};
  const HalfLinePolynomial cube{{0, 0, 0, 1}, {0, 0, 0, -1}};
  const HalfLinePolynomial sign{{1}, {-1}};
  const std::vector<HalfLinePolynomial> functions = {
      polynomial("relu"), identity, kinked, polynomial("abs"), square, cube, sign};
  // A combination of sigma(z) and sigma(-z) can represent functions of the same degree; for an even sigma it can
  // represent only even functions.
  const std::vector<std::pair<std::string, std::vector<bool>>> expected = {
      {"relu", {true, true, true, true, false, false, false}},
      {"leaky-relu", {true, true, true, true, false, false, false}},
      {"abs", {false, false, false, true, false, false, false}},
      {"relu2", {false, false, false, false, true, false, false}},
      {"quadratic", {false, false, false, false, true, false, false}},
      {"relu3", {false, false, false, false, false, true, false}}};
  for (const auto& [name, representable] : expected) {
    const auto sigma = test::activation(name);
    for (std::size_t g = 0; g < functions.size(); ++g) {
      CAPTURE(name, g);
      const auto found = represent(functions[g], sigma->polynomial(), sigma->degree());
      REQUIRE(found.has_value() == representable[g]);
      if (!found) continue;
      for (const double z : {-2.0, -0.3, 0.4, 3.0}) {
        CHECK(found->plus * value(sigma->polynomial(), z) +
                  found->minus * value(sigma->polynomial(), -z) ==
              Approx(value(functions[g], z)).margin(1e-14));
      }
    }
  }
  // relu represents relu with one neuron. The identity is leaky-relu of slope 1, and represents itself with one
  // neuron.
  CHECK(represent(polynomial("relu"), polynomial("relu"), 1)->minus == 0);
  const auto odd = represent(identity, identity, 1);
  CHECK(odd->plus == 1);
  CHECK(odd->minus == 0);
  CHECK_FALSE(represent(polynomial("relu"), identity, 1));
}

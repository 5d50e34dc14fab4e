// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/gauge.hpp"

#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/activation.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

TEST_CASE("the price of a direction is the orbit minimum of its neuron") {
  const MatrixD inputs = test::normal_inputs(1, 4, 30);
  for (const auto& [name, slope] :
       {std::pair{"relu", 0.0}, std::pair{"leaky-relu", 0.01}, std::pair{"abs", -1.0}}) {
    CAPTURE(name);
    const auto activation = network::make_activation({.activation = name, .leaky_slope = slope});
    const Samples samples = make_samples(inputs, slope, slope * slope, 2.0 / 30);
    for (std::int64_t seed = 0; seed < 10; ++seed) {
      const VectorD w = test::normal_inputs(100 + seed, 4, 1);
      const network::Network<double> network{w.transpose(), VectorD::Ones(1)};
      const double measured =
          measure::flatness_orbit_min(measure::neuron_traces(*activation, network, inputs), 1);
      const Side side = side_of(samples, w);
      const double length = w.norm();
      VectorD values = inputs.transpose() * w;
      for (double& z : values) z = test::sigma(z, slope);
      CHECK(price(samples, w, side) == Approx(measured).epsilon(1e-13));
      // phi = sigma(X w) / g(w) does not depend on the length of w.
      CHECK((feature(samples, w, side) * measured - values).norm() < 1e-13 * values.norm());
      CHECK((feature(samples, w / length, side) * measured - values).norm() <
            1e-13 * values.norm());
    }
  }
}

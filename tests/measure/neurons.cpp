// SPDX-License-Identifier: MIT
#include "flatgrid/measure/neurons.hpp"

#include <cmath>

#include <catch2/catch.hpp>

#include "flatgrid/network/symmetry.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

double effective_neurons(const NeuronTraces& traces, int degree) {
  return participation_ratio(orbit_contributions(traces, degree));
}

}  // namespace

TEST_CASE("the effective number of neurons counts equal neurons and weighs unequal ones") {
  // c_j ~ sqrt(A_j B_j) for degree 1
  CHECK(effective_neurons({VectorD::Ones(7), VectorD::Constant(7, 4.0)}, 1) == Approx(7));
  CHECK(effective_neurons({VectorD::Unit(7, 2), VectorD::Ones(7)}, 1) == Approx(1));
  // c = 3, 1: (3 + 1)^2 / (9 + 1)
  CHECK(effective_neurons({VectorD{{9.0, 1.0}}, VectorD::Ones(2)}, 1) == Approx(1.6));
  // c_j ~ A_j^{1/3} B_j^{2/3} for degree 2: 8^{2/3} = 4, 1: 25 / 17
  CHECK(effective_neurons({VectorD::Ones(2), VectorD{{8.0, 1.0}}}, 2) == Approx(25.0 / 17));
  CHECK(effective_neurons({VectorD::Zero(3), VectorD::Ones(3)}, 1) == 0);
  CHECK(effective_neurons({VectorD::Constant(2, 1e-300), VectorD::Constant(2, 1e-300)}, 1) ==
        Approx(2));
}

TEST_CASE("alignment is 1 in the index subspace, 0 orthogonal to it, and linear between") {
  const problem::IndexModel target = problem::Problem(test::problem(8, 3)).index_model(1);
  const MatrixD& u = target.directions;
  CHECK(index_alignment({u, target.coefficients}, u, 1) == Approx(1).epsilon(1e-14));

  // A neuron of outer weight 3 inside and one of outer weight 1 at 60 degrees: (3 + 1/4) / 4.
  const VectorD across = (VectorD::Ones(8) - u.transpose() * (u * VectorD::Ones(8))).normalized();
  network::Network<double> network = network::Network<double>::zero(3, 8);
  network.inner.row(0) = u.row(1);
  network.inner.row(1) = 0.5 * u.row(0) + std::sqrt(0.75) * across.transpose();
  network.outer << -3, 1, 1;  // the third does nothing: w = 0
  CHECK(index_alignment(network, u, 1) == Approx(3.25 / 4).epsilon(1e-14));
  network.outer(0) = 0;
  network.inner.row(1) = across.transpose();
  CHECK(index_alignment(network, u, 1) == Approx(0).margin(1e-14));
}

TEST_CASE(
    "alignment projects onto the span of directions that are neither orthogonal nor independent") {
  // u, v and a repetition of u span what u and v span.
  MatrixD directions(3, 4);
  directions << 1, 0, 0, 0, 0.6, 0.8, 0, 0, 1, 0, 0, 0;
  network::Network<double> network{MatrixD::Ones(1, 4), VectorD::Ones(1)};
  CHECK(index_alignment(network, directions, 1) == Approx(0.5).epsilon(1e-14));
}

TEST_CASE("random neurons are aligned by r / d on average") {
  // ||P w||^2 / ||w||^2 ~ Beta(r/2, (d-r)/2): mean r/d = 0.3, variance 2 r (d-r) / (d^2 (d+2)).
  const problem::IndexModel target = problem::Problem(test::problem(10, 3)).index_model(2);
  const Index width = 20000;
  network::Network<double> network = descent::gaussian_network(3, width, 10, 1.0);
  network.outer.setOnes();
  network.inner.rowwise().normalize();
  const double standard_error = std::sqrt(2 * 3 * 7 / (100.0 * 12) / static_cast<double>(width));
  CHECK(index_alignment(network, target.directions, 1) == Approx(0.3).margin(4 * standard_error));
}

TEST_CASE(
    "effective neurons and alignment are invariant under the rescaling symmetry of every degree") {
  for (const auto& [name, degree] : {std::pair{"relu", 1}, {"relu2", 2}, {"relu3", 3}}) {
    const auto activation = test::activation(name);
    const test::Example example(4, 5, 40, 9);
    network::Network<double> moved = example.network;
    network::rescale<double>(moved, degree, (5 * test::normals(5, 9).array().tanh()).exp());
    const auto effective = [&, k = degree](const network::Network<double>& network) {
      return effective_neurons(neuron_traces(*activation, network, example.data.inputs), k);
    };
    CHECK(effective(moved) == Approx(effective(example.network)).epsilon(1e-12));
    CHECK(
        index_alignment(moved, example.target.directions, degree) ==
        Approx(index_alignment(example.network, example.target.directions, degree)).epsilon(1e-12));
  }
}

TEST_CASE("alignment is missing without directions or for the zero network") {
  const problem::IndexModel target = problem::Problem(test::problem(4, 2)).index_model(1);
  CHECK(std::isnan(index_alignment(descent::gaussian_network(1, 5, 4, 1.0), MatrixD(0, 4), 1)));
  CHECK(std::isnan(index_alignment(network::Network<double>::zero(5, 4), target.directions, 1)));
}

TEST_CASE("activation rates are those of the neurons that contribute, in shares of the samples") {
  // On the samples -1, 1, 2, ..., 19 with the bias as last weight: x > 0, x > 17.5, x < 0, never, and without weight.
  MatrixD inputs = MatrixD::Ones(2, 20);
  inputs.row(0).setLinSpaced(0, 19);
  inputs(0, 0) = -1;
  const network::Network<double> network{MatrixD{{1, 0}, {2, -35}, {-1, 0}, {0, -1}, {1, 0}},
                                         VectorD{{1, -2, 0.1, 5, 0}}};
  const ActivationRates rates = activation_rates(network, inputs);
  CHECK(rates.mean == Approx((19.0 + 2 + 1) / 20 / 3));
  CHECK(rates.sparse == Approx(2.0 / 3));
  CHECK(std::isnan(activation_rates(network::Network<double>::zero(3, 2), inputs).mean));
}

// SPDX-License-Identifier: MIT
/// The Hessian of networks with linear layers, and the figures that follow from it.
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/measure/hessian.hpp"
#include "flatgrid/measure/layered_flatness.hpp"
#include "flatgrid/measure/sharpness.hpp"
#include "flatgrid/measure/tangent_spectrum.hpp"
#include "flatgrid/network/kernels.hpp"
#include "orbit_search.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

const std::vector<std::vector<Index>> k_widths = {{3}, {3, 4}, {4, 2, 3}};

VectorD parameters(const network::Network<double>& network, Index size) {
  VectorD vector(size);
  Index first = 0;
  const auto append = [&](const auto& layer) {
    vector.segment(first, layer.size()) = layer.reshaped();
    first += layer.size();
  };
  append(network.outer);
  append(network.inner);
  for (const MatrixD& layer : network.linear) append(layer);
  REQUIRE(first == size);
  return vector;
}

void displace(network::Network<double>& network, double step, const VectorD& direction) {
  Index first = 0;
  const auto add = [&](auto& layer) {
    layer.reshaped() += step * direction.segment(first, layer.size());
    first += layer.size();
  };
  add(network.outer);
  add(network.inner);
  for (MatrixD& layer : network.linear) add(layer);
}

MatrixD dense(HessianOperator& hessian) {
  MatrixD matrix(hessian.size(), hessian.size());
  VectorD product;
  for (Index p = 0; p < hessian.size(); ++p) {
    hessian.multiply(VectorD::Unit(hessian.size(), p), product);
    matrix.col(p) = product;
  }
  return matrix;
}

}  // namespace

TEST_CASE("with linear layers H v is the difference quotient of the gradient") {
  for (const std::vector<Index>& hidden : k_widths) {
    for (const std::string name : {"relu", "leaky-relu", "abs"}) {
      const test::Example example(4, 3, 25, 6);
      const auto activation = test::activation(name);
      const auto network = test::layered_network(8, 6, 3, hidden);
      HessianOperator hessian(*activation, network, example.data.inputs, example.labels);
      network::Workspace<double> workspace(6);
      network::Network<double> above = network;
      network::Network<double> below = network;
      for (Index p = 0; p < hessian.size(); ++p) {
        const VectorD unit = VectorD::Unit(hessian.size(), p);
        constexpr double h = 1e-6;
        const auto gradient_at = [&](double step, network::Network<double>& gradient) {
          network::Network<double> at = network;
          displace(at, step, unit);
          network::loss_and_gradient(*activation, at, example.data.inputs, example.labels,
                                     workspace, gradient);
          return parameters(gradient, hessian.size());
        };
        const VectorD quotient = (gradient_at(h, above) - gradient_at(-h, below)) / (2 * h);
        VectorD product;
        hessian.multiply(unit, product);
        // Rounding: 1e-16 of the gradient / h.
        CHECK((product - quotient).norm() < 1e-7 * (1 + product.norm()));
      }
    }
  }
}

TEST_CASE("with linear layers trace, top eigenvalue and tangent kernel agree with the Hessian") {
  for (const std::vector<Index>& hidden : k_widths) {
    const test::Example example(4, 3, 25, 6);
    const auto relu = test::activation("relu");
    const auto network = test::layered_network(8, 6, 3, hidden);
    network::Workspace<double> workspace(6);
    VectorD outputs;
    network::predict(*relu, network, example.data.inputs, workspace, outputs);
    HessianOperator hessian(*relu, network, example.data.inputs, outputs);
    const MatrixD matrix = dense(hessian);
    CHECK((matrix - matrix.transpose()).norm() < 1e-13 * matrix.norm());
    CHECK(matrix.trace() ==
          Approx(layer_traces(*relu, network, example.data.inputs).sum()).epsilon(1e-12));
    const double largest = symmetric_eigenvalues(matrix).maxCoeff();
    CHECK(hessian_top_eigenvalue(hessian, 1) == Approx(largest).epsilon(1e-9));
    // At an interpolator H = J^T J / n.
    CHECK(tangent_spectrum(*relu, network, example.data.inputs).max ==
          Approx(largest).epsilon(1e-11));
  }
}

TEST_CASE("with linear layers the sharpness at a small radius is that of the Hessian") {
  const test::Example example(4, 3, 25, 6);
  const auto relu = test::activation("relu");
  const auto network = test::layered_network(8, 6, 3, {3, 4});
  network::Workspace<double> workspace(6);
  VectorD outputs;
  network::predict(*relu, network, example.data.inputs, workspace, outputs);
  HessianOperator hessian(*relu, network, example.data.inputs, outputs);
  const double radius = 1e-5;
  const Sharpness measured =
      sharpness(*relu, network, example.data.inputs, outputs, radius, 400, 1);
  CHECK(measured.worst ==
        Approx(radius * radius * hessian_top_eigenvalue(hessian, 1) / 2).epsilon(1e-3));
  const double trace = layer_traces(*relu, network, example.data.inputs).sum();
  const double expected = radius * radius * trace / (2 * static_cast<double>(hessian.size()));
  CHECK(std::abs(measured.average - expected) < 4 * measured.average_standard_error);
}

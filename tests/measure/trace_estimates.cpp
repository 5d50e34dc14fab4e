// SPDX-License-Identifier: MIT
#include "flatgrid/measure/trace_estimates.hpp"

#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/measure/flatness.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

struct Figures {
  double trace;
  double off_diagonal;  ///< ||H||_F^2 - sum_p H_pp^2
};

Figures exact(HessianOperator& hessian) {
  MatrixD dense(hessian.size(), hessian.size());
  VectorD product;
  for (Index p = 0; p < hessian.size(); ++p) {
    hessian.multiply(VectorD::Unit(hessian.size(), p), product);
    dense.col(p) = product;
  }
  return {dense.trace(), dense.squaredNorm() - dense.diagonal().squaredNorm()};
}

}  // namespace

TEST_CASE("the trace of the operator is the flatness trace plus the residual part") {
  for (const std::string_view name : names_of<network::ActivationKind>()) {
    const auto activation = test::activation(std::string(name));
    const test::Example example(1, 4, 30, 9);
    HessianOperator hessian(*activation, example.network, example.data.inputs, example.labels);
    network::Workspace<double> workspace(9);
    VectorD residual;
    network::predict(*activation, example.network, example.data.inputs, workspace, residual);
    residual -= example.labels;
    const double trace =
        flatness_trace(neuron_traces(*activation, example.network, example.data.inputs)) +
        flatness_residual_part(*activation, example.network, example.data.inputs, residual);
    CHECK(exact(hessian).trace == Approx(trace).epsilon(1e-12));
  }
}

TEST_CASE("both estimates are unbiased, and Hutchinson's has the variance of the formula") {
  const auto activation = test::activation("relu2");
  const test::Example example(2, 4, 30, 9);
  HessianOperator hessian(*activation, example.network, example.data.inputs, example.labels);
  const auto [trace, off_diagonal] = exact(hessian);
  const Index probes = 6;
  const int repeats = 2000;
  VectorD hutchinson(repeats), hutchpp(repeats);
  for (int seed = 0; seed < repeats; ++seed) {
    hutchinson(seed) = hutchinson_trace(hessian, seed, probes);
    hutchpp(seed) = hutchpp_trace(hessian, seed, probes);
  }
  const double variance = 2 * off_diagonal / static_cast<double>(probes);
  CHECK(std::abs(hutchinson.mean() - trace) < 4 * std::sqrt(variance / repeats));
  const double observed = (hutchinson.array() - hutchinson.mean()).square().sum() / (repeats - 1);
  // The relative standard error of a variance is sqrt((kurtosis - 1) / repeats). The tolerance is 4 standard
  // errors for a kurtosis of 6.
  CHECK(observed == Approx(variance).epsilon(4 * std::sqrt(5.0 / repeats)));
  const double spread = (hutchpp.array() - hutchpp.mean()).square().sum() / (repeats - 1);
  CHECK(std::abs(hutchpp.mean() - trace) < 4 * std::sqrt(spread / repeats));
}

TEST_CASE("Hutch++ is exact once a third of its probes reaches the rank of the Hessian") {
  const auto relu = test::activation("relu");
  const test::Example example(3, 5, 8, 20);
  network::Workspace<double> workspace(20);
  VectorD outputs;
  network::predict(*relu, example.network, example.data.inputs, workspace, outputs);
  // At an interpolator H = J^T J / n is of rank n = 8.
  HessianOperator hessian(*relu, example.network, example.data.inputs, outputs);
  const double trace = flatness_trace(neuron_traces(*relu, example.network, example.data.inputs));
  CHECK(hutchpp_trace(hessian, 1, 24) == Approx(trace).epsilon(1e-12));
  // More probes than parameters do no harm.
  CHECK(hutchpp_trace(hessian, 1, 500) == Approx(trace).epsilon(1e-12));
  CHECK(std::abs(hutchpp_trace(hessian, 1, 6) / trace - 1) > 1e-6);
}

// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/plane_bound.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

constexpr Index k_angles = 4096;

/// V of plane_bound.hpp, its expectations by the midpoint rule over the angle of x.
class PlainValue {
 public:
  PlainValue(const BoundedProblem& bounded, double budget, const PlaneFunctions& u,
             const VectorD& multipliers)
      : bounded_(bounded), budget_(budget), multipliers_(multipliers) {
    const std::optional<double> radius = bounded.problem.input_law()->sphere_radius();
    // For f of degree 1, E f^2 = E |x|^2 times the mean of f^2 over the circle; E |x|^2 = 2 for Gaussian x.
    weight_ = (radius ? *radius * *radius : 2) / k_angles;
    const VectorD roots =
        bounded.problem.input_law()->gaussian_variances().value_or(VectorD::Ones(2)).cwiseSqrt();
    points_.resize(2, k_angles);
    for (Index k = 0; k < k_angles; ++k) {
      const double angle = 2 * std::numbers::pi * (static_cast<double>(k) + 0.5) / k_angles;
      points_.col(k) << roots(0) * std::cos(angle), roots(1) * std::sin(angle);
    }
    functions_ =
        points_.transpose() * u.linear + (points_.transpose() * u.directions).cwiseAbs() * u.kinks;
    target_ = VectorD::Zero(k_angles);
    if (bounded.target != nullptr)
      for (Index s = 0; s < bounded.target->coefficients.size(); ++s)
        for (Index k = 0; k < k_angles; ++k)
          target_(k) += bounded.target->coefficients(s) *
                        network::value(*bounded.problem.link().polynomial,
                                       bounded.target->directions.row(s).dot(points_.col(k)));
  }

  /// The larger V of the two signs.
  [[nodiscard]] double operator()(const VectorD& w) const {
    const Slopes slopes = slopes_of(bounded_.activation);
    const double at_zero =
        std::min(slopes.at_zero * slopes.at_zero, slopes.negative * slopes.negative);
    const double size = budget_ / test::gauge_value(bounded_.inputs, w, slopes.negative, at_zero);
    double greatest = 0;
    for (const double sign : {1.0, -1.0}) {
      const auto neuron = [&](const MatrixD& x) {
        return VectorD((x.transpose() * w).unaryExpr([&](double z) {
          return sign * size * test::sigma(z, slopes.negative);
        }));
      };
      const VectorD offsets = neuron(bounded_.inputs) - bounded_.labels;
      const VectorD rho = neuron(points_) - target_ - functions_ * offsets;
      greatest = std::max(greatest, weight_ * rho.squaredNorm() - 2 * multipliers_.dot(offsets));
    }
    return greatest;
  }

 private:
  const BoundedProblem& bounded_;
  double budget_;
  const VectorD& multipliers_;
  double weight_;
  MatrixD points_;     ///< [2, angles]
  MatrixD functions_;  ///< [angles, N]
  VectorD target_;     ///< [angles]
};

/// Directions at 2 000 angles, on every border and beside it.
std::vector<VectorD> many_directions(const MatrixD& inputs) {
  std::vector<VectorD> directions;
  constexpr int k_count = 2000;
  for (int k = 0; k < k_count; ++k) {
    const double angle = 2 * std::numbers::pi * k / k_count;
    directions.emplace_back(Eigen::Vector2d(std::cos(angle), std::sin(angle)));
  }
  for (const auto& x : inputs.colwise())
    for (const double side : {1.0, -1.0})
      for (const double beside : {0.0, 1e-9, -1e-9})
        if (x.norm() > 0)
          directions.emplace_back(side *
                                  Eigen::Vector2d(-x(1) + beside * x(0), x(0) + beside * x(1)));
  return directions;
}

/// u of four random kinks and some on borders, and a linear part.
PlaneFunctions random_functions(const MatrixD& inputs) {
  const Index n = inputs.cols(), m = 4 + n / 2;
  PlaneFunctions u{.linear = test::normals(21, 2 * n).reshaped(2, n),
                   .directions = test::normals(22, 2 * m).reshaped(2, m),
                   .kinks = test::normals(23, m * n).reshaped(m, n)};
  for (Index k = 4; k < m; ++k) u.directions.col(k) << -inputs(1, k - 4), inputs(0, k - 4);
  u.linear *= 0.2;
  u.kinks *= 0.2;
  return u;
}

/// Compares the bound with V at many directions.
void check(const BoundedProblem& bounded, double budget) {
  REQUIRE(has_plane_bound(bounded));
  const PlaneFunctions u = random_functions(bounded.inputs);
  const VectorD l = test::normals(24, bounded.labels.size());
  const PlainValue plain(bounded, budget, u, l);
  const PlaneBound result = plane_bound(bounded, budget, u, l);
  double greatest = 0;
  for (const VectorD& w : many_directions(bounded.inputs)) greatest = std::max(greatest, plain(w));
  // The midpoint rule has an error of about (2 pi / 4096)^2 / 24 = 1e-7; V at the nearest of the 2000 directions is
  // within 1e-3 of the maximum.
  CHECK(greatest <= result.bound * (1 + 1e-6));
  CHECK(result.bound <= greatest * (1 + 1e-3));
  double at_peaks = 0;
  for (const auto& w : result.peaks.colwise()) at_peaks = std::max(at_peaks, plain(w));
  CHECK(at_peaks == Approx(result.bound).epsilon(2e-4));
}

}  // namespace

TEST_CASE("the bound of the plane is the largest value over all directions") {
  const std::string activation = GENERATE("relu", "leaky-relu", "abs");
  const std::string inputs = GENERATE("gaussian", "gaussian-powerlaw", "sphere");
  const std::string link = GENERATE("relu", "abs");
  const std::int64_t seed = GENERATE(1, 2);
  CAPTURE(activation, inputs, link, seed);
  problem::ProblemSettings settings = test::problem(2, 2, link);
  settings.inputs = inputs;
  const problem::Problem problem(settings);
  const problem::IndexModel target = problem.index_model(seed);
  const problem::DataSet data = problem.data_set(target, seed, 8);
  const auto sigma = test::activation(activation);
  const VectorD zero = VectorD::Zero(8);
  check({.inputs = data.inputs,
         .labels = data.target,
         .problem = problem,
         .activation = *sigma,
         .target = &target},
        seed == 1 ? 3.0 : 30.0);
  check({.inputs = data.inputs,
         .labels = zero,
         .problem = problem,
         .activation = *sigma,
         .target = nullptr},
        1);
}

TEST_CASE("the bound of the plane holds for equal, opposite, zero and axis-parallel samples") {
  const std::string activation = GENERATE("relu", "leaky-relu", "abs");
  CAPTURE(activation);
  const problem::Problem problem(test::problem(2, 2));
  const problem::IndexModel target = problem.index_model(5);
  MatrixD inputs(2, 9);
  inputs << 1, 2, -1, 0, 0, 0, 1.5, -1.25, 1.5,  //
      2, 4, -2, 0, -3, 1, 0, 0, 1.5;
  const VectorD labels = test::normals(6, 9);
  const auto sigma = test::activation(activation);
  check({.inputs = inputs,
         .labels = labels,
         .problem = problem,
         .activation = *sigma,
         .target = &target},
        4);
}

TEST_CASE("the bound of the plane is infinite where a neuron costs nothing") {
  const problem::Problem problem(test::problem(2, 2));
  const MatrixD inputs = test::normal_inputs(1, 2, 6).cwiseAbs();
  const VectorD zero = VectorD::Zero(6);
  const auto relu = test::activation("relu");
  const BoundedProblem bounded{
      .inputs = inputs, .labels = zero, .problem = problem, .activation = *relu, .target = nullptr};
  CHECK(std::isinf(plane_bound(bounded, 1, random_functions(inputs), zero).bound));
}

// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/problem/problem.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::problem;

namespace {

ProblemSettings with_inputs(std::string_view inputs, Index dimension) {
  ProblemSettings settings;
  settings.dimension = dimension;
  settings.inputs = inputs;
  return settings;
}

MatrixD draws(const ProblemSettings& settings, Index count, std::int64_t seed = 3) {
  const auto law = settings.inputs->make(settings);
  MatrixD inputs(settings.dimension, count);
  for (Index i = 0; i < count; ++i) {
    random::Stream stream(seed, random::Purpose::inputs, static_cast<std::uint64_t>(i));
    law->draw(stream, inputs.col(i));
  }
  return inputs;
}

/// Mean of `values` and its standard error.
struct Mean {
  explicit Mean(const VectorD& values) {
    const auto n = static_cast<double>(values.size());
    value = values.mean();
    error = std::sqrt((values.array() - value).square().sum() / (n - 1) / n);
  }
  [[nodiscard]] bool is(double expected) const {
    return std::abs(value - expected) <= 4.5 * error + 1e-12;
  }
  double value, error;
};

}  // namespace

TEST_CASE(
    "every input law has mean 0, and its E ||x||^2 is d, of ball and gaussian-spiked another") {
  for (const std::string_view name : names_of<InputLawKind>()) {
    if (name == "file") continue;
    for (const Index dimension : {1, 6}) {
      CAPTURE(name, dimension);
      const MatrixD x = draws(with_inputs(name, dimension), 40000);
      for (Index k = 0; k < dimension; ++k) CHECK(Mean(x.row(k).transpose()).is(0));
      const auto d = static_cast<double>(dimension);
      const double effective_dimension = std::min(d, 2.0);
      CHECK(Mean(x.colwise().squaredNorm().transpose())
                .is(name == "ball"              ? d * d / (d + 2)
                    : name == "gaussian-spiked" ? effective_dimension
                                                : d));
    }
  }
  CHECK(Problem(with_inputs("file", 3)).input_law() == nullptr);
  CHECK_THROWS_AS(Choice<InputLawKind>("cauchy"), Error);
}

TEST_CASE("the variances of gaussian-powerlaw are a power law of sum d") {
  ProblemSettings settings = with_inputs("gaussian-powerlaw", 5);
  settings.powerlaw_exponent = 1.5;
  const VectorD variances = settings.inputs->make(settings)->gaussian_variances().value();
  CHECK(variances.sum() == Approx(5));
  CHECK(variances(3) / variances(0) == Approx(std::pow(4.0, -1.5)));
  const MatrixD x = draws(settings, 40000);
  for (Index k = 0; k < 5; ++k) {
    CHECK(Mean(x.row(k).cwiseAbs2().transpose()).is(variances(k)));
    // Gaussian: E x^4 = 3 v^2.
    CHECK(Mean(x.row(k).array().pow(4).matrix().transpose()).is(3 * variances(k) * variances(k)));
    CHECK(Mean(x.row(k).cwiseProduct(x.row((k + 1) % 5)).transpose()).is(0));
  }
  settings.powerlaw_exponent = 0;
  CHECK(settings.inputs->make(settings)->gaussian_variances() ==
        Problem(with_inputs("gaussian", 5)).input_law()->gaussian_variances());
}

TEST_CASE(
    "gaussian-spiked: variance 1 in the first direction, equal ones in the others, of the trace "
    "asked for") {
  ProblemSettings settings = with_inputs("gaussian-spiked", 5);
  settings.effective_dimension = 3;
  const VectorD variances = settings.inputs->make(settings)->gaussian_variances().value();
  CHECK(variances == VectorD{{1, 0.5, 0.5, 0.5, 0.5}});
  const MatrixD x = draws(settings, 40000);
  for (Index k = 0; k < 5; ++k) {
    CHECK(Mean(x.row(k).cwiseAbs2().transpose()).is(variances(k)));
    CHECK(Mean(x.row(k).array().pow(4).matrix().transpose()).is(3 * variances(k) * variances(k)));
    CHECK(Mean(x.row(k).cwiseProduct(x.row((k + 1) % 5)).transpose()).is(0));
  }
  settings.effective_dimension = 5;
  CHECK(settings.inputs->make(settings)->gaussian_variances() == VectorD(VectorD::Ones(5)));
}

TEST_CASE("cube: independent components, uniform on [-sqrt 3, sqrt 3]") {
  const MatrixD x = draws(with_inputs("cube", 3), 40000);
  CHECK(x.cwiseAbs().maxCoeff() <= std::sqrt(3.0));
  CHECK(x.cwiseAbs().maxCoeff() > 0.999 * std::sqrt(3.0));
  for (Index k = 0; k < 3; ++k) {
    CHECK(Mean(x.row(k).cwiseAbs2().transpose()).is(1));
    CHECK(Mean(x.row(k).array().pow(4).matrix().transpose()).is(9.0 / 5));
    CHECK(Mean((x.row(k).array() > 1).cast<double>().matrix().transpose())
              .is((1 - 1 / std::sqrt(3.0)) / 2));
  }
  CHECK(Mean(x.row(0).cwiseAbs2().cwiseProduct(x.row(1).cwiseAbs2()).transpose()).is(1));
}

TEST_CASE("ball: uniform within the radius sqrt(d)") {
  for (const Index dimension : {1, 2, 5}) {
    CAPTURE(dimension);
    const auto d = static_cast<double>(dimension);
    const MatrixD x = draws(with_inputs("ball", dimension), 40000);
    CHECK(x.colwise().norm().maxCoeff() <= std::sqrt(d));
    // P(||x|| < r sqrt d) = r^d
    for (const double r : {0.5, 0.8}) {
      const auto within = (x.colwise().norm().array() < r * std::sqrt(d)).cast<double>();
      CHECK(Mean(within.matrix().transpose()).is(std::pow(r, d)));
    }
    // E x_1^4 = 3 R^4 / ((d + 2) (d + 4))
    CHECK(Mean(x.row(0).array().pow(4).matrix().transpose()).is(3 * d * d / ((d + 2) * (d + 4))));
  }
}

TEST_CASE("problem.input-scale multiplies the inputs of every law, its variances and its radius") {
  for (const std::string_view name : names_of<InputLawKind>()) {
    if (name == "file") continue;
    CAPTURE(name);
    ProblemSettings settings = with_inputs(name, 4);
    const Problem unscaled(settings);
    settings.input_scale = 0.25;
    for (const bool appends_one : {false, true}) {
      const Problem scaled(settings, nullptr, appends_one);
      const MatrixD x = scaled.data_set(scaled.index_model(1), 1, 20).inputs;
      CHECK(x.topRows(4) == 0.25 * unscaled.data_set(unscaled.index_model(1), 1, 20).inputs);
      if (appends_one) CHECK(x.row(4) == MatrixD(MatrixD::Ones(1, 20)));
      const auto variances = scaled.input_law()->gaussian_variances();
      CHECK(variances.has_value() == unscaled.input_law()->gaussian_variances().has_value());
      if (variances) CHECK(*variances == *unscaled.input_law()->gaussian_variances() / 16);
      const auto radius = scaled.input_law()->sphere_radius();
      CHECK(radius.has_value() == (name == "sphere"));
      if (radius) CHECK(*radius == 0.5);
    }
  }
  // The published U[-1/2, 1/2].
  ProblemSettings settings = with_inputs("cube", 20);
  settings.input_scale = 1 / (2 * std::sqrt(3.0));
  const MatrixD x = Problem(settings).test_inputs(1);
  CHECK(x.cwiseAbs().maxCoeff() == Approx(0.5).epsilon(1e-5));
  CHECK(x.cwiseAbs().maxCoeff() <= 0.5);
}

TEST_CASE("only Gaussian and spherical laws report that they are") {
  for (const std::string_view name : names_of<InputLawKind>()) {
    if (name == "file") continue;
    CAPTURE(name);
    const Problem problem(with_inputs(name, 4));
    const InputLaw* const law = problem.input_law();
    CHECK(law->gaussian_variances().has_value() == name.starts_with("gaussian"));
    CHECK(law->sphere_radius().has_value() == (name == "sphere"));
  }
}

TEST_CASE("sphere: all of radius sqrt(d), in no preferred direction") {
  const MatrixD x = draws(with_inputs("sphere", 4), 40000);
  CHECK((x.colwise().norm().array() - 2).abs().maxCoeff() < 1e-14);
  CHECK(Problem(with_inputs("sphere", 4)).input_law()->sphere_radius() == 2.0);
  // E x_1^4 = 3 r^4 / (d (d + 2))
  CHECK(Mean(x.row(0).array().pow(4).matrix().transpose()).is(3.0 * 16 / 24));
}

TEST_CASE("rademacher: components 1 and -1, independent of each other") {
  const MatrixD x = draws(with_inputs("rademacher", 3), 40000);
  CHECK((x.array().abs() == 1).all());
  CHECK(Mean(x.row(0).cwiseProduct(x.row(1)).transpose()).is(0));
  CHECK(Mean(x.colwise().prod().transpose()).is(0));
}

TEST_CASE("student-t: variance 1, the kurtosis and the tail of t_nu, independent components") {
  ProblemSettings settings = with_inputs("student-t", 2);
  settings.degrees_of_freedom = 12;
  const MatrixD x = draws(settings, 200000);
  CHECK(Mean(x.row(0).cwiseAbs2().transpose()).is(1));
  // E x^4 = 3 (nu - 2) / (nu - 4)
  CHECK(Mean(x.row(0).array().pow(4).matrix().transpose()).is(3.0 * 10 / 8));
  CHECK(Mean(x.row(0).cwiseAbs2().cwiseProduct(x.row(1).cwiseAbs2()).transpose()).is(1));
  // For nu = 4, P(|t| < q) = s (3 - s^2) / 2 with s = q / sqrt(q^2 + 4), where t = x sqrt(2).
  settings.degrees_of_freedom = 4;
  const MatrixD heavy = draws(settings, 100000);
  for (const double q : {0.5, 2.0, 6.0}) {
    const double s = q / std::sqrt(q * q + 4);
    const auto within = (heavy.row(0).array().abs() * std::numbers::sqrt2 < q).cast<double>();
    CHECK(Mean(within.matrix().transpose()).is(s * (3 - s * s) / 2));
  }
  // nu -> infinity is the normal law.
  settings.degrees_of_freedom = 1e6;
  const MatrixD normal = draws(settings, 100000);
  const VectorD inside = (normal.row(0).array().abs() < 1.0).cast<double>().matrix().transpose();
  CHECK(Mean(inside).is(std::erf(1 / std::numbers::sqrt2)));
}

TEST_CASE("mixture: the number of clusters that is asked for, centred, of equal width") {
  ProblemSettings settings = with_inputs("mixture", 3);
  settings.components = 2;
  settings.separation = 50;
  // Two far apart components of mean 0 lie opposite to each other: x along the line between them
  // has a variance of nearly all of d, and what is across it that of the components.
  const MatrixD x = draws(settings, 40000);
  const MatrixD covariance = x * x.transpose() / 40000;
  CHECK(covariance.trace() == Approx(3).epsilon(0.01));
  const VectorD first = x.col(0).normalized();
  CHECK(first.dot(covariance * first) > 2.9);
  const VectorD side = (first.transpose() * x).transpose();
  CHECK(Mean((side.array() > 0).cast<double>().matrix()).is(0.5));
  // A single component is a standard Gaussian.
  settings.components = 1;
  const MatrixD alone = draws(settings, 40000);
  CHECK(Mean(alone.row(1).array().pow(4).matrix().transpose()).is(3));
}

TEST_CASE("links are the functions of their names, and equal to their polynomials") {
  const double s6 = std::sqrt(6.0);
  const std::vector<std::pair<std::string, std::function<double(double)>>> expected = {
      {"relu", [](double z) { return std::max(z, 0.0); }},
      {"leaky-relu", [](double z) { return z > 0 ? z : 0.25 * z; }},
      {"abs", [](double z) { return std::abs(z); }},
      {"relu2", [](double z) { return z > 0 ? z * z : 0.0; }},
      {"relu3", [](double z) { return z > 0 ? z * z * z : 0.0; }},
      {"hermite2", [](double z) { return (z * z - 1) / std::numbers::sqrt2; }},
      {"hermite3", [s6](double z) { return (z * z * z - 3 * z) / s6; }},
      {"tanh", [](double z) { return std::tanh(z); }},
      {"sin", [](double z) { return std::sin(z); }},
      {"sign", [](double z) { return z > 0 ? 1.0 : (z < 0 ? -1.0 : 0.0); }},
      {"identity", [](double z) { return z; }},
      // Without its mean, as the information exponent is 1 by default.
      {"kinks", [](double z) {
         const double u = z - 1;
         return std::max(u + 2, 0.0) - 2 * std::max(u + 1, 0.0) + 2 * std::max(u - 1, 0.0) -
                std::max(u - 2, 0.0) - 0.3020301607014325;
       }}};
  REQUIRE(expected.size() == names_of<LinkKind>().size());
  for (const auto& [name, g] : expected) {
    CAPTURE(name);
    const Link link = make_link(*Choice<LinkKind>(name), 0.25);
    CHECK(link.polynomial.has_value() == (name != "tanh" && name != "sin" && name != "kinks"));
    for (const double z : {-2.5, -1.0, -0.1, 0.0, 0.2, 1.0, 3.0}) {
      CHECK(link.value(z) == Approx(g(z)).margin(1e-15));
    }
  }
  // kinks without its Hermite parts below s: orthogonal to them, by the trapezoidal rule.
  for (const int s : {1, 2, 3, 4}) {
    const Link link = make_link(*Choice<LinkKind>("kinks"), 0, s);
    for (int k = 0; k < 4; ++k) {
      double sum = 0;
      const double h = 1e-4;
      for (int i = -100'000; i <= 100'000; ++i) {
        const double z = h * i;
        const std::array<double, 4> hermite = {1, z, (z * z - 1) / std::numbers::sqrt2,
                                               (z * z * z - 3 * z) / s6};
        sum += h * link.value(z) * hermite[static_cast<std::size_t>(k)] * std::exp(-z * z / 2) /
               std::sqrt(2 * std::numbers::pi);
      }
      // alpha_k of f, to the five digits given by an independent program.
      const std::array<double, 4> alpha = {.30203, -.11450, -.31987, -.01605};
      CHECK(std::abs(sum - (k < s ? 0 : alpha[static_cast<std::size_t>(k)])) <
            (k < s ? 1e-8 : 6e-6));
    }
  }
  CHECK_THROWS_AS(Choice<LinkKind>("cosh"), Error);
}

// SPDX-License-Identifier: MIT
/// Certificates against brute force in 100 decimal digits: on small data sets of every awkward kind no
/// direction has |l.sigma(X w)| above kappa(l) g(w), and no exact interpolator is below the bound.
#include "flatgrid/algorithm/flattest/certificate.hpp"

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"
#include "flatgrid/algorithm/flattest/integers.hpp"
#include "flatgrid/algorithm/flattest/two_stage_search.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

using Real = boost::multiprecision::cpp_bin_float_100;
using RealVector = std::vector<Real>;

constexpr int k_kinds = 10;

double within(random::Stream& stream, double low, double high) {
  return low + (high - low) * stream.uniform();
}

/// Samples [d, n], d <= 3 and n <= 6, of a kind from 0 to 9.
MatrixD awkward_inputs(int kind, random::Stream& stream) {
  const Index d = 2 + static_cast<Index>(2 * stream.uniform());
  const Index n = 2 + static_cast<Index>(5 * stream.uniform());
  MatrixD inputs(d, n);
  for (Index i = 0; i < n; ++i) random::fill_normal(stream, inputs.col(i));
  const double small = std::pow(10, within(stream, -14, -4));
  const Index last = n - 1;
  const VectorD kick = test::normal_inputs(static_cast<std::int64_t>(1e6 * stream.uniform()), d, 1);
  switch (kind) {
    case 1:  // two equal samples, or two on one ray
      inputs.col(last) = inputs.col(0) * (stream.uniform() < 0.5 ? 1 : 3);
      break;
    case 2:  // one sample is nearly a multiple of another
      inputs.col(last) = within(stream, -2, 2) * inputs.col(0) + small * kick;
      break;
    case 3:  // one sample is nearly a combination of two others
      inputs.col(last) = inputs.col(0) - 0.7 * inputs.col(n > 2 ? 1 : 0) + small * kick;
      break;
    case 4:  // nearly collinear coordinates
      for (Index i = 0; i < n; ++i) inputs(d - 1, i) = inputs(0, i) + small * inputs(d - 1, i);
      break;
    case 5:  // small integers, zero samples among them
      inputs = (1.5 * inputs).array().round();
      break;
    case 6:  // samples of very different lengths
      for (Index i = 0; i < n; ++i) inputs.col(i) *= std::pow(10, within(stream, -8, 8));
      break;
    case 7:  // coordinates in very different units
      for (Index a = 0; a < d; ++a) inputs.row(a) *= std::pow(10, within(stream, -8, 8));
      break;
    case 8:  // opposite samples, nearly or exactly
      inputs.col(last) = -inputs.col(0);
      if (stream.uniform() < 0.5) inputs.col(last) += small * kick;
      break;
    case 9:  // very large or very small
      inputs *= stream.uniform() < 0.5 ? 1e140 : 1e-140;
      break;
    default:
      break;
  }
  return inputs;
}

/// Outputs of a network of two neurons, or random labels.
VectorD labels_for(const MatrixD& inputs, double slope, random::Stream& stream) {
  const double unit = inputs.cwiseAbs().maxCoeff();
  VectorD labels(inputs.cols());
  random::fill_normal(stream, labels);
  if (stream.uniform() < 0.5) return labels;
  VectorD u(inputs.rows()), v(inputs.rows());
  random::fill_normal(stream, u);
  random::fill_normal(stream, v);
  for (Index i = 0; i < labels.size(); ++i)
    labels(i) = test::sigma(u.dot(inputs.col(i)) / unit, slope) -
                test::sigma(v.dot(inputs.col(i)) / unit, slope);
  return labels;
}

/// Features and gauges on the samples, computed with 100 digits.
struct Exact {
  MatrixD inputs;
  double slope;
  double square_at_zero;
  GaugeKind gauge;

  /// sigma(w.x_i) [n] and g(w). A sum w.x_i in which 70 digits cancel counts as 0.
  std::pair<RealVector, Real> feature(const RealVector& w) const {
    RealVector values;
    Real first = 0, second = 0;
    for (Index i = 0; i < inputs.cols(); ++i) {
      Real z = 0, mass = 0, square = 0;
      for (Index a = 0; a < inputs.rows(); ++a) {
        const Real term = w[static_cast<std::size_t>(a)] * inputs(a, i);
        z += term;
        mass += abs(term);
        square += Real(inputs(a, i)) * inputs(a, i);
      }
      if (abs(z) <= mass * Real(1e-70)) z = 0;
      values.push_back(z > 0 ? z : Real(z * slope));
      first += values.back() * values.back();
      second += square * (z > 0 ? 1.0 : z < 0 ? slope * slope : square_at_zero);
    }
    if (gauge == GaugeKind::path_norm) {
      Real square = 0;
      for (const Real& value : w) square += value * value;
      return {values, Real(sqrt(square))};
    }
    return {values, Real(2 * sqrt(first) * sqrt(second) / inputs.cols())};
  }

  /// The normals of all sets of d - 1 samples, sums of two normals, and random directions, each with both signs.
  std::vector<RealVector> directions(random::Stream& stream) const {
    const Index d = inputs.rows();
    const auto x = [&](Index a, Index i) { return Real(inputs(a, i)); };
    std::vector<RealVector> found;
    for (Index i = 0; i < inputs.cols(); ++i) {
      if (d == 2) found.push_back({-x(1, i), x(0, i)});
      for (Index j = 0; d == 3 && j < i; ++j)
        found.push_back({x(1, i) * x(2, j) - x(2, i) * x(1, j),
                         x(2, i) * x(0, j) - x(0, i) * x(2, j),
                         x(0, i) * x(1, j) - x(1, i) * x(0, j)});
    }
    std::erase_if(found, [](const RealVector& w) {
      return std::ranges::all_of(w, [](const Real& value) { return value == 0; });
    });
    for (RealVector& w : found) {
      Real size = 0;
      for (const Real& value : w) size += abs(value);
      for (Real& value : w) value /= size;
    }
    const std::size_t vertices = found.size();
    for (std::size_t k = 0; k < vertices; ++k)
      for (std::size_t j = 0; j < k; ++j)
        for (const double sign : {1.0, -1.0}) {
          RealVector w;
          for (std::size_t a = 0; a < found[k].size(); ++a)
            w.push_back(found[k][a] + sign * found[j][a]);
          found.push_back(std::move(w));
        }
    for (int k = 0; k < 20; ++k) {
      RealVector w;
      for (Index a = 0; a < d; ++a)
        w.push_back(Real(within(stream, -1, 1)) / inputs.row(a).cwiseAbs().maxCoeff());
      found.push_back(std::move(w));
    }
    const std::size_t count = found.size();
    for (std::size_t k = 0; k < count; ++k) {
      found.push_back(found[k]);
      for (Real& value : found.back()) value = -value;
    }
    return found;
  }
};

/// x of A x = b by elimination with row pivoting; empty if A [n][n] is singular to 60 digits.
RealVector solved(std::vector<RealVector> a, RealVector b) {
  const std::size_t n = b.size();
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t pivot = c;
    for (std::size_t i = c + 1; i < n; ++i)
      if (abs(a[i][c]) > abs(a[pivot][c])) pivot = i;
    if (abs(a[pivot][c]) < Real(1e-60)) return {};
    std::swap(a[c], a[pivot]);
    std::swap(b[c], b[pivot]);
    for (std::size_t i = 0; i < n; ++i) {
      if (i == c) continue;
      const Real factor = a[i][c] / a[c][c];
      for (std::size_t j = c; j < n; ++j) a[i][j] -= factor * a[c][j];
      b[i] -= factor * b[c];
    }
  }
  for (std::size_t i = 0; i < n; ++i) b[i] /= a[i][i];
  return b;
}

/// The result of one data set.
struct Outcome {
  bool certified = false;
  int interpolators = 0;
};

Outcome examine(int kind, std::int64_t seed, GaugeKind gauge) {
  random::Stream stream(seed, random::Purpose::test_set, static_cast<std::uint64_t>(100 + kind));
  const double slope = std::array{0.0, 0.1, -1.0}[static_cast<std::size_t>(3 * stream.uniform())];
  const double at_zero = slope == -1 ? 0 : slope;
  FlattestProblem problem;
  problem.gauge = gauge;
  problem.inputs = awkward_inputs(kind, stream);
  problem.labels = labels_for(problem.inputs, slope, stream);
  for (Index i = 0; i < problem.labels.size(); ++i)
    if (problem.inputs.col(i).isZero(0)) problem.labels(i) = 0;
  problem.slope = slope;
  problem.derivative_at_zero = at_zero;
  problem.seed = seed;
  const FlattestResult result = find_flattest(problem);
  CAPTURE(kind, seed, slope, problem.inputs, problem.labels, result.lower_bound, result.cost);
  Outcome outcome;
  if (result.kind == algorithm::BoundKind::none) return outcome;
  const Real bound = result.lower_bound;
  outcome.certified = result.kind == algorithm::BoundKind::certified;
  // A bound on the path norm is certified only if the samples span their space.
  if (gauge == GaugeKind::path_norm && result.lower_bound > 0) {
    CHECK(outcome.certified == (exact_samples(problem.inputs).rank == problem.inputs.rows()));
    if (!outcome.certified) return outcome;
  }
  // For abs there is a gap by definition (gauge.hpp). With nearly dependent samples doubles may have no better fit.
  // Different units of the coordinates do not change the flatness, but for the path norm they make samples nearly
  // dependent.
  const bool well_conditioned =
      kind == 0 || kind == 1 || kind == 9 || (kind == 7 && gauge == GaugeKind::flatness);
  if (slope != -1 && well_conditioned) {
    CHECK(result.interpolates);
    CHECK(result.gap <= 1e-6);
  }
  const Exact exact{problem.inputs, slope, at_zero * at_zero, gauge};
  const std::vector<RealVector> directions = exact.directions(stream);
  Real gain = 0, fitted = 0;  // l.y and l.f(X)
  for (Index i = 0; i < problem.labels.size(); ++i)
    gain += Real(result.multipliers(i)) * problem.labels(i);
  for (Index j = 0; j < result.network.width(); ++j) {
    RealVector w;
    for (Index a = 0; a < problem.inputs.rows(); ++a) w.push_back(result.network.inner(j, a));
    const RealVector values = exact.feature(w).first;
    for (std::size_t i = 0; i < values.size(); ++i)
      fitted +=
          Real(result.multipliers(static_cast<Index>(i))) * values[i] * result.network.outer(j);
  }
  // A network with a residual satisfies F >= l.f(X) / kappa(l). Its F was computed in double precision.
  if (result.interpolates) CHECK(result.cost * gain >= bound * fitted * (1 - Real(1e-7)));
  // Columns sigma(X w) / g(w): the outputs of a neuron of cost 1.
  std::vector<RealVector> columns;
  int above = 0;
  for (const RealVector& w : directions) {
    auto [values, gauge] = exact.feature(w);
    if (gauge == 0) continue;
    Real product = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] /= gauge;
      product += Real(result.multipliers(static_cast<Index>(i))) * values[i];
    }
    if (bound * abs(product) > gain * (1 + Real(1e-25))) ++above;
    columns.push_back(std::move(values));
  }
  CHECK(above == 0);

  // Exact interpolators with n random directions; every second draw prefers directions at the front, the vertices.
  const auto n = static_cast<std::size_t>(problem.labels.size());
  int below = 0;
  for (int trial = 0; trial < 12 && !columns.empty(); ++trial) {
    std::vector<RealVector> matrix(n, RealVector(n));
    RealVector right;
    for (std::size_t j = 0; j < n; ++j) {
      const double place = std::pow(stream.uniform(), trial % 2 == 0 ? 1 : 3);
      const RealVector& column =
          columns[static_cast<std::size_t>(place * static_cast<double>(columns.size()))];
      for (std::size_t i = 0; i < n; ++i) matrix[i][j] = column[i];
      right.push_back(problem.labels(static_cast<Index>(j)));
    }
    const RealVector b = solved(matrix, right);
    if (b.empty()) continue;
    Real flatness = 0;
    for (const Real& value : b) flatness += abs(value);
    ++outcome.interpolators;
    if (bound > flatness * (1 + Real(1e-25))) ++below;
  }
  CHECK(below == 0);
  return outcome;
}

void examine_all(std::int64_t first, std::int64_t count, GaugeKind gauge) {
  for (int kind = 0; kind < k_kinds; ++kind) {
    int certified = 0, interpolators = 0;
    for (std::int64_t seed = first; seed < first + count; ++seed) {
      const Outcome outcome = examine(kind, seed, gauge);
      certified += outcome.certified ? 1 : 0;
      interpolators += outcome.interpolators;
    }
    CAPTURE(kind, certified, interpolators);
    CHECK(certified > count / 4);
    CHECK(interpolators > count / 4);
  }
}

}  // namespace

TEST_CASE("no certificate exceeds the bound of a direction or the cost of an interpolator") {
  examine_all(0, 12, GaugeKind::flatness);
  examine_all(0, 12, GaugeKind::path_norm);
}

TEST_CASE(
    "no certificate exceeds the bound of a direction or the cost of an interpolator, thousands of "
    "cases",
    "[slow]") {
  examine_all(1000, 200, GaugeKind::flatness);
  examine_all(1000, 200, GaugeKind::path_norm);
}

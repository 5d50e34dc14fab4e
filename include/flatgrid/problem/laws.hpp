// SPDX-License-Identifier: MIT
/// The laws a learning problem is made of: inputs, targets, links, directions, label noise. Each is
/// an entry of a table that a configuration chooses from.
///
/// An input law is one file in `src/problem/inputs/` and one line in the table of `laws.cpp`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/network/half_line_polynomial.hpp"
#include "flatgrid/problem/input_law.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::problem {

struct InputLawKind {
  std::string_view name;
  std::unique_ptr<InputLaw> (*make)(const ProblemSettings&);  ///< null: data from outside
  bool has_all_moments = true;  ///< else those below problem.degrees-of-freedom

  [[nodiscard]] bool is_file() const { return make == nullptr; }
  static std::span<const InputLawKind> table();
};

/// The link g of a single-index model, z -> g(z).
///
/// relu, leaky-relu, abs, relu2 = relu(z)^2, relu3 = relu(z)^3, tanh, sin, identity, sign with
/// sign(0) = 0, and the Hermite polynomials normalized to E g(z)^2 = 1 for standard normal z:
/// hermite2 = (z^2 - 1) / sqrt 2, hermite3 = (z^3 - 3 z) / sqrt 6.
struct Link {
  std::function<double(double)> value;
  std::optional<network::HalfLinePolynomial> polynomial;  ///< all but tanh and sin have one
};

struct LinkKind {
  std::string_view name;
  /// The polynomial of a leaky slope; null: none, see `function`.
  network::HalfLinePolynomial (*polynomial)(double leaky_slope);
  double (*function)(double) = nullptr;  ///< g where it is no polynomial

  static std::span<const LinkKind> table();
};

/// How the target f* is made of z_s = u_s . x and the coefficients c_s; see `IndexModel`.
struct TargetKind {
  std::string_view name;
  /// f* of c [r] and z [r]; null: the sum of single-index models, which needs the link.
  double (*value)(const VectorD& c, const VectorD& z);
  /// The power of ||x|| with which it grows for r indices; of the sum that of its link.
  int (*growth)(Index indices);

  [[nodiscard]] bool is_sum() const { return value == nullptr; }
  static std::span<const TargetKind> table();
};

/// Where the index directions of a seed come from: uniform on the sphere, orthonormal or each by
/// itself; or the first axes of the inputs, the same for all seeds.
struct DirectionsKind {
  std::string_view name;
  bool orthonormal;
  /// Unit vectors [d, r] of standard normals [d, r].
  MatrixD (*directions)(const MatrixD& normals);

  static std::span<const DirectionsKind> table();
};

/// Which rows of a data file the samples of a seed are: the first, the same for all seeds, or rows that
/// each seed draws.
struct DataSplitKind {
  std::string_view name;
  bool draws;

  static std::span<const DataSplitKind> table();
};

/// A law of the label noise xi: mean 0, variance 1.
struct NoiseLaw {
  std::string_view name;
  double (*draw)(random::Stream& stream);

  static std::span<const NoiseLaw> table();
};

Link make_link(const LinkKind& kind, double leaky_slope);

}  // namespace flatgrid::problem

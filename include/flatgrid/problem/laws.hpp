// SPDX-License-Identifier: MIT
/// The laws of a learning problem: inputs, targets, links, directions, label noise. Each law is an entry
/// of a table; a configuration chooses it by name.
///
/// An input law is one file in `src/problem/inputs/` and one line in the table of `laws.cpp`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/network/half_line_polynomial.hpp"
#include "flatgrid/problem/input_law.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::problem {

struct InputLawKind {
  std::string_view name;
  std::unique_ptr<InputLaw> (*make)(const ProblemSettings&);  ///< null: data from a file
  bool has_all_moments = true;  ///< false: only moments below problem.degrees-of-freedom exist

  [[nodiscard]] bool is_file() const { return make == nullptr; }
  static std::span<const InputLawKind> table();
};

/// The link g of a single-index model, z -> g(z).
///
/// relu, leaky-relu, abs, relu2 = relu(z)^2, relu3 = relu(z)^3, tanh, sin, identity, sign with
/// sign(0) = 0, and the Hermite polynomials normalized to E g(z)^2 = 1 for standard normal z:
/// hermite2 = (z^2 - 1) / sqrt 2, hermite3 = (z^3 - 3 z) / sqrt 6.
///
/// kinks = f - sum_{k < s} alpha_k h_k with the piecewise linear
///   f(z) = relu(z + 1) - 2 relu(z) + 2 relu(z - 2) - relu(z - 3),
/// normalized Hermite polynomials h_k, alpha_k = E f h_k for standard normal z, and the information exponent s
/// (Bietti, Bruna, Sanford, Song 2022).
struct Link {
  /// polynomial(z - shift)
  struct Piece {
    network::HalfLinePolynomial polynomial;
    double shift;
  };
  std::function<double(double)> value;
  std::optional<network::HalfLinePolynomial> polynomial;  ///< empty for kinks, tanh and sin
  std::vector<Piece> pieces = {};                         ///< of kinks: g is their sum
};

struct LinkKind {
  std::string_view name;
  /// The polynomial for a leaky slope; null if g is no polynomial, then `function` is g.
  network::HalfLinePolynomial (*polynomial)(double leaky_slope);
  double (*function)(double) = nullptr;
  /// The pieces of a sum for an information exponent; null for all links but kinks.
  std::vector<Link::Piece> (*pieces)(int information_exponent) = nullptr;

  static std::span<const LinkKind> table();
};

/// The target f* as a function of z_s = u_s . x and the coefficients c_s; see `IndexModel`.
struct TargetKind {
  std::string_view name;
  /// f* of c [r] and z [r]; null for the sum of single-index models, which also needs the link.
  double (*value)(const VectorD& c, const VectorD& z);
  /// The power of ||x|| with which f* grows for r indices; for the sum see `Problem::growth`.
  int (*growth)(Index indices);

  [[nodiscard]] bool is_sum() const { return value == nullptr; }
  static std::span<const TargetKind> table();
};

/// The law of the index directions of a seed: uniform on the sphere, orthonormal or independent; or the
/// first coordinate axes of the inputs, the same for all seeds.
struct DirectionsKind {
  std::string_view name;
  bool orthonormal;
  /// Makes unit vectors [d, r] from standard normals [d, r].
  MatrixD (*directions)(const MatrixD& normals);

  static std::span<const DirectionsKind> table();
};

/// Which rows of a data file are the samples of a seed: the first rows, for all seeds, or random rows, drawn
/// for each seed.
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

/// The largest information exponent of kinks: it removes polynomials of degree at most 3.
inline constexpr int k_largest_information_exponent = 4;

Link make_link(const LinkKind& kind, double leaky_slope, int information_exponent = 1);

}  // namespace flatgrid::problem

// SPDX-License-Identifier: MIT
/// Doubles as exact integers, and linear algebra with integers, without rounding.
///
/// A double is an integer times a power of 2. Scaling a coordinate of all samples by a power of 2 only
/// rescales w and changes no sign of w.x_i. So signs, ranks and ratios of the stored doubles can be
/// computed with integers.
#pragma once

#include <utility>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// An integer of any size; up to 512 bits without allocation.
using Integer = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<512>,
                                              boost::multiprecision::et_off>;
using IntegerVector = std::vector<Integer>;

/// values = integers * 2^exponent.
struct ScaledIntegers {
  IntegerVector integers;
  int exponent = 0;
};

/// Finite doubles as integers, exactly; the integers have no common factor 2.
ScaledIntegers as_integers(const Eigen::Ref<const VectorD>& values);

/// value * 2^-exponent as a double, with a relative error of 2^-52 for results of at least 1e-290.
double as_double(const Integer& value, int exponent);

/// The position of the highest bit of the largest component; 0 for a zero vector.
int highest_bit(const IntegerVector& vector);

Integer dot(const IntegerVector& a, const IntegerVector& b);

/// The reduced echelon form of rows, by Bareiss' elimination (Math. Comp. 22, 1968), whose divisions leave
/// no remainder: row k has `pivot` in column columns[k] and 0 in the columns of the other pivots.
struct Echelon {
  std::vector<IntegerVector> rows;  ///< [rank][width]
  std::vector<Index> columns;       ///< [rank] the pivots, ascending
  Integer pivot = 1;

  [[nodiscard]] Index rank() const { return static_cast<Index>(columns.size()); }
};

/// The echelon form of rows [k][width]; pivots are only in the first `columns` columns. k rank width
/// products.
Echelon echelon(std::vector<IntegerVector> rows, Index columns);

/// A basis of {w [dimension] : row.w = 0 for all rows}.
std::vector<IntegerVector> kernel(std::vector<IntegerVector> rows, Index dimension);

/// Samples as integers, in r coordinates, r their rank.
struct ExactSamples {
  Index rank = 0;                    ///< r, the rank of all samples
  std::vector<IntegerVector> lines;  ///< [L][r]: a vector on each line that contains a sample
  std::vector<Index> line;           ///< [N]: the line of each sample, -1 for a zero sample
  std::vector<int> side;  ///< [N]: sign of x_i relative to the vector of its line, 1 or -1
  /// [N][r]: the samples, each coordinate scaled by its own power of 2.
  std::vector<IntegerVector> inputs;
};

/// Samples [d, N], exactly. Keeps r independent coordinates of the d: every X w equals X_r w' for some w'.
/// At most N r^2 d integer products.
ExactSamples exact_samples(const MatrixD& inputs);

/// The signs of v.x for many v and x: computed in doubles if rounding cannot change the sign, else with
/// integers.
class ExactSigns {
 public:
  explicit ExactSigns(const std::vector<IntegerVector>& vectors);

  /// A vector v, exact and rounded to doubles.
  struct Direction {
    IntegerVector exact;
    VectorD rounded;
  };
  static Direction direction(IntegerVector vector);
  /// The sign of direction.vectors[k]: -1, 0, 1.
  [[nodiscard]] int of(const Direction& direction, Index k) const;

 private:
  const std::vector<IntegerVector>& vectors_;
  MatrixD rounded_;  ///< [r, L], each scaled by a power of 2
};

}  // namespace flatgrid::flattest

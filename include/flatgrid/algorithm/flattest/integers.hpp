// SPDX-License-Identifier: MIT
/// Doubles as exact integers, and linear algebra over them without any rounding.
///
/// A double is an integer times a power of 2. A coordinate of all samples times a power of 2 changes
/// no sign of any w.x_i (w is measured in other units), so that questions about signs, ranks and
/// ratios of the stored doubles are questions about integers.
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

/// Finite doubles, exactly; the integers have no common factor 2.
ScaledIntegers as_integers(const Eigen::Ref<const VectorD>& values);

/// value * 2^-exponent as a double with a relative error of 2^-52 (no result is subnormal unless it
/// is below 1e-290).
double as_double(const Integer& value, int exponent);

/// The position of the highest bit of the largest component; 0 of zeros.
int highest_bit(const IntegerVector& vector);

Integer dot(const IntegerVector& a, const IntegerVector& b);

/// Rows brought to reduced echelon form by Bareiss' elimination (Math. Comp. 22, 1968), whose
/// divisions leave no remainder: row k has `pivot` in column columns[k] and 0 in the other pivots'.
struct Echelon {
  std::vector<IntegerVector> rows;  ///< [rank][width]
  std::vector<Index> columns;       ///< [rank] the pivots, ascending
  Integer pivot = 1;

  [[nodiscard]] Index rank() const { return static_cast<Index>(columns.size()); }
};

/// Of rows [k][width]; pivots are sought in the first `columns` columns. k rank width products.
Echelon echelon(std::vector<IntegerVector> rows, Index columns);

/// A basis of {w [dimension] : row.w = 0 for all rows}.
std::vector<IntegerVector> kernel(std::vector<IntegerVector> rows, Index dimension);

/// Samples as integers, in as many coordinates as they have dimensions.
struct ExactSamples {
  Index rank = 0;                    ///< r, of all samples
  std::vector<IntegerVector> lines;  ///< [L][r]: every line on which a sample lies, once
  std::vector<Index> line;           ///< [N]: the line of each sample, -1 for a zero sample
  std::vector<int> side;  ///< [N]: x_i is on the side of its line's vector (1) or not (-1)
  /// [N][r]: the samples themselves, each coordinate times a power of 2 of its own.
  std::vector<IntegerVector> inputs;
};

/// Samples [d, N], exactly. Of d coordinates r independent ones are kept: any X w is X_r w' for some
/// w'. N r^2 d integer products at most.
ExactSamples exact_samples(const MatrixD& inputs);

/// The signs of v.x for many v and x: in doubles where they are certain, else with integers.
class ExactSigns {
 public:
  explicit ExactSigns(const std::vector<IntegerVector>& vectors);

  /// A vector whose products are asked for.
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

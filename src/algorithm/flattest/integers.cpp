// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/integers.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>

namespace flatgrid::flattest {

ScaledIntegers as_integers(const Eigen::Ref<const VectorD>& values) {
  ScaledIntegers result;
  std::vector<std::int64_t> mantissas;
  std::vector<int> exponents;
  bool found = false;
  for (const double value : values) {
    int exponent = 0;
    auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
    exponent -= 53;
    while (mantissa != 0 && mantissa % 2 == 0) mantissa /= 2, ++exponent;
    mantissas.push_back(mantissa);
    exponents.push_back(exponent);
    if (mantissa == 0) continue;
    result.exponent = found ? std::min(result.exponent, exponent) : exponent;
    found = true;
  }
  for (std::size_t i = 0; i < mantissas.size(); ++i) {
    Integer integer = mantissas[i];
    if (mantissas[i] != 0) integer <<= static_cast<unsigned>(exponents[i] - result.exponent);
    result.integers.push_back(std::move(integer));
  }
  return result;
}

double as_double(const Integer& value, int exponent) {
  if (value == 0) return 0;
  const Integer size = abs(value);
  const int shift = std::max(0, static_cast<int>(msb(size)) - 60);
  const auto leading =
      static_cast<double>(static_cast<std::int64_t>(size >> static_cast<unsigned>(shift)));
  return std::ldexp(value < 0 ? -leading : leading, shift - exponent);
}

int highest_bit(const IntegerVector& vector) {
  int highest = 0;
  for (const Integer& x : vector)
    if (x != 0) highest = std::max(highest, static_cast<int>(msb(abs(x))));
  return highest;
}

Integer dot(const IntegerVector& a, const IntegerVector& b) {
  Integer sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

Echelon echelon(std::vector<IntegerVector> rows, Index columns) {
  Echelon result;
  std::size_t rank = 0;
  for (Index column = 0; column < columns && rank < rows.size(); ++column) {
    const auto c = static_cast<std::size_t>(column);
    const auto found = std::find_if(rows.begin() + static_cast<long>(rank), rows.end(),
                                    [&](const IntegerVector& row) { return row[c] != 0; });
    if (found == rows.end()) continue;
    std::swap(*found, rows[rank]);
    const Integer pivot = rows[rank][c];
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i == rank) continue;
      const Integer factor = rows[i][c];
      for (std::size_t j = 0; j < rows[i].size(); ++j)
        rows[i][j] = (pivot * rows[i][j] - factor * rows[rank][j]) / result.pivot;
    }
    result.pivot = pivot;
    result.columns.push_back(column);
    ++rank;
  }
  rows.resize(rank);
  result.rows = std::move(rows);
  return result;
}

std::vector<IntegerVector> kernel(std::vector<IntegerVector> rows, Index dimension) {
  const Echelon form = echelon(std::move(rows), dimension);
  std::vector<IntegerVector> basis;
  for (Index free = 0; free < dimension; ++free) {
    if (std::ranges::binary_search(form.columns, free)) continue;
    IntegerVector w(static_cast<std::size_t>(dimension), Integer(0));
    w[static_cast<std::size_t>(free)] = form.pivot;
    for (std::size_t k = 0; k < form.columns.size(); ++k)
      w[static_cast<std::size_t>(form.columns[k])] = -form.rows[k][static_cast<std::size_t>(free)];
    basis.push_back(std::move(w));
  }
  return basis;
}

ExactSamples exact_samples(const MatrixD& inputs) {
  const Index d = inputs.rows();
  const Index total = inputs.cols();
  std::vector<IntegerVector> coordinates;
  for (Index a = 0; a < d; ++a)
    coordinates.push_back(as_integers(inputs.row(a).transpose()).integers);
  ExactSamples samples;
  std::vector<IntegerVector> all(static_cast<std::size_t>(total));
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const IntegerVector& coordinate : coordinates) all[i].push_back(coordinate[i]);
  // The first independent samples, and with them the coordinates.
  std::vector<IntegerVector> independent;
  Echelon form;
  for (const IntegerVector& x : all) {
    if (form.rank() == d) break;
    independent.push_back(x);
    Echelon longer = echelon(independent, d);
    if (longer.rank() > form.rank())
      form = std::move(longer);
    else
      independent.pop_back();
  }
  samples.rank = form.rank();
  std::map<IntegerVector, Index> numbers;
  for (const IntegerVector& x : all) {
    IntegerVector kept;
    Integer divisor = 0;
    for (const Index column : form.columns) {
      kept.push_back(x[static_cast<std::size_t>(column)]);
      divisor = gcd(divisor, kept.back());
    }
    const auto first = std::ranges::find_if(kept, [](const Integer& value) { return value != 0; });
    samples.side.push_back(first != kept.end() && *first < 0 ? -1 : 1);
    samples.line.push_back(-1);
    if (first != kept.end()) {
      IntegerVector direction;
      for (const Integer& value : kept) direction.push_back(samples.side.back() * value / divisor);
      const auto [place, is_new] =
          numbers.try_emplace(direction, static_cast<Index>(numbers.size()));
      samples.line.back() = place->second;
      if (is_new) samples.lines.push_back(std::move(direction));
    }
    samples.inputs.push_back(std::move(kept));
  }
  return samples;
}

ExactSigns::ExactSigns(const std::vector<IntegerVector>& vectors)
    : vectors_(vectors),
      rounded_(vectors.empty() ? 0 : static_cast<Index>(vectors.front().size()),
               static_cast<Index>(vectors.size())) {
  for (Index k = 0; k < rounded_.cols(); ++k)
    rounded_.col(k) = direction(vectors[static_cast<std::size_t>(k)]).rounded;
}

ExactSigns::Direction ExactSigns::direction(IntegerVector vector) {
  const int exponent = highest_bit(vector);
  VectorD rounded(static_cast<Index>(vector.size()));
  for (Index a = 0; a < rounded.size(); ++a)
    rounded(a) = as_double(vector[static_cast<std::size_t>(a)], exponent);
  return {.exact = std::move(vector), .rounded = std::move(rounded)};
}

int ExactSigns::of(const Direction& direction, Index k) const {
  double sum = 0;
  double permanent = 0;
  for (Index a = 0; a < rounded_.rows(); ++a) {
    const double term = direction.rounded(a) * rounded_(a, k);
    sum += term;
    permanent += std::abs(term);
  }
  // Two factors, each to 2^-52, their product and at most r sums: (r + 6) 2^-52 of the permanent;
  // what underflows is below 1e-290.
  const double doubt =
      static_cast<double>(rounded_.rows() + 8) * std::numeric_limits<double>::epsilon() * permanent;
  if (permanent > 1e-280 && std::abs(sum) > doubt) return sum > 0 ? 1 : -1;
  const Integer exact = dot(direction.exact, vectors_[static_cast<std::size_t>(k)]);
  return exact > 0 ? 1 : exact < 0 ? -1 : 0;
}

}  // namespace flatgrid::flattest

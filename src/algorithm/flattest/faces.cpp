// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/faces.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>

#include "flatgrid/base/decompositions.hpp"

namespace flatgrid {

namespace {

using Signs = std::vector<std::int8_t>;

/// Below this, relative to the vectors' lengths, a residual of orthogonalization is 0.
constexpr double k_dependent = 1e-9;
/// Vectors are clearly independent above this; between it and k_rounding_of_units, signs computed in
/// doubles prove nothing.
constexpr double k_clear = 1e-6;

/// The direction that is orthogonal to d - 1 vectors of R^d, the columns of `vectors`; empty if
/// they are dependent.
VectorD normal_of(const MatrixD& vectors) {
  const Index d = vectors.rows();
  if (d == 1) return VectorD::Ones(1);
  const PivotedQr<double> qr(vectors, k_dependent);
  if (qr.rank() < d - 1) return {};
  return qr.complement();
}

/// Calls `visit(subset)` for every subset of `size` of the numbers 0 .. count - 1.
template <class Visit>
void for_each_subset(Index count, Index size, const Visit& visit) {
  std::vector<Index> subset(static_cast<std::size_t>(size));
  for (Index k = 0; k < size; ++k) subset[static_cast<std::size_t>(k)] = k;
  if (size > count) return;
  while (true) {
    visit(subset);
    Index k = size - 1;
    while (k >= 0 && subset[static_cast<std::size_t>(k)] == count - size + k) --k;
    if (k < 0) return;
    ++subset[static_cast<std::size_t>(k)];
    for (Index j = k + 1; j < size; ++j)
      subset[static_cast<std::size_t>(j)] = subset[static_cast<std::size_t>(j - 1)] + 1;
  }
}

/// All 3^count sign patterns.
std::vector<Signs> all_signs(Index count) {
  std::vector<Signs> patterns{Signs(static_cast<std::size_t>(count), 0)};
  for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k) {
    const std::size_t size = patterns.size();
    for (std::size_t p = 0; p < size; ++p)
      for (const std::int8_t sign : {std::int8_t{1}, std::int8_t{-1}}) {
        patterns.push_back(patterns[p]);
        patterns.back()[k] = sign;
      }
  }
  return patterns;
}

std::vector<Signs> local_faces(const MatrixD& vectors);

/// The faces around the direction `vertex`, at which exactly the vectors numbered `vanishing`
/// vanish: their signs on these, all others having the vertex's.
std::vector<Signs> faces_around(const MatrixD& vectors, const VectorD& vertex,
                                const std::vector<Index>& vanishing) {
  MatrixD across(vectors.rows(), static_cast<Index>(vanishing.size()));
  for (Index k = 0; k < across.cols(); ++k) {
    const auto x = vectors.col(vanishing[static_cast<std::size_t>(k)]);
    across.col(k) = (x - vertex * vertex.dot(x)).normalized();
  }
  return local_faces(across);
}

/// All faces of the arrangement of the unit vectors [d, k], the origin among them: their signs.
std::vector<Signs> local_faces(const MatrixD& vectors) {
  const Index count = vectors.cols();
  if (count == 0) return {Signs{}};
  const PivotedQr<double> qr(vectors, k_dependent);
  const Index rank = qr.rank();
  if (rank == count) return all_signs(count);
  const MatrixD spanned = qr.range().transpose() * vectors;  // [rank, k]
  std::set<Signs> found{Signs(static_cast<std::size_t>(count), 0)};
  std::set<std::vector<Index>> seen;  // vertices, by the vectors that vanish there
  for_each_subset(count, rank - 1, [&](const std::vector<Index>& subset) {
    const VectorD vertex = normal_of(spanned(Eigen::all, subset));
    if (vertex.size() == 0) return;
    const VectorD z = spanned.transpose() * vertex;
    std::vector<Index> vanishing;
    for (Index i = 0; i < count; ++i)
      if (std::abs(z(i)) <= k_dependent) vanishing.push_back(i);
    if (static_cast<Index>(vanishing.size()) == count || !seen.insert(vanishing).second) return;
    const auto around = faces_around(spanned, vertex, vanishing);
    for (const double side : {1.0, -1.0})
      for (const Signs& local : around) {
        Signs signs(static_cast<std::size_t>(count));
        for (Index i = 0; i < count; ++i)
          signs[static_cast<std::size_t>(i)] = side * z(i) > 0 ? 1 : -1;
        for (std::size_t k = 0; k < vanishing.size(); ++k)
          signs[static_cast<std::size_t>(vanishing[k])] = local[k];
        found.insert(std::move(signs));
      }
  });
  return {found.begin(), found.end()};
}

/// A set of faces that knows which it holds already: open addressing over the rows of FaceSigns.
class FaceSet {
 public:
  explicit FaceSet(Index samples) {
    faces_.samples = samples;
    faces_.words = (samples + 63) / 64;
    table_.assign(1U << 12, 0);
  }

  /// Adds a face of [words] words each of plus side and border, unless it is there.
  void insert(const std::vector<std::uint64_t>& plus, const std::vector<std::uint64_t>& border) {
    const auto words = static_cast<std::size_t>(faces_.words);
    std::size_t place = hash(plus.data(), border.data()) & (table_.size() - 1);
    for (; table_[place] != 0; place = (place + 1) & (table_.size() - 1)) {
      const std::size_t row = (table_[place] - 1) * words;
      if (std::equal(plus.begin(), plus.end(), faces_.plus.begin() + static_cast<long>(row)) &&
          std::equal(border.begin(), border.end(), faces_.border.begin() + static_cast<long>(row)))
        return;
    }
    faces_.plus.insert(faces_.plus.end(), plus.begin(), plus.end());
    faces_.border.insert(faces_.border.end(), border.begin(), border.end());
    table_[place] = static_cast<std::uint32_t>(faces_.count());
    if (2 * static_cast<std::size_t>(faces_.count()) > table_.size()) grow();
  }

  FaceSigns take() { return std::move(faces_); }

 private:
  [[nodiscard]] std::size_t hash(const std::uint64_t* plus, const std::uint64_t* border) const {
    std::uint64_t h = 0x9e3779b97f4a7c15U;
    for (Index k = 0; k < faces_.words; ++k)
      for (const std::uint64_t word : {plus[k], border[k]}) {
        h ^= word;
        h *= 0xff51afd7ed558ccdU;
        h ^= h >> 32U;
      }
    return h;
  }
  void grow() {
    table_.assign(2 * table_.size(), 0);
    for (Index face = 0; face < faces_.count(); ++face) {
      const auto row = static_cast<std::size_t>(face * faces_.words);
      std::size_t place = hash(&faces_.plus[row], &faces_.border[row]) & (table_.size() - 1);
      while (table_[place] != 0) place = (place + 1) & (table_.size() - 1);
      table_[place] = static_cast<std::uint32_t>(face + 1);
    }
  }

  FaceSigns faces_;
  std::vector<std::uint32_t> table_;  ///< face + 1, or 0 where free
};

void set_bit(std::vector<std::uint64_t>& set, Index sample, bool value) {
  const std::uint64_t mask = std::uint64_t{1} << (sample % 64);
  std::uint64_t& word = set[static_cast<std::size_t>(sample / 64)];
  word = value ? word | mask : word & ~mask;
}

double binomial(Index n, Index k) {
  double value = 1;
  for (Index j = 0; j < k; ++j) value *= static_cast<double>(n - j) / static_cast<double>(j + 1);
  return n < k ? 0 : std::round(value);
}

}  // namespace

double face_count(Index samples, Index dimension) {
  // Faces of dimension p: choose d - p borders; the others cut what is left, R^p, into
  // 2 sum_{j < p} C(n - d + p - 1, j) cells.
  double count = 0;
  for (Index p = 1; p <= dimension; ++p) {
    const Index others = samples - dimension + p;
    if (others < 0) continue;
    double cells = 0;
    for (Index j = 0; j < p; ++j) cells += 2 * binomial(others - 1, j);
    count += binomial(samples, dimension - p) * (others == 0 ? 1 : cells);
  }
  return count;
}

FaceSigns enumerate_faces(const Samples& samples) {
  const Index n = samples.size();
  const Index d = samples.dimension();
  const MatrixD units = samples.inputs * samples.norms.cwiseInverse().asDiagonal();
  const std::vector<Signs> general = all_signs(d - 1);
  FaceSet found(n);
  std::vector<std::uint64_t> plus(static_cast<std::size_t>((n + 63) / 64));
  std::vector<std::uint64_t> border(plus.size());
  std::vector<Index> vanishing;
  std::set<std::vector<Index>> seen;  // vertices not in general position, by what vanishes there
  bool doubtful = false;
  for_each_subset(n, d - 1, [&](const std::vector<Index>& subset) {
    const MatrixD chosen = units(Eigen::all, subset);
    const VectorD vertex = normal_of(chosen);
    if (d > 2 && !doubtful)
      doubtful = PivotedQr<double>(chosen, k_clear).rank() !=
                 PivotedQr<double>(chosen, k_rounding_of_units).rank();
    if (vertex.size() == 0) return;
    const VectorD z = units.transpose() * vertex;
    // The chosen samples vanish whatever rounding says.
    vanishing.assign(subset.begin(), subset.end());
    for (Index i = 0; i < n; ++i)
      if (std::abs(z(i)) <= k_border && !std::binary_search(subset.begin(), subset.end(), i)) {
        vanishing.push_back(i);
        doubtful = doubtful || std::abs(z(i)) > k_rounding_of_units;
      }
    const bool in_general_position = vanishing.size() == subset.size();
    if (!in_general_position) {
      std::sort(vanishing.begin(), vanishing.end());
      if (!seen.insert(vanishing).second) return;
    }
    const std::vector<Signs> special =
        in_general_position ? std::vector<Signs>{} : faces_around(units, vertex, vanishing);
    for (const double side : {1.0, -1.0}) {
      for (Index i = 0; i < n; ++i) set_bit(plus, i, side * z(i) > 0);
      for (const Signs& local : in_general_position ? general : special) {
        for (std::size_t k = 0; k < vanishing.size(); ++k) {
          set_bit(plus, vanishing[k], local[k] > 0);
          set_bit(border, vanishing[k], local[k] == 0);
        }
        found.insert(plus, border);
      }
      for (const Index i : vanishing) set_bit(border, i, false);
    }
  });
  FaceSigns faces = found.take();
  faces.doubtful = doubtful;
  return faces;
}

}  // namespace flatgrid

// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/faces.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>

namespace flatgrid::flattest {

namespace {

using Signs = std::vector<std::int8_t>;

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

/// The direction [p] that is orthogonal to p - 1 vectors of Z^p; empty if they are dependent.
IntegerVector normal_of(const std::vector<IntegerVector>& vectors, const std::vector<Index>& subset,
                        Index dimension) {
  std::vector<IntegerVector> chosen;
  for (const Index i : subset) chosen.push_back(vectors[static_cast<std::size_t>(i)]);
  std::vector<IntegerVector> basis = kernel(std::move(chosen), dimension);
  return basis.size() == 1 ? std::move(basis.front()) : IntegerVector{};
}

/// Vertices of the arrangement of vectors that span Z^p, a line of each once: calls
/// `visit(signs, around)` with the signs of all vectors on one of the two rays, 0 where they vanish,
/// and the signs of the faces around it on those that vanish.
template <class Visit>
void for_each_vertex(const std::vector<IntegerVector>& vectors, Index dimension,
                     const Visit& visit);

/// All faces of the arrangement of vectors that span Z^p, the origin among them: their signs.
std::vector<Signs> local_faces(const std::vector<IntegerVector>& vectors, Index dimension) {
  const std::size_t count = vectors.size();
  if (static_cast<Index>(count) == dimension) return all_signs(dimension);
  std::set<Signs> found{Signs(count, 0)};
  for_each_vertex(vectors, dimension, [&](const Signs& at, const std::vector<Signs>& around) {
    for (const std::int8_t side : {std::int8_t{1}, std::int8_t{-1}})
      for (const Signs& local : around) {
        Signs signs(count);
        std::size_t next = 0;
        for (std::size_t i = 0; i < count; ++i)
          signs[i] = at[i] == 0 ? local[next++] : static_cast<std::int8_t>(side * at[i]);
        found.insert(std::move(signs));
      }
  });
  return {found.begin(), found.end()};
}

template <class Visit>
void for_each_vertex(const std::vector<IntegerVector>& vectors, Index dimension,
                     const Visit& visit) {
  const auto count = static_cast<Index>(vectors.size());
  const ExactSigns sign(vectors);
  const std::vector<Signs> general = all_signs(dimension - 1);
  std::set<std::vector<Index>> seen;  // vertices not in general position, by what vanishes there
  Signs at(vectors.size());
  for_each_subset(count, dimension - 1, [&](const std::vector<Index>& subset) {
    IntegerVector normal = normal_of(vectors, subset, dimension);
    if (normal.empty()) return;
    const ExactSigns::Direction vertex = ExactSigns::direction(std::move(normal));
    std::vector<Index> vanishing;
    for (Index i = 0; i < count; ++i) {
      at[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(sign.of(vertex, i));
      if (at[static_cast<std::size_t>(i)] == 0) vanishing.push_back(i);
    }
    if (vanishing.size() == subset.size()) {
      visit(at, general);
      return;
    }
    if (!seen.insert(vanishing).second) return;
    // Around the vertex v: directions modulo v, in which a coordinate p with v_p != 0 can be 0.
    std::size_t deleted = 0;
    while (vertex.exact[deleted] == 0) ++deleted;
    std::vector<IntegerVector> across;
    for (const Index i : vanishing) {
      across.push_back(vectors[static_cast<std::size_t>(i)]);
      across.back().erase(across.back().begin() + static_cast<long>(deleted));
    }
    visit(at, local_faces(across, dimension - 1));
  });
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

FaceSigns enumerate_faces(const ExactSamples& samples) {
  const auto total = static_cast<Index>(samples.line.size());
  FaceSet found(total);
  if (samples.rank == 0) return found.take();
  std::vector<std::uint64_t> plus(static_cast<std::size_t>((total + 63) / 64));
  std::vector<std::uint64_t> border(plus.size());
  std::vector<std::vector<Index>> on_line(samples.lines.size());
  for (Index i = 0; i < total; ++i) {
    const Index line = samples.line[static_cast<std::size_t>(i)];
    if (line < 0)
      set_bit(border, i, true);
    else
      on_line[static_cast<std::size_t>(line)].push_back(i);
  }
  const auto set_line = [&](std::size_t line, int sign) {
    for (const Index i : on_line[line]) {
      set_bit(plus, i, sign * samples.side[static_cast<std::size_t>(i)] > 0);
      set_bit(border, i, sign == 0);
    }
  };
  for_each_vertex(samples.lines, samples.rank,
                  [&](const Signs& at, const std::vector<Signs>& around) {
                    for (const int side : {1, -1}) {
                      for (std::size_t k = 0; k < at.size(); ++k) set_line(k, side * at[k]);
                      for (const Signs& local : around) {
                        std::size_t next = 0;
                        for (std::size_t k = 0; k < at.size(); ++k)
                          if (at[k] == 0) set_line(k, local[next++]);
                        found.insert(plus, border);
                      }
                    }
                  });
  return found.take();
}

}  // namespace flatgrid::flattest

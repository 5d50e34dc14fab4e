// SPDX-License-Identifier: MIT
/// Enumerates all faces of the arrangement of the hyperplanes w.x_i = 0 of the samples.
///
/// A face is the set of directions w with given signs of all w.x_i. If the samples span R^d, every face
/// is a pointed cone and has a ray (a "vertex") in its closure. So the enumeration starts from the
/// vertices: +- the normals of d - 1 independent samples. Near a vertex the arrangement is that of the
/// samples Z with w.x_i = 0, in the d - 1 dimensions orthogonal to the vertex; its faces are found
/// recursively. If Z is independent (samples in general position), these are all 3^(d-1) sign patterns.
/// Faces found from several vertices are stored once, identified by their signs.
///
/// In general position there are 2 C(n, d-1) vertices. The number of faces of all dimensions is
///   sum_{p=1..d} C(n, d-p) * 2 sum_{j<p} C(n-d+p-1, j)
/// (Zaslavsky 1975): 4 n for d = 2, 4 n (n - 1) + 2 for d = 3.
#pragma once

#include <cstdint>
#include <vector>

#include "flatgrid/algorithm/flattest/integers.hpp"

namespace flatgrid::flattest {

/// Sign patterns of faces. A face is two sets of samples, each a row of `words` 64-bit words: the plus side
/// {i : w.x_i > 0} and the zero set {i : w.x_i = 0}.
struct FaceSigns {
  Index samples = 0;
  Index words = 0;                  ///< (samples + 63) / 64
  std::vector<std::uint64_t> plus;  ///< [count * words]
  std::vector<std::uint64_t> zero;  ///< [count * words]

  [[nodiscard]] Index count() const {
    return words == 0 ? 0 : static_cast<Index>(plus.size()) / words;
  }
  [[nodiscard]] bool is_plus(Index face, Index sample) const { return bit(plus, face, sample); }
  [[nodiscard]] bool is_zero(Index face, Index sample) const { return bit(zero, face, sample); }

 private:
  [[nodiscard]] bool bit(const std::vector<std::uint64_t>& set, Index face, Index sample) const {
    return ((set[static_cast<std::size_t>(face * words + sample / 64)] >> (sample % 64)) & 1U) != 0;
  }
};

/// The number of faces of n samples in general position in dimension d, as a double because it may be
/// very large. At most 3^n.
double face_count(Index samples, Index dimension);

/// All faces of dimensions 1 to r of the stored samples, computed with integers, without tolerances. A
/// zero sample is in the zero set of every face. Memory: 2 words per face and 64 samples, and about as
/// much for the set that detects duplicates.
FaceSigns enumerate_faces(const ExactSamples& samples);

}  // namespace flatgrid::flattest

// SPDX-License-Identifier: MIT
/// The faces of the arrangement that the samples cut out of the directions, all of them.
///
/// Sample x_i cuts R^d by the plane w.x_i = 0. A face is the set of directions with given signs of
/// all w.x_i; where samples span R^d every face is a pointed cone, and has a ray (a "vertex") in
/// its closure. So: vertices are +- the normals of d - 1 independent samples; around a vertex the
/// arrangement is the one of the samples Z that vanish there, on the d - 1 dimensions across it,
/// and its faces are found in the same way. If Z is independent (samples in general position) they
/// are all 3^(d-1) sign patterns. Faces reached from several vertices are kept once, by their
/// signs.
///
/// In general position there are 2 C(n, d-1) vertices and, of all dimensions together,
///   sum_{p=1..d} C(n, d-p) * 2 sum_{j<p} C(n-d+p-1, j)
/// faces (Zaslavsky 1975): 4 n for d = 2, 4 n (n - 1) + 2 for d = 3.
#pragma once

#include <cstdint>
#include <vector>

#include "flatgrid/algorithm/flattest/integers.hpp"

namespace flatgrid::flattest {

/// Sign patterns, a row of `words` 64-bit words for each of two sets: the plus side and the border.
struct FaceSigns {
  Index samples = 0;
  Index words = 0;                  ///< (samples + 63) / 64
  std::vector<std::uint64_t> plus;  ///< [count * words]
  std::vector<std::uint64_t> border;

  [[nodiscard]] Index count() const {
    return words == 0 ? 0 : static_cast<Index>(plus.size()) / words;
  }
  [[nodiscard]] bool is_plus(Index face, Index sample) const { return bit(plus, face, sample); }
  [[nodiscard]] bool is_border(Index face, Index sample) const { return bit(border, face, sample); }

 private:
  [[nodiscard]] bool bit(const std::vector<std::uint64_t>& set, Index face, Index sample) const {
    return ((set[static_cast<std::size_t>(face * words + sample / 64)] >> (sample % 64)) & 1U) != 0;
  }
};

/// How many faces samples [n] in general position have in dimension d (as a double: it may be
/// huge). At most 3^n.
double face_count(Index samples, Index dimension);

/// All faces but the origin, of all dimensions 1 .. r, of the samples as they are stored: with integers,
/// without any tolerance. Zero samples are on every border. Memory: 2 words of 64 samples each a
/// face and about as much for finding them once.
FaceSigns enumerate_faces(const ExactSamples& samples);

}  // namespace flatgrid::flattest

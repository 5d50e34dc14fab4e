// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid {

/// An array that starts at the beginning of a cache line, so that no SIMD load of it straddles two lines.
template <class Scalar>
class AlignedVector {
 public:
  void resize(Index size) { lines_.resize(std::size_t((size + k_line - 1) / k_line)); }
  Scalar* data() { return reinterpret_cast<Scalar*>(lines_.data()); }

 private:
  static constexpr Index k_line = 64 / sizeof(Scalar);
  struct alignas(64) Line {
    std::array<Scalar, k_line> numbers;
  };
  std::vector<Line> lines_;
};

}  // namespace flatgrid

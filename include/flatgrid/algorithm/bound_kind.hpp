// SPDX-License-Identifier: MIT
/// How a bound was obtained: a lower bound on the flatness, or an upper bound on a loss (loss_bound.hpp).
#pragma once

#include <array>
#include <string_view>

namespace flatgrid::algorithm {

/// The values are those of the variables `..._bound_kind` of a results file.
enum class BoundKind {
  none = 0,       ///< there is no bound
  estimated = 1,  ///< rests on a maximum over directions that a search found, and may underestimate
  certified = 2,  ///< proved for the stored doubles, over all directions
};

/// The names of the kinds, in the order of their values.
inline constexpr std::array<std::string_view, 3> k_bound_kind_names = {"none", "estimated",
                                                                       "certified"};

}  // namespace flatgrid::algorithm

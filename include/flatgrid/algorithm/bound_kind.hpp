// SPDX-License-Identifier: MIT
/// How a lower bound on the flatness was obtained.
#pragma once

#include <array>
#include <string_view>

namespace flatgrid::algorithm {

/// The values are those of the variable `flatness_lower_bound_kind` of a results file.
enum class BoundKind {
  none = 0,       ///< there is no bound
  estimated = 1,  ///< a search found kappa, which it may underestimate
  certified = 2,  ///< kappa is exact: the bound is proved for the stored doubles
};

/// The names of the kinds, in the order of their values.
inline constexpr std::array<std::string_view, 3> k_bound_kind_names = {"none", "estimated",
                                                                       "certified"};

}  // namespace flatgrid::algorithm

// SPDX-License-Identifier: MIT
/// The verdicts on the claims of Vardhan, Taheri and Mazumdar (arXiv 2606.04429) from a results file, and
/// their thresholds; docs/theory.md describes the questions of each verdict.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/selection.hpp"
#include "flatgrid/report/verdict.hpp"

namespace flatgrid::report {

/// The families of interpolators that the theory calls non-generalizing.
inline constexpr std::array<std::string_view, 4> k_non_generalizing = {"lazy", "random-features",
                                                                       "memorizer", "corrupted"};
/// A family stays away from the least flatness if its median ratio to it is above this.
inline constexpr double k_away = 1.1;
/// Noise is small up to this share of the root mean square of f*(x).
inline constexpr double k_small_noise = 0.2;
/// The index subspace is found if the mean squared cosine with it is above this, and if the leading
/// eigenvalues, as many as its dimension, have more than this share of the index spectrum.
inline constexpr double k_found = 0.9;
/// An interpolator is near the least flatness up to this multiple of it.
inline constexpr double k_near = 2;

/// The verdicts: claim 1 (non-generalizing families stay away from the least flatness), claim 2 (the flattest
/// generalize when noise and approximation error are small), which algorithms generalize better than the
/// flattest, whether the flattest find the index subspace, whether the orbit minimum orders the interpolators
/// of the same data, and whether the order by raw trace survives random rescaling of the neurons. Uses the
/// selected points that interpolate.
std::vector<Verdict> verdicts(const Figures& figures, const Selection& selection);

}  // namespace flatgrid::report

// SPDX-License-Identifier: MIT
/// What a results file says of the claims of Vardhan, Taheri and Mazumdar (arXiv 2606.04429), and the
/// bounds that the claims are judged by; docs/theory.md has what each verdict asks.
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
/// A family stays away from the least if its median ratio to it is above this.
inline constexpr double k_away = 1.1;
/// Noise is small up to this share of the root mean square of f*(x).
inline constexpr double k_small_noise = 0.2;
/// The index subspace is found if the mean squared cosine with it is above this, and as much of the
/// index spectrum is within its dimension.
inline constexpr double k_found = 0.9;
/// An interpolator is near the least up to this multiple of it.
inline constexpr double k_near = 2;

/// Claim 1 (non-generalizing families stay away from the least flatness), claim 2 (the flattest
/// generalize when noise and approximation error are small), who generalizes better than the flattest,
/// whether the flattest find the index subspace, whether the orbit minimum orders the interpolators of
/// the same data, and what is left of the order by raw trace when neurons are rescaled at random. Of the
/// selected points that interpolate.
std::vector<Verdict> verdicts(const Figures& figures, const Selection& selection);

}  // namespace flatgrid::report

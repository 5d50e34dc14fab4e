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

/// The families of interpolators that the theory calls non-generalizing, by the names of their algorithms.
inline constexpr std::array<std::string_view, 4> k_non_generalizing = {"lazy", "random-features",
                                                                       "memorizer", "corrupted"};
/// A family, or every interpolator that does not generalize, stays away from the least flatness if the median of its
/// orbit minimum / least is above this.
inline constexpr double k_away = 1.1;
/// An interpolator does not generalize if its population loss is at least this multiple of E f*^2, the loss of
/// predicting 0: it leaves a tenth of f* unexplained. At a smaller multiple the flattest itself counts where samples are
/// few; at 1 most grids have no ratio that is large enough.
inline constexpr double k_not_generalizing = 0.1;
/// Noise is small up to this share of the root mean square of f*(x).
inline constexpr double k_small_noise = 0.2;
/// The index subspace, of dimension k, is found if the mean squared cosine of the k leading eigenvectors of
/// E grad f(x) grad f(x)^T with it is above this, and the k leading eigenvalues have more than this share of the sum of all.
inline constexpr double k_found = 0.9;
/// A run of single-index has found the index direction if |theta.theta*| is above this (Bietti, Bruna, Sanford, Song
/// 2022; the threshold is flatgrid's).
inline constexpr double k_aligned = 0.95;
/// An interpolator is near the least flatness if its orbit minimum is at most this multiple of the least.
inline constexpr double k_near = 2;

/// The verdicts, from the points for which `is_shown` is true (figures.hpp):
///   - claim 1: non-generalizing families stay away from the least flatness, and with several ratios of worst every
///     interpolator that does not generalize;
///   - claim 2: the flattest interpolators generalize when the noise is small;
///   - whether an algorithm has a smaller population loss than the flattest;
///   - whether the flattest find the index subspace;
///   - with single-index, whether it finds the index direction;
///   - whether interpolators of the same data with a smaller orbit minimum have a smaller population loss;
///   - whether after random rescaling of the neurons the raw trace says less about the population loss than the
///     orbit minimum;
///   - in a grid with worst, whether the largest population loss within a ratio of the least decreases with the samples;
///   - in a grid with min-norm and flattest, whether the flattest has the smaller population loss of the two.
std::vector<Verdict> verdicts(const Figures& figures, const Selection& selection);

}  // namespace flatgrid::report

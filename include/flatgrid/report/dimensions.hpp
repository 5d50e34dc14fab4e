// SPDX-License-Identifier: MIT
/// Results for several dimensions: figures as a function of the dimension d at the same number of samples
/// per dimension n / d. d is no axis of a grid, because different dimensions share no targets or inputs;
/// each dimension has its own results file.
#pragma once

#include <span>
#include <vector>

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/verdict.hpp"

namespace flatgrid::report {

/// Throws Error if problem or network of the files differ in more than the dimension, two files have the same
/// dimension, or no n / d occurs in two files.
void require_comparable(std::span<const Figures> files);

/// Charts of orbit minimum / least and population loss against d, one for each n / d and level of noise that
/// two files share: medians with their intervals.
std::vector<Chart> dimension_charts(std::span<const Figures> files);

/// The verdict whether non-generalizing families stay away from the least flatness as d grows: the exponent in
/// d of their ratio, at every n / d.
Verdict dimension_verdict(std::span<const Figures> files);

}  // namespace flatgrid::report

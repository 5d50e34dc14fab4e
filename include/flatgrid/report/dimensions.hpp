// SPDX-License-Identifier: MIT
/// Results of several dimensions: how figures go with the dimension d at the same number of samples
/// per dimension n / d. d is no axis of a grid, since targets and inputs of different dimensions have
/// nothing in common; each is a results file of its own.
#pragma once

#include <span>
#include <vector>

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/verdict.hpp"

namespace flatgrid::report {

/// Throws Error where the files differ in more of problem and network than the dimension, two have the
/// same one, or no n / d is in two of them.
void require_comparable(std::span<const Figures> files);

/// Orbit minimum / least and population loss against d: a chart for each n / d and level of noise that
/// two files share, medians with their intervals.
std::vector<Chart> dimension_charts(std::span<const Figures> files);

/// Whether non-generalizing families stay away from the least as d grows: the exponent of their ratio
/// in d at every n / d.
Verdict dimension_verdict(std::span<const Figures> files);

}  // namespace flatgrid::report

// SPDX-License-Identifier: MIT
/// Verdicts in words. Nothing is judged here.
#pragma once

#include <string>

#include "flatgrid/report/verdict.hpp"

namespace flatgrid::report {

/// What is missing, or for each quantity of a verdict the finding that decides it, with its interval and
/// null value, and of how many cells that is true: "lazy: median of orbit minimum / least 62 [58, 65] at
/// samples 40, noise 0, width 300 is above 1.1, nearest of 6 cells." Then the remarks.
std::string words_of(const Verdict& verdict);

/// "no power law (curvature 0.5 [0.4, 0.6]; local slopes -6.9, -2.5, -2.6)": the exponent where there is
/// one, or why there is none, and the slope between neighbouring sizes.
std::string text_of(const PowerLaw& law, std::string_view axis);

}  // namespace flatgrid::report

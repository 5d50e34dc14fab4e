// SPDX-License-Identifier: MIT
/// The sentences of verdicts. This file decides no outcome.
#pragma once

#include <string>

#include "flatgrid/report/verdict.hpp"

namespace flatgrid::report {

/// What is missing; or for each quantity of a verdict the finding that decides it, with its interval and null
/// value, and the number of cells: "lazy: median of orbit minimum / least 62 [58, 65] at samples 40, noise 0,
/// width 300 is above 1.1, nearest of 6 cells." Then the remarks.
std::string words_of(const Verdict& verdict);

/// The exponent of a power law, or why there is none, and the local slopes between neighbouring sizes: "no
/// power law (curvature 0.5 [0.4, 0.6]; local slopes -6.9, -2.5, -2.6)".
std::string text_of(const PowerLaw& law, std::string_view axis);

}  // namespace flatgrid::report

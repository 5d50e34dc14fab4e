// SPDX-License-Identifier: MIT
/// Values that results files of several dimensions share.
#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid::report {

std::int64_t dimension_of(const Figures& figures);

/// Samples per dimension, n / d. Equal ratios of whole numbers are also equal as doubles.
double samples_per_dimension(const Figures& figures, const configuration::GridPoint& point);

/// The values of n / d, and the levels of noise, that at least two files have, ascending.
std::vector<double> shared_ratios(std::span<const Figures> files);
std::vector<double> shared_noise(std::span<const Figures> files);

/// The values of a variable of an algorithm at a given n / d and noise, by dimension.
std::map<double, std::vector<SeedValue>> by_dimension(std::span<const Figures> files,
                                                      std::string_view variable,
                                                      std::string_view algorithm, double ratio,
                                                      double noise);

}  // namespace flatgrid::report

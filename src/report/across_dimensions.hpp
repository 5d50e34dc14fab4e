// SPDX-License-Identifier: MIT
/// What results files of several dimensions have in common.
#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid::report {

std::int64_t dimension_of(const Figures& figures);

/// Samples per dimension. Equal ratios of whole numbers are equal in double, too.
double samples_per_dimension(const Figures& figures, const configuration::GridPoint& point);

/// n / d, and levels of noise, that two files or more have, ascending.
std::vector<double> shared_ratios(std::span<const Figures> files);
std::vector<double> shared_noise(std::span<const Figures> files);

/// A variable of an algorithm at n / d and a level of noise, by dimension.
std::map<double, std::vector<SeedValue>> by_dimension(std::span<const Figures> files,
                                                      std::string_view variable,
                                                      std::string_view algorithm, double ratio,
                                                      double noise);

}  // namespace flatgrid::report

// SPDX-License-Identifier: MIT
/// The cost model: predicted work of a grid point, which balances the slices over ranks.
#pragma once

#include <vector>

#include "flatgrid/configuration/configuration.hpp"

namespace flatgrid {

/// The first point of every cell: points of one algorithm, number of samples and width, which differ
/// in noise and seed, cost the same. In storage order: the algorithm varies slowest, the width
/// fastest.
std::vector<GridPoint> cells(const Axes& axes);

/// Predicted floating-point operations of one point: 4 n d m per gradient step of the trained
/// algorithms, as many steps as there may be; n^2 (m + n/3) for a least-squares solution, ten times
/// that for a polish; 100 m^2 for each measurement of the population loss, one a checkpoint of the
/// history and two at the end; and what the extras of [flatness] take.
double predicted_cost(const Configuration& configuration, const GridPoint& point);

}  // namespace flatgrid

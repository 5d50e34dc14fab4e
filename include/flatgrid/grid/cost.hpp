/// The cost model: predicted work of a grid point, which balances the slices over ranks.
#pragma once

#include "flatgrid/grid/configuration.hpp"

namespace flatgrid {

/// Predicted floating-point operations of one point: 4 n d m per gradient step for the trained
/// methods, n^2 (m + n/3) for a least-squares solution or an iteration of the polish.
double predicted_cost(const Configuration& configuration, const GridPoint& point);

}  // namespace flatgrid

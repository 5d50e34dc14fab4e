// SPDX-License-Identifier: MIT
/// Runs of the search for activations of degree 1 (search.hpp), for the algorithms `flattest`, `min-norm` and `worst`.
#pragma once

#include <memory>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/flattest/search.hpp"

namespace flatgrid::flattest {

/// The problem of a task, with the width of the point.
FlattestProblem flattest_problem(const algorithm::Task& task, GaugeKind gauge);

/// A network found by a search in the width of the task: its neurons, then neurons that are 0. Rescales the neurons to
/// the least trace on the network's orbit, or for the path norm to the least a^2 + ||w||^2.
network::Network<double> network_in_width(const algorithm::Task& task,
                                          const network::Network<double>& found, GaugeKind gauge);

/// A run that searches for the interpolator of least cost in a gauge, with a lower bound. For sigma(z) = z it needs no
/// search (identity.hpp).
std::unique_ptr<algorithm::Run> start_search(const algorithm::Task& task, GaugeKind gauge);
algorithm::Price search_price(const algorithm::PointOutline& point);

}  // namespace flatgrid::flattest

// SPDX-License-Identifier: MIT
/// Runs of the search for the least interpolator of an activation of degree 1 (search.hpp): what
/// `flattest`, `min-norm` and `worst` have in common.
#pragma once

#include <memory>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/flattest/search.hpp"

namespace flatgrid::flattest {

/// The problem of a task, of its width.
FlattestProblem flattest_problem(const algorithm::Task& task, GaugeKind gauge);

/// A run to the interpolator that is least by a gauge. A bound on the flatness comes with that of
/// flatness alone.
std::unique_ptr<algorithm::Run> start_search(const algorithm::Task& task, GaugeKind gauge);
algorithm::Price search_price(const algorithm::PointOutline& point);

}  // namespace flatgrid::flattest

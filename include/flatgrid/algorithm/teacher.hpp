// SPDX-License-Identifier: MIT
/// The target as a network, where it is one.
#pragma once

#include <optional>

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid::algorithm {

/// How neurons of this activation represent the link g of a sum of single-index models. Empty if
/// the target is another or they do not.
std::optional<network::Representation> represent_target(
    const problem::Problem& problem, const network::Activation<double>& activation);

/// Neurons of a teacher with r indices: r or 2 r.
Index teacher_width(const network::Representation& representation, Index indices);

/// f*(x) = sum_s c_s (plus sigma(u_s . x) + minus sigma(-u_s . x)) as a network: row s of W is u_s
/// for s < r, rows r to 2 r are the -u_s if they are needed, the remaining neurons are zero.
/// `width` must be at least `teacher_width`.
network::Network<double> teacher_network(const network::Representation& representation,
                                         const problem::IndexModel& target, Index width);

}  // namespace flatgrid::algorithm

// SPDX-License-Identifier: MIT
/// The work of one rank of a campaign.
#pragma once

#include "flatgrid/archive/earlier_results.hpp"
#include "rank.hpp"

namespace flatgrid::campaign {

/// Copies points from `earlier` or computes them, and records them, until no point is left or a stop is
/// requested. `cost`: predicted flops of all points that this campaign computes. An error becomes a fault,
/// which stops all ranks. Not collective.
void work(Rank& rank, const archive::EarlierResults& earlier, double cost);

}  // namespace flatgrid::campaign

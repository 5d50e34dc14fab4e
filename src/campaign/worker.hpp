// SPDX-License-Identifier: MIT
/// The work of one rank of a campaign.
#pragma once

#include "flatgrid/archive/earlier_results.hpp"
#include "rank.hpp"

namespace flatgrid::campaign {

/// Takes points, from `earlier` or by computing them, and records them, until none is left or a stop
/// is asked for. `cost`: predicted, of all the points that this campaign computes. Whatever fails is
/// a fault, which stops all ranks. Not collective.
void work(Rank& rank, const archive::EarlierResults& earlier, double cost);

}  // namespace flatgrid::campaign

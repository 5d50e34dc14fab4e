// SPDX-License-Identifier: MIT
/// What the rescaling symmetry does to the flatness of stored networks (Dinh et al. 2017).
#pragma once

#include <cstdint>

#include "flatgrid/report/figures.hpp"

namespace flatgrid {

/// The flatness of a network, and of the same function after its neurons have been rescaled: every
/// neuron by a factor exp(N(0, 1)) of its own, all of the network by one of exp(2 N(0, 1)).
struct RescaledFlatness {
  double trace = 0, rescaled_trace = 0;
  double orbit_min = 0, rescaled_orbit_min = 0;
};

/// Whether a file holds what it takes: networks, and the data they are measured on.
bool has_networks(const Figures& figures);

/// Of a computed point, given by its position; the factors follow from seed and position.
RescaledFlatness rescale_randomly(const Figures& figures, std::int64_t flat);

}  // namespace flatgrid

// SPDX-License-Identifier: MIT
/// What the rescaling symmetry does to the flatness of stored networks (Dinh et al. 2017).
#pragma once

#include <cstdint>
#include <memory>

#include "flatgrid/network/activation.hpp"
#include "flatgrid/report/figures.hpp"

namespace flatgrid::report {

/// The flatness of a network, and of the same function after its neurons have been rescaled: every
/// neuron by a factor exp(N(0, 1)) of its own and one of exp(2 N(0, 1)) of all the network, to the
/// nearest power of 2, so that what is 0 stays 0, also the preactivation of a sample.
struct RescaledFlatness {
  double trace = 0, rescaled_trace = 0;
  double orbit_min = 0, rescaled_orbit_min = 0;
};

/// Whether a file holds what it takes: networks, and the data they are measured on.
bool has_networks(const Figures& figures);

/// Rescales the networks of a file, which has them. The figures must outlive it.
class RandomRescaling {
 public:
  explicit RandomRescaling(const Figures& figures);

  /// Of a computed point, given by its position; the factors follow from seed and position.
  RescaledFlatness operator()(std::int64_t flat);

 private:
  const Figures& figures_;
  std::unique_ptr<network::Activation<double>> activation_;
  std::int64_t seed_ = -1;  ///< whose inputs are at hand
  MatrixD inputs_;          ///< [d, most samples]
};

}  // namespace flatgrid::report

// SPDX-License-Identifier: MIT
/// The effect of the rescaling symmetry on the flatness of stored networks (Dinh et al. 2017).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "flatgrid/network/activation.hpp"
#include "flatgrid/report/figures.hpp"

namespace flatgrid::report {

/// The flatness of a network, and of the same function after random rescaling: each neuron has a factor
/// exp(N(0, 1)), the whole network a factor exp(2 N(0, 1)), and their product is rounded to the nearest power
/// of 2, so that a preactivation of exactly 0 stays 0. With linear layers each of their outputs has a factor
/// exp(N(0, 1)), rounded likewise.
struct RescaledFlatness {
  double trace = 0, rescaled_trace = 0;
  double orbit_min = 0, rescaled_orbit_min = 0;
};

/// Whether a file stores networks and the data to measure them on.
bool has_networks(const Figures& figures);

/// Whether the neurons can be rescaled. If not, the orbit minimum is the trace without its residual part.
bool has_rescaling_symmetry(const Figures& figures);
/// A sentence that says so; empty if they can.
std::string_view without_symmetry(const Figures& figures);

/// Rescales the networks of a file for which `has_networks` is true. `figures` must outlive it.
class RandomRescaling {
 public:
  explicit RandomRescaling(const Figures& figures);

  /// The flatness of the computed point at a flat index; its factors depend on seed and index.
  RescaledFlatness operator()(std::int64_t flat);

 private:
  struct Flatness {
    double trace;
    double orbit_min;
  };
  [[nodiscard]] Flatness flatness_of(const network::Network<double>& network,
                                     const MatrixD& inputs) const;

  const Figures& figures_;
  std::unique_ptr<network::Activation<double>> activation_;
  std::int64_t seed_ = -1;  ///< the seed of `inputs_`
  MatrixD inputs_;          ///< [d, most samples]
};

}  // namespace flatgrid::report

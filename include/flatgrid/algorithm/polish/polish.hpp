// SPDX-License-Identifier: MIT
/// The polish: from a trained network to a true interpolator, moving the parameters least.
///
/// Damped Gauss-Newton (Levenberg-Marquardt) in sample space: with the tangent kernel
/// K = J J^T [n, n]
///   delta theta = -J^T (K + mu I)^{-1} r,   r_i = f(x_i) - y_i,
/// is the smallest move that solves the linearized problem, and costs n x n systems whatever the
/// width. Three things make it reach 1e-16 from the rich regime too, where neurons cluster on a few
/// directions, K is nearly singular and steps cross kinks:
///  - every neuron is balanced along its rescaling orbit (|a_j| = ||w_j||, the function is
///    unchanged), which conditions K, and moved back by the same factor at the end, so that the raw
///    trace still speaks of the network as it was trained;
///  - a step spoiled by activations that flip is taken again with the neurons concerned frozen
///    along the samples concerned: with P the projection onto what may still move, J P J^T is K
///    less a matrix whose rank is the number of frozen directions, and still n x n;
///  - where hardly any progress is left, the neuron that contributes least is turned to the sample
///    that is hardest to move.
/// How often this succeeds, and in how many iterations: tests/algorithm/polish.cpp.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::polish {

struct PolishState {
  network::Network<double> network;  ///< at its balanced place on the orbit
  VectorD factors;                   ///< [m]: the factors that brought it there
  VectorD residual;                  ///< r, [n]
  double relative_residual = 0;      ///< ||r||^2 / ||y||^2
  double damping = 0;                ///< lambda in mu = lambda mean(diag K) sqrt(||r||^2 / ||y||^2)
  int iterations = 0;
  int slow = 0;               ///< consecutive iterations with hardly any progress
  int recruited = 0;          ///< neurons turned to new directions
  bool interpolates = false;  ///< the tolerance is reached
  bool stalled = false;       ///< given up
};

/// For base/serialization.hpp.
template <class Archive>
void serialize(Archive& archive, PolishState& state) {
  auto& [network, factors, residual, relative_residual, damping, iterations, slow, recruited,
         interpolates, stalled] = state;
  archive(network, factors, residual, relative_residual, damping, iterations, slow, recruited,
          interpolates, stalled);
}

/// The polish of one trained network.
class Polish {
 public:
  Polish(const algorithm::Task& task, const network::Network<double>& trained);
  ~Polish();

  /// Takes at most `budget` iterations. Each costs 2 n^2 m + n^3 / 3 flops, up to five times that
  /// where kinks are in the way.
  void advance(int budget);
  [[nodiscard]] bool finished() const { return state_.interpolates || state_.stalled; }
  [[nodiscard]] const PolishState& state() const { return state_; }

  /// The polished network, back at the trained network's place on its orbit; the trained network itself
  /// if the polish stalled at a larger residual.
  [[nodiscard]] network::Network<double> network() const;

  /// The state as bytes, and back into a polish of the same network.
  [[nodiscard]] std::string save() const;
  void load(std::string_view bytes);

 private:
  class Linearization;

  void measure(PolishState& state);
  void balance();
  void recruit();
  void iterate();

  algorithm::Task task_;
  network::Network<double> trained_;
  double trained_residual_ = 0;  ///< ||r||^2 / ||y||^2 of the trained network
  std::unique_ptr<Linearization> linearization_;
  network::Workspace<double> workspace_;
  PolishState state_;
  // Kept from one iteration to the next, as room.
  PolishState best_, candidate_;
  network::Network<double> step_;
};

struct PolishPrice {
  double iterations;           ///< usually
  double flops_per_iteration;  ///< usually
  double bytes;                ///< held at the most
};
PolishPrice polish_price(Index samples, Index width, Index dimension);

}  // namespace flatgrid::polish

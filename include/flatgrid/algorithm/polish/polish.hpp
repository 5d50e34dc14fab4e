// SPDX-License-Identifier: MIT
/// The polish: turns a trained network into an interpolator with the smallest change of its parameters.
///
/// Damped Gauss-Newton (Levenberg-Marquardt) in sample space: with the tangent kernel
/// K = J J^T [n, n]
///   delta theta = -J^T (K + mu I)^{-1} r,   r_i = f(x_i) - y_i,
/// is the smallest step that solves the linearized problem, and requires n x n systems for any width. In
/// the rich regime neurons cluster on a few directions, K is nearly singular and steps cross kinks. Three
/// measures make the polish reach 1e-16 there:
///  - every neuron is balanced along its rescaling orbit (|a_j| = ||w_j||, the function is
///    unchanged), which improves the condition of K, and scaled back by the same factor at the end, so that
///    the raw trace is that of the network as trained;
///  - if activations change sign and spoil a step, the step is repeated with these neurons frozen along
///    these samples: with P the projection onto the free directions, J P J^T is K minus a matrix whose rank
///    is the number of frozen directions, and still n x n;
///  - if there is little progress, the neuron that contributes least is turned to the sample whose
///    residual is hardest to reduce.
/// Frozen biases are no parameters: K lacks their part, and neurons are not balanced.
/// With linear layers K is the tangent kernel of all layers; inputs, in the measures above, are those of the neurons.
/// How often this succeeds, and in how many iterations: tests/algorithm/polish.cpp.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::polish {

struct PolishState {
  network::Network<double> network;  ///< the balanced network
  VectorD factors;                   ///< [m]: the factors that balanced it
  VectorD residual;                  ///< r, [n]
  double relative_residual = 0;      ///< ||r||^2 / ||y||^2
  double damping = 0;                ///< lambda in mu = lambda mean(diag K) sqrt(||r||^2 / ||y||^2)
  int iterations = 0;
  int slow = 0;               ///< consecutive iterations with little progress
  int recruited = 0;          ///< number of neurons turned to new directions
  bool interpolates = false;  ///< whether the tolerance is reached
  bool stalled = false;       ///< whether the polish has given up
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

  /// Computes at most `budget` iterations of 2 n^2 m + n^3 / 3 flops each, up to five times as many if
  /// steps cross kinks.
  void advance(int budget);
  [[nodiscard]] bool finished() const { return state_.interpolates || state_.stalled; }
  [[nodiscard]] const PolishState& state() const { return state_; }

  /// The polished network, rescaled to the trained network's position on its orbit; the trained network
  /// if the polish stalled at a larger residual.
  [[nodiscard]] network::Network<double> network() const;

  /// The state as bytes. `load` restores it in a polish of the same network.
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
  // Buffers, kept from one iteration to the next.
  PolishState best_, candidate_;
  network::Network<double> step_;
};

struct PolishPrice {
  double iterations;           ///< typical value
  double flops_per_iteration;  ///< typical value
  double bytes;                ///< largest memory in use
};
/// `hidden`: the widths of the linear layers.
PolishPrice polish_price(Index samples, Index width, Index dimension,
                         std::span<const Index> hidden = {});

}  // namespace flatgrid::polish

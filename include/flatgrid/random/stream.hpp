// SPDX-License-Identifier: MIT
/// Counter-based random streams: a number depends only on (seed, purpose, index) and its position in the
/// stream, never on the rank that draws it, on the order of draws, or on other streams.
///
/// Generator: Philox4x64-10 (Salmon, Moraes, Dror, Shaw, SC'11, "Parallel random numbers: as easy
/// as 1, 2, 3") of the library Random123, with key = (seed, purpose) and counter = (index, block,
/// branch, 0); block b yields the 64-bit words 4b .. 4b+3 of the stream.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::random {

/// What random numbers are used for. The values are part of every result: never change or reuse one.
enum class Purpose : std::uint64_t {
  index_directions = 1,       ///< the index directions u_s of the target
  inputs = 2,                 ///< the samples x_i; the index is the sample's
  label_noise = 3,            ///< the unit-variance label noise xi_i
  initialization = 4,         ///< initial parameters of trained networks
  random_features = 5,        ///< hidden layer of the algorithm `random-features`
  minibatch = 6,              ///< the samples of a stochastic step
  label_perturbation = 7,     ///< the +-delta of `label-noise-sgd`
  test_set = 8,               ///< Monte Carlo samples for the population loss
  mixture_centres = 9,        ///< the centres of the inputs `mixture`
  sharpness_directions = 16,  ///< directions for the sharpness; the index is the draw's
  trace_probes = 17,          ///< sign vectors of the randomized traces; the index is the probe's
  eigenvalue_start = 18,      ///< first vector of the Lanczos iteration for the top eigenvalue
  approximation = 20,         ///< initial parameters of the algorithm `approximation`
  corrupted_inputs = 30,      ///< the additional inputs of the algorithm `corrupted`
  corrupted_labels = 31,      ///< the random labels of these inputs
  planned_times = 40,         ///< the scatter of the point times that `flatgrid plan` simulates
  algorithm_noise = 41,  ///< noise that an algorithm adds in each step; the index is the step's
  data_split = 45,       ///< the order of a data file's rows; the index is the row's
  flattest_starts = 50,  ///< random directions of the search for the flattest interpolator
  worst_starts = 51,     ///< directions and functionals of the search for the worst interpolator
  minibatch_draws = 55,  ///< a minibatch drawn with replacement; the index is the step's
  linear_initialization = 57,  ///< initial linear layers; the index is the layer's and the row's
  frozen_biases = 70,          ///< biases that are not trained; the index is the neuron's
  single_index = 71,           ///< initial parameters of the algorithm `single-index`
  random_rescaling = 61,  ///< rescaling factors of neurons in a report; the index is the point's
};

/// The stream of one (seed, purpose, index). A copy continues from the current position of the original.
class Stream {
 public:
  Stream(std::int64_t seed, Purpose purpose, std::uint64_t index);
  /// The stream of the same seed, purpose and index with a branch of its own, from its start; 0 is the branch of a new
  /// stream.
  [[nodiscard]] Stream branch(std::uint64_t number) const;

  /// Uniform on the 2^52 odd multiples of 2^-53: inside the open interval (0, 1), mean exactly 1/2.
  double uniform();
  /// Standard normal by the Box-Muller transform: two words make a pair of normals, of which the
  /// second is kept for the next call.
  double normal();
  /// +1 or -1 with equal probability.
  double sign();

 private:
  std::uint64_t word();

  std::uint64_t seed_;
  std::uint64_t purpose_;
  std::uint64_t index_;
  std::uint64_t branch_ = 0;
  std::uint64_t block_ = 0;               ///< the next block to generate
  std::array<std::uint64_t, 4> words_{};  ///< the current block
  std::size_t used_ = 4;                  ///< how many of its words have been returned
  std::optional<double> second_normal_;
};

/// Fills a vector, or a column of a matrix, with the next `values.size()` standard normals.
void fill_normal(Stream& stream, Eigen::Ref<VectorD> values);

}  // namespace flatgrid::random

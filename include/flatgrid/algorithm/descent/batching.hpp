// SPDX-License-Identifier: MIT
/// The sizes of the minibatches of a descent.
#pragma once

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::descent {

/// Batches of B of the n samples. In shuffled epochs a sample is at most once in the batches of an epoch;
/// with replacement every sample of a batch is drawn from all n, and an epoch is floor(n / B) steps.
struct Batching {
  Index samples;                  ///< n
  Index size;                     ///< B, at most n
  bool with_replacement = false;  ///< every batch is drawn anew from all samples
  bool keeps_rest = false;        ///< an epoch ends with a batch of the n mod B samples left

  /// The size of the smaller batch that ends an epoch; 0 if all batches have B samples.
  [[nodiscard]] Index rest() const { return keeps_rest ? samples % size : 0; }
  [[nodiscard]] Index steps_per_epoch() const { return samples / size + (rest() > 0 ? 1 : 0); }
  /// Whether every gradient is that of all samples.
  [[nodiscard]] bool uses_all() const { return size == samples && !with_replacement; }
  /// The least number of different samples in a batch.
  [[nodiscard]] Index least() const {
    if (with_replacement) return 1;
    return rest() > 0 ? rest() : size;
  }
  /// The mean size of the batches of an epoch.
  [[nodiscard]] double mean_size() const {
    return rest() > 0 ? static_cast<double>(samples) / static_cast<double>(steps_per_epoch())
                      : static_cast<double>(size);
  }
};

}  // namespace flatgrid::descent

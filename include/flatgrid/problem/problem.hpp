// SPDX-License-Identifier: MIT
/// A learning problem: the laws of inputs, target and label noise, and draws from them.
#pragma once

#include <cstdint>
#include <memory>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/problem/data_set.hpp"
#include "flatgrid/problem/settings.hpp"

namespace flatgrid::problem {

/// The problem of a configuration, constructed once and shared by all grid points.
class Problem {
 public:
  /// `external`: the data of the inputs `file`. Without it, members that need the data throw Error.
  /// `appends_one`: whether the inputs of the network are (x, 1), so that its last inner weight is a bias.
  explicit Problem(ProblemSettings settings, std::shared_ptr<const ExternalData> external = nullptr,
                   bool appends_one = false);

  [[nodiscard]] const ProblemSettings& settings() const { return settings_; }
  /// The law of the inputs x in R^d; null for the inputs `file`.
  [[nodiscard]] const InputLaw* input_law() const { return input_law_.get(); }
  /// The law of the inputs of the network, x or (x, 1); null for the inputs `file`.
  [[nodiscard]] const InputLaw* network_input_law() const {
    return with_one_ ? with_one_.get() : input_law_.get();
  }
  [[nodiscard]] bool appends_one() const { return appends_one_; }
  /// The dimension of the inputs of the network: d, or d + 1.
  [[nodiscard]] Index network_dimension() const {
    return settings_.dimension + (appends_one_ ? 1 : 0);
  }
  /// The inputs of the network of inputs x [d, n]: x, or (x, 1) [d + 1, n].
  [[nodiscard]] MatrixD network_inputs(MatrixD inputs) const;
  /// The link of the target `sum`.
  [[nodiscard]] const Link& link() const { return link_; }
  /// The power of ||x|| with which the target grows.
  [[nodiscard]] int growth() const;
  /// The data of the inputs `file` if they have been read, else null.
  [[nodiscard]] const ExternalData* external() const { return external_.get(); }
  [[nodiscard]] const ExternalData& require_external() const;

  /// The index model of a seed: the same for all samples, widths, noises and algorithms. External data
  /// have one index model for all seeds.
  [[nodiscard]] IndexModel index_model(std::int64_t seed) const;

  /// f*(x_i) for every column of `inputs` [d, n]. Not for the inputs `file`, whose f* has no
  /// formula.
  [[nodiscard]] VectorD target_values(const IndexModel& model, const MatrixD& inputs) const;

  /// The first `samples` samples of a seed, so a larger data set starts with the samples of a smaller one.
  /// For external data these are the first rows in the order of `data_split`. Inputs of the network.
  [[nodiscard]] DataSet data_set(const IndexModel& model, std::int64_t seed, Index samples) const;

  /// How a seed uses the rows of external data. With problem.data-split = first the rows are in the order
  /// of the file; with resample they are in a uniformly random order. With problem.standardize, mean and
  /// standard deviation (divisor n) are those of the first `most_samples` rows in this order, for samples
  /// and test set; a constant component keeps its values.
  [[nodiscard]] DataSplit data_split(std::int64_t seed) const;

  /// Inputs of the network [network dimension, test samples] of a seed for Monte Carlo expectations: fresh draws,
  /// or the rows of a data file that the points of this seed do not train on.
  [[nodiscard]] MatrixD test_inputs(std::int64_t seed) const;
  /// The test inputs with their labels.
  [[nodiscard]] TestSet test_set(const IndexModel& model, std::int64_t seed) const;
  /// The number of test inputs: the held-out rows of external data, possibly 0, else problem.test-samples.
  [[nodiscard]] Index test_samples() const;

 private:
  /// `count` samples of external data, starting at position `first` of the split.
  [[nodiscard]] TestSet rows_of(const DataSplit& split, Index first, Index count) const;
  /// Fresh draws of x [d, test samples].
  [[nodiscard]] MatrixD fresh_inputs(std::int64_t seed) const;
  [[nodiscard]] VectorD coefficients() const;

  ProblemSettings settings_;
  std::unique_ptr<InputLaw> input_law_;
  std::unique_ptr<InputLaw> with_one_;  ///< the law of (x, 1); null if no 1 is appended
  bool appends_one_;
  Link link_;
  std::shared_ptr<const ExternalData> external_;
};

}  // namespace flatgrid::problem

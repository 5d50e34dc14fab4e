// SPDX-License-Identifier: MIT
/// A learning problem: the laws of inputs, target and label noise, and what is drawn from them.
#pragma once

#include <cstdint>
#include <memory>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/problem/data_set.hpp"
#include "flatgrid/problem/settings.hpp"

namespace flatgrid::problem {

/// The problem that a configuration describes, made once and shared by all its points.
class Problem {
 public:
  /// `external`: the data of the inputs `file`; what needs them throws Error where they are
  /// missing.
  explicit Problem(ProblemSettings settings,
                   std::shared_ptr<const ExternalData> external = nullptr);

  [[nodiscard]] const ProblemSettings& settings() const { return settings_; }
  /// The law of the inputs; null for the inputs `file`.
  [[nodiscard]] const InputLaw* input_law() const { return input_law_.get(); }
  /// The link of the target `sum`.
  [[nodiscard]] const Link& link() const { return link_; }
  /// The power of ||x|| with which the target grows.
  [[nodiscard]] int growth() const;
  /// The data of the inputs `file`, if they have been read; else null.
  [[nodiscard]] const ExternalData* external() const { return external_.get(); }
  [[nodiscard]] const ExternalData& require_external() const;

  /// The index model of a seed: the same for all samples, widths, noises and algorithms. That of
  /// external data is the same for all seeds.
  [[nodiscard]] IndexModel index_model(std::int64_t seed) const;

  /// f*(x_i) for every column of `inputs` [d, n]. Not for the inputs `file`, whose f* has no
  /// formula.
  [[nodiscard]] VectorD target_values(const IndexModel& model, const MatrixD& inputs) const;

  /// The first `samples` samples of a seed. Those of a larger data set begin with the same ones.
  /// Of external data they are the first rows in the order of `data_split`.
  [[nodiscard]] DataSet data_set(const IndexModel& model, std::int64_t seed, Index samples) const;

  /// How a seed uses the rows of external data. With problem.data-split = first the order is that of
  /// the file; with resample it is random, equally likely to be any. With problem.standardize mean and
  /// standard deviation (the divisor is n) are those of the `most_samples` first rows in this order, for
  /// samples and test set alike; a constant component keeps its values.
  [[nodiscard]] DataSplit data_split(std::int64_t seed) const;

  /// Inputs [d, test samples] of a seed for expectations that no formula gives: fresh ones, or the rows
  /// of a data file that the seed's points do not train on.
  [[nodiscard]] MatrixD test_inputs(std::int64_t seed) const;
  /// The same with their labels.
  [[nodiscard]] TestSet test_set(const IndexModel& model, std::int64_t seed) const;
  /// Their number: of external data what they hold out, which may be 0, or else problem.test-samples.
  [[nodiscard]] Index test_samples() const;

 private:
  /// `count` samples of external data from the position `first` of the split on.
  [[nodiscard]] TestSet rows_of(const DataSplit& split, Index first, Index count) const;
  [[nodiscard]] VectorD coefficients() const;

  ProblemSettings settings_;
  std::unique_ptr<InputLaw> input_law_;
  Link link_;
  std::shared_ptr<const ExternalData> external_;
};

}  // namespace flatgrid::problem

// SPDX-License-Identifier: MIT
/// The figures of a results file for a report: stored variables, and ratios to the flattest interpolator of
/// the same data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/report/reasons.hpp"
#include "flatgrid/report/selection.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid::report {

/// What the least known orbit minimum of an instance's data is, the reference of the flatness ratio.
enum class LeastKind {
  none,       ///< unknown: no `flattest` point interpolates, and there is no teacher
  teacher,    ///< the orbit minimum of the teacher, if the grid has no `flattest`
  flattest,   ///< the orbit minimum of the `flattest` point
  certified,  ///< a certified lower bound on the orbit minimum of every interpolator
};

/// The name of a variable for the user: "population loss".
std::string words_of(std::string_view variable);

/// The figures of a results file. An instance is a combination of samples, noise, width and seed; all
/// algorithms of an instance have the same data.
class Figures {
 public:
  explicit Figures(const results::ResultsReader& results);

  [[nodiscard]] const results::ResultsReader& results() const { return results_; }
  [[nodiscard]] const configuration::Axes& axes() const { return results_.configuration().grid; }
  [[nodiscard]] grid::Status status(std::int64_t flat) const {
    return configuration::at(statuses_, flat);
  }
  /// Whether the network of a point interpolates, for any status.
  [[nodiscard]] bool interpolates(std::int64_t flat) const;

  /// Instances are numbered in storage order; `flat_of` is the point of an algorithm on an instance.
  [[nodiscard]] std::int64_t instances() const { return instances_; }
  [[nodiscard]] configuration::GridPoint instance(std::int64_t number) const;
  [[nodiscard]] std::int64_t flat_of(std::int64_t algorithm, std::int64_t instance) const {
    return algorithm * instances_ + instance;
  }
  [[nodiscard]] bool in_part(std::int64_t instance) const;
  /// The position of an entry of the axis `algorithm` by its name, "sam(sam-radius=0.2)".
  [[nodiscard]] std::optional<std::int64_t> entry(std::string_view name) const;
  /// The position of the entry that represents an algorithm: the one without settings of its own, else the
  /// first variant.
  [[nodiscard]] std::optional<std::int64_t> algorithm(std::string_view name) const;
  /// Positions of all entries of these algorithms, those of the first algorithm first.
  [[nodiscard]] std::vector<std::int64_t> entries_of(
      std::span<const std::string_view> algorithms) const;

  /// Whether all seeds of the file share one data set: that of a data file, unless it is resampled
  /// (problem.data-split = resample). Then the seeds are no independent repetitions.
  [[nodiscard]] bool has_one_data_set() const { return one_data_set_; }
  /// The number of an instance's data set: one for each seed, or one for all.
  [[nodiscard]] std::int64_t data_set(std::int64_t instance) const {
    return one_data_set_ ? 0 : this->instance(instance).seed;
  }

  /// A variable over the grid in the order of `flat_index`, NaN where it was not measured: a variable of the
  /// file, or `flatness_ratio` = orbit minimum / least, `trace_ratio` = trace / least, `path_norm_ratio` = path norm / least path norm (NaN where the least
  /// is 0, for example because all labels are 0), or `relative_loss` = population loss / E f*(x)^2, 1 for a
  /// network that predicts 0. Read on first use. Throws Error if the name is not in `names()`.
  [[nodiscard]] const std::vector<double>& variable(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> names() const;

  /// The least known orbit minimum of an instance's data, and what it is.
  [[nodiscard]] double least(std::int64_t instance) const {
    return configuration::at(least_, instance);
  }
  [[nodiscard]] LeastKind least_kind(std::int64_t instance) const {
    return configuration::at(kinds_, instance);
  }

  /// Whether a least is known for any instance.
  [[nodiscard]] bool has_least() const;
  /// Whether the grid has both min-norm and flattest, which are compared with each other then.
  [[nodiscard]] bool has_least_norm_and_flattest() const {
    return algorithm("min-norm") && algorithm("flattest");
  }

  /// E f*(x)^2 for the seed at a position of the axis: computed from the problem; for a data file the mean
  /// over the stored samples, NaN if there are none.
  [[nodiscard]] double target_second_moment(std::int64_t seed) const;

  /// The reasons why points do not interpolate, the most frequent first.
  [[nodiscard]] std::vector<Reason> reasons(const std::vector<std::int64_t>& points) const;

 private:
  const results::ResultsReader& results_;
  std::vector<grid::Status> statuses_;
  std::int64_t instances_;
  bool one_data_set_;
  std::vector<double> least_;
  /// The least path norm known of an instance's data: the certified bound of min-norm or else its path
  /// norm. NaN where it does not interpolate.
  std::vector<double> least_norm_;
  std::vector<LeastKind> kinds_;
  mutable std::map<std::string, std::vector<double>, std::less<>> variables_;
  mutable std::vector<double> second_moments_;  ///< by seed; empty before the first use
  mutable std::vector<std::string> messages_;
};

/// Whether the status of a point allows to compare it: it is done and interpolates; or, if the selection names
/// statuses, it is measured and has one of them.
bool is_compared(const Figures& figures, const Selection& selection, std::int64_t flat);

/// Whether a point is selected and `is_compared`. Charts and verdicts use these points.
bool is_shown(const Figures& figures, const Selection& selection, std::int64_t flat);

/// The names of the entries of the axis `algorithm` of all files, in the order in which they first occur.
std::vector<std::string_view> algorithms_of(std::span<const Figures> files);

/// Whether an entry of the axis `algorithm` is chosen by its population loss, as `worst` is. Such networks are no
/// evidence of how flatness and loss are related: no rank correlation includes them.
bool is_chosen_by_loss(std::string_view entry);

/// worst.ratio of the entry of `worst` at a position on the axis `algorithm`.
double worst_ratio(const Figures& figures, std::int64_t entry);

/// How many of the names before one are of the same algorithm: 0 of "sam", 1 of "sam(sam-radius=0.2)" in
/// {"sam", "lazy", "sam(sam-radius=0.2)"}.
std::size_t variant_number(const std::vector<std::string_view>& names, std::size_t position);

}  // namespace flatgrid::report

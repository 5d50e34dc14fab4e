// SPDX-License-Identifier: MIT
/// The figures of a results file as a report reads them: whole variables, and those that compare a
/// point with the flattest interpolator of its data.
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

/// What flatness is held against on the data of an instance: the least orbit minimum known of them.
enum class LeastKind {
  none,       ///< neither a flattest that interpolates nor a teacher
  teacher,    ///< the grid has no `flattest`: the orbit minimum of the target itself as a network
  flattest,   ///< the orbit minimum of `flattest`
  certified,  ///< a certified lower bound on that of every interpolator
};

/// What a variable is called before people: "population loss".
std::string words_of(std::string_view variable);

/// An instance is what all algorithms are given alike: samples, noise, width and seed.
class Figures {
 public:
  explicit Figures(const results::ResultsReader& results);

  [[nodiscard]] const results::ResultsReader& results() const { return results_; }
  [[nodiscard]] const configuration::Axes& axes() const { return results_.configuration().grid; }
  [[nodiscard]] grid::Status status(std::int64_t flat) const {
    return configuration::at(statuses_, flat);
  }
  /// Whether the network of a point interpolates, whatever its status.
  [[nodiscard]] bool interpolates(std::int64_t flat) const;

  /// Instances are numbered in storage order; `flat_of` is the point of an algorithm on one.
  [[nodiscard]] std::int64_t instances() const { return instances_; }
  [[nodiscard]] configuration::GridPoint instance(std::int64_t number) const;
  [[nodiscard]] std::int64_t flat_of(std::int64_t algorithm, std::int64_t instance) const {
    return algorithm * instances_ + instance;
  }
  [[nodiscard]] bool in_part(std::int64_t instance) const;
  /// Position of an algorithm on its axis.
  [[nodiscard]] std::optional<std::int64_t> algorithm(std::string_view name) const;

  /// Whether the seeds of the file share one data set: that of a data file, unless it is resampled
  /// (problem.data-split = resample). They are no independent repetitions then.
  [[nodiscard]] bool has_one_data_set() const { return one_data_set_; }
  /// Which of the independent data sets an instance has: one a seed, or one for all.
  [[nodiscard]] std::int64_t data_set(std::int64_t instance) const {
    return one_data_set_ ? 0 : this->instance(instance).seed;
  }

  /// A variable over the grid in the order of `flat_index`, NaN where it was not measured: those of
  /// the file, and `flatness_ratio` = orbit minimum / least, `trace_ratio` = trace / least (NaN where
  /// the least is 0, as it is of labels that are all 0) and
  /// `relative_loss` = population loss / E f*(x)^2, 1 for a network that predicts 0. Read when first
  /// asked for. Throws Error for a name that is none of `names()`.
  [[nodiscard]] const std::vector<double>& variable(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> names() const;

  /// The least orbit minimum known of an instance's data, and what it is.
  [[nodiscard]] double least(std::int64_t instance) const {
    return configuration::at(least_, instance);
  }
  [[nodiscard]] LeastKind least_kind(std::int64_t instance) const {
    return configuration::at(kinds_, instance);
  }

  /// Whether a least is known of any instance.
  [[nodiscard]] bool has_least() const;

  /// E f*(x)^2 of a seed, given by its position: that of the problem, computed anew; of a data file
  /// the mean over the stored samples, NaN where there are none.
  [[nodiscard]] double target_second_moment(std::int64_t seed) const;

  /// Why points are no interpolators, the most frequent reason first.
  [[nodiscard]] std::vector<Reason> reasons(const std::vector<std::int64_t>& points) const;

 private:
  const results::ResultsReader& results_;
  std::vector<grid::Status> statuses_;
  std::int64_t instances_;
  bool one_data_set_;
  std::vector<double> least_;
  std::vector<LeastKind> kinds_;
  mutable std::map<std::string, std::vector<double>, std::less<>> variables_;
  mutable std::vector<double> second_moments_;  ///< by seed; empty before they are asked for
  mutable std::vector<std::string> messages_;
};

/// Whether a point is compared with others, by its status: it is done and interpolates, or, of a
/// selection that names statuses, it is measured and has one of these.
bool is_compared(const Figures& figures, const Selection& selection, std::int64_t flat);

/// Whether a point is compared and selected: what charts and verdicts are of.
bool is_shown(const Figures& figures, const Selection& selection, std::int64_t flat);

/// Algorithms of any file, in the order of the first that has them.
std::vector<std::string_view> algorithms_of(std::span<const Figures> files);

}  // namespace flatgrid::report

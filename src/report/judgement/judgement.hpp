// SPDX-License-Identifier: MIT
/// The verdicts on one results file, a source file each, and what they share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/selection.hpp"
#include "flatgrid/report/verdict.hpp"

namespace flatgrid::report {

/// The instances that differ in the seed alone.
struct Cell {
  configuration::GridPoint point;  ///< the first of them
  std::vector<std::int64_t> instances;
};

/// The points of a results file that verdicts are about: selected and interpolating.
struct Points {
  const Figures& figures;
  const Selection& selection;

  [[nodiscard]] const configuration::Axes& axes() const { return figures.axes(); }
  [[nodiscard]] bool shown(std::int64_t algorithm, std::int64_t instance) const {
    return is_shown(figures, selection, figures.flat_of(algorithm, instance));
  }
  /// Whether an algorithm has one in a cell.
  [[nodiscard]] bool interpolates_in(const Cell& cell, std::int64_t algorithm) const;
  /// Those of an instance, of all algorithms.
  [[nodiscard]] std::vector<std::int64_t> shown_on(std::int64_t instance) const;
};

/// The cells that have a selected point.
std::vector<Cell> cells_of(const Points& points);
/// "samples 80, noise 0.1, width 300"
std::string cell_text(const configuration::Axes& axes, const configuration::GridPoint& point);

/// Positions on an axis of the least and the largest value that some cells have.
struct Ends {
  std::int64_t least = 0, largest = 0;
};
Ends ends_of_noise(const configuration::Axes& axes, const std::vector<Cell>& cells);
Ends ends_of_samples(const configuration::Axes& axes, const std::vector<Cell>& cells);

/// Adds to the evidence of a verdict how `what` goes with an axis: the slopes between neighbouring values,
/// and exponent and curvature where there are values enough.
void add_power_law(Verdict& verdict, const std::string& what, std::string_view axis,
                   const PowerLaw& law, std::int64_t points);

/// Fewest interpolators of the same data whose order says something.
inline constexpr std::int64_t k_fewest_ordered = 3;

Verdict judge_claim1(const Points& points);
Verdict judge_claim2(const Points& points);
Verdict judge_best(const Points& points);
Verdict judge_index_subspace(const Points& points);
Verdict judge_order(const Points& points);
Verdict judge_rescaling(const Points& points);

}  // namespace flatgrid::report

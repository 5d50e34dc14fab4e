// SPDX-License-Identifier: MIT
/// The verdicts on one results file, each in its own source file, and their common parts.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/selection.hpp"
#include "flatgrid/report/verdict.hpp"

namespace flatgrid::report {

/// A cell of the grid: the instances (figures.hpp) of the same samples, noise and width, one for each seed.
struct Cell {
  /// The positions of its samples, noise and width; seed and algorithm are 0.
  configuration::GridPoint point;
  /// The numbers of its instances that have a selected point.
  std::vector<std::int64_t> instances;
};

/// The points of a results file that verdicts use: those for which `is_shown` is true, usually the selected
/// points that interpolate (figures.hpp).
struct Points {
  const Figures& figures;
  const Selection& selection;

  [[nodiscard]] const configuration::Axes& axes() const { return figures.axes(); }
  [[nodiscard]] bool shown(std::int64_t algorithm, std::int64_t instance) const {
    return is_shown(figures, selection, figures.flat_of(algorithm, instance));
  }
  /// Whether an algorithm has a shown point in a cell.
  [[nodiscard]] bool interpolates_in(const Cell& cell, std::int64_t algorithm) const;
  /// The flat indices of the shown points of an instance that rank correlations use: of all algorithms but
  /// those that are chosen by their loss.
  [[nodiscard]] std::vector<std::int64_t> ordered_on(std::int64_t instance) const;
};

/// The cells that have a selected point, whatever its status.
std::vector<Cell> cells_of(const Points& points);
/// "samples 80, noise 0.1, width 300"
std::string cell_text(const configuration::Axes& axes, const configuration::GridPoint& point);

/// A value of each instance, with its data set.
std::vector<SeedValue> values_on(const Figures& figures, const std::vector<std::int64_t>& instances,
                                 const std::function<double(std::int64_t instance)>& value);

/// The positions on an axis of the least and the largest value among some cells.
struct Ends {
  std::int64_t least = 0, largest = 0;
};
Ends ends_of_noise(const configuration::Axes& axes, const std::vector<Cell>& cells);
Ends ends_of_samples(const configuration::Axes& axes, const std::vector<Cell>& cells);

/// Adds the power law of `what` in an axis to the evidence of a verdict: the slopes between neighbouring
/// values; curvature and third order if there are `k_fewest_sizes` values; the exponent if the law holds. `points`
/// is the number of points of the fit.
void add_power_law(Verdict& verdict, const std::string& what, std::string_view axis,
                   const PowerLaw& law, std::int64_t points);

/// A population loss below this is 0 up to rounding. It obeys no power law.
inline constexpr double k_zero_loss = 1e-20;

/// The least number of interpolators of the same data whose order is used.
inline constexpr std::int64_t k_fewest_ordered = 3;

/// How many upper bounds on the largest loss within a ratio there are, and how many are certified.
struct BoundKinds {
  std::int64_t all = 0, certified = 0;

  /// Counts the shown points of an entry of `worst` in a cell.
  void count(const Points& points, const Cell& cell, std::int64_t entry);
  /// Adds them to the remarks if there are any.
  void add_to(Verdict& verdict) const;
};

/// With trained biases: adds to the remarks the share of extreme samples, and what follows where all are extreme. With
/// frozen biases: that there is no rescaling symmetry.
void add_extreme_samples(const Points& points, Verdict& verdict);

Verdict judge_claim1(const Points& points);
Verdict judge_claim2(const Points& points);
Verdict judge_best(const Points& points);
Verdict judge_index_subspace(const Points& points);
Verdict judge_order(const Points& points);
Verdict judge_rescaling(const Points& points);
/// Of a grid that has single-index.
Verdict judge_single_index(const Points& points);
/// Of a grid that has worst.
Verdict judge_frontier(const Points& points);
/// Of a grid that has flattest and min-norm.
Verdict judge_least_norm(const Points& points);

}  // namespace flatgrid::report

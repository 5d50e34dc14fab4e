// SPDX-License-Identifier: MIT
/// The result table a run ends with: flatness against generalization, a row an algorithm.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "flatgrid/results/reader.hpp"

namespace flatgrid {

/// Medians of one algorithm at one noise level, over samples, widths and seeds. Flatness is relative
/// to the teacher's network on the same data where the grid has the algorithm `teacher` and it was
/// measured.
struct AlgorithmSummary {
  std::string algorithm;
  double noise = 0;
  double orbit_min = 0;            ///< median of orbit minimum / the teacher's
  double trace = 0;                ///< median of trace / the teacher's
  double population_loss = 0;      ///< median
  std::int64_t points = 0;         ///< computed, whatever came out
  std::int64_t interpolating = 0;  ///< of these, with status done
};

struct Summary {
  bool relative_to_teacher = false;
  /// Per noise level in the order of the axis, the algorithms from flattest to sharpest.
  std::vector<AlgorithmSummary> rows;
};

/// Medians over the interpolating points of an algorithm, or over all that were measured if none of
/// them interpolates (the teacher with noisy labels).
Summary summarize(const ResultsReader& results);

void print_result_table(std::ostream& stream, const ResultsReader& results);

}  // namespace flatgrid

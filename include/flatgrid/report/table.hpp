// SPDX-License-Identifier: MIT
/// The result table a run ends with: flatness against generalization, a row an algorithm.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "flatgrid/results/reader.hpp"

namespace flatgrid {

/// Medians of one algorithm at one noise level, over samples, widths and seeds. Flatness is relative
/// to that of the reference on the same data.
struct AlgorithmSummary {
  std::string algorithm;
  double noise = 0;
  double orbit_min = 0;            ///< median of orbit minimum / the reference's
  double trace = 0;                ///< median of trace / the reference's
  double population_loss = 0;      ///< median
  std::int64_t points = 0;         ///< computed, whatever came out
  std::int64_t interpolating = 0;  ///< of these, with status done
};

struct Summary {
  /// The algorithm that flatness is relative to: `flattest` where the grid has it, or else `teacher`;
  /// empty where it has neither, and flatness is as it is.
  std::string reference;
  /// Per noise level in the order of the axis, the algorithms from flattest to sharpest.
  std::vector<AlgorithmSummary> rows;
};

/// Medians over the interpolating points of an algorithm, or over all that were measured if none of
/// them interpolates (the teacher with noisy labels).
Summary summarize(const ResultsReader& results);

void print_result_table(std::ostream& stream, const ResultsReader& results);

}  // namespace flatgrid

/// The result table a run ends with: flatness against generalization, a row a method.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "flatgrid/results/reader.hpp"

namespace flatgrid {

/// Medians of one method at one noise level, over samples, widths and seeds. Flatness is relative
/// to the teacher's network on the same data where the grid has the method `teacher` and it was
/// measured.
struct MethodSummary {
  std::string method;
  double noise = 0;
  double orbit_min = 0;            ///< median of orbit minimum / the teacher's
  double trace = 0;                ///< median of trace / the teacher's
  double population_loss = 0;      ///< median
  std::int64_t points = 0;         ///< computed, whatever came out
  std::int64_t interpolating = 0;  ///< of these, with status done
};

struct Summary {
  bool relative_to_teacher = false;
  /// Per noise level in the order of the axis, the methods from flattest to sharpest.
  std::vector<MethodSummary> rows;
};

/// Medians over the interpolating points of a method, or over all that were measured if none of
/// them interpolates (the teacher with noisy labels).
Summary summarize(const ResultsReader& results);

void print_result_table(std::ostream& stream, const ResultsReader& results);

}  // namespace flatgrid

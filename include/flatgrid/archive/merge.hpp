// SPDX-License-Identifier: MIT
/// Joining the results files of the parts of a campaign.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace flatgrid::archive {

struct MergeOutcome {
  std::int64_t points = 0;       ///< number of points on the grid
  std::int64_t finished = 0;     ///< points that are done, not interpolating or diverged
  std::int64_t failed = 0;       ///< points that failed and are finished in no file
  std::int64_t overlapping = 0;  ///< points that are finished in several files, with the same bits
  std::int64_t damaged = 0;      ///< points not copied because their checksum does not match
  bool into_existing = false;    ///< whether the file existed; its points are included
  std::vector<std::int64_t> missing;  ///< flat indices of points in no file, or damaged

  [[nodiscard]] std::int64_t copied() const { return finished + failed; }
};

/// Writes to `out` every point that is recorded in one of `parts`, results files of one configuration: parts
/// of one or several splits, or whole grids. If a point is finished in one file and failed in another, the
/// finished one is copied. The result is the file of a campaign that was not split. Writes under another
/// name and renames; if `out` exists, it counts as one more part and is replaced. Calls `complain` with one
/// line for every damaged point. Serial; memory O(points) for a status, a checksum and a position each.
///
/// Throws Error and does not change `out` if a file cannot be read, is given twice or belongs to another
/// configuration or other data, if two files have different numbers for the same point, or if `out` is the
/// file of a part: then the user has probably forgotten OUT, and the first part was taken for it.
MergeOutcome merge_results(const std::filesystem::path& out,
                           const std::vector<std::filesystem::path>& parts,
                           const std::function<void(const std::string& line)>& complain);

}  // namespace flatgrid::archive

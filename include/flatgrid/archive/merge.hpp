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
  std::int64_t points = 0;            ///< on the grid
  std::int64_t finished = 0;          ///< of these: done, not interpolating or diverged
  std::int64_t failed = 0;            ///< failed, and finished nowhere
  std::int64_t overlapping = 0;       ///< finished in more than one file, with the same bits
  std::int64_t damaged = 0;           ///< not copied, since the checksum is not that of the numbers
  bool into_existing = false;         ///< the file was there already, and what it held counts too
  std::vector<std::int64_t> missing;  ///< flat indices of those in no file, damaged ones included

  [[nodiscard]] std::int64_t copied() const { return finished + failed; }
};

/// Writes to `out` every point that is recorded in one of `parts`, results files of one
/// configuration: parts of one split or of several, or of the whole grid. A point that finished
/// somewhere wins over one that failed. The file is that of a campaign which was not split. It is
/// written aside; if `out` is there already, it is one more of the parts, and replaced. `complain`
/// is handed a line for every damaged point. Serial; memory O(points) for a status, a checksum and
/// a position each.
///
/// Throws Error, and leaves `out` as it was, if a file cannot be read, is given twice, belongs to
/// another configuration or other data, if two files hold different numbers of the same point, or if
/// `out` is itself the file of a part: it was forgotten then, and the first part stands in its place.
MergeOutcome merge_results(const std::filesystem::path& out,
                           const std::vector<std::filesystem::path>& parts,
                           const std::function<void(const std::string& line)>& complain);

}  // namespace flatgrid::archive

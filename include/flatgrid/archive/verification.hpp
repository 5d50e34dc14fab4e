// SPDX-License-Identifier: MIT
/// Verifies a results file: compares its content with the checksums, with the configuration and with
/// recomputed figures.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "flatgrid/grid/study.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid::archive {

/// Throws Error unless networks and data are stored. The message names `file`, the keys of its configuration
/// that are the reason, and `purpose`, which needs them.
void require_networks_and_data(const results::ResultsReader& results, const std::string& file,
                               std::string_view purpose);

/// The study of a results file; reads its data file again if it has one. Throws Error naming the data file
/// if it cannot be read or is not the file from which the results were computed.
grid::Study study_with_data(const results::ResultsReader& results);

/// The relative tolerance of recomputed numbers. For figures it is relative to the figure; for the data of a
/// file of another build, whose rounding may differ, it is relative to the largest number of the dataset.
inline constexpr double k_verified_to = 1e-9;

struct Verification {
  std::int64_t points = 0;        ///< points of the file's part of the grid
  std::int64_t pending = 0;       ///< points not computed yet, which cannot be verified
  std::int64_t damaged = 0;       ///< points with at least one fault
  std::int64_t recomputed = 0;    ///< points whose figures were recomputed
  std::int64_t data_faults = 0;   ///< faults of the axes and data sets, which all points share
  bool of_another_build = false;  ///< whether another build wrote the file
};

/// Verifies a results file and calls `complain` for every fault, one line each:
///  - a coordinate variable differs from the configuration;
///  - stored data differ from those drawn from the seed: in any bit if this build wrote the file, by more than
///    `k_verified_to` if another build did;
///  - a point has a checksum that does not match its numbers, an invalid status, infinite figures, missing
///    figures although it was measured, figures although it was not measured, or a history that does not end
///    with its figures or continues after the training had ended;
///  - with `recompute`, figures differ from those of the stored network on the stored data by more than
///    `k_verified_to` (for losses, by more than rounding errors), or the status contradicts the train loss.
///    Networks and data must be stored.
/// Counts pending points, including a point that is being written. `study` is that of the results; without
/// its data file, data of the inputs `file` are not compared. Throws Error if the file cannot be read.
Verification verify(const results::ResultsReader& results, const grid::Study& study, bool recompute,
                    const std::function<void(const std::string& fault)>& complain);

}  // namespace flatgrid::archive

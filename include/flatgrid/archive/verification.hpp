// SPDX-License-Identifier: MIT
/// Whether a results file is whole: what it holds against its checksums, against the configuration,
/// and against what is computed once more.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "flatgrid/grid/study.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid::archive {

/// Throws Error naming `file` and the keys of its configuration that are to blame unless networks
/// and data are stored; `purpose` says what needs them.
void require_networks_and_data(const results::ResultsReader& results, const std::string& file,
                               std::string_view purpose);

/// The study of a results file with its data file, if it has one, read again. Throws Error
/// naming the data file if that cannot be read or is not the one the results were made from.
grid::Study study_with_data(const results::ResultsReader& results);

/// What is computed again must agree to this, relative: figures to themselves; data of a file that another
/// build wrote, whose rounding may be another, to the largest number of their dataset.
inline constexpr double k_verified_to = 1e-9;

struct Verification {
  std::int64_t points = 0;        ///< of the grid or the file's part of it
  std::int64_t pending = 0;       ///< of these: not computed yet, nothing to verify
  std::int64_t damaged = 0;       ///< with at least one fault
  std::int64_t recomputed = 0;    ///< whose figures were computed once more
  std::int64_t data_faults = 0;   ///< in the axes and data sets, which all points share
  bool of_another_build = false;  ///< the file is: its data were compared to `k_verified_to`
};

/// Hands every fault to `complain`, one line each:
///  - a coordinate variable that does not say what the configuration says;
///  - stored data that are not those drawn from the seed, bit by bit if this build wrote the file and to
///    `k_verified_to` if another did;
///  - points whose checksum is not that of the stored numbers, whose status is none, whose figures
///    are infinite, missing where something was measured or there where nothing was, and whose
///    history does not end with them, or goes on where the training had ended;
///  - with `recompute`, figures that are not those of the stored network on the stored data, to
///    `k_verified_to` or, of the losses, what rounding explains; and a status that the train loss
///    does not bear out. Networks and data must be stored.
/// Pending points are counted, and so is one that is being written meanwhile. `configuration` is
/// that of the results; without its data file, data of the inputs `file` are not compared. Throws
/// Error when the file cannot be read at all.
Verification verify(const results::ResultsReader& results, const grid::Study& study, bool recompute,
                    const std::function<void(const std::string& fault)>& complain);

}  // namespace flatgrid::archive

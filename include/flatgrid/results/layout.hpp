// SPDX-License-Identifier: MIT
/// The layout of a results file (docs/format.md) and its creation. Everything is allocated, filled and closed
/// before the first point; afterwards only raw rows are written.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/part.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/grid/study.hpp"

namespace flatgrid::results {

/// A group and the axes of its variables, in storage order. Each group has its own coordinate variables for
/// these axes, so that it can be opened separately.
struct LayoutGroup {
  std::string path;  ///< empty for the root
  std::vector<std::string_view> axes;
};
/// The groups of a results file that hold variables.
std::vector<LayoutGroup> layout_groups(const configuration::Configuration& configuration);

/// The predicted size of the results file in bytes, with an error of a few kB.
double results_bytes(const configuration::Configuration& configuration);

/// Creates the results file of a campaign or of a part of it: axes, variables (filled with NaN; status 0),
/// history, networks, data, provenance. Serial: one rank calls it. Writes under another name, synchronizes
/// with the disk and renames, so that a kill during creation leaves no incomplete file of this name. A part
/// has the layout of the whole; its networks take disk space only when they are written. Throws Error naming
/// the file and the reason and leaves no file behind: the path exists already (and is not changed), its
/// folder is missing or not writable, the disk is full.
void create_results_file(const std::filesystem::path& file, const grid::Study& study,
                         const grid::Part& part = {});

/// Writes the layout with the given variables directly to `path`; messages call it `name`.
void write_results_layout(const std::filesystem::path& path, const std::filesystem::path& name,
                          const grid::Study& study, const grid::StoredVariables& variables,
                          const grid::Part& part = {});

}  // namespace flatgrid::results

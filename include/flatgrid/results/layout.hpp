// SPDX-License-Identifier: MIT
/// The layout of a results file, which docs/format.md describes, and its creation: everything allocated,
/// filled and closed before the first point, so that afterwards only raw rows are written.
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

/// A group, and those axes of the grid that its variables extend along, in storage order. Each group
/// has coordinate variables of its own for them, so that it can be opened by itself.
struct LayoutGroup {
  std::string path;  ///< empty for the root
  std::vector<std::string_view> axes;
};
/// The groups of a results file that hold variables.
std::vector<LayoutGroup> layout_groups(const configuration::Configuration& configuration);

/// Predicted size of the results file in bytes, to a few kB.
double results_bytes(const configuration::Configuration& configuration);

/// Creates the results file of a campaign, or of a part of one: axes, variables (fill NaN; status
/// 0), history, networks, data, provenance. Serial: called by one rank. Written aside, synchronized
/// with the disk and then given its name, so that a kill during creation leaves no half file under
/// it. A part has the layout of the whole; its networks take room as they are written. Throws Error
/// naming the file and the reason, and then leaves nothing behind: the path exists already
/// (whatever it is, it is not touched), its folder is missing or not writable, the disk is full.
void create_results_file(const std::filesystem::path& file, const grid::Study& study,
                         const grid::Part& part = {});

/// The same layout with these figures, written to `path` at once; messages call it `name`.
void write_results_layout(const std::filesystem::path& path, const std::filesystem::path& name,
                          const grid::Study& study, const grid::StoredVariables& variables,
                          const grid::Part& part = {});

}  // namespace flatgrid::results

// SPDX-License-Identifier: MIT
/// The layout of a results file, which docs/format.md describes, and its creation: everything allocated,
/// filled and closed before the first point, so that afterwards only raw rows are written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/part.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/grid/study.hpp"

namespace flatgrid {

/// Version of the layout, the root attribute `flatgrid_format`. Readers refuse any other. Another
/// figure is no other layout: a file lists its figures.
inline constexpr std::int32_t k_format_version = 2;

/// What is wrong with a file of another format than this one, and what to do.
std::string explain_format(std::int32_t format);

/// Attribute of the root and of the history: names of the figures in storage order, blanks between.
inline constexpr const char* k_variables_attribute = "variables";

/// Paths of the datasets in a results file.
inline constexpr const char* k_status_path = "/status";
inline constexpr const char* k_checksum_path = "/checksum";
inline constexpr const char* k_message_path = "/message";
/// Characters stored of a message, filled up with zeros. A dimension of single characters, since
/// netCDF-4 cannot read texts of a fixed length.
inline constexpr std::int64_t k_message_length = 160;
std::string variable_path(std::string_view variable);  ///< "/population_loss"
/// "/history/population_loss_history": a name of its own, since root and history could not be merged
/// if one name meant both.
std::string history_path(std::string_view variable);
inline constexpr const char* k_history_steps_path = "/history/step";
std::string inner_path(std::int64_t width);        ///< "/networks/width_30/inner"
std::string outer_path(std::int64_t width);        ///< "/networks/width_30/outer"
std::string multipliers_path(std::int64_t width);  ///< "/networks/width_30/multipliers"

/// A group, and those axes of the grid that its variables extend along, in storage order. Each group
/// has coordinate variables of its own for them, so that it can be opened by itself.
struct LayoutGroup {
  std::string path;  ///< empty for the root
  std::vector<std::string_view> axes;
};
/// The groups of a results file that hold variables.
std::vector<LayoutGroup> layout_groups(const Configuration& configuration);

/// Predicted size of the results file in bytes, to a few kB.
double results_bytes(const Configuration& configuration);

/// Creates the results file of a campaign, or of a part of one: axes, variables (fill NaN; status
/// 0), history, networks, data, provenance. Serial: called by one rank. Written aside, synchronized
/// with the disk and then given its name, so that a kill during creation leaves no half file under
/// it. A part has the layout of the whole; its networks take room as they are written. Throws Error
/// naming the file and the reason, and then leaves nothing behind: the path exists already
/// (whatever it is, it is not touched), its folder is missing or not writable, the disk is full.
void create_results_file(const std::filesystem::path& file, const Study& study,
                         const Part& part = {});

/// The same layout with these figures, written to `path` at once; messages call it `name`.
void write_results_layout(const std::filesystem::path& path, const std::filesystem::path& name,
                          const Study& study, const StoredVariables& variables,
                          const Part& part = {});

}  // namespace flatgrid

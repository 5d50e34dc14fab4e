// SPDX-License-Identifier: MIT
/// Version of the results format and the names in it, which docs/format.md describes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flatgrid::results {

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

}  // namespace flatgrid::results

// SPDX-License-Identifier: MIT
/// Version of the results format and its names (docs/format.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flatgrid::results {

/// Version of the layout, the root attribute `flatgrid_format`. Readers refuse any other. An additional
/// figure does not change the version: a file lists its figures.
inline constexpr std::int32_t k_format_version = 2;

/// The message for a file of another format: the fault and what to do.
std::string explain_format(std::int32_t format);

/// Attribute of the root and of the history: names of the figures in storage order, separated by blanks.
inline constexpr const char* k_variables_attribute = "variables";

/// Paths of the datasets in a results file.
inline constexpr const char* k_status_path = "/status";
inline constexpr const char* k_checksum_path = "/checksum";
inline constexpr const char* k_message_path = "/message";
/// Characters stored for a message, padded with zeros. A dimension of single characters, because netCDF-4
/// cannot read strings of fixed length.
inline constexpr std::int64_t k_message_length = 160;
std::string variable_path(std::string_view variable);  ///< "/population_loss"
/// "/history/population_loss_history": differs from the name in the root, so that xarray can merge root and
/// history.
std::string history_path(std::string_view variable);
inline constexpr const char* k_history_steps_path = "/history/step";
inline constexpr const char* k_algorithm_name_path = "/variants/algorithm_name";
std::string variant_path(std::string_view key);  ///< "/variants/training_sam_radius"
std::string inner_path(std::int64_t width);      ///< "/networks/width_30/inner"
std::string outer_path(std::int64_t width);      ///< "/networks/width_30/outer"
std::string bias_path(std::int64_t width);       ///< "/networks/width_30/bias"
/// "/networks/width_30/linear_1"; the layers are numbered from 1, from the inputs on.
std::string linear_path(std::int64_t width, std::size_t number);
std::string multipliers_path(std::int64_t width);  ///< "/networks/width_30/multipliers"

}  // namespace flatgrid::results

// SPDX-License-Identifier: MIT
/// Numbers from HDF5 files that somebody else has made, as that file means them.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/results/hdf5.hpp"

namespace flatgrid::results {

/// A dataset of numbers [items, size] as a matrix [size, items], a column an item; [items] is read as
/// [items, 1]. `axes` names its dimensions. Booleans, as h5py and PyTables store them, are 0 and 1.
///
/// Attributes of the CF conventions (section 2.5 and 8.1 of CF-1.9) are followed: a number is
/// stored * scale_factor + add_offset, and what `_FillValue` and `missing_value` mark is missing.
///
/// Throws Error naming the file `name`, the dataset and what is wrong: it is not there, holds no
/// numbers, has another shape, does not fit in memory; a number is missing, not finite or was never
/// written (HDF5 would give its fill value, 0 as a rule, without a word), the source of a virtual
/// dataset is not there; a compression filter is not available here.
MatrixD read_foreign_numbers(hid_t file, const std::filesystem::path& name, const std::string& path,
                             std::initializer_list<std::string_view> axes);

}  // namespace flatgrid::results

// SPDX-License-Identifier: MIT
/// Numbers from HDF5 files that flatgrid has not written.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/results/hdf5.hpp"

namespace flatgrid::results {

/// Reads a dataset of numbers [items, size] as a matrix [size, items], an item in each column; [items] is
/// read as [items, 1]. `axes` names its dimensions. Booleans, as h5py and PyTables store them, are 0 and 1.
///
/// Applies attributes of the CF conventions (sections 2.5 and 8.1 of CF-1.9): a number is
/// stored * scale_factor + add_offset; `_FillValue` and `missing_value` mark missing numbers.
///
/// Throws Error naming the file `name`, the dataset and the fault: the dataset is missing, has no numbers
/// or another shape, or does not fit in memory; a number is missing, not finite or was never written (HDF5
/// would return its fill value, usually 0, without an error); the source of a virtual dataset is missing; a
/// compression filter is not available.
MatrixD read_foreign_numbers(hid_t file, const std::filesystem::path& name, const std::string& path,
                             std::initializer_list<std::string_view> axes);

}  // namespace flatgrid::results

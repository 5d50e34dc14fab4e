// SPDX-License-Identifier: MIT
/// Checks that all numbers of a foreign dataset were written.
#pragma once

#include <filesystem>
#include <string>

#include "flatgrid/results/hdf5.hpp"

namespace flatgrid::results {

/// HDF5 reads numbers that were never written as the fill value, usually 0, without an error. Throws Error
/// naming the file `name`, the dataset and the missing part: the whole dataset, some of its chunks, the
/// source of a virtual dataset or numbers of the source. In a dataset with allocated space, rows that were
/// never written cannot be distinguished from zeros.
void require_wholly_written(hid_t file, const std::filesystem::path& name, const std::string& path);

}  // namespace flatgrid::results

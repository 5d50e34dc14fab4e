// SPDX-License-Identifier: MIT
/// Whether the numbers of a dataset that somebody else has made are on the disk.
#pragma once

#include <filesystem>
#include <string>

#include "flatgrid/results/hdf5.hpp"

namespace flatgrid::results {

/// HDF5 reads numbers that were never written as the fill value, 0 as a rule, without a word. Throws
/// Error naming the file `name`, the dataset and what is missing: all of it, some of its chunks, the
/// source of a virtual dataset or numbers of that. Rows that a writer left out of a dataset whose
/// space it had taken cannot be told from zeros.
void require_wholly_written(hid_t file, const std::filesystem::path& name, const std::string& path);

}  // namespace flatgrid::results

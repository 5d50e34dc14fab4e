// SPDX-License-Identifier: MIT
/// Reading the HDF5 data file of the inputs `file`.
///
///     inputs            [N, d]  numbers, a sample in each row
///     labels            [N]     numbers
///     index_directions  [r, d]  unit vectors u_s; optional, together with coefficients
///     coefficients      [r]     c_s
///
/// foreign_numbers.hpp describes how numbers, booleans, attributes and missing numbers are read. With
/// problem.data-split = first the rows are used in the order of the file: n samples are the first n rows,
/// and rows beyond the largest number of samples on the grid are held out for the population loss. Shuffle
/// the rows first, or let each seed draw its own order: resample.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "flatgrid/grid/study.hpp"
#include "flatgrid/problem/data_set.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid::results {

/// The study of a configuration with the data of `problem.data-file` if the inputs are `file`.
/// Relative paths start at the working directory. Throws Error naming the file, the fault and the
/// conflicting key: the file cannot be opened, a dataset is missing or has the wrong shape, a number is not
/// finite, the number of columns is not `problem.dimension` or the number of directions not
/// `problem.indices`, there are fewer rows than the largest number of samples, or too few held-out rows if
/// every seed draws its own.
grid::Study read_study(configuration::Configuration configuration);

/// Possible faults of the data, one line each that names the file: inputs far from centred or in very
/// different units, zeros at the end. Empty without external data.
std::vector<std::string> doubts_about_data(const problem::Problem& problem);

/// The checksum of the external data, 16 hexadecimal digits: the root attribute `data_file_crc64`
/// of a results file.
std::string data_file_checksum(const problem::ExternalData& data);

/// Throws Error if the external data are not those that `results` were computed from, because the data file
/// has changed.
void require_same_data(const problem::Problem& problem, const ResultsReader& results);

}  // namespace flatgrid::results

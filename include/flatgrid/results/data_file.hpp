// SPDX-License-Identifier: MIT
/// Data sets from outside: the HDF5 file of the inputs `file`.
///
///     inputs            [N, d]  numbers, a sample a row
///     labels            [N]     numbers
///     index_directions  [r, d]  unit vectors u_s; optional, with the next
///     coefficients      [r]     c_s
///
/// How numbers, booleans, attributes and missing numbers are read: foreign_numbers.hpp. With
/// problem.data-split = first the rows are used in the order of the file: n samples are the first n,
/// and those beyond the largest number of samples on the grid are held out for the population loss.
/// Shuffle them before, or let each seed draw its own order: resample.
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
/// Relative paths start at the working directory. Throws Error naming the file, what is
/// wrong and the key it does not go with: it cannot be opened, a dataset is missing or of the wrong
/// shape, a number is not finite, it has other than `problem.dimension` columns or
/// `problem.indices` directions, or fewer rows than the most samples on the grid, or too few beyond
/// these where every seed draws its own.
grid::Study read_study(configuration::Configuration configuration);

/// What may be wrong with the data that were read, a line each that names the file: inputs far from
/// centred or in very unlike units, zeros at the end. Empty without external data.
std::vector<std::string> doubts_about_data(const problem::Problem& problem);

/// The checksum of the external data, 16 hexadecimal digits: the root attribute `data_file_crc64`
/// of a results file.
std::string data_file_checksum(const problem::ExternalData& data);

/// Throws Error if the external data, where there are any, are not those that `results` were made
/// from: the data file may have changed since.
void require_same_data(const problem::Problem& problem, const ResultsReader& results);

}  // namespace flatgrid::results

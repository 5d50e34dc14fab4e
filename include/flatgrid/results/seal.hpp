// SPDX-License-Identifier: MIT
/// The seal of a results file: checksums of everything in it that HDF5 interprets. HDF5 1.10 loops
/// for ever or crashes on damaged metadata (H5HG_read on a zeroed heap, say), so nothing but bytes
/// that are those of the creation is ever given to it.
///
/// After its creation only numbers are written to a results file, in places fixed by then: every
/// other byte stays as it is, whoever opens the file and however he is killed (HDF5's mark in the
/// superblock that somebody writes, bytes 20 to 23, aside). The seal lies at the end of the file, in
/// space that belongs to no object of HDF5, so that netCDF and h5py do not see it. In 64-bit
/// little-endian integers, between two texts of 16 characters:
///
///     "flatgrid seal 1\n"
///     size of the file, seal included
///     number of extents
///     begin, end, CRC-64/XZ      of every extent of metadata, in ascending order
///     CRC-64/XZ                  of the seal up to here
///     size of the seal
///     "flatgrid seal 1\n"
///
/// The extents are all of the file but the datasets of numbers and characters (texts of variable
/// length are references that HDF5 follows), and the seal.
#pragma once

#include <filesystem>

#include "flatgrid/results/hdf5.hpp"

namespace flatgrid::results {

/// Seals the file `path`, which must be closed: cuts it where HDF5 says that it ends, and adds the
/// seal. Messages call it `name`. A file with a seal gets another one, of what is there now.
void seal_file(const std::filesystem::path& path, const std::filesystem::path& name);

/// Throws Error naming the file and what is wrong unless it is a regular file, as long as it should
/// be, whose metadata are those it was sealed with. Does not use HDF5.
void require_sealed(const std::filesystem::path& file);

/// Opens a results file for reading, after `require_sealed`.
hdf5::File open_sealed(const std::filesystem::path& file);

}  // namespace flatgrid::results

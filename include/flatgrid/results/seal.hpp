// SPDX-License-Identifier: MIT
/// The seal of a results file: checksums of all its metadata, the bytes that HDF5 interprets. HDF5 1.10
/// loops forever or crashes on damaged metadata (for example H5HG_read on a zeroed heap). Therefore flatgrid
/// passes a results file to HDF5 only if its metadata have not changed since creation.
///
/// After the creation of a results file only numbers are written, at fixed positions. No other byte changes,
/// even if a process that has the file open is killed. The only exception is HDF5's mark in the superblock
/// that a process writes the file, bytes 20 to 23. The seal is at the end of the file, in space that belongs
/// to no HDF5 object, so netCDF and h5py ignore it. It consists of 64-bit little-endian integers between
/// two texts of 16 characters:
///
///     "flatgrid seal 1\n"
///     size of the file, seal included
///     number of extents
///     begin, end, CRC-64/XZ      of every extent of metadata, in ascending order
///     CRC-64/XZ                  of the seal up to here
///     size of the seal
///     "flatgrid seal 1\n"
///
/// The extents cover the whole file except the datasets of numbers and characters and the seal. Texts of
/// variable length are references that HDF5 follows, so they belong to the metadata.
#pragma once

#include <filesystem>

#include "flatgrid/results/hdf5.hpp"

namespace flatgrid::results {

/// Seals the file `path`, which must be closed: truncates it to the size that HDF5 reports and appends the
/// seal. Messages call it `name`. Replaces the seal of a sealed file.
void seal_file(const std::filesystem::path& path, const std::filesystem::path& name);

/// Throws Error naming the file and the fault unless it is a regular file of the sealed size with the
/// sealed metadata. Does not use HDF5.
void require_sealed(const std::filesystem::path& file);

/// Opens a results file for reading, after `require_sealed`.
hdf5::File open_sealed(const std::filesystem::path& file);

}  // namespace flatgrid::results

// SPDX-License-Identifier: MIT
/// A netCDF-4 file under construction: an HDF5 file in which every dimension of every dataset has a
/// name and a coordinate variable (a dimension scale) and every dataset says what it holds, so that
/// `ncdump`, xarray and h5py show it as it is meant.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/results/hdf5.hpp"

namespace flatgrid::results {

class NetcdfFile {
 public:
  /// What a dataset says about itself: UDUNITS ("1" for a pure number) and one line for people.
  struct Description {
    std::string_view units;
    std::string_view long_name;
  };
  /// A dimension and its coordinate variable, if it has one, which bear the same name.
  struct Dimension {
    hsize_t size;
    hdf5::Dataset scale;
  };

  /// Creates the file `path`, replacing what is there. Messages call it `name`.
  NetcdfFile(const std::filesystem::path& path, std::filesystem::path name);
  /// Abandons the file unless it was closed: what is on the disk then is of no use.
  ~NetcdfFile();
  NetcdfFile(const NetcdfFile&) = delete;
  NetcdfFile& operator=(const NetcdfFile&) = delete;

  /// A text attribute of the object `path` ("/" for the file itself).
  void add_attribute(const std::string& path, const char* name, std::string_view text);
  /// A list of texts.
  void add_attribute(const std::string& path, const char* name,
                     const std::vector<std::string>& texts);
  /// An attribute of numbers.
  template <class Number>
  void add_attribute(const std::string& path, const char* name, std::span<const Number> values);

  void add_group(const std::string& path);
  /// A dimension with its coordinates: numbers or texts.
  template <class Value>
  Dimension add_dimension(const std::string& path, std::span<const Value> coordinates,
                          const Description& description);
  /// A dimension without coordinates.
  Dimension add_dimension(const std::string& path, hsize_t size, const Description& description);
  /// How much of a variable is on the disk when the file is closed: all of it, filled, or only what
  /// was written, in a file with holes, which read as zeros.
  enum class Storage { filled, sparse };
  /// A variable over `dimensions`, contiguous.
  template <class Number>
  void add_variable(const std::string& path, std::span<const Dimension* const> dimensions,
                    Number fill, const Description& description, Storage storage = Storage::filled);
  /// Writes `count` rows of a variable, from `first` on along its first dimension, all of the others.
  template <class Number>
  void write_rows(const std::string& path, hsize_t first, hsize_t count,
                  std::span<const Number> values);

  /// Room on the disk beyond the file that `close` needs, for metadata that has no place in the file
  /// yet.
  static constexpr hsize_t k_spare_bytes = 1 << 20;
  /// Writes out everything and closes the file, which may keep room at its end that HDF5 did not need.
  /// Throws Error if that fails, on a full disk say.
  void close();

 private:
  void add_attribute(const std::string& path, const char* name, hid_t type, hid_t space,
                     const void* values);
  hdf5::Dataset create_dataset(const std::string& path, hid_t type, hid_t space, hid_t properties,
                               const Description& description);
  /// The file descriptor below HDF5.
  [[nodiscard]] int descriptor() const;

  /// Takes the space of the first `size` bytes of the file on the disk, but that of holes.
  void allocate(hsize_t size);

  struct Bytes {
    haddr_t begin;
    hsize_t size;
  };
  std::filesystem::path name_;
  std::vector<Bytes> holes_;  // the sparse variables
  hdf5::File file_;
};

}  // namespace flatgrid::results

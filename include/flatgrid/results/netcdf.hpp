// SPDX-License-Identifier: MIT
/// Creates a netCDF-4 file: an HDF5 file in which every dimension of every dataset has a name and a
/// coordinate variable (a dimension scale) and every dataset has units and a description, for `ncdump`,
/// xarray and h5py.
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
  /// The description of a dataset: UDUNITS ("1" for a pure number) and one line for the user.
  struct Description {
    std::string_view units;
    std::string_view long_name;
  };
  /// A dimension, and its coordinate variable of the same name if it has one.
  struct Dimension {
    hsize_t size;
    hdf5::Dataset scale;
  };

  /// Creates the file `path`, replacing an existing file. Messages call it `name`.
  NetcdfFile(const std::filesystem::path& path, std::filesystem::path name);
  /// Abandons the file unless it was closed; its content on the disk is then unusable.
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
  /// What is allocated of a variable when the file is closed: filled = all of it; sparse = only what was
  /// written, in a file with holes, which read as zeros.
  enum class Storage { filled, sparse };
  /// A contiguous variable over `dimensions`.
  template <class Number>
  void add_variable(const std::string& path, std::span<const Dimension* const> dimensions,
                    Number fill, const Description& description, Storage storage = Storage::filled);
  /// Writes `count` rows of a variable, starting at `first` along its first dimension, with the full extent
  /// of the other dimensions.
  template <class Number>
  void write_rows(const std::string& path, hsize_t first, hsize_t count,
                  std::span<const Number> values);

  /// Additional disk space that `close` needs, for metadata that HDF5 has not allocated yet.
  static constexpr hsize_t k_spare_bytes = 1 << 20;
  /// Writes everything and closes the file, which may keep unused space at its end. Throws Error if this
  /// fails, for example on a full disk.
  void close();

 private:
  void add_attribute(const std::string& path, const char* name, hid_t type, hid_t space,
                     const void* values);
  hdf5::Dataset create_dataset(const std::string& path, hid_t type, hid_t space, hid_t properties,
                               const Description& description);
  /// The file descriptor below HDF5.
  [[nodiscard]] int descriptor() const;

  /// Allocates the first `size` bytes of the file on the disk, except holes.
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

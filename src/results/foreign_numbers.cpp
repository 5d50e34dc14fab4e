// SPDX-License-Identifier: MIT
#include "flatgrid/results/foreign_numbers.hpp"

#include <unistd.h>

#include <array>
#include <numeric>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/results/foreign.hpp"
#include "flatgrid/results/foreign_storage.hpp"

namespace flatgrid::results {

namespace fs = std::filesystem;
using hdf5::expect;

namespace {

/// A dataset and what messages call it.
struct Foreign {
  const fs::path& name;
  const std::string& path;
  hdf5::Dataset dataset;

  [[noreturn]] void refuse(std::string_view what) const {
    flatgrid::refuse(name, fmt::format("'{}' {}", path, what));
  }
};

/// The boolean of h5py (an enumeration FALSE, TRUE) or of PyTables (eight bits): the type of the
/// numbers that it is stored as; else invalid.
hdf5::Type number_of_boolean(hid_t type) {
  if (H5Tget_size(type) != 1) return hdf5::Type();
  if (H5Tget_class(type) == H5T_BITFIELD) return hdf5::Type(H5Tcopy(H5T_NATIVE_UINT8));
  if (H5Tget_class(type) != H5T_ENUM || H5Tget_nmembers(type) != 2) return hdf5::Type();
  constexpr std::array<const char*, 2> k_names = {"FALSE", "TRUE"};
  for (std::size_t value = 0; value < k_names.size(); ++value) {
    unsigned char stored = 0;
    if (H5Tenum_valueof(type, k_names[value], &stored) < 0 || stored != value) return hdf5::Type();
  }
  return hdf5::Type(H5Tget_super(type));
}

/// The filter, if there is one, by which the dataset is stored and which is not available.
std::optional<std::string> missing_filter(const Foreign& foreign) {
  const hdf5::Properties creation(H5Dget_create_plist(foreign.dataset));
  for (int k = 0; k < H5Pget_nfilters(creation); ++k) {
    unsigned flags = 0;
    std::size_t parameters = 0;
    std::array<char, 64> filter{};
    const H5Z_filter_t id = H5Pget_filter2(creation, static_cast<unsigned>(k), &flags, &parameters,
                                           nullptr, filter.size() - 1, filter.data(), nullptr);
    if (id >= 0 && H5Zfilter_avail(id) <= 0) return fmt::format("{} ({})", filter.data(), id);
  }
  return std::nullopt;
}

/// The numbers of an attribute; none if there is no such attribute.
std::vector<double> attribute_of(const Foreign& foreign, const char* attribute) {
  if (H5Aexists(foreign.dataset, attribute) <= 0) return {};
  const hdf5::Attribute found(expect(H5Aopen(foreign.dataset, attribute, H5P_DEFAULT), foreign.name,
                                     "open attribute", attribute));
  const hdf5::Type type(H5Aget_type(found));
  if (const H5T_class_t kind = H5Tget_class(type); kind != H5T_FLOAT && kind != H5T_INTEGER) {
    foreign.refuse(fmt::format("has the attribute '{}', which must be a number", attribute));
  }
  const hssize_t count = H5Sget_simple_extent_npoints(hdf5::Space(H5Aget_space(found)));
  if (count <= 0) return {};
  std::vector<double> values(static_cast<std::size_t>(count));
  expect(H5Aread(found, H5T_NATIVE_DOUBLE, values.data()), foreign.name, "read attribute",
         attribute);
  return values;
}

double factor_of(const Foreign& foreign, const char* attribute, double otherwise) {
  const std::vector<double> values = attribute_of(foreign, attribute);
  if (values.size() > 1) {
    foreign.refuse(fmt::format("has the attribute '{}', which must be one number, not {}",
                               attribute, values.size()));
  }
  return values.empty() ? otherwise : values.front();
}

struct Marker {
  std::string_view origin;
  double value;
};

/// Stored numbers that stand for none.
std::vector<Marker> markers_of(const Foreign& foreign) {
  std::vector<Marker> markers;
  for (const char* attribute : {"_FillValue", "missing_value"}) {
    for (const double value : attribute_of(foreign, attribute))
      markers.push_back({attribute, value});
  }
  // What HDF5 itself gives out where nothing was written, in netCDF files 1e37 or so. 0 is the
  // default of many programs and too common a number.
  const hdf5::Properties creation(H5Dget_create_plist(foreign.dataset));
  H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
  H5Pfill_value_defined(creation, &defined);
  double fill = 0;
  if (defined == H5D_FILL_VALUE_USER_DEFINED &&
      H5Pget_fill_value(creation, H5T_NATIVE_DOUBLE, &fill) >= 0 && fill != 0) {
    markers.push_back({"the fill value", fill});
  }
  return markers;
}

void require_no_marker(const Foreign& foreign, hid_t type, const MatrixD& stored) {
  const bool single = H5Tget_class(type) == H5T_FLOAT && H5Tget_size(type) == sizeof(float);
  for (const auto& [origin, value] : markers_of(foreign)) {
    // A marker may be written with more digits than the numbers have.
    const double marker = single ? static_cast<double>(static_cast<float>(value)) : value;
    for (Index item = 0; item < stored.cols(); ++item) {
      if ((stored.col(item).array() == marker).any()) {
        foreign.refuse(fmt::format("has no number in row {}: {:g} stands there, which is {}", item,
                                   marker, origin));
      }
    }
  }
}

void require_finite(const Foreign& foreign, const MatrixD& values) {
  for (Index item = 0; item < values.cols(); ++item) {
    if (!values.col(item).allFinite()) {
      foreign.refuse(fmt::format("has a number that is not finite in row {}", item));
    }
  }
}

double memory_bytes() {
  return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

MatrixD read_foreign_numbers(hid_t file, const fs::path& name, const std::string& path,
                             std::initializer_list<std::string_view> axes) {
  if (H5Lexists(file, path.c_str(), H5P_DEFAULT) <= 0) {
    refuse(name, fmt::format("has no dataset '{}'", path));
  }
  const Foreign foreign{
      name, path,
      hdf5::Dataset(expect(H5Dopen2(file, path.c_str(), H5P_DEFAULT), name, "open", path))};
  const hdf5::Type type(H5Dget_type(foreign.dataset));
  const hdf5::Type boolean = number_of_boolean(type);
  if (const H5T_class_t kind = H5Tget_class(type);
      kind != H5T_FLOAT && kind != H5T_INTEGER && boolean < 0) {
    foreign.refuse("must hold numbers");
  }
  const std::vector<hsize_t> shape = hdf5::shape_of(hdf5::Space(H5Dget_space(foreign.dataset)));
  if (shape.size() != axes.size()) {
    foreign.refuse(fmt::format("must have the shape [{}], not [{}]", fmt::join(axes, ", "),
                               fmt::join(shape, ", ")));
  }
  const double bytes = std::accumulate(
      shape.begin(), shape.end(), double{sizeof(double)},
      [](double product, hsize_t size) { return product * static_cast<double>(size); });
  if (bytes > memory_bytes()) {
    foreign.refuse(
        fmt::format("is damaged or too large: the memory of this machine does not hold "
                    "[{}] numbers",
                    fmt::join(shape, ", ")));
  }
  ForeignFileGuard::allow(bytes);
  require_wholly_written(file, name, path);
  if (H5Aexists(foreign.dataset, "_Unsigned") > 0) {
    foreign.refuse("has the attribute '_Unsigned', which is not followed: store unsigned numbers");
  }

  // [items, size] in rows is [size, items] in columns.
  MatrixD values(shape.size() == 1 ? 1 : static_cast<Index>(shape[1]),
                 static_cast<Index>(shape[0]));
  const hid_t in_memory = boolean < 0 ? H5T_NATIVE_DOUBLE : static_cast<hid_t>(type);
  if (H5Dread(foreign.dataset, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
    if (const auto filter = missing_filter(foreign)) {
      foreign.refuse(
          fmt::format("is compressed by the filter {}, which is not available here: "
                      "store it with gzip or uncompressed",
                      *filter));
    }
    hdf5::fail(name, "read", path);
  }
  if (boolean >= 0) {
    expect(H5Tconvert(boolean, H5T_NATIVE_DOUBLE, static_cast<std::size_t>(values.size()),
                      values.data(), nullptr, H5P_DEFAULT),
           name, "read", path);
  }
  require_no_marker(foreign, type, values);
  const double factor = factor_of(foreign, "scale_factor", 1);
  const double offset = factor_of(foreign, "add_offset", 0);
  if (factor != 1 || offset != 0) values = values.array() * factor + offset;
  require_finite(foreign, values);
  return values;
}

}  // namespace flatgrid::results

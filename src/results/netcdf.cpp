// SPDX-License-Identifier: MIT
#include "flatgrid/results/netcdf.hpp"

#include <fcntl.h>
#include <hdf5_hl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <system_error>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"

namespace flatgrid::results {

using hdf5::expect;

namespace {

// netCDF-4 lists dimensions and variables in the order of their creation.
constexpr unsigned k_creation_order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;

hdf5::Space simple_space(std::span<const hsize_t> shape) {
  return hdf5::Space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
}

/// Without modification times, so that equal contents are equal bytes.
hdf5::Properties dataset_properties() {
  hdf5::Properties properties(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(properties, false);
  H5Pset_layout(properties, H5D_CONTIGUOUS);
  H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(properties, H5D_FILL_TIME_ALLOC);
  return properties;
}

}  // namespace

NetcdfFile::NetcdfFile(const std::filesystem::path& path, std::filesystem::path name)
    : name_(std::move(name)) {
  const hdf5::Properties access = hdf5::access_properties();
  const hdf5::Properties creation(H5Pcreate(H5P_FILE_CREATE));
  H5Pset_link_creation_order(creation, k_creation_order);
  H5Pset_obj_track_times(creation, false);
  file_ =
      hdf5::File(expect(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access), name_, "create"));
}

void NetcdfFile::add_attribute(const std::string& path, const char* name, hid_t type, hid_t space,
                               const void* values) {
  const hdf5::Attribute attribute(expect(H5Acreate_by_name(file_, path.c_str(), name, type, space,
                                                           H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                                         name_, "create attribute", name));
  expect(H5Awrite(attribute, type, values), name_, "write attribute", name);
}

void NetcdfFile::add_attribute(const std::string& path, const char* name, std::string_view text) {
  const std::string terminated(text);
  const char* pointer = terminated.c_str();
  add_attribute(path, name, hdf5::text_type(), hdf5::Space(H5Screate(H5S_SCALAR)), &pointer);
}

void NetcdfFile::add_attribute(const std::string& path, const char* name,
                               const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  std::ranges::transform(texts, std::back_inserter(pointers), &std::string::c_str);
  add_attribute(path, name, hdf5::text_type(), simple_space(std::array{hsize_t{texts.size()}}),
                pointers.data());
}

template <class Number>
void NetcdfFile::add_attribute(const std::string& path, const char* name,
                               std::span<const Number> values) {
  add_attribute(path, name, hdf5::type_of<Number>(),
                simple_space(std::array{hsize_t{values.size()}}), values.data());
}

void NetcdfFile::add_group(const std::string& path) {
  const hdf5::Properties creation(H5Pcreate(H5P_GROUP_CREATE));
  H5Pset_link_creation_order(creation, k_creation_order);
  H5Pset_obj_track_times(creation, false);
  const hdf5::Group group(expect(
      H5Gcreate2(file_, path.c_str(), H5P_DEFAULT, creation, H5P_DEFAULT), name_, "create", path));
}

hdf5::Dataset NetcdfFile::create_dataset(const std::string& path, hid_t type, hid_t space,
                                         hid_t properties, const Description& description) {
  hdf5::Dataset dataset(
      expect(H5Dcreate2(file_, path.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT),
             name_, "create", path));
  add_attribute(path, "units", description.units);
  add_attribute(path, "long_name", description.long_name);
  return dataset;
}

template <class Value>
NetcdfFile::Dimension NetcdfFile::add_dimension(const std::string& path,
                                                std::span<const Value> coordinates,
                                                const Description& description) {
  const hdf5::Space space = simple_space(std::array{hsize_t{coordinates.size()}});
  const hdf5::Properties properties = dataset_properties();
  const auto create = [&](hid_t type, const void* values) {
    hdf5::Dataset scale = create_dataset(path, type, space, properties, description);
    expect(H5Dwrite(scale, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), name_, "write", path);
    const std::string dimension_name = path.substr(path.rfind('/') + 1);
    expect(H5DSset_scale(scale, dimension_name.c_str()), name_, "make a dimension scale of", path);
    return Dimension{coordinates.size(), std::move(scale)};
  };

  if constexpr (std::is_same_v<Value, std::string>) {
    std::vector<const char*> texts;
    std::ranges::transform(coordinates, std::back_inserter(texts), &std::string::c_str);
    return create(hdf5::text_type(), texts.data());
  } else {
    return create(hdf5::type_of<Value>(), coordinates.data());
  }
}

NetcdfFile::Dimension NetcdfFile::add_dimension(const std::string& path, hsize_t size,
                                                const Description& description) {
  hdf5::Dataset scale =
      create_dataset(path, hdf5::type_of<std::int32_t>(), simple_space(std::array{size}),
                     dataset_properties(), description);
  // By this name netCDF-4 tells a dimension from a coordinate variable.
  const std::string mark =
      fmt::format("This is a netCDF dimension but not a netCDF variable.{:10}", size);
  expect(H5DSset_scale(scale, mark.c_str()), name_, "make a dimension scale of", path);
  return {size, std::move(scale)};
}

template <class Number>
void NetcdfFile::add_variable(const std::string& path, std::span<const Dimension* const> dimensions,
                              Number fill, const Description& description, Storage storage) {
  std::vector<hsize_t> shape;
  std::ranges::transform(dimensions, std::back_inserter(shape), &Dimension::size);
  const hid_t type = hdf5::type_of<Number>();
  const hdf5::Properties properties = dataset_properties();
  H5Pset_fill_value(properties, type, &fill);
  if (storage == Storage::sparse) H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER);

  const hdf5::Dataset dataset =
      create_dataset(path, type, simple_space(shape), properties, description);
  if constexpr (std::is_same_v<Number, double>) {
    add_attribute<double>(path, "_FillValue", std::array{fill});
  }
  for (unsigned k = 0; k < dimensions.size(); ++k) {
    expect(H5DSattach_scale(dataset, dimensions[k]->scale, k), name_, "name the dimensions of",
           path);
  }
  if (storage == Storage::sparse) {
    holes_.push_back({.begin = H5Dget_offset(dataset), .size = H5Dget_storage_size(dataset)});
  }
}

template <class Number>
void NetcdfFile::write_rows(const std::string& path, hsize_t first, hsize_t count,
                            std::span<const Number> values) {
  const hdf5::Dataset dataset(
      expect(H5Dopen2(file_, path.c_str(), H5P_DEFAULT), name_, "open", path));
  const hdf5::Space space(H5Dget_space(dataset));
  std::vector<hsize_t> shape = hdf5::shape_of(space);
  std::vector<hsize_t> start(shape.size(), 0);
  start.front() = first;
  shape.front() = count;
  expect(H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, shape.data(), nullptr),
         name_, "select rows of", path);
  expect(H5Dwrite(dataset, hdf5::type_of<Number>(), simple_space(shape), space, H5P_DEFAULT,
                  values.data()),
         name_, "write", path);
}

void NetcdfFile::close() {
  // HDF5 1.10 does not survive a disk that fills up while it writes out its metadata (it would
  // crash when the program ends), so the space for all of the file is taken before, and some more:
  // part of the metadata gets its place only as it is written. Not every file system can do this;
  // the bulk of the file is on the disk by now in any case.
  hsize_t size = 0;
  expect(H5Fget_filesize(file_, &size), name_, "read the size of");
  allocate(size + k_spare_bytes);
  expect(H5Fflush(file_, H5F_SCOPE_GLOBAL), name_, "write");
  expect(file_.reset(), name_, "close");
}

void NetcdfFile::allocate(hsize_t size) {
  std::ranges::sort(holes_, {}, &Bytes::begin);
  holes_.push_back({.begin = size, .size = 0});  // the end
  hsize_t begin = 0;
  for (const Bytes& hole : holes_) {
    if (hole.begin > begin &&
        fallocate(descriptor(), 0, static_cast<off_t>(begin),
                  static_cast<off_t>(hole.begin - begin)) != 0 &&
        errno != EOPNOTSUPP) {
      throw Error(fmt::format("{}: cannot write: {}", name_.string(),
                              std::generic_category().message(errno)));
    }
    begin = hole.begin + hole.size;
  }
}

NetcdfFile::~NetcdfFile() {
  if (file_ < 0) return;
  // Nor can HDF5 close a file that it cannot write. This one is abandoned, and its last writes go
  // to memory.
  const int memory = memfd_create("abandoned", MFD_CLOEXEC);
  if (memory < 0) return;
  dup2(memory, descriptor());
  ::close(memory);
}

int NetcdfFile::descriptor() const {
  void* descriptor = nullptr;
  expect(H5Fget_vfd_handle(file_, H5P_DEFAULT, &descriptor), name_, "open");
  return *static_cast<int*>(descriptor);
}

template void NetcdfFile::add_attribute(const std::string&, const char*,
                                        std::span<const std::int32_t>);
template NetcdfFile::Dimension NetcdfFile::add_dimension(const std::string&,
                                                         std::span<const std::string>,
                                                         const Description&);
template NetcdfFile::Dimension NetcdfFile::add_dimension(const std::string&,
                                                         std::span<const std::int64_t>,
                                                         const Description&);
template NetcdfFile::Dimension NetcdfFile::add_dimension(const std::string&,
                                                         std::span<const double>,
                                                         const Description&);
template void NetcdfFile::add_variable(const std::string&, std::span<const Dimension* const>,
                                       std::int32_t, const Description&, Storage);
template void NetcdfFile::add_variable(const std::string&, std::span<const Dimension* const>,
                                       std::int64_t, const Description&, Storage);
template void NetcdfFile::add_variable(const std::string&, std::span<const Dimension* const>,
                                       std::uint64_t, const Description&, Storage);
template void NetcdfFile::add_variable(const std::string&, std::span<const Dimension* const>,
                                       double, const Description&, Storage);
template void NetcdfFile::add_variable(const std::string&, std::span<const Dimension* const>, char,
                                       const Description&, Storage);
template void NetcdfFile::write_rows(const std::string&, hsize_t, hsize_t, std::span<const double>);
template void NetcdfFile::write_rows(const std::string&, hsize_t, hsize_t,
                                     std::span<const std::int64_t>);

}  // namespace flatgrid::results

// SPDX-License-Identifier: MIT
/// HDF5 behind one handle type and one way to fail: every id closes itself, every error becomes an
/// Error that names the file, the object and the innermost reason HDF5 knows.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace flatgrid::results::hdf5 {

/// An HDF5 id that is closed with its scope. `close` is the closing function of its kind.
template <herr_t (*close)(hid_t)>
class Handle {
 public:
  explicit Handle(hid_t id = H5I_INVALID_HID) : id_(id) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      id_ = std::exchange(other.id_, H5I_INVALID_HID);
    }
    return *this;
  }

  /// For calls of the HDF5 library; the handle stays the owner.
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor)

  /// Closes now and returns what HDF5 says about it: negative if buffered bytes could not be
  /// written.
  herr_t reset() {
    const hid_t id = std::exchange(id_, H5I_INVALID_HID);
    return id < 0 ? 0 : close(id);
  }

 private:
  hid_t id_;
};

using File = Handle<H5Fclose>;
using Group = Handle<H5Gclose>;
using Dataset = Handle<H5Dclose>;
using Space = Handle<H5Sclose>;
using Type = Handle<H5Tclose>;
using Attribute = Handle<H5Aclose>;
using Properties = Handle<H5Pclose>;

/// File access properties for every results file: raw bytes pass through no buffer of the library
/// (a row is in the file when its write returns; a reader sees what is there now), and file locking
/// is BEST_EFFORT unless the environment variable HDF5_USE_FILE_LOCKING says otherwise: file
/// systems without locks are common on clusters. Also silences HDF5's own printing of errors.
Properties access_properties();

/// H5Fopen. Waits a moment for another process that has just the file locked: HDF5 does so while it
/// opens one for writing.
File open_unlocked(const std::filesystem::path& file, unsigned flags, hid_t access);

/// Gives up the lock that HDF5 has on a file which this process has opened by itself, and which would
/// keep others from reading it while it is written and from writing it while it is read.
void release_lock(hid_t opened, const std::filesystem::path& file);

/// Refuses what is not an HDF5 file before HDF5 sees it. Throws Error naming the file and what is
/// wrong: it is missing, no regular file, empty, does not begin as HDF5 files do. `kind`, "a results
/// file" say, is what it should have been.
void require_hdf5(const std::filesystem::path& file, std::string_view kind);

/// Opens a file for reading, after `require_hdf5`. Throws Error naming it and what is wrong, that it is truncated say.
File open_to_read(const std::filesystem::path& file, std::string_view kind);

/// The innermost reason on the error stack of the HDF5 call that has just failed.
std::string reason();

/// Throws Error "FILE: cannot ACTION 'OBJECT': REASON" for the HDF5 call that has just failed, with
/// the innermost reason on the library's error stack. An empty `object` means the file itself.
[[noreturn]] void fail(const std::filesystem::path& file, std::string_view action,
                       std::string_view object);

/// The result of an HDF5 call, or `fail` if it is negative.
template <class Result>
Result expect(Result result, const std::filesystem::path& file, std::string_view action,
              std::string_view object = {}) {
  if (result < 0) fail(file, action, object);
  return result;
}

/// The type of a number or a text, in memory and in the file; numbers are little-endian in both
/// (see `checksum`).
template <class Number>
hid_t type_of() {
  if constexpr (std::is_same_v<Number, double>) {
    return H5T_NATIVE_DOUBLE;
  } else if constexpr (std::is_same_v<Number, std::int32_t>) {
    return H5T_NATIVE_INT32;
  } else if constexpr (std::is_same_v<Number, std::int64_t>) {
    return H5T_NATIVE_INT64;
  } else if constexpr (std::is_same_v<Number, char>) {
    return H5T_C_S1;
  } else {
    static_assert(std::is_same_v<Number, std::uint64_t>);
    return H5T_NATIVE_UINT64;
  }
}

/// Paths of all datasets in an opened file, those in groups included. Throws Error naming `file` if it
/// cannot be read.
std::vector<std::string> dataset_paths(hid_t opened, const std::filesystem::path& file);

/// The extents of a dataspace.
std::vector<hsize_t> shape_of(hid_t space);

/// Texts are stored as variable-length UTF-8: h5py, netCDF-4 and xarray all read them as `str`, and
/// their length is not bound by the 64 KiB of an attribute.
Type text_type();

/// A text attribute of the object `path` ("/" for the file itself). Throws Error naming `file` and
/// the attribute unless it is there and a text.
std::string read_text(hid_t opened, const std::filesystem::path& file, const std::string& path,
                      const std::string& attribute);

}  // namespace flatgrid::results::hdf5

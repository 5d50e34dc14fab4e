// SPDX-License-Identifier: MIT
/// One handle type for all HDF5 ids, which closes them, and one way to report errors: an Error that names
/// the file, the object and the innermost reason of HDF5.
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

/// An HDF5 id that is closed at the end of its scope. `close` is the closing function of this type of id.
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

  /// The id, for calls of the HDF5 library; the handle keeps ownership.
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor)

  /// Closes the id now and returns the result: negative if buffered bytes could not be written.
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

/// File access properties for every results file. The library does not buffer raw bytes: a row is in the
/// file when its write returns, and a reader sees the current bytes. File locking is BEST_EFFORT, because
/// file systems without locks are common on clusters; the environment variable HDF5_USE_FILE_LOCKING
/// overrides it. Also disables HDF5's own printing of errors.
Properties access_properties();

/// H5Fopen. Waits a moment if another process has the file locked: HDF5 locks a file while it opens it for
/// writing.
File open_unlocked(const std::filesystem::path& file, unsigned flags, hid_t access);

/// Releases HDF5's lock on a file that this process has opened. The lock would prevent others from reading
/// the file while it is written, and from writing it while it is read.
void release_lock(hid_t opened, const std::filesystem::path& file);

/// Refuses a file that is not HDF5 without calling HDF5. Throws Error naming the file and the fault: it is
/// missing, no regular file, empty, or does not start with the HDF5 signature. `kind` is the expected type
/// of file for the message, for example "a results file".
void require_hdf5(const std::filesystem::path& file, std::string_view kind);

/// Opens a file for reading, after `require_hdf5`. Throws Error naming the file and the fault, for example
/// that it is truncated.
File open_to_read(const std::filesystem::path& file, std::string_view kind);

/// The innermost reason on the error stack of the HDF5 call that failed last.
std::string reason();

/// Throws Error "FILE: cannot ACTION 'OBJECT': REASON" for the HDF5 call that failed last, with the
/// innermost reason on the library's error stack. An empty `object` means the file itself.
[[noreturn]] void fail(const std::filesystem::path& file, std::string_view action,
                       std::string_view object);

/// The result of an HDF5 call, or `fail` if it is negative.
template <class Result>
Result expect(Result result, const std::filesystem::path& file, std::string_view action,
              std::string_view object = {}) {
  if (result < 0) fail(file, action, object);
  return result;
}

/// The HDF5 type of a number or text, in memory and in the file; numbers are little-endian in both (see
/// `checksum`).
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

/// Paths of all datasets in an opened file, including those in groups. Throws Error naming `file` if it
/// cannot be read.
std::vector<std::string> dataset_paths(hid_t opened, const std::filesystem::path& file);

/// The extents of a dataspace.
std::vector<hsize_t> shape_of(hid_t space);

/// The HDF5 type of texts: variable-length UTF-8. h5py, netCDF-4 and xarray read it as `str`, and the limit
/// of 64 KiB for an attribute does not apply.
Type text_type();

/// A text attribute of the object `path` ("/" for the file itself). Throws Error naming `file` and the
/// attribute if it is missing or no text.
std::string read_text(hid_t opened, const std::filesystem::path& file, const std::string& path,
                      const std::string& attribute);

}  // namespace flatgrid::results::hdf5

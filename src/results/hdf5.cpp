// SPDX-License-Identifier: MIT
#include "flatgrid/results/hdf5.hpp"

#include <sys/file.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"

namespace flatgrid::results::hdf5 {

namespace fs = std::filesystem;

namespace {

/// The bytes every HDF5 file begins with.
constexpr std::string_view k_signature = "\x89HDF\r\n\x1a\n";

}  // namespace

void release_lock(hid_t opened, const fs::path& file) {
  int* descriptor = nullptr;
  expect(H5Fget_vfd_handle(opened, H5P_DEFAULT, reinterpret_cast<void**>(&descriptor)), file,
         "open");
  ::flock(*descriptor, LOCK_UN);
}

void require_hdf5(const fs::path& file, std::string_view kind) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found) refuse(file, "there is no such file");
  if (fs::is_directory(status)) refuse(file, fmt::format("is a folder, not {}", kind));
  if (error) refuse(file, "cannot open: " + error.message());
  if (!fs::is_regular_file(status)) refuse(file, "is not a regular file");

  std::ifstream stream(file, std::ios::binary);
  if (!stream) refuse(file, "cannot open: " + std::generic_category().message(errno));
  std::array<char, k_signature.size()> begin{};
  stream.read(begin.data(), begin.size());
  const std::string_view read(begin.data(), static_cast<std::size_t>(stream.gcount()));
  if (read.empty()) refuse(file, fmt::format("is empty, not {}", kind));
  if (read != k_signature) refuse(file, "is not an HDF5 file");
}

Properties access_properties() {
  // Read by the library when it first opens a file; the user's own choice stays.
  setenv("HDF5_USE_FILE_LOCKING", "BEST_EFFORT", 0);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  Properties access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_sieve_buf_size(access, 0);
  // Closing a file closes whatever an exception left open in it.
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  return access;
}

File open_unlocked(const fs::path& file, unsigned flags, hid_t access) {
  constexpr int k_attempts = 100;
  for (int attempt = 1;; ++attempt) {
    File opened(H5Fopen(file.c_str(), flags, access));
    if (opened >= 0 || attempt == k_attempts ||
        reason().find(std::generic_category().message(EAGAIN)) == std::string::npos) {
      return opened;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

File open_to_read(const fs::path& file, std::string_view kind) {
  require_hdf5(file, kind);
  const Properties access = access_properties();
  File opened = open_unlocked(file, H5F_ACC_RDONLY, access);
  if (opened < 0) {
    if (reason().starts_with("truncated file")) {
      refuse(file, "is truncated: the end of the file is missing");
    }
    fail(file, "open", "");
  }
  return opened;
}

std::string reason() {
  std::string innermost = "unknown reason";
  const auto keep_first = [](unsigned position, const H5E_error2_t* error, void* text) -> herr_t {
    if (position == 0) *static_cast<std::string*>(text) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &innermost);

  // The drivers report "file write failed: time = ..., error message = 'No space left on device',
  // buf = 0x...": the message of the operating system is what helps.
  constexpr std::string_view k_mark = "error message = '";
  if (const auto begin = innermost.find(k_mark); begin != std::string::npos) {
    const auto from = begin + k_mark.size();
    return innermost.substr(from, innermost.find('\'', from) - from);
  }
  return innermost;
}

void fail(const std::filesystem::path& file, std::string_view action, std::string_view object) {
  const int error = errno;
  const std::string what = object.empty() ? "" : fmt::format(" '{}'", object);
  std::string why = reason();
  // MPI-IO does not tell HDF5 why it could not write. The operating system may have told MPI-IO.
  constexpr std::array k_of_disks = {ENOSPC, EDQUOT, EFBIG, EIO, EROFS, ESTALE};
  std::error_code unknown;
  if (action == "write" && fs::space(file, unknown).available == 0 && !unknown) {
    why = std::generic_category().message(ENOSPC);
  } else if (why == "file write failed" && std::ranges::count(k_of_disks, error) > 0) {
    why = std::generic_category().message(error);
  }
  throw Error(fmt::format("{}: cannot {}{}: {}", file.string(), action, what, why));
}

std::vector<std::string> dataset_paths(hid_t opened, const fs::path& file) {
  // HDF5 1.12 hands its visitors another record.
#if H5_VERSION_GE(1, 12, 0)
  using ObjectInfo = H5O_info2_t;
  constexpr auto visit = H5Ovisit3;
#else
  using ObjectInfo = H5O_info_t;
  constexpr auto visit = H5Ovisit2;
#endif
  std::vector<std::string> paths;
  const auto add = [](hid_t, const char* path, const ObjectInfo* object, void* found) -> herr_t {
    if (object->type == H5O_TYPE_DATASET) {
      static_cast<std::vector<std::string>*>(found)->emplace_back(path);
    }
    return 0;
  };
  expect(visit(opened, H5_INDEX_NAME, H5_ITER_NATIVE, add, &paths, H5O_INFO_BASIC), file, "read");
  return paths;
}

std::vector<hsize_t> shape_of(hid_t space) {
  std::vector<hsize_t> shape(
      static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  return shape;
}

Type text_type() {
  Type type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

std::string read_text(hid_t opened, const fs::path& file, const std::string& path,
                      const std::string& attribute) {
  const Attribute found(
      expect(H5Aopen_by_name(opened, path.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT),
             file, "open attribute", attribute));
  const Type type(H5Aget_type(found));
  const Space space(H5Aget_space(found));
  if (H5Tis_variable_str(type) <= 0 || H5Sget_simple_extent_npoints(space) != 1) {
    refuse(file, fmt::format("attribute '{}' is damaged: it is not a text", attribute));
  }
  char* text = nullptr;
  expect(H5Aread(found, text_type(), &text), file, "read attribute", attribute);
  const std::string value = text == nullptr ? "" : text;
  H5free_memory(text);
  return value;
}

}  // namespace flatgrid::results::hdf5

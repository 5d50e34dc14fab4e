#include "flatgrid/results/hdf5.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"

namespace flatgrid::hdf5 {

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
  const std::string what = object.empty() ? "" : fmt::format(" '{}'", object);
  throw Error(fmt::format("{}: cannot {}{}: {}", file.string(), action, what, reason()));
}

Type text_type() {
  Type type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

}  // namespace flatgrid::hdf5

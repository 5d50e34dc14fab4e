// SPDX-License-Identifier: MIT
#include "flatgrid/results/seal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/base/checksum.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/results/format.hpp"

namespace flatgrid::results {

namespace fs = std::filesystem;
using hdf5::expect;

namespace {

constexpr std::string_view k_mark = "flatgrid seal 1\n";

/// Bytes [begin, end) of a file.
struct Extent {
  std::uint64_t begin;
  std::uint64_t end;
};

struct SealedExtent {
  Extent bytes;
  std::uint64_t checksum;
};

struct Seal {
  std::uint64_t file_size;
  std::vector<SealedExtent> extents;
};

/// The size of a seal: two marks, four integers, and three integers for each extent.
std::uint64_t seal_size(std::size_t extents) {
  return 2 * k_mark.size() + sizeof(std::uint64_t) * (4 + 3 * extents);
}
constexpr std::uint64_t k_tail_size = 2 * sizeof(std::uint64_t) + k_mark.size();

// Positions in a superblock of version 0, the default of HDF5 1.10: the mark that a program has the file open
// for writing, which remains after a kill, and the size of the file.
constexpr Extent k_open_mark = {20, 24};
constexpr std::size_t k_version_offset = 8;
constexpr std::size_t k_size_offset = 40;
constexpr std::size_t k_superblock_size = 96;

/// The name of an attribute that every results file has, and the bytes in which it is searched for: the
/// attributes of the root group are written first.
constexpr std::string_view k_telltale = "flatgrid_format";
constexpr std::size_t k_telltale_range = 1 << 20;
/// The distance from the name to the value: after name, type and shape of 16, 16 and 24 bytes.
constexpr std::size_t k_format_offset = 56;

constexpr std::string_view k_remedy = "restore a backup, or run into another results file";

/// A file descriptor that is closed at the end of its scope.
class Descriptor {
 public:
  Descriptor(const fs::path& path, const fs::path& name, int flags)
      : name_(name), descriptor_(::open(path.c_str(), flags | O_CLOEXEC)) {
    if (descriptor_ < 0) fail("open");
  }
  ~Descriptor() { ::close(descriptor_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] std::uint64_t size() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail("read the size of");
    return static_cast<std::uint64_t>(status.st_size);
  }

  /// Reads from `offset`, at most to the end of the file; returns the number of bytes.
  [[nodiscard]] std::size_t read(std::uint64_t offset, char* bytes, std::size_t size) const {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t count =
          ::pread(descriptor_, bytes + done, size - done, static_cast<off_t>(offset + done));
      if (count == 0) break;
      if (count > 0) {
        done += static_cast<std::size_t>(count);
      } else if (errno != EINTR) {
        fail("read");
      }
    }
    return done;
  }

  [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t size) const {
    std::string bytes(size, '\0');
    bytes.resize(read(offset, bytes.data(), bytes.size()));
    return bytes;
  }

  void write(std::uint64_t offset, std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count =
          ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
      } else if (errno != EINTR) {
        fail("write");
      }
    }
  }

 private:
  [[noreturn]] void fail(std::string_view action) const {
    const int error = errno;
    refuse(name_, fmt::format("cannot {}: {}", action, std::generic_category().message(error)));
  }

  fs::path name_;
  int descriptor_;
};

std::uint64_t checksum_of_extent(const Descriptor& file, const Extent& extent) {
  std::array<char, 1 << 16> piece;
  Crc64 crc;
  for (std::uint64_t begin = extent.begin; begin < extent.end;) {
    const std::size_t wanted = std::min<std::uint64_t>(piece.size(), extent.end - begin);
    const std::size_t count = file.read(begin, piece.data(), wanted);
    if (count == 0) break;
    crc.add(piece.data(), count);
    begin += count;
  }
  return crc.value();
}

void append(std::string& bytes, std::uint64_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::uint64_t number_at(std::string_view bytes, std::size_t offset) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

std::string to_bytes(const Seal& seal) {
  std::string bytes(k_mark);
  append(bytes, seal.file_size);
  append(bytes, seal.extents.size());
  for (const SealedExtent& extent : seal.extents) {
    append(bytes, extent.bytes.begin);
    append(bytes, extent.bytes.end);
    append(bytes, extent.checksum);
  }
  append(bytes, crc64(bytes));
  append(bytes, seal_size(seal.extents.size()));
  return bytes.append(k_mark);
}

/// The seal of a file; empty if it has no complete seal.
std::optional<Seal> read_seal(const Descriptor& file) {
  const std::uint64_t file_size = file.size();
  if (file_size < seal_size(0)) return std::nullopt;
  const std::string tail = file.read(file_size - k_tail_size, k_tail_size);
  if (tail.size() != k_tail_size || !tail.ends_with(k_mark)) return std::nullopt;
  const std::uint64_t size = number_at(tail, sizeof(std::uint64_t));
  if (size < seal_size(0) || size > file_size) return std::nullopt;

  // The bytes of a correct seal with this content.
  Seal seal{.file_size = file_size, .extents = {}};
  const std::string bytes = file.read(file_size - size, size);
  if (bytes.size() != size) return std::nullopt;
  constexpr std::size_t k_entry = 3 * sizeof(std::uint64_t);
  for (std::size_t offset = k_mark.size() + 2 * sizeof(std::uint64_t);
       offset + k_entry + k_tail_size <= size; offset += k_entry) {
    seal.extents.push_back({.bytes = {.begin = number_at(bytes, offset),
                                      .end = number_at(bytes, offset + sizeof(std::uint64_t))},
                            .checksum = number_at(bytes, offset + 2 * sizeof(std::uint64_t))});
  }
  return bytes == to_bytes(seal) ? std::optional(std::move(seal)) : std::nullopt;
}

/// Throws Error with the reason why there is no complete seal.
[[noreturn]] void refuse_unsealed(const fs::path& name, const Descriptor& file) {
  const std::uint64_t size = file.size();
  const std::string begin = file.read(0, k_telltale_range);
  if (begin.size() < k_superblock_size) {
    refuse(name, fmt::format("is truncated: it has only {}",
                             counted(static_cast<std::int64_t>(size), "byte")));
  }
  const std::size_t telltale = begin.find(k_telltale);
  const bool flatgrids = telltale != std::string::npos;
  // A superblock that was zeroed or replaced has no valid file size.
  const bool knows_size = begin[k_version_offset] == 0;
  const std::uint64_t own_size = number_at(begin, k_size_offset);
  if (knows_size && own_size > size && own_size < std::uint64_t{1} << 60) {
    refuse(name, fmt::format("is truncated: it has {} of {} bytes", size, own_size));
  }
  if (!flatgrids) refuse(name, "is an HDF5 file, but no results file of flatgrid");
  // Files of format 1 have no seal.
  constexpr std::string_view k_one("\1\0\0\0", sizeof(std::int32_t));
  if (std::string_view(begin)
          .substr(telltale)
          .substr(0, k_format_offset + k_one.size())
          .ends_with(k_one)) {
    refuse(name, explain_format(1));
  }
  if (knows_size && own_size >= k_superblock_size && own_size < size) {
    refuse(name,
           fmt::format("is damaged: it has {} bytes instead of {}; {}", size, own_size, k_remedy));
  }
  refuse(name, fmt::format("has no valid seal: it is damaged, was written by flatgrid 0.1, or was "
                           "changed by another program; {}",
                           k_remedy));
}

/// The bytes that may change: the mark that the file is open, and the numbers and characters of all datasets,
/// in ascending order.
std::vector<Extent> raw_extents(hid_t file, const fs::path& name) {
  std::vector<Extent> extents = {k_open_mark};
  for (const std::string& path : hdf5::dataset_paths(file, name)) {
    const hdf5::Dataset dataset(
        expect(H5Dopen2(file, path.c_str(), H5P_DEFAULT), name, "read", path));
    const hdf5::Type type(expect(H5Dget_type(dataset), name, "read", path));
    const hsize_t size = H5Dget_storage_size(dataset);
    const haddr_t begin = H5Dget_offset(dataset);
    if (H5Tdetect_class(type, H5T_VLEN) > 0 || H5Tis_variable_str(type) > 0) continue;
    if (begin == HADDR_UNDEF || size == 0) continue;
    extents.push_back({.begin = begin, .end = begin + size});
  }
  std::ranges::sort(extents, {}, &Extent::begin);
  return extents;
}

/// The complement of `raw` in [0, end).
std::vector<Extent> gaps(const std::vector<Extent>& raw, std::uint64_t end) {
  std::vector<Extent> between;
  std::uint64_t begin = 0;
  for (const Extent& extent : raw) {
    if (extent.begin > begin) between.push_back({.begin = begin, .end = extent.begin});
    begin = std::max(begin, extent.end);
  }
  if (begin < end) between.push_back({.begin = begin, .end = end});
  return between;
}

}  // namespace

void seal_file(const fs::path& path, const fs::path& name) {
  std::vector<Extent> raw;
  haddr_t end = 0;
  const auto open = [&](unsigned flags) {
    return hdf5::File(
        expect(H5Fopen(path.c_str(), flags, hdf5::access_properties()), name, "open"));
  };
  {
    const hdf5::File file = open(H5F_ACC_RDONLY);
    expect(H5Fget_eoa(file, &end), name, "read the size of");
    raw = raw_extents(file, name);
  }
  const std::vector<Extent> metadata = gaps(raw, end);
  const std::uint64_t size = seal_size(metadata.size());

  // HDF5 crashes if the disk has no space for the seal, so the space is allocated before.
  fs::resize_file(path, end);
  const Descriptor descriptor(path, name, O_RDWR);
  descriptor.write(end, std::string(size, '\0'));
  {
    // Extends the file for HDF5 to its new end, without an object there.
    hdf5::File file = open(H5F_ACC_RDWR);
    expect(H5Fincrement_filesize(file, 0), name, "write");
    expect(file.reset(), name, "close");
  }
  Seal seal{.file_size = end + size, .extents = {}};
  for (const Extent& extent : metadata) {
    seal.extents.push_back({.bytes = extent, .checksum = checksum_of_extent(descriptor, extent)});
  }
  descriptor.write(end, to_bytes(seal));
}

void require_sealed(const fs::path& file) {
  hdf5::require_hdf5(file, "a results file");
  const Descriptor descriptor(file, file, O_RDONLY);
  const std::optional<Seal> seal = read_seal(descriptor);
  if (!seal) refuse_unsealed(file, descriptor);
  for (const auto& [bytes, sum] : seal->extents) {
    if (checksum_of_extent(descriptor, bytes) == sum) continue;
    refuse(file,
           fmt::format("is damaged: its metadata have changed since its creation (in bytes {} to "
                       "{}); {}",
                       bytes.begin, bytes.end - 1, k_remedy));
  }
}

hdf5::File open_sealed(const fs::path& file) {
  require_sealed(file);
  return hdf5::open_to_read(file, "a results file");
}

}  // namespace flatgrid::results

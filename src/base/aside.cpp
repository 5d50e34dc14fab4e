// SPDX-License-Identifier: MIT
#include "flatgrid/base/aside.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"

namespace flatgrid {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& file, std::string_view action, int error) {
  throw Error(fmt::format("{}: cannot {}: {}", file.string(), action,
                          std::generic_category().message(error)));
}

/// Waits until the bytes of `aside` are on the disk.
void synchronize(const fs::path& aside, const fs::path& file) {
  const int descriptor = ::open(aside.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(file, "write", errno);
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (error != 0) fail(file, "write", error);
}

[[noreturn]] void refuse_existing(const fs::path& file) {
  throw Error(fmt::format("{}: exists already and is not overwritten", file.string()));
}

/// Gives `aside` the name `file`.
void publish(const fs::path& aside, const fs::path& file, Existing existing) {
  if (existing == Existing::replace) {
    if (::rename(aside.c_str(), file.c_str()) != 0) fail(file, "create", errno);
    return;
  }
  // A hard link, unlike a renaming, refuses an existing name without a gap between look and leap.
  if (::link(aside.c_str(), file.c_str()) == 0) return;
  if (errno == EEXIST) refuse_existing(file);
  const bool without_links = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS;
  if (!without_links || ::rename(aside.c_str(), file.c_str()) != 0) fail(file, "create", errno);
}

/// A file that is gone at the end of its scope, by this name.
struct TemporaryFile {
  fs::path path;

  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
};

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

/// Removes what creations of `file` left aside when they were killed.
void remove_abandoned(const fs::path& folder, const std::string& prefix) {
  std::vector<fs::path> abandoned;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with(prefix)) abandoned.push_back(entry.path());
  }
  for (const fs::path& path : abandoned) fs::remove(path);
}

}  // namespace

void require_folder_of(const fs::path& file) {
  std::error_code unreachable;
  if (fs::is_directory(folder_of(file), unreachable)) return;
  throw Error(fmt::format("{}: there is no folder {}", file.string(), folder_of(file).string()));
}

void write_aside(const fs::path& file, Existing existing,
                 const std::function<void(const fs::path& aside)>& write) try {
  if (existing == Existing::refuse && fs::exists(fs::symlink_status(file))) refuse_existing(file);
  require_folder_of(file);
  const fs::path folder = folder_of(file);
  const std::string prefix = file.filename().string() + ".creating-";
  remove_abandoned(folder, prefix);

  std::random_device random;
  const TemporaryFile aside{folder / fmt::format("{}{:08x}{:08x}", prefix, random(), random())};
  write(aside.path);
  synchronize(aside.path, file);
  publish(aside.path, file, existing);
} catch (const fs::filesystem_error& error) {
  fail(file, "create", error.code().value());
}

}  // namespace flatgrid

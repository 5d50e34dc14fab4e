// SPDX-License-Identifier: MIT
#include "flatgrid/base/aside.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
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

/// Waits until the bytes of an open file are on the disk, and closes it. Returns the error.
int synchronize(int descriptor) {
  int error = ::fsync(descriptor) == 0 ? 0 : errno;
  if (::close(descriptor) != 0 && error == 0) error = errno;
  return error;
}

int synchronize(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  return descriptor < 0 ? errno : synchronize(descriptor);
}

/// Writes a new file and waits until it is on the disk. Returns the error.
int write_synchronized(const fs::path& file, std::string_view bytes) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return errno;
  int error = 0;
  while (!bytes.empty() && error == 0) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  const int unsynchronized = synchronize(descriptor);
  return error != 0 ? error : unsynchronized;
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
  // A hard link fails atomically if the name exists; rename would replace the file.
  if (::link(aside.c_str(), file.c_str()) == 0) return;
  if (errno == EEXIST) refuse_existing(file);
  const bool without_links = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS;
  if (!without_links || ::rename(aside.c_str(), file.c_str()) != 0) fail(file, "create", errno);
}

/// Removes the file of this name at the end of its scope.
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

/// A unique name in the folder of `file`.
TemporaryFile name_aside(const fs::path& file) {
  std::random_device random;
  fs::path path = file;
  path += fmt::format("{}{:08x}{:08x}", k_aside_mark, random(), random());
  return {std::move(path)};
}

/// Removes unfinished files of creations of `file` that were killed.
void remove_abandoned(const fs::path& file) {
  const std::string prefix = file.filename().string() + std::string(k_aside_mark);
  std::vector<fs::path> abandoned;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_of(file))) {
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
  remove_abandoned(file);
  const TemporaryFile aside = name_aside(file);
  write(aside.path);
  if (const int error = synchronize(aside.path); error != 0) fail(file, "write", error);
  publish(aside.path, file, existing);
} catch (const fs::filesystem_error& error) {
  fail(file, "create", error.code().value());
}

void replace_file(const fs::path& file, std::string_view kind, std::string_view bytes) {
  const TemporaryFile aside = name_aside(file);
  int error = write_synchronized(aside.path, bytes);
  if (error == 0 && ::rename(aside.path.c_str(), file.c_str()) != 0) error = errno;
  if (error != 0) fail(file, fmt::format("write this {}", kind), error);
}

}  // namespace flatgrid

// SPDX-License-Identifier: MIT
#include "flatgrid/base/file_identity.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"

namespace flatgrid {

FileIdentity::FileIdentity(const std::filesystem::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return;
  device_ = found.st_dev;
  number_ = found.st_ino;
}

FileIdentity::FileIdentity(int descriptor) {
  struct stat found {};
  if (::fstat(descriptor, &found) != 0) return;
  device_ = found.st_dev;
  number_ = found.st_ino;
}

bool FileIdentity::is_still_named(const std::filesystem::path& file) const {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return errno != ENOENT && errno != ENOTDIR;
  return found.st_dev == device_ && found.st_ino == number_;
}

void require_different(const std::vector<std::filesystem::path>& files) {
  std::map<std::pair<dev_t, ino_t>, std::filesystem::path> seen;
  for (const std::filesystem::path& file : files) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) continue;  // reading the file later reports the reason
    const auto [first, is_new] = seen.emplace(std::pair(found.st_dev, found.st_ino), file);
    if (is_new) continue;
    throw Error(fmt::format(
        "{}: is given twice{}", file.string(),
        first->second == file ? "" : fmt::format(", also as {}", first->second.string())));
  }
}

}  // namespace flatgrid

// SPDX-License-Identifier: MIT
#include "flatgrid/base/file_identity.hpp"

#include <sys/stat.h>

#include <cerrno>

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

}  // namespace flatgrid

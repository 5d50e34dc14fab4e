// SPDX-License-Identifier: MIT
/// Whether a path still refers to the same file, and whether two paths refer to one file.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

namespace flatgrid {

/// The identity (device and inode) of the file that a path or descriptor refers to.
class FileIdentity {
 public:
  /// Refers to no file.
  FileIdentity() = default;
  explicit FileIdentity(const std::filesystem::path& file);
  explicit FileIdentity(int descriptor);

  /// False if the path refers to another file or to none. True if the file system does not answer: an
  /// error of `stat` does not prove that the file is gone.
  [[nodiscard]] bool is_still_named(const std::filesystem::path& file) const;

 private:
  dev_t device_ = 0;
  ino_t number_ = 0;
};

/// Throws Error if two of the paths refer to the same file: the user probably meant another file.
void require_different(const std::vector<std::filesystem::path>& files);

}  // namespace flatgrid

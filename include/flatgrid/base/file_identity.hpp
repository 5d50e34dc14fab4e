// SPDX-License-Identifier: MIT
/// Whether a name still stands for the file it stood for, and whether two stand for one.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

namespace flatgrid {

/// Which file a name, or a descriptor, stands for.
class FileIdentity {
 public:
  /// Of no file.
  FileIdentity() = default;
  explicit FileIdentity(const std::filesystem::path& file);
  explicit FileIdentity(int descriptor);

  /// False once the name stands for another file, or for none. A file system that just does not
  /// answer has lost nothing yet.
  [[nodiscard]] bool is_still_named(const std::filesystem::path& file) const;

 private:
  dev_t device_ = 0;
  ino_t number_ = 0;
};

/// Throws Error if a file is given twice, by whatever name: no harm by itself, but another one is
/// likely to have been meant.
void require_different(const std::vector<std::filesystem::path>& files);

}  // namespace flatgrid

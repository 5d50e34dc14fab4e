// SPDX-License-Identifier: MIT
/// For the tests on several ranks.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::test {

/// A folder that all ranks know, gone when the last of them leaves its scope.
struct SharedFolder {
  SharedFolder() {
    if (world.is_root()) {
      name = (std::filesystem::temp_directory_path() / "flatgrid-XXXXXX").string();
      if (mkdtemp(name.data()) == nullptr) name.clear();
    }
    world.broadcast(name);
  }
  ~SharedFolder() {
    world.wait_for_all();
    if (world.is_root()) std::filesystem::remove_all(name);
  }
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;
  std::filesystem::path operator/(const std::string& file) const {
    return std::filesystem::path(name) / file;
  }

  Communicator world = Communicator::world();
  std::string name;
};

}  // namespace flatgrid::test

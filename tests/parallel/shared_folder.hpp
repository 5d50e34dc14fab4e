// SPDX-License-Identifier: MIT
/// Functions for the tests on several ranks.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/parallel/barrier.hpp"
#include "flatgrid/parallel/communicator.hpp"
#include "scratch.hpp"

namespace flatgrid::test {

inline void wait_for_all(const parallel::Communicator& communicator) {
  parallel::Barrier barrier(communicator);
  while (!barrier.all_here()) {
  }
}

/// A folder that rank 0 makes and all ranks know. It is removed when the last rank leaves its scope.
struct SharedFolder {
  SharedFolder() {
    parallel::agreed_on_root(world, [&] { of_root.emplace(); });
    std::string name = of_root ? of_root->path.string() : "";
    world.broadcast(name);
    path = name;
  }
  ~SharedFolder() { wait_for_all(world); }
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;
  std::filesystem::path operator/(const std::string& file) const { return path / file; }

  parallel::Communicator world = parallel::Communicator::world();
  std::optional<Folder> of_root;
  std::filesystem::path path;
};

}  // namespace flatgrid::test

// SPDX-License-Identifier: MIT
/// What tests do with files.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace flatgrid::test {

inline std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace flatgrid::test

// SPDX-License-Identifier: MIT
#include "flatgrid/base/error.hpp"

#include <fmt/format.h>

namespace flatgrid {

void refuse(const std::filesystem::path& file, std::string_view what) {
  throw Error(fmt::format("{}: {}", file.string(), what));
}

}  // namespace flatgrid

// SPDX-License-Identifier: MIT
#include "flatgrid/base/choice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/error.hpp"

namespace flatgrid {

void refuse_name(std::string_view name, const std::vector<std::string_view>& names) {
  throw Error(fmt::format("'{}' is none of {}", name, fmt::join(names, ", ")));
}

}  // namespace flatgrid

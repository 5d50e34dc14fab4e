// SPDX-License-Identifier: MIT
/// The two parts of the name of a key, "section.key".
#pragma once

#include <string_view>

namespace flatgrid::configuration {

/// What stands before the first point; all of a name without a point.
inline std::string_view section_of(std::string_view name) { return name.substr(0, name.find('.')); }

/// What stands behind the first point; all of a name without a point.
inline std::string_view without_section(std::string_view name) {
  return name.substr(name.find('.') + 1);
}

}  // namespace flatgrid::configuration

// SPDX-License-Identifier: MIT
/// The two parts of the name of a key, "section.key".
#pragma once

#include <string_view>

namespace flatgrid::configuration {

/// The part before the first dot; the whole name if there is no dot.
inline std::string_view section_of(std::string_view name) { return name.substr(0, name.find('.')); }

/// The part after the first dot; the whole name if there is no dot.
inline std::string_view without_section(std::string_view name) {
  return name.substr(name.find('.') + 1);
}

}  // namespace flatgrid::configuration

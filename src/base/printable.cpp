// SPDX-License-Identifier: MIT
#include "flatgrid/base/printable.hpp"

#include <algorithm>

namespace flatgrid {

std::string printable(std::string text) {
  const auto is_control = [](char character) {
    return (character >= 0 && character < ' ') || character == '\x7f';
  };
  std::ranges::replace_if(text, is_control, '?');
  return text;
}

}  // namespace flatgrid

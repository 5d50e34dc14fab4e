// SPDX-License-Identifier: MIT
#include "flatgrid/base/pattern.hpp"

#include <regex>

namespace flatgrid {

std::optional<std::vector<std::string>> groups_of_match(std::string_view text,
                                                        const std::string& pattern) {
  std::cmatch match;
  if (!std::regex_match(text.data(), text.data() + text.size(), match, std::regex(pattern))) {
    return std::nullopt;
  }
  std::vector<std::string> groups;
  for (std::size_t i = 1; i < match.size(); ++i) groups.push_back(match[i].str());
  return groups;
}

}  // namespace flatgrid

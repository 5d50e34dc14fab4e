// SPDX-License-Identifier: MIT
/// Regular expressions; only pattern.cpp includes <regex>, which takes 3 s to compile.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flatgrid {

/// The texts of all groups of the pattern (ECMAScript) if it matches the whole text.
std::optional<std::vector<std::string>> groups_of_match(std::string_view text,
                                                        const std::string& pattern);

}  // namespace flatgrid

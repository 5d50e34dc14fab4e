// SPDX-License-Identifier: MIT
/// Suggestions for a mistyped word.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flatgrid {

/// The least number of insertions, deletions and replacements of a character and swaps of two adjacent
/// characters that turn one word into the other, where no part is edited twice (Damerau 1964;
/// Levenshtein 1966). O(product of the lengths).
std::size_t edit_distance(std::string_view from, std::string_view to);

/// The word of least edit distance (the first of several), if the distance is at most a third of the
/// length of `word`, or 1. Ignores case. Empty for a word of more than 100 characters.
std::optional<std::string_view> nearest_word(std::string_view word,
                                             const std::vector<std::string_view>& words);

/// "did you mean 'status'?", or an empty string if no word is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& words);

}  // namespace flatgrid

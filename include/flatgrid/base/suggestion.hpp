// SPDX-License-Identifier: MIT
/// What a mistyped word may have meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flatgrid {

/// Least number of insertions, deletions and replacements of a character and of swaps of two neighbours
/// between two words, none edited twice (Damerau 1964; Levenshtein 1966). O(product of the lengths).
std::size_t edit_distance(std::string_view from, std::string_view to);

/// The nearest of the words, the first of several, if no more than a third of the characters of
/// `word` are mistaken, but one may always be. Case does not count. None for a word of more than 100
/// characters.
std::optional<std::string_view> nearest_word(std::string_view word,
                                             const std::vector<std::string_view>& words);

/// "did you mean 'status'?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& words);

}  // namespace flatgrid

// SPDX-License-Identifier: MIT
#include "flatgrid/base/suggestion.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace flatgrid {

namespace {

std::string lower_case(std::string_view word) {
  std::string result(word);
  std::ranges::transform(result, result.begin(), [](unsigned char character) {
    return static_cast<char>(std::tolower(character));
  });
  return result;
}

}  // namespace

std::size_t edit_distance(std::string_view from, std::string_view to) {
  // now[j]: distance between the first i characters of `from` and the first j of `to`; last and before: the
  // same for i - 1 and i - 2.
  std::vector<std::size_t> before, last, now(to.size() + 1);
  std::iota(now.begin(), now.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    before = std::exchange(last, now);
    now[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      now[j] = std::min({replaced, last[j] + 1, now[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
    }
  }
  return now.back();
}

std::optional<std::string_view> nearest_word(std::string_view word,
                                             const std::vector<std::string_view>& words) {
  constexpr std::size_t k_longest = 100;
  if (words.empty() || word.size() > k_longest) return std::nullopt;
  const auto mistakes = [typed = lower_case(word)](std::string_view meant) {
    return edit_distance(typed, lower_case(meant));
  };
  const std::string_view nearest = *std::ranges::min_element(words, {}, mistakes);
  if (3 * mistakes(nearest) > std::max<std::size_t>(word.size(), 3)) return std::nullopt;
  return nearest;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& words) {
  const auto nearest = nearest_word(word, words);
  return nearest ? fmt::format("did you mean '{}'?", *nearest) : "";
}

}  // namespace flatgrid

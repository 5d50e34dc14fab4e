// SPDX-License-Identifier: MIT
#include "flatgrid/configuration/value.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/base/suggestion.hpp"
#include "flatgrid/configuration/absent.hpp"

namespace flatgrid::configuration {
namespace {

constexpr std::size_t k_most_elements = 100000;

/// Refuses a text; `detail` is what there is to say beyond what the kind requires.
[[noreturn]] void refuse(const std::string& detail = "") { throw Error(detail); }

/// The number that the whole text is, if it is one that `Number` can hold.
template <class Number>
std::optional<Number> read_number(std::string_view text) {
  // As in +1, -1; "+-1" is still none, and from_chars refuses "++1".
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

template <class Number>
Kind<Number> number_kind(std::string_view noun, Number low, Number high) {
  const std::string range = fmt::format("from {} to {}", low, high);
  return {.one = fmt::format("a {} {}", noun, range),
          .many = fmt::format("{}s {}", noun, range),
          .read = [=](const std::string& text) -> Number {
            const std::optional<Number> number = read_number<Number>(text);
            // A NaN is in no interval. Adding zero turns -0.0 into 0.0, which is written alike.
            if (number && *number >= low && *number <= high) return *number + Number{0};
            refuse();
          },
          .write = [](const Number& number) { return fmt::format("{}", number); }};
}

Kind<bool> switch_kind(std::string_view on, std::string_view off) {
  const std::string words = fmt::format("{} or {}", on, off);
  return {.one = words,
          .many = words,
          .read =
              [=](const std::string& text) {
                if (text != on && text != off) refuse();
                return text == on;
              },
          .write = [=](bool value) { return std::string(value ? on : off); }};
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view k_blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(k_blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(k_blanks) - first + 1);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t k_longest = 100;
  std::string shown(text.substr(0, k_longest));
  std::ranges::replace_if(
      shown, [](char character) { return character >= 0 && character < ' '; }, '?');
  return fmt::format("'{}{}'", shown, text.size() > k_longest ? "..." : "");
}

Kind<std::int64_t> whole_number(std::int64_t low, std::int64_t high) {
  return number_kind("whole number", low, high);
}

Kind<double> real_number(double low, double high) { return number_kind("number", low, high); }

ChoiceWords choice_words(const std::vector<std::string_view>& names) {
  const std::string listed = fmt::format("{}", fmt::join(names, ", "));
  if (names.size() == 1) {
    const std::string only = fmt::format("'{}', the only one available in this version", listed);
    return {.one = only, .many = only};
  }
  return {.one = "one of: " + listed, .many = "names out of: " + listed};
}

std::string explain_unknown(std::string_view text, const std::vector<std::string_view>& names) {
  const std::string_view explanation = explain_absent(text);
  return explanation.empty() ? did_you_mean(text, names) : std::string(explanation);
}

Kind<bool> boolean() { return switch_kind("true", "false"); }

Kind<bool> yes_or_no() { return switch_kind("yes", "no"); }

Kind<std::string> file_path() {
  return {.one = "a path without '#' and control characters",
          .many = "paths without '#' and control characters",
          .read =
              [=](const std::string& text) {
                const auto forbidden = [](char character) {
                  return character == '#' || (character >= 0 && character < ' ');
                };
                if (text.empty() || std::ranges::any_of(text, forbidden)) refuse();
                return text;
              },
          .write = [](const std::string& path) { return path; }};
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> elements;
  const auto add = [&elements](std::string element) {
    if (elements.size() == k_most_elements) {
      refuse(fmt::format("it has more than {} values", k_most_elements));
    }
    elements.push_back(std::move(element));
  };
  if (trimmed(text).empty()) refuse("it is empty");
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view element = trimmed(text.substr(begin, end - begin));
    begin = end + 1;
    if (element.empty()) refuse("a value in it is empty");

    const std::size_t dots = std::min(element.find(".."), element.size());
    const auto first = read_number<std::int64_t>(trimmed(element.substr(0, dots)));
    const auto last = dots == element.size()
                          ? std::nullopt
                          : read_number<std::int64_t>(trimmed(element.substr(dots + 2)));
    if (first && last) {
      if (*first > *last) refuse(fmt::format("the range {}..{} is empty", *first, *last));
      for (std::int64_t number = *first;; ++number) {
        add(fmt::format("{}", number));
        if (number == *last) break;  // here, since ++ may overflow
      }
    } else {
      add(std::string(element));
    }
  }
  return elements;
}

std::string join_list(const std::vector<std::string>& elements) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < elements.size();) {
    const auto follows = [&elements](std::size_t position) {
      const auto before = read_number<std::int64_t>(elements[position - 1]);
      const auto number = read_number<std::int64_t>(elements[position]);
      return before && number && *number > *before && *number - 1 == *before;
    };
    std::size_t length = 1;
    while (begin + length < elements.size() && follows(begin + length)) ++length;
    if (length >= 3) {
      parts.push_back(fmt::format("{}..{}", elements[begin], elements[begin + length - 1]));
    } else {
      length = 1;
      parts.push_back(elements[begin]);
    }
    begin += length;
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace flatgrid::configuration

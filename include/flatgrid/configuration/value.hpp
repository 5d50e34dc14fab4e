// SPDX-License-Identifier: MIT
/// Kinds of values a configuration key may have: what such a value must be, in words, and how it is
/// read and written.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/base/choice.hpp"
#include "flatgrid/base/error.hpp"

namespace flatgrid::configuration {

/// `text` without the blanks and line ends around it.
std::string_view trimmed(std::string_view text);

/// `text` between quotes, shortened and without control characters: fit for a message of one line.
std::string in_quotes(std::string_view text);

/// A kind of value, stored as the C++ type `Value`. It reads back exactly what it has written.
template <class Value>
struct Kind {
  std::string one;   ///< "a whole number from 1 to 9"
  std::string many;  ///< "whole numbers from 1 to 9"
  /// Throws Error if `text` is no such value. The message is a detail beyond "must be " + one, and
  /// often empty.
  std::function<Value(const std::string& text)> read;
  std::function<std::string(const Value& value)> write;
};

/// A number in the closed interval [low, high]; nothing else may stand in the text.
Kind<std::int64_t> whole_number(std::int64_t low, std::int64_t high);
Kind<double> real_number(double low, double high);

/// What a choice among `names` is called.
struct ChoiceWords {
  std::string one;
  std::string many;
};
ChoiceWords choice_words(const std::vector<std::string_view>& names);

/// What there is to say of a text that is none of `names`: that flatgrid does not have what it asks
/// for, or which of them it may have meant; often nothing.
std::string explain_unknown(std::string_view text, const std::vector<std::string_view>& names);

/// An entry of a table, by its name.
template <class Entry>
Kind<Choice<Entry>> choice() {
  const ChoiceWords words = choice_words(names_of<Entry>());
  return {.one = words.one,
          .many = words.many,
          .read =
              [](const std::string& text) {
                try {
                  return Choice<Entry>(text);
                } catch (const Error&) {
                  // The kind says what there is to choose from.
                  throw Error(explain_unknown(text, names_of<Entry>()));
                }
              },
          .write = [](const Choice<Entry>& entry) { return std::string(entry.name()); }};
}

/// `true` or `false`; `yes` or `no`.
Kind<bool> boolean();
Kind<bool> yes_or_no();

/// `yes` or `no`.
Kind<bool> yes_or_no();

/// The path of a file. It may not contain '#', which begins a comment in a configuration.
Kind<std::string> file_path();

/// A list: elements separated by commas, at least 1 and at most 100000 of them. `a..b` stands for
/// the whole numbers from a to b, a <= b.
enum class Repetition { allowed, refused };

/// The elements of a list, ranges of whole numbers written out, and the inverse: runs of three or
/// more consecutive whole numbers become ranges.
std::vector<std::string> split_list(std::string_view text);
std::string join_list(const std::vector<std::string>& elements);

template <class Value>
Kind<std::vector<Value>> list_of(Kind<Value> element, Repetition repetition) {
  const auto read = [=](const std::string& text) {
    std::vector<Value> values;
    std::set<Value> seen;
    for (const std::string& part : split_list(text)) {
      try {
        values.push_back(element.read(part));
      } catch (const Error& error) {
        const std::string_view meant = error.what();
        if (part == text) throw;
        throw Error(
            fmt::format("{} is not one{}{}", in_quotes(part), meant.empty() ? "" : "; ", meant));
      }
      if (repetition == Repetition::refused && !seen.insert(values.back()).second) {
        throw Error(in_quotes(part) + " stands in it twice");
      }
    }
    return values;
  };
  const auto write = [=](const std::vector<Value>& values) {
    std::vector<std::string> parts;
    parts.reserve(values.size());
    for (const Value& value : values) parts.push_back(element.write(value));
    return join_list(parts);
  };
  return {.one = "a list of " + element.many,
          .many = "lists of " + element.many,
          .read = read,
          .write = write};
}

/// `kind`, or the word that stands for `Value{}`.
template <class Value>
Kind<Value> word_or(std::string word, Kind<Value> kind) {
  return {.one = "'" + word + "' or " + kind.one,
          .many = "'" + word + "' or " + kind.many,
          .read = [word, kind](
                      const std::string& text) { return text == word ? Value{} : kind.read(text); },
          .write = [word, kind](
                       const Value& value) { return value == Value{} ? word : kind.write(value); }};
}

/// `kind` as a value that may be absent.
template <class Value>
Kind<std::optional<Value>> optional(Kind<Value> kind) {
  return {.one = kind.one,
          .many = kind.many,
          .read = kind.read,
          .write = [kind](const std::optional<Value>& value) { return kind.write(value.value()); }};
}

}  // namespace flatgrid::configuration

// SPDX-License-Identifier: MIT
/// Formatting text for the width of a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flatgrid {

/// The width of text where the output is no terminal.
inline constexpr std::size_t k_text_columns = 80;

/// "1 point", "3 points". `plural` is needed if the plural is not the noun plus "s".
std::string counted(std::int64_t count, std::string_view noun, std::string_view plural = {});

/// A text as a CSV field (RFC 4180): in quotes, with inner quotes doubled.
std::string csv_quoted(std::string_view text);
/// The same, in quotes only if the text has a comma or a quote.
std::string csv_field(std::string_view text);

/// Breaks a text at blanks so that no line is longer than `columns`, unless a single word is longer. A
/// continuation line starts with the leading blanks of the broken line plus `indent`. Keeps existing line
/// breaks, and does not break intervals such as "[1, 2]".
std::string wrapped(std::string_view text, std::size_t columns, std::string_view indent = "  ");

/// Joins the lines of each paragraph and wraps the result; every line starts with `margin`. Keeps lines
/// that begin with a blank (formulas) and empty lines as they are.
std::string paragraphs(std::string_view text, std::size_t columns, std::string_view margin = {});

/// Formats a table. The first of `rows` is the header; all rows have the same number of cells. The first
/// column is left-aligned, the others right-aligned, with two blanks between columns. Columns that do not
/// fit follow in further tables below, separated by an empty line, each with the first column repeated. If
/// a column does not fit beside the first one, every row becomes a list: its first cell, then a line
/// "header: cell" for each other cell.
std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t columns);

/// A word and its meaning.
struct Term {
  std::string word;
  std::string meaning;
};
/// Formats terms in two columns and wraps the meanings. If the second column would be too narrow, the
/// meaning stands below its word. Every line starts with two blanks.
std::string listed(const std::vector<Term>& terms, std::size_t columns);

}  // namespace flatgrid

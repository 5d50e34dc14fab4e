// SPDX-License-Identifier: MIT
/// Texts that fit the columns of a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flatgrid {

/// Columns of a text where no terminal says how many it has.
inline constexpr std::size_t k_text_columns = 80;

/// "1 point", "3 points"; `plural` where an s at the end does not make it.
std::string counted(std::int64_t count, std::string_view noun, std::string_view plural = {});

/// A text as a field of a CSV table (RFC 4180): in quotes, quotes within doubled.
std::string csv_quoted(std::string_view text);
/// The same, in quotes only if it has a comma or a quote.
std::string csv_field(std::string_view text);

/// A text with line ends in place of blanks, so that no line is longer than `columns` unless a word alone
/// is. The lines that go on begin like the line that was broken, with its blanks, and with `indent`. Line
/// ends of the text stay, and intervals "[1, 2]" whole.
std::string wrapped(std::string_view text, std::size_t columns, std::string_view indent = "  ");

/// A text whose line ends are blanks, wrapped, every line after `margin`. Lines that begin with a blank
/// (formulas) and empty ones stand apart.
std::string paragraphs(std::string_view text, std::size_t columns, std::string_view margin = {});

/// Rows of a table, the first one its head, all of the same number of cells: the first column to the left,
/// the others to the right, two blanks between them. Columns that do not fit follow in a table of their own
/// below, after an empty line and with the first column again. Where a column does not fit even beside the
/// first one alone, a row becomes a list: its first cell, then a line "head: cell" for each of the others.
std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t columns);

/// A word and what it means.
struct Term {
  std::string word;
  std::string meaning;
};
/// Terms in two columns, the meaning wrapped in its own; where that would be narrow, it follows below its
/// word. Every line begins with two blanks.
std::string listed(const std::vector<Term>& terms, std::size_t columns);

}  // namespace flatgrid

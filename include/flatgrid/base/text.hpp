// SPDX-License-Identifier: MIT
/// Texts for a terminal of 80 columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flatgrid {

inline constexpr std::size_t k_text_columns = 80;

/// "1 point", "3 points"; `plural` where an s at the end does not make it.
std::string counted(std::int64_t count, std::string_view noun, std::string_view plural = {});

/// A text with line ends in place of blanks, so that no line is longer than k_text_columns unless a
/// word alone is. The lines that go on begin like the line that was broken, with its blanks, and with
/// `indent`. Line ends of the text stay, and intervals "[1, 2]" whole.
std::string wrapped(std::string_view text, std::string_view indent = "  ");

/// Rows of a table, all of the same number of cells: the first column to the left, the others to the
/// right, two blanks between them. Columns that do not fit k_text_columns follow in a table of their own
/// below, after an empty line and with the first column again.
std::string aligned(const std::vector<std::vector<std::string>>& rows);

}  // namespace flatgrid

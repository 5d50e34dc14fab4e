// SPDX-License-Identifier: MIT
#include "flatgrid/base/text.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

namespace flatgrid {

std::string counted(std::int64_t count, std::string_view noun, std::string_view plural) {
  if (count == 1) return fmt::format("1 {}", noun);
  return plural.empty() ? fmt::format("{} {}s", count, noun) : fmt::format("{} {}", count, plural);
}

std::string csv_quoted(std::string_view text) {
  std::string field = "\"";
  for (const char character : text) {
    if (character == '"') field += '"';
    field += character;
  }
  return field + '"';
}

std::string csv_field(std::string_view text) {
  const bool needs_quotes = text.find_first_of(",\"") != std::string_view::npos;
  return needs_quotes ? csv_quoted(text) : std::string(text);
}

namespace {

bool is_in_brackets(std::string_view line, std::size_t at) {
  const std::size_t open = line.substr(0, at).rfind('[');
  return open != std::string_view::npos &&
         line.substr(open, at - open).find(']') == std::string_view::npos;
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t columns, std::string_view indent) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, length));
    // Does not break a line at its leading blanks.
    std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
    const std::string going_on = std::string(begin, ' ') + std::string(indent);
    while (line.size() > columns) {
      std::size_t blank = line.rfind(' ', columns);
      while (blank != std::string::npos && is_in_brackets(line, blank)) {
        blank = line.rfind(' ', blank - 1);
      }
      if (blank == std::string::npos || blank < begin) blank = line.find(' ', begin);
      if (blank == std::string::npos) break;
      result += line.substr(0, line.find_last_not_of(' ', blank) + 1) + '\n';
      line = going_on + line.substr(blank + 1);
      begin = going_on.size();
    }
    result += line;
    if (length < text.size()) result += '\n';
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return result;
}

std::string paragraphs(std::string_view text, std::size_t columns, std::string_view margin) {
  std::string joined;
  bool goes_on = false;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    const bool is_apart = line.empty() || line.front() == ' ';
    if (!joined.empty()) joined += goes_on && !is_apart ? ' ' : '\n';
    joined += line;
    goes_on = !is_apart;
  }
  std::string result;
  std::istringstream broken(wrapped(joined, columns - margin.size(), ""));
  for (std::string line; std::getline(broken, line);) {
    result += fmt::format("{}{}\n", line.empty() ? "" : margin, line);
  }
  return result;
}

namespace {

/// A list for every row below the header.
std::string as_lists(const std::vector<std::vector<std::string>>& rows, std::size_t columns) {
  std::string text;
  for (std::size_t row = 1; row < rows.size(); ++row) {
    text += wrapped(rows[row][0] + '\n', columns);
    for (std::size_t k = 1; k < rows[row].size(); ++k) {
      const std::string &head = rows[0][k], &cell = rows[row][k];
      const bool fits = head.size() + cell.size() + 4 <= columns;
      text += wrapped(fmt::format("  {}:{}{}\n", head, fits ? " " : "\n    ", cell), columns);
    }
  }
  return text;
}

}  // namespace

std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t columns) {
  if (rows.empty()) return {};
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], row[k].size());
  }
  if (widths.size() > 1 &&
      widths[0] + 2 + *std::max_element(widths.begin() + 1, widths.end()) > columns) {
    return as_lists(rows, columns);
  }
  // The first column of every table after the first column of names, and the end.
  std::vector<std::size_t> begins = {1};
  std::size_t width = widths[0];
  for (std::size_t k = 1; k < widths.size(); ++k) {
    if (width + 2 + widths[k] > columns && k > begins.back()) {
      begins.push_back(k);
      width = widths[0];
    }
    width += 2 + widths[k];
  }
  begins.push_back(widths.size());
  // Avoids a last table with a single column if another column fits into it.
  if (const std::size_t n = begins.size(); n > 2 && begins[n - 1] - begins[n - 2] == 1 &&
                                           begins[n - 2] - begins[n - 3] > 1 &&
                                           width + 2 + widths[begins[n - 2] - 1] <= columns) {
    --begins[n - 2];
  }
  std::string text;
  for (std::size_t part = 0; part + 1 < begins.size(); ++part) {
    if (part > 0) text += '\n';
    for (const auto& row : rows) {
      text += fmt::format("{:<{}}", row[0], widths[0]);
      for (std::size_t k = begins[part]; k < begins[part + 1]; ++k) {
        text += fmt::format("  {:>{}}", row[k], widths[k]);
      }
      text += '\n';
    }
  }
  return text;
}

std::string listed(const std::vector<Term>& terms, std::size_t columns) {
  constexpr std::size_t k_narrow = 30;  // least width of the column of meanings
  std::size_t longest = 0;
  for (const Term& term : terms) longest = std::max(longest, term.word.size());
  const std::size_t before = 2 + longest + 2;
  const bool side_by_side = before + k_narrow <= columns;
  const std::string margin(side_by_side ? before : 6, ' ');
  std::string text;
  for (const auto& [word, meaning] : terms) {
    // Wraps the meaning with its margin, then replaces the margin of the first line by the word.
    const std::string lines = wrapped(margin + meaning + '\n', columns, "");
    const std::string_view below = lines;
    text += side_by_side ? fmt::format("  {:<{}}  {}", word, longest, below.substr(before))
                         : fmt::format("  {}\n{}", word, below);
  }
  return text;
}

}  // namespace flatgrid

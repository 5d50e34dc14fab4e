// SPDX-License-Identifier: MIT
#include "flatgrid/base/text.hpp"

#include <catch2/catch.hpp>

using namespace flatgrid;

TEST_CASE("one is singular, all else is plural") {
  CHECK(counted(0, "width") == "0 widths");
  CHECK(counted(1, "width") == "1 width");
  CHECK(counted(2, "width") == "2 widths");
  CHECK(counted(1, "number of samples", "numbers of samples") == "1 number of samples");
  CHECK(counted(3, "number of samples", "numbers of samples") == "3 numbers of samples");
}

TEST_CASE("long lines are broken between words, at 80 columns") {
  const std::string ten = "123456789 ";
  std::string text;
  for (int k = 0; k < 8; ++k) text += ten;  // 79 columns and a blank
  CHECK(wrapped(text + "\n") == text + "\n");
  CHECK(wrapped(text + "a\nb c\n") == text.substr(0, 79) + "\n  a\nb c\n");
  CHECK(wrapped(text + text + "end", "") ==
        text.substr(0, 79) + "\n" + text.substr(0, 79) + "\nend");
  const std::string word(100, 'x');
  CHECK(wrapped(word) == word);
  CHECK(wrapped("    " + word + " y") == "    " + word + "\n      y");
  CHECK(wrapped("# " + text + "a b", "#   ") == "# " + text.substr(0, 69) + "\n#   123456789 a b");
  CHECK(wrapped("# " + text.substr(0, 60) + "value [123.456, 789.123], end") ==
        "# " + text.substr(0, 60) + "value\n  [123.456, 789.123], end");
  CHECK(wrapped("").empty());
}

TEST_CASE("a table that is wider than 80 columns goes on below") {
  const std::string wide(30, 'w');
  CHECK(aligned({{"a", "b"}, {"one", "2"}}) == "a    b\none  2\n");
  const std::string one = "name  " + wide + "\nx     " + std::string(29, ' ') + "1\n";
  const std::string two = "name  " + wide + "  " + wide + "\nx     " + std::string(29, ' ') +
                          "1  " + std::string(29, ' ') + "1\n";
  CHECK(aligned({{"name", wide, wide, wide, wide}, {"x", "1", "1", "1", "1"}}) == two + "\n" + two);
  // A last column does not stand alone.
  CHECK(aligned({{"name", wide, wide, wide}, {"x", "1", "1", "1"}}) == one + "\n" + two);
  CHECK(aligned({{"alone"}}) == "alone\n");
  const std::string fits(73, 'f');  // 80 with its name
  CHECK(aligned({{"12345", fits}}) == "12345  " + fits + "\n");
  CHECK(aligned({{"12345", fits, "b"}}) == "12345  " + fits + "\n\n12345  b\n");
}

// SPDX-License-Identifier: MIT
#include "flatgrid/base/text.hpp"

#include <catch2/catch.hpp>

using namespace flatgrid;

TEST_CASE("1 is singular, every other number is plural") {
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
  CHECK(wrapped(text + "\n", 80) == text + "\n");
  CHECK(wrapped(text + "a\nb c\n", 80) == text.substr(0, 79) + "\n  a\nb c\n");
  CHECK(wrapped(text + text + "end", 80, "") ==
        text.substr(0, 79) + "\n" + text.substr(0, 79) + "\nend");
  const std::string word(100, 'x');
  CHECK(wrapped(word, 80) == word);
  CHECK(wrapped("    " + word + " y", 80) == "    " + word + "\n      y");
  CHECK(wrapped("# " + text + "a b", 80, "#   ") ==
        "# " + text.substr(0, 69) + "\n#   123456789 a b");
  CHECK(wrapped("# " + text.substr(0, 60) + "value [123.456, 789.123], end", 80) ==
        "# " + text.substr(0, 60) + "value\n  [123.456, 789.123], end");
  CHECK(wrapped("", 80).empty());
}

TEST_CASE("a table wider than 80 columns is split into blocks") {
  const std::string wide(30, 'w');
  CHECK(aligned({{"a", "b"}, {"one", "2"}}, 80) == "a    b\none  2\n");
  const std::string one = "name  " + wide + "\nx     " + std::string(29, ' ') + "1\n";
  const std::string two = "name  " + wide + "  " + wide + "\nx     " + std::string(29, ' ') +
                          "1  " + std::string(29, ' ') + "1\n";
  CHECK(aligned({{"name", wide, wide, wide, wide}, {"x", "1", "1", "1", "1"}}, 80) ==
        two + "\n" + two);
  // The last block gets two columns where they fit.
  CHECK(aligned({{"name", wide, wide, wide}, {"x", "1", "1", "1"}}, 80) == one + "\n" + two);
  CHECK(aligned({{"alone"}}, 80) == "alone\n");
  const std::string fits(73, 'f');  // 80 columns with its name
  CHECK(aligned({{"12345", fits}}, 80) == "12345  " + fits + "\n");
  CHECK(aligned({{"12345", fits, "b"}}, 80) == "12345  " + fits + "\n\n12345  b\n");
}

TEST_CASE("texts fit narrow terminals") {
  CHECK(wrapped("one two three\n", 9) == "one two\n  three\n");
  CHECK(aligned({{"a", "bb", "cc"}, {"1", "2", "3"}}, 6) == "a  bb\n1   2\n\na  cc\n1   3\n");
  // If a column does not fit beside the names, every row becomes a list.
  CHECK(aligned({{"name", "long head", "b"}, {"first", "1 [0, 2]", "7"}, {"x", "-", "8"}}, 15) ==
        "first\n  long head:\n    1 [0, 2]\n  b: 7\nx\n  long head: -\n  b: 8\n");
}

TEST_CASE("lines of a paragraph are joined, indented formulas keep their lines") {
  CHECK(paragraphs("one\ntwo three\n\nfour\n", 7) == "one two\nthree\n\nfour\n");
  CHECK(paragraphs("one\n  f(x) = y\ntwo\nthree", 80, "# ") ==
        "# one\n#   f(x) = y\n# two three\n");
}

TEST_CASE("terms are written beside their meanings, or above them on narrow terminals") {
  const std::vector<Term> terms = {{"a", "one two three four five six seven"}, {"bcd", "eight"}};
  CHECK(listed(terms, 37) == "  a    one two three four five six\n       seven\n  bcd  eight\n");
  CHECK(listed(terms, 36) ==
        "  a\n      one two three four five six\n      seven\n  bcd\n      eight\n");
}

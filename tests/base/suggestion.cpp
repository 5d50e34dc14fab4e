// SPDX-License-Identifier: MIT
#include "flatgrid/base/suggestion.hpp"

#include <catch2/catch.hpp>

using namespace flatgrid;

TEST_CASE("the edit distance counts insertions, deletions, replacements and swaps of neighbours") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("sunday", "saturday") == 3);
  CHECK(edit_distance("status", "status") == 0);
  CHECK(edit_distance("statsu", "status") == 1);
  CHECK(edit_distance("ab", "ba") == 1);
  CHECK(edit_distance("ca", "abc") == 3);  // 2 if swapped letters could be edited again
}

TEST_CASE("a mistyped word gets the nearest known word as suggestion, other words get none") {
  const std::vector<std::string_view> commands = {"plan", "run", "status", "export"};
  CHECK(did_you_mean("statsu", commands) == "did you mean 'status'?");
  CHECK(did_you_mean("STATUS", commands) == "did you mean 'status'?");
  CHECK(did_you_mean("rn", commands) == "did you mean 'run'?");
  CHECK(did_you_mean("exprot", commands) == "did you mean 'export'?");
  CHECK(did_you_mean("delete", commands).empty());
  CHECK(did_you_mean("", commands).empty());
  CHECK(did_you_mean("status", {}).empty());
  CHECK(did_you_mean(std::string(101, 'x'), {std::string_view("y")}).empty());
  CHECK(nearest_word("gradient_descent", {"sgd", "gradient-descent"}) == "gradient-descent");
}

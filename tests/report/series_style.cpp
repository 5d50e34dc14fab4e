// SPDX-License-Identifier: MIT
#include "flatgrid/report/series_style.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <catch2/catch.hpp>

#include "flatgrid/algorithm/algorithm.hpp"

using namespace flatgrid;
using namespace flatgrid::report;

TEST_CASE("every algorithm has its own mark, and at most two share a colour", "[report]") {
  std::set<std::string_view> point_types;
  std::set<std::tuple<std::string_view, int, bool>> on_the_page;
  std::map<std::string_view, int> colors;
  for (const algorithm::Algorithm& algorithm : algorithm::Algorithm::table()) {
    INFO(algorithm.name << " needs an entry in src/report/series_style.cpp");
    const auto style = style_of_algorithm(algorithm.name);
    REQUIRE(style);
    CHECK(point_types.insert(style->mark.point_type).second);
    CHECK(on_the_page.emplace(style->mark.point_style, style->mark.rotation, style->mark.filled)
              .second);
    CHECK(++colors[style->color] <= 2);
  }
  CHECK_FALSE(style_of_algorithm("samples 100"));
}

TEST_CASE("the style of an algorithm does not depend on the other series of a chart", "[report]") {
  const Chart chart{
      .id = "a",
      .title = "a",
      .series = {{.name = "lazy"}, {.name = "flattest"}, {.name = "least", .bare = true}}};
  const Chart alone{.id = "b", .title = "b", .series = {{.name = "flattest"}}};
  CHECK(styles_of(chart)[1].color == styles_of(alone)[0].color);
  CHECK(styles_of(chart)[1].mark == styles_of(alone)[0].mark);
  CHECK(styles_of(chart)[2].color != styles_of(chart)[1].color);
}

TEST_CASE("a fit has the colour of its series, numbered series differ", "[report]") {
  const Chart chart{.id = "a",
                    .title = "a",
                    .series = {{.name = "noise 0"},
                               {.name = "samples^-2.00", .bare = true},
                               {.name = "noise 0.1"},
                               {.name = "samples^-1.00", .bare = true}}};
  const auto styles = styles_of(chart);
  REQUIRE(styles.size() == 4);
  CHECK(styles[0].color == styles[1].color);
  CHECK(styles[2].color == styles[3].color);
  CHECK(styles[0].color != styles[2].color);
  CHECK_FALSE(styles[0].mark == styles[2].mark);
}

TEST_CASE("variants have the colour of their algorithm and marks of their own", "[report]") {
  CHECK(style_of_algorithm("sam(sam-radius=0.2)")->mark == style_of_algorithm("sam")->mark);
  // No two of six entries of every algorithm are drawn alike.
  std::set<std::tuple<std::string_view, std::string_view, int, bool>> drawn;
  std::set<std::pair<std::string_view, std::string_view>> on_paper;
  for (const algorithm::Algorithm& algorithm : algorithm::Algorithm::table()) {
    for (std::size_t variant = 0; variant < 6; ++variant) {
      CAPTURE(algorithm.name, variant);
      const auto style = style_of_algorithm(std::string(algorithm.name) + "(steps=5)", variant);
      REQUIRE(style);
      CHECK(style->color == style_of_algorithm(algorithm.name)->color);
      const MarkShape& mark = style->mark;
      CHECK(drawn.emplace(style->color, mark.point_style, mark.rotation, mark.filled).second);
      CHECK(on_paper.emplace(style->color, mark.point_type).second);
    }
  }
}

TEST_CASE("a series of a variant is drawn by its number", "[report]") {
  const Chart chart{.id = "a",
                    .title = "a",
                    .series = {{.name = "sam"}, {.name = "sam(sam-radius=0.2)", .variant = 1}}};
  const auto styles = styles_of(chart);
  CHECK(styles[0].color == styles[1].color);
  CHECK_FALSE(styles[0].mark == styles[1].mark);
}

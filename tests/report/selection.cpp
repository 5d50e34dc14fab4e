// SPDX-License-Identifier: MIT
#include "flatgrid/report/selection.hpp"

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/configuration/variants.hpp"

using namespace flatgrid;
using namespace flatgrid::report;

namespace {

const configuration::Axes k_axes{.algorithm = {"teacher", "lazy"},
                                 .samples = {100, 20},
                                 .noise = {0, 0.1},
                                 .width = {10, 30},
                                 .seed = {0, 1, 2, 7}};

std::int64_t chosen(const std::string& text) {
  const Selection selection(k_axes, text);
  std::int64_t count = 0;
  for (std::int64_t flat = 0; flat < k_axes.points(); ++flat) {
    count += selection.contains(configuration::grid_point(k_axes, flat));
  }
  return count;
}

}  // namespace

TEST_CASE("terms of different axes are joined by and, terms of one axis by or") {
  CHECK(chosen("") == 64);
  CHECK(chosen("algorithm=lazy") == 32);
  CHECK(chosen("algorithm=lazy,algorithm=teacher") == 64);
  CHECK(chosen("algorithm=lazy,noise=0.1,width=30,samples=20,seed=7") == 1);
  CHECK(chosen("noise=1e-1") == 32);
  CHECK(chosen("seed=1..6") == 32);
  CHECK(chosen("seed=0..0,seed=7") == 32);
  const Selection selection(k_axes, "samples=20,seed=2..7");
  CHECK(selection.contains({.samples = 1, .seed = 3}));
  CHECK_FALSE(selection.contains({.samples = 1, .seed = 1}));
  CHECK_FALSE(selection.contains({.samples = 0, .seed = 3}));
}

TEST_CASE("statuses are alternatives, and without a status all are selected") {
  const Selection any(k_axes, "algorithm=lazy");
  CHECK_FALSE(any.names_statuses());
  CHECK(any.contains(grid::Status::failed));
  const Selection two(k_axes, "status=done,algorithm=lazy,status=cut_short");
  CHECK(two.names_statuses());
  CHECK(two.contains(grid::Status::done));
  CHECK(two.contains(grid::Status::cut_short));
  CHECK_FALSE(two.contains(grid::Status::not_interpolating));
  CHECK(chosen("status=done,algorithm=lazy") == 32);  // points on the axes, of any status
}

TEST_CASE("a value that is not on the grid is refused with the values of the grid") {
  CHECK_THROWS_WITH(Selection(k_axes, "lazy"), "'lazy': must be AXIS=VALUE");
  CHECK_THROWS_WITH(Selection(k_axes, "sed=1"), "'sed=1': did you mean 'seed'?");
  CHECK_THROWS_WITH(
      Selection(k_axes, "dimension=1"),
      "'dimension=1': 'dimension' is none of algorithm, samples, noise, width, seed, status");
  CHECK_THROWS_WITH(Selection(k_axes, "status=cut-short"),
                    "'status=cut-short': did you mean 'cut_short'?");
  CHECK_THROWS_WITH(
      Selection(k_axes, "status=5"),
      "'status=5': '5' is none of pending, done, not_interpolating, diverged, failed, "
      "cut_short");
  CHECK_THROWS_WITH(Selection(k_axes, "noise=0.2"),
                    "'noise=0.2': is not on the axis, which has 0, 0.1");
  CHECK_THROWS_WITH(Selection(k_axes, "noise=x"),
                    "'noise=x': is not on the axis, which has 0, 0.1");
  CHECK_THROWS_WITH(Selection(k_axes, "algorithm=sam"),
                    "'algorithm=sam': is not on the axis, which has teacher, lazy");
  CHECK_THROWS_WITH(Selection(k_axes, "seed=3..6"),
                    "'seed=3..6': is not on the axis, which has 0, 1, 2, 7");
  CHECK_THROWS_WITH(Selection(k_axes, "seed=2..1"),
                    "'seed=2..1': is not on the axis, which has 0, 1, 2, 7");
  CHECK_THROWS_WITH(Selection(k_axes, "seed="),
                    "'seed=': is not on the axis, which has 0, 1, 2, 7");
}

TEST_CASE("a variant is selected by its name, whose commas separate no terms") {
  const configuration::Axes axes{
      .algorithm = configuration::read_algorithms("sgd, sgd(learning-rate=0.1, batch=8|9)"),
      .samples = {100},
      .noise = {0},
      .width = {10},
      .seed = {0, 1}};
  const auto only = [&](const std::string& text) {
    std::vector<std::int64_t> algorithms;
    const Selection selection(axes, text);
    for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
      const configuration::GridPoint point = configuration::grid_point(axes, flat);
      if (selection.contains(point)) algorithms.push_back(point.algorithm);
    }
    return algorithms;
  };
  using Positions = std::vector<std::int64_t>;
  CHECK(only("algorithm=sgd(learning-rate=0.1, batch=9),seed=1") == Positions{2});
  CHECK(only("seed=0,algorithm=sgd(learning-rate=0.1,batch=8)") == Positions{1});
  CHECK(only("algorithm=sgd,seed=0") == Positions{0});
  CHECK_THROWS_WITH(only("algorithm=sgd(batch=8)"),
                    "'algorithm=sgd(batch=8)': is not on the axis, which has sgd, "
                    "sgd(learning-rate=0.1, batch=8), sgd(learning-rate=0.1, batch=9)");
}

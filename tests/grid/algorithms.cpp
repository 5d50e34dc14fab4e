// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/pipeline.hpp"
#include "flatgrid/grid/prices.hpp"

using namespace flatgrid;
using namespace flatgrid::grid;

namespace {

Study study(const std::string& algorithms, const std::string& more = "") {
  std::istringstream text("[grid]\nalgorithm = " + algorithms +
                          "\nsamples = 60\nnoise = 0, 0.1\nwidth = 80\nseed = 101, 102\n"
                          "[problem]\ndimension = 6\nindices = 2\n" +
                          more);
  return Study(configuration::parse_configuration(text, "test"));
}

const std::string k_all =
    "gradient-descent, sgd, label-noise-sgd, sam, lazy, random-features, memorizer, corrupted, "
    "flattest, min-norm";

}  // namespace

TEST_CASE("every family interpolates, flattest is the flattest, and no network is below its bound",
          "[slow]") {
  const Study grid = study(k_all, "[training]\nsteps = 100000\nhandover-loss = 1e-6\n");
  for (std::int64_t noise = 0; noise < 2; ++noise) {
    for (std::int64_t seed = 0; seed < 2; ++seed) {
      std::map<std::string, double> flatness;
      double bound = 0;
      for (std::int64_t algorithm = 0; algorithm < std::ssize(grid.configuration.grid.algorithm);
           ++algorithm) {
        const configuration::GridPoint point{.algorithm = algorithm, .noise = noise, .seed = seed};
        CAPTURE(configuration::describe(grid.configuration.grid, point));
        const PointResult result =
            compute_point(grid, point, [](const PointUnderWay&) { return true; }).value();
        CHECK(result.message.empty());
        CHECK(result.record.status == Status::done);
        CHECK(result.record.steps <= 100000);
        const std::string name(
            configuration::at(grid.configuration.grid.algorithm, algorithm).name());
        flatness[name] = result.record.flatness_orbit_min;
        if (name == "flattest") {
          bound = result.record.flatness_lower_bound;
          CHECK(result.record.flatness_lower_bound_kind == 1);  // estimated
          CHECK(result.record.flatness_gap ==
                Approx(result.record.flatness_orbit_min / bound - 1).margin(1e-12));
          CHECK(result.record.flatness_trace ==
                Approx(result.record.flatness_orbit_min).epsilon(1e-12));
        }
      }
      for (const auto& [name, value] : flatness) {
        CAPTURE(name, noise, seed);
        CHECK(flatness.at("flattest") <= value);
        CHECK(bound <= value);
      }
      // The search reaches this gap for d = 6, n = 60.
      CHECK(flatness.at("flattest") <= 1.001 * bound);
    }
  }
}

TEST_CASE("an algorithm is refused where it cannot run") {
  std::istringstream narrow(
      "[grid]\nalgorithm = memorizer\nsamples = 10, 60\nnoise = 0\nwidth = 50\nseed = 1\n");
  CHECK_THROWS_AS(configuration::parse_configuration(narrow, "test"), Error);
  std::istringstream file(
      "[grid]\nalgorithm = corrupted\nsamples = 10\nnoise = 0\nwidth = 50\nseed = 1\n"
      "[problem]\ninputs = file\ndata-file = none-such.h5\n");
  CHECK_THROWS_AS(configuration::parse_configuration(file, "test"), Error);
}

TEST_CASE("the predicted cost of an algorithm follows the samples that its steps use") {
  const Study plain = study(k_all + ", adam", "[training]\nbatch = 10\n");
  const Study decaying = study("sgd", "[training]\nbatch = 10\nweight-decay = 0.1\n");
  const auto cost = [&](const std::string& name, bool decays = false) {
    const Study& grid = decays ? decaying : plain;
    const auto found =
        std::ranges::find(grid.configuration.grid.algorithm, configuration::AlgorithmEntry(name));
    return PointPrices(grid)({.algorithm = found - grid.configuration.grid.algorithm.begin()})
        .flops;
  };
  const double whole = cost("gradient-descent");
  CHECK(cost("sgd") == Approx(whole / 6).epsilon(0.01));
  CHECK(cost("corrupted") == Approx(2 * cost("lazy")).epsilon(0.01));
  CHECK(cost("sam") > cost("label-noise-sgd"));
  CHECK(cost("memorizer") < 0.01 * whole);
  CHECK(cost("adam") > cost("label-noise-sgd"));  // adam also updates moments
  // With weight decay the gradient flow takes over from sgd, as it does from label-noise-sgd.
  CHECK(cost("sgd", true) == cost("label-noise-sgd"));
}

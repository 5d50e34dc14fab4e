// SPDX-License-Identifier: MIT
#include "flatgrid/report/claims.hpp"

#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/random/stream.hpp"
#include "report/made_results.hpp"

using namespace flatgrid;
using Catch::Contains;

namespace {

/// A law of figures: what the claims say, or what they deny.
enum class World { as_claimed, shuffled, opposite };

/// The flattest's loss is (1/n) (0.01 + noise^2), its flatness 1; an algorithm's ratio to it is
/// 1 + its position, its loss as many times as large. Shuffled, both are drawn instead.
PointResult made(World world, const Axes& axes, const GridPoint& point) {
  Stream stream(at(axes.seed, point.seed), Purpose::test_set,
                static_cast<std::uint64_t>(flat_index(axes, point)));
  const auto rank = static_cast<double>(point.algorithm);
  PointResult result;
  Record& record = result.record;
  record.status = Status::done;
  const double tau = at(axes.noise, point.noise);
  const auto n = static_cast<double>(at(axes.samples, point.samples));
  const double scatter = std::exp(0.1 * stream.normal());
  record.flatness_orbit_min = 1 + rank;
  record.flatness_trace = 100 * std::exp(2 * stream.normal());
  switch (world) {
    case World::as_claimed:
      record.population_loss = (1 + 10 * rank) * (0.01 + tau * tau) / n * scatter;
      break;
    case World::shuffled:
      record.population_loss = std::exp(stream.normal());
      record.flatness_orbit_min = point.algorithm == 0 ? 1 : 1 + 0.5 * stream.uniform();
      break;
    case World::opposite:
      record.population_loss = scatter * n / (1 + 10 * rank) / (0.01 + tau * tau);
      record.flatness_orbit_min = 1 + 0.01 * rank;
      break;
  }
  return result;
}

std::vector<Verdict> verdicts_of(
    World world, const std::string& seeds = "0..19",
    const std::string& algorithms = "flattest, gradient-descent, lazy, memorizer") {
  const test::MadeResults results(
      "algorithm = " + algorithms +
          "\nsamples = 10, 20, 40\nnoise = 0.1, 0.2\nwidth = 50\nseed = " + seeds,
      [&](const Axes& axes, const GridPoint& point) { return made(world, axes, point); });
  const ResultsReader reader = results.reader();
  const Figures figures(reader);
  return verdicts(figures, Selection(figures.axes(), ""));
}

double evidence(const Verdict& verdict, const std::string& what) {
  for (const Evidence& each : verdict.evidence) {
    if (each.what == what) return each.statistic.value;
  }
  FAIL("no evidence: " << what);
  return 0;
}

}  // namespace

TEST_CASE("figures that are as claimed are said to be, with the numbers", "[report]") {
  const std::vector<Verdict> said = verdicts_of(World::as_claimed);
  REQUIRE(said.size() == 4);
  CHECK(said[3].outcome == Outcome::not_enough_data);  // no networks
  for (std::size_t k = 0; k < 3; ++k) {
    CAPTURE(said[k].claim, said[k].words);
    CHECK(said[k].outcome == Outcome::agrees);
  }
  CHECK(evidence(said[0], "lazy: median of orbit minimum / least") == 3);
  CHECK(evidence(said[0], "memorizer: median of orbit minimum / least") == 4);
  CHECK(evidence(said[0], "lazy: share of the ratios below 1.1") == 0);
  CHECK(evidence(said[0], "lazy: exponent of the ratio in samples") == Approx(0).margin(1e-12));
  CHECK(evidence(said[1], "flattest: exponent of the population loss in samples") ==
        Approx(-1).margin(0.05));
  CHECK(evidence(said[2], "Kendall's tau of orbit minimum and population loss") > 0.95);
  CHECK(evidence(said[2], "Kendall's tau of raw trace and population loss") ==
        Approx(0).margin(0.25));
}

TEST_CASE("where the columns are shuffled the claims are said not to hold", "[report]") {
  for (const World world : {World::shuffled, World::opposite}) {
    for (const Verdict& verdict : verdicts_of(world)) {
      if (verdict.claim == "Rescaling") continue;  // these files have no networks
      CAPTURE(verdict.claim, verdict.words);
      CHECK(verdict.outcome != Outcome::agrees);
      // Where the families generalize better than the flattest they are no case of claim 1.
      const bool no_case = world == World::opposite && verdict.claim == "Claim 1";
      CHECK((verdict.outcome == Outcome::not_enough_data) == no_case);
    }
  }
  const std::vector<Verdict> said = verdicts_of(World::opposite);
  CHECK_THAT(said[0].words, Contains("No case of it"));
  CHECK(said[1].outcome == Outcome::disagrees);
  CHECK(said[2].outcome == Outcome::disagrees);
}

TEST_CASE("too few seeds, no flattest or no family are said to be not enough data", "[report]") {
  for (const Verdict& verdict : verdicts_of(World::as_claimed, "0")) {
    CHECK(verdict.outcome == Outcome::not_enough_data);
  }
  const std::vector<Verdict> without =
      verdicts_of(World::as_claimed, "0..19", "gradient-descent, sgd, lazy, memorizer");
  CHECK(without[0].outcome == Outcome::not_enough_data);
  CHECK(without[1].outcome == Outcome::not_enough_data);
  CHECK(without[2].outcome == Outcome::agrees);
  const std::vector<Verdict> no_family =
      verdicts_of(World::as_claimed, "0..19", "flattest, gradient-descent, sgd");
  CHECK(no_family[0].outcome == Outcome::not_enough_data);
}

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

/// These files have no networks and no index spectra.
bool needs_more(const Verdict& verdict) {
  return verdict.claim == "Rescaling" || verdict.claim == "Index subspace";
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
  REQUIRE(said.size() == 5);
  for (const Verdict& verdict : said) {
    CAPTURE(verdict.claim, verdict.words);
    CHECK(verdict.outcome == (needs_more(verdict) ? Outcome::not_enough_data : Outcome::agrees));
  }
  CHECK(evidence(said[0], "lazy: median of orbit minimum / least") == 3);
  CHECK(evidence(said[0], "memorizer: median of orbit minimum / least") == 4);
  CHECK(evidence(said[0], "lazy: share of the ratios below 1.1") == 0);
  CHECK(evidence(said[0], "lazy: exponent of the ratio in samples") == Approx(0).margin(1e-12));
  CHECK(evidence(said[1], "flattest: exponent of the population loss in samples") ==
        Approx(-1).margin(0.05));
  CHECK(evidence(said[3], "Kendall's tau of orbit minimum and population loss") > 0.95);
  CHECK(evidence(said[3], "Kendall's tau of raw trace and population loss") ==
        Approx(0).margin(0.25));
}

TEST_CASE("where the columns are shuffled the claims are said not to hold", "[report]") {
  for (const World world : {World::shuffled, World::opposite}) {
    for (const Verdict& verdict : verdicts_of(world)) {
      if (needs_more(verdict)) continue;
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
  CHECK(said[3].outcome == Outcome::disagrees);
}

TEST_CASE("too few seeds, no flattest or no family are said to be not enough data", "[report]") {
  for (const Verdict& verdict : verdicts_of(World::as_claimed, "0")) {
    CHECK(verdict.outcome == Outcome::not_enough_data);
  }
  const std::vector<Verdict> without =
      verdicts_of(World::as_claimed, "0..19", "gradient-descent, sgd, lazy, memorizer");
  CHECK(without[0].outcome == Outcome::not_enough_data);
  CHECK(without[1].outcome == Outcome::not_enough_data);
  CHECK(without[3].outcome == Outcome::agrees);
  const std::vector<Verdict> no_family =
      verdicts_of(World::as_claimed, "0..19", "flattest, gradient-descent, sgd");
  CHECK(no_family[0].outcome == Outcome::not_enough_data);
}

TEST_CASE("a flattest that is the target itself obeys no power law", "[report]") {
  const test::MadeResults results(
      "algorithm = flattest, lazy\nsamples = 10, 40\nnoise = 0, 0.2\nwidth = 50\nseed = 0..9",
      [&](const Axes& axes, const GridPoint& point) {
        PointResult result = made(World::as_claimed, axes, point);
        if (point.algorithm == 0 && point.noise == 0 && point.samples == 1)
          result.record.population_loss = 1e-25;
        return result;
      });
  const ResultsReader reader = results.reader();
  const Figures figures(reader);
  const Verdict verdict = verdicts(figures, Selection(figures.axes(), ""))[1];
  CAPTURE(verdict.words);
  CHECK(verdict.outcome == Outcome::agrees);
  CHECK_THAT(verdict.words, Contains("none at all on 10 of 20 instances of noise 0"));
  CHECK_THAT(verdict.words, !Contains("samples^"));
}

TEST_CASE("whether the flattest finds the index subspace", "[report]") {
  for (const double found : {0.99, 0.5}) {
    const test::MadeResults results(
        "algorithm = lazy, flattest\nsamples = 10, 40\nnoise = 0, 0.2\nwidth = 50\nseed = 0..9\n"
        "[flatness]\nindex-spectrum = true",
        [&](const Axes& axes, const GridPoint& point) {
          PointResult result = made(World::as_claimed, axes, point);
          // Elsewhere than at the most samples and the least noise nothing is found.
          const bool counts = point.algorithm == 1 && point.samples == 1 && point.noise == 0;
          result.record.index_recovery =
              counts ? found + 1e-3 * static_cast<double>(point.seed) : 0.1;
          result.record.index_tail = counts ? 1 - found : 0.25;
          return result;
        });
    const ResultsReader reader = results.reader();
    const Figures figures(reader);
    const Verdict verdict = verdicts(figures, Selection(figures.axes(), ""))[2];
    CAPTURE(verdict.words);
    CHECK(verdict.outcome == (found > k_found ? Outcome::agrees : Outcome::disagrees));
    CHECK(evidence(verdict, "flattest: mean squared cosine with the index subspace") ==
          Approx(found + 0.0045));
    CHECK(evidence(verdict, "lazy: share of the spectrum beyond its dimension") == 0.25);
  }
}

// SPDX-License-Identifier: MIT
#include "flatgrid/report/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/report/report_json.hpp"
#include "flatgrid/report/table.hpp"
#include "report/made_results.hpp"

using namespace flatgrid;
using namespace flatgrid::report;
using Catch::Contains;

namespace {

/// What an algorithm ends with on the first seed. On the others its loss is seed + 1 times as large
/// and its flatness as many times smaller.
struct Ending {
  std::string algorithm;
  grid::Status status;
  double orbit_min = 1;
  double trace = 1;
  double population_loss = 1;
  double bound = grid::Record::k_nan;
  std::int64_t fails_at_seed = -1;  ///< where it does not interpolate
};

/// One table for both numbers of samples.
ComparisonRequest by_noise() {
  ComparisonRequest request;
  request.by = {"noise"};
  return request;
}

/// A results file with these endings, at two numbers of samples.
class Results {
 public:
  explicit Results(const std::vector<Ending>& endings, std::int64_t seeds = 2)
      : results_(grid_text(endings, seeds), [&](const configuration::Axes&,
                                                const configuration::GridPoint& point) {
          const Ending& ending = configuration::at(endings, point.algorithm);
          const auto scale = static_cast<double>(point.seed + 1);
          grid::PointResult result;
          result.record.status =
              point.seed == ending.fails_at_seed ? grid::Status::not_interpolating : ending.status;
          if (result.record.status != grid::Status::done)
            result.message = "loss 0.1: too few neurons";
          result.record.flatness_orbit_min = ending.orbit_min / scale;
          result.record.flatness_trace = ending.trace / scale;
          result.record.population_loss = ending.population_loss * scale;
          result.record.flatness_lower_bound = ending.bound / scale;
          result.record.flatness_lower_bound_kind = std::isnan(ending.bound) ? 0 : 2;
          return result;
        }) {}

  [[nodiscard]] std::vector<Comparison> compared(const ComparisonRequest& request = by_noise(),
                                                 const std::string& where = "") const {
    const results::ResultsReader reader = results_.reader();
    const Figures figures(reader);
    return compare(figures, Selection(figures.axes(), where), request);
  }
  [[nodiscard]] std::string table() const { return result_table(results_.reader(), 80); }

 private:
  static std::string grid_text(const std::vector<Ending>& endings, std::int64_t seeds) {
    std::string algorithms;
    for (const Ending& ending : endings) {
      algorithms += (algorithms.empty() ? "" : ", ") + ending.algorithm;
    }
    return "algorithm = " + algorithms + "\nsamples = 6, 7\nnoise = 0\nwidth = 8\nseed = 0.." +
           std::to_string(seeds - 1);
  }

  test::MadeResults results_;
};

const AlgorithmRow& row(const Comparison& comparison, const std::string& algorithm) {
  const auto found = std::ranges::find(comparison.rows, algorithm, &AlgorithmRow::algorithm);
  REQUIRE(found != comparison.rows.end());
  return *found;
}

}  // namespace

TEST_CASE("a least flatness of 0 gives no ratios", "[report]") {
  const Results results(
      {{"lazy", grid::Status::done, 2, 3}, {"flattest", grid::Status::done, 0, 0}});
  const Comparison comparison = results.compared().at(0);
  CHECK(comparison.least_is_zero == 4);
  // Flattest first, all the same.
  CHECK(comparison.rows.at(0).algorithm == "flattest");
  for (const AlgorithmRow& row : comparison.rows) {
    CHECK(std::isnan(row.medians.at(0).value));
    CHECK(std::isnan(row.medians.at(1).value));
  }
  CHECK_THAT(
      results.table(),
      Contains("lazy                     -            -              1.5          2/2") &&
          Contains("least: flattest's orbit minimum; on 2 instances it is 0, so there are no"));
}

TEST_CASE("flatness is relative to the flattest on the same data, or to its certified bound",
          "[report]") {
  const bool certified = GENERATE(false, true);
  const double bound = certified ? 4 : grid::Record::k_nan;
  const Results results({{"teacher", grid::Status::not_interpolating, 6, 6},
                         {"lazy", grid::Status::done, 20, 30},
                         {"flattest", grid::Status::done, 5, 5, 1, bound}});
  const Comparison comparison = results.compared().at(0);
  CHECK(comparison.common == 4);
  REQUIRE(comparison.rows.size() == 3);
  CHECK(comparison.rows[0].algorithm == "flattest");
  CHECK(comparison.rows[1].algorithm == "lazy");
  const double least = certified ? 4 : 5;
  CHECK(row(comparison, "flattest").medians[0].value == Approx(5 / least));
  CHECK(row(comparison, "lazy").medians[0].value == Approx(20 / least));
  CHECK(row(comparison, "lazy").medians[1].value == Approx(30 / least));
  CHECK_FALSE(row(comparison, "teacher").compared);
  CHECK_THAT(results.table(), Contains("not compared: teacher: too few neurons"));
  CHECK_THAT(results.table(), Contains(certified ? "least: certified lower bound"
                                                 : "least: flattest's orbit minimum"));
}

TEST_CASE("without a flattest the teacher is the reference, also for noisy labels", "[report]") {
  const Results results(
      {{"lazy", grid::Status::done, 20, 30}, {"teacher", grid::Status::not_interpolating, 5, 10}});
  const Comparison comparison = results.compared().at(0);
  CHECK(row(comparison, "lazy").medians[0].value == Approx(4));
  CHECK(row(comparison, "lazy").medians[1].value == Approx(6));
  CHECK_THAT(results.table(), Contains("least: teacher's orbit minimum"));
}

TEST_CASE("without flattest and teacher, flatness is not divided by a reference", "[report]") {
  const Results results({{"lazy", grid::Status::done, 20, 30}});
  CHECK_THAT(results.table(), Contains("orbit minimum ") && !Contains("/least") &&
                                  Contains("  15 ") && Contains("  22.5 "));
}

TEST_CASE("a flattest that does not interpolate is not the reference", "[report]") {
  const Results results(
      {{"lazy", grid::Status::done, 20, 30}, {"flattest", grid::Status::not_interpolating, 5, 5}});
  const Comparison comparison = results.compared().at(0);
  CHECK(std::isnan(row(comparison, "lazy").medians[0].value));
  CHECK(row(comparison, "lazy").medians[2].value == Approx(1.5));
  CHECK_THAT(results.table(), Contains("least: none known"));
}

TEST_CASE("medians are over the instances where all compared algorithms interpolate", "[report]") {
  // By its own two seeds memorizer has the smaller median loss, on the data both interpolate lazy.
  const Results results({{"lazy", grid::Status::done, 2, 2, 1.0},
                         {"memorizer", grid::Status::done, 1, 1, 1.1, grid::Record::k_nan, 2}},
                        3);
  const Comparison comparison = results.compared().at(0);
  CHECK(comparison.instances == 6);
  CHECK(comparison.common == 4);
  CHECK(comparison.seeds == 2);
  CHECK(row(comparison, "lazy").medians[2].value == Approx(1.5));
  CHECK(row(comparison, "memorizer").medians[2].value == Approx(1.65));
  CHECK(row(comparison, "memorizer").interpolating == 4);
  CHECK(row(comparison, "memorizer").computed == 6);
  CHECK(row(comparison, "memorizer").reason == "too few neurons");
  // The flatter one has the larger loss on every data: no interval of two seeds.
  CHECK(comparison.tau_orbit_min.value == -1);
  CHECK(std::isnan(comparison.tau_orbit_min.low));
}

TEST_CASE("groups, selections and variables are those of the request", "[report]") {
  const Results results(
      {{"lazy", grid::Status::done, 2, 2, 1}, {"flattest", grid::Status::done, 1, 1, 0.5}}, 6);
  ComparisonRequest request;
  request.by = {"samples", "noise"};
  request.variables = {"population_loss"};
  const std::vector<Comparison> comparisons = results.compared(request);
  REQUIRE(comparisons.size() == 2);
  CHECK(comparisons[1].group[0] == std::pair<std::string_view, std::string>("samples", "7"));
  CHECK(comparisons[1].instances == 6);
  const Statistic loss = row(comparisons[1], "lazy").medians.at(0);
  CHECK(loss.value == 3.5);
  // Of six values the range.
  CHECK(loss.low == 1);
  CHECK(loss.high == 6);

  // Without the flattest among the rows it is still the reference.
  request.by = {};
  request.variables = {"flatness_ratio"};
  const Comparison one = results.compared(request, "algorithm=lazy,seed=0..4").at(0);
  CHECK(one.rows.size() == 1);
  CHECK(one.instances == 10);
  CHECK(row(one, "lazy").medians[0].value == 2);
  CHECK(std::isnan(one.tau_orbit_min.value));

  for (const std::string_view axis : {"algorithm", "sample"}) {
    request.by = {axis};
    CHECK_THROWS_AS(results.compared(request), Error);
  }
  request = {};
  request.variables = {"population_los"};
  CHECK_THROWS_WITH(results.compared(request), Contains("population_loss"));
}

TEST_CASE("CSV and JSON have the medians, intervals and counts of the comparison", "[report]") {
  const Results results({{"lazy", grid::Status::done, 2, 3, 1},
                         {"memorizer", grid::Status::failed, 1, 1, 1},
                         {"flattest", grid::Status::done, 1, 1, 0.5}},
                        5);
  const ComparisonRequest request = by_noise();
  const std::vector<Comparison> comparisons = results.compared(request);
  std::istringstream csv(comparison_csv(comparisons, request));
  std::vector<std::string> lines;
  for (std::string line; std::getline(csv, line);) lines.push_back(line);
  REQUIRE(lines.size() == 4);
  CHECK_THAT(lines[0], Contains("noise,algorithm,computed,interpolating,instances,common,"
                                "flatness_ratio,flatness_ratio_low,flatness_ratio_high,"));
  CHECK_THAT(lines[1], Catch::StartsWith("0,flattest,10,10,10,10,1,,,1,,,"));
  CHECK_THAT(lines[2], Catch::StartsWith("0,lazy,10,10,10,10,2,,,3,"));
  CHECK_THAT(lines[3], Catch::StartsWith("0,memorizer,10,0,10,10,,,,,,,,,,"));
  for (const std::string& line : lines) {
    CHECK(std::ranges::count(line, ',') == std::ranges::count(lines[0], ','));
  }

  const auto json = nlohmann::json::parse(report_json({}, {}, comparisons, request))["comparisons"];
  REQUIRE(json.size() == 1);
  CHECK(json[0]["group"]["noise"] == 0);
  CHECK(json[0]["common"] == 10);
  CHECK(json[0]["algorithms"][1]["algorithm"] == "lazy");
  CHECK(json[0]["algorithms"][1]["medians"]["trace_ratio"]["value"] == 3);
  CHECK(json[0]["algorithms"][2]["compared"] == false);
  CHECK(json[0]["kendall_tau"]["flatness_orbit_min"]["value"] == 1);
}

TEST_CASE("tables are per cell, and a median over several cells has no interval", "[report]") {
  const Results results(
      {{"lazy", grid::Status::done, 2, 2, 1}, {"flattest", grid::Status::done, 1, 1, 0.5}}, 6);
  const std::vector<Comparison> cells = results.compared(ComparisonRequest());
  REQUIRE(cells.size() == 2);  // samples 6 and 7
  for (const Comparison& cell : cells) {
    CHECK(cell.is_one_cell);
    CHECK(row(cell, "lazy").medians[2].low == 1);
  }
  const Comparison both = results.compared().at(0);
  CHECK_FALSE(both.is_one_cell);
  CHECK(row(both, "lazy").medians[2].value == 3.5);
  CHECK(std::isnan(row(both, "lazy").medians[2].low));
  CHECK_THAT(results.table(), Contains("samples 6, noise 0, width 8: medians over the 6 of 6") &&
                                  Contains("samples 7, noise 0, width 8: medians over the 6 of 6"));
  CHECK_THAT(comparison_text({both}, by_noise(), 80),
             Contains("Medians over several cells") && Contains("have no interval."));
  const Results five({{"lazy", grid::Status::done, 2, 2, 1}}, 5);
  CHECK_THAT(five.table(), Contains("Medians need at least 6 seeds."));
}

// SPDX-License-Identifier: MIT
#include "flatgrid/report/charts.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/report/claims.hpp"
#include "flatgrid/report/comparison.hpp"
#include "flatgrid/report/gnuplot.hpp"
#include "flatgrid/report/page.hpp"
#include "report/made_results.hpp"

using namespace flatgrid;
using namespace flatgrid::report;
using Catch::Contains;

namespace {

/// Results in which the loss of flattest is n^-2, and half of the points of `lazy` are pending.
test::MadeResults half_finished(const std::string& samples = "10, 20, 40, 80",
                                const std::string& seeds = "0..5") {
  return {"algorithm = flattest, lazy\nsamples = " + samples +
              "\nnoise = 0, 0.1\nwidth = 50\nseed = " + seeds,
          [](const configuration::Axes& axes, const configuration::GridPoint& point) {
            grid::PointResult result;
            if (point.algorithm == 1 && point.seed % 2 == 0) return result;
            const auto n = static_cast<double>(configuration::at(axes.samples, point.samples));
            result.record.status = grid::Status::done;
            result.record.population_loss = std::pow(n, -2) * (point.algorithm == 0 ? 1 : 10);
            result.record.flatness_orbit_min = point.algorithm == 0 ? 2 : 6;
            result.record.flatness_trace = 20;
            return result;
          }};
}

const Chart& chart(const Charts& charts, const std::string& id) {
  const auto found = std::ranges::find(charts.charts, id, &Chart::id);
  REQUIRE(found != charts.charts.end());
  return *found;
}

Charts charts_in(const results::ResultsReader& reader) {
  const Figures figures(reader);
  return charts_of(figures, Selection(figures.axes(), ""));
}

}  // namespace

TEST_CASE("charts have the points that interpolate, relative to the flattest", "[report]") {
  const test::MadeResults results = half_finished();
  const Charts charts = charts_in(results.reader());
  const Chart& scatter = chart(charts, "orbit-minimum");
  REQUIRE(scatter.series.size() == 3);
  CHECK(scatter.series[0].name == "flattest");
  CHECK(scatter.series[0].marks.size() == 48);
  CHECK(scatter.series[1].marks.size() == 24);
  CHECK(scatter.series[1].marks[0].x == 3);
  CHECK(scatter.series[1].marks[0].label == "samples 10, noise 0, width 50, seed 1");
  CHECK(scatter.series[2].name == "least");
  CHECK(chart(charts, "trace").series[0].marks[0].x == 10);
  CHECK(chart(charts, "ratio-samples-1").series[1].marks.size() == 4);
  const Chart& law = chart(charts, "flattest-samples");
  REQUIRE(law.series.size() == 4);
  CHECK(law.series[0].marks[2].y == Approx(1.0 / 1600));
  CHECK(law.series[1].name == "samples^-2.00 [-2.00, -2.00]");
  CHECK(law.series[1].marks[1].y == Approx(1.0 / 6400));
  const auto map = std::ranges::find(charts.heat_maps, std::string("map-loss-lazy"), &HeatMap::id);
  REQUIRE(map != charts.heat_maps.end());
  CHECK(map->values.rows() == 2);
  CHECK(map->values(0, 1) == Approx(10.0 / 400));
}

TEST_CASE("too many points are thinned, and the caption says it", "[report]") {
  const test::MadeResults results = half_finished("10", "0..2399");
  const Chart scatter = chart(charts_in(results.reader()), "orbit-minimum");
  std::size_t marks = 0;
  for (const Series& series : scatter.series) marks += series.marks.size();
  CHECK(marks > 3000);
  CHECK(marks <= 6002);
  CHECK_THAT(scatter.caption, Contains("Thinned: one of 2 is drawn"));
}

TEST_CASE("charts for papers have a script each, and data that can be read back", "[report]") {
  const test::MadeResults results = half_finished();
  const Charts charts = charts_in(results.reader());
  const Chart& law = chart(charts, "flattest-samples");
  std::istringstream csv(chart_csv(law));
  std::string line;
  std::getline(csv, line);
  CHECK(line == "series,x,y,low,high,label");
  std::getline(csv, line);
  CHECK_THAT(line, Catch::StartsWith("\"noise 0\",10,0.01,0.01,0.01,"));
  const std::string script = gnuplot_script(law);
  // The rows of the first series, of its fit, and of the second series.
  CHECK_THAT(script, Contains("every ::1::4 ") && Contains("every ::5::6 ") &&
                         Contains("every ::7::10 ") && Contains("set logscale x") &&
                         Contains("set xtics ('10' 10, '20' 20, '40' 40, '80' 80)"));
  const Chart awkward{.id = "a",
                      .title = "it's",
                      .caption = "",
                      .x = {"x", false},
                      .y = {"y", false},
                      .series = {{.name = "a \"b\", c", .marks = {{.x = 1, .y = 2}}}}};
  CHECK_THAT(gnuplot_script(awkward), Contains("'it''s'"));
  CHECK_THAT(chart_csv(awkward), Contains("\"a \"\"b\"\", c\",1,2,,,\"\""));
}

TEST_CASE("a script's ranges contain every mark and interval", "[report]") {
  const test::MadeResults results(
      "algorithm = flattest, lazy\nsamples = 10, 20\nnoise = 0, 0.1\n"
      "width = 40, 120\nseed = 0..7\n[flatness]\nindex-spectrum = true",
      [](const configuration::Axes& axes, const configuration::GridPoint& point) {
        grid::PointResult result;
        const auto n = static_cast<double>(configuration::at(axes.samples, point.samples));
        const auto seed = static_cast<double>(point.seed);
        result.record.status = grid::Status::done;
        result.record.population_loss = std::pow(10.0, seed - 4) / n;
        result.record.flatness_orbit_min = point.algorithm == 0 ? 2 : 4 + seed;
        result.record.flatness_trace = 20 + 37.2759 * seed;
        result.record.index_recovery = seed < 4 ? 0 : seed / 7;
        return result;
      });
  const Charts charts = charts_in(results.reader());
  REQUIRE(charts.charts.size() > 10);
  for (const Chart& each : charts.charts) {
    const std::string script = gnuplot_script(each);
    const auto range = [&](const std::string& axis) {
      const std::size_t at = script.find("set " + axis + "range [");
      REQUIRE(at != std::string::npos);
      std::istringstream text(script.substr(script.find('[', at) + 1));
      double low = NAN, high = NAN;
      char colon = ' ';
      text >> low >> colon >> high;
      return std::pair(low, high);
    };
    const auto [left, right] = range("x");
    const auto [bottom, top] = range("y");
    std::size_t marks = 0;
    for (const Series& series : each.series) {
      for (const Mark& mark : series.marks) {
        INFO(each.id << ' ' << series.name << ' ' << mark.x << ' ' << mark.y);
        CHECK((left < mark.x && mark.x < right));
        CHECK((bottom < mark.y && mark.y < top));
        CHECK(!(mark.low < bottom));
        CHECK(!(mark.high > top));
        ++marks;
      }
    }
    CHECK(marks > 0);
    CHECK_THAT(script, !Contains("37.2759"));
  }
  // Recoveries of 0 count, too: both numbers of samples have a mark.
  CHECK(chart(charts, "recovery-samples-0").series[0].marks.size() == 2);
  CHECK_THAT(gnuplot_script(chart(charts, "ratio-width-0")),
             Contains("set xtics ('40' 40, '120' 120)"));
}

TEST_CASE("an algorithm looks the same on the page, in every script and in other files",
          "[report]") {
  const auto make = [](const configuration::Axes&, const configuration::GridPoint&) {
    grid::PointResult result;
    result.record.status = grid::Status::done;
    result.record.population_loss = result.record.flatness_orbit_min = 2;
    result.record.flatness_trace = 3;
    return result;
  };
  const auto grid = [](const std::string& algorithms) {
    return "algorithm = " + algorithms + "\nsamples = 10, 20\nnoise = 0\nwidth = 50\nseed = 0..5";
  };
  const test::MadeResults one(grid("lazy, flattest"), make);
  const test::MadeResults other(grid("sgd, sam, flattest"), make);
  const std::string style = "with linespoints pt 7 ps 0.8 lc rgb '#D55E00' title 'flattest'";
  for (const test::MadeResults* results : {&one, &other}) {
    const results::ResultsReader reader = results->reader();
    const Figures figures(reader);
    const Charts charts = charts_of(figures, Selection(figures.axes(), ""));
    CHECK_THAT(gnuplot_script(chart(charts, "ratio-samples-0")), Contains(style));
    CHECK_THAT(gnuplot_script(chart(charts, "loss-samples-0")), Contains(style));
    const std::string page = report_page({&figures, 1}, {}, {}, {}, charts, {});
    CHECK_THAT(page, Contains(R"("color":"#D55E00","mark":"circle")"));
  }
}

TEST_CASE("captions name the series and values that a chart cannot show", "[report]") {
  const test::MadeResults results(
      "algorithm = teacher, flattest\nsamples = 10, 20\nnoise = 0, 0.1, 0.2, 0.3, 0.4\nwidth = 50\n"
      "seed = 0..5",
      [](const configuration::Axes&, const configuration::GridPoint& point) {
        grid::PointResult result;
        result.record.status = grid::Status::done;
        result.record.population_loss = point.algorithm == 0 ? 0 : 1;
        result.record.flatness_orbit_min = result.record.flatness_trace = 2;
        return result;
      });
  const Charts charts = charts_in(results.reader());
  CHECK_THAT(chart(charts, "loss-samples-0").caption,
             Contains(" A logarithmic axis cannot show medians of 0: teacher.") &&
                 Contains(" Of 5 values of noise the first 4 are drawn."));
  CHECK_THAT(chart(charts, "ratio-samples-0").caption, !Contains("no place"));
  CHECK_THAT(chart(charts, "flattest-noise").caption,
             Contains(" A logarithmic axis cannot show a noise of 0."));
}

TEST_CASE("the frontier is drawn against the ratio and against the samples", "[report]") {
  const test::MadeResults results(
      "algorithm = worst(ratio=2|1.1), flattest, lazy\nsamples = 10, 20\nnoise = 0\nwidth = 50\n"
      "seed = 0..5\n[flatness]\nworst-loss-bound = true\nnull-space-radius = true",
      [](const configuration::Axes& axes, const configuration::GridPoint& point) {
        grid::PointResult result;
        const double n = static_cast<double>(configuration::at(axes.samples, point.samples));
        const std::vector<double> losses = {4, 2, 1, 9}, flatness = {6, 3.3, 3, 30};
        result.record.status = grid::Status::done;
        result.record.population_loss = configuration::at(losses, point.algorithm) / n;
        result.record.flatness_orbit_min = configuration::at(flatness, point.algorithm);
        result.record.flatness_trace = 20;
        if (point.algorithm < 2) result.record.worst_loss_bound = 10 / n;
        if (point.algorithm == 2) result.record.null_space_radius = 0.5 / n;
        return result;
      });
  const Charts charts = charts_in(results.reader());
  const Chart& ratio = chart(charts, "frontier-0");
  REQUIRE(ratio.series.size() == 4);
  CHECK(ratio.series[0].name == "largest found");
  REQUIRE(ratio.series[0].marks.size() == 2);
  CHECK(ratio.series[0].marks[0].x == 1.1);
  CHECK(ratio.series[0].marks[0].y == 2.0 / 20);
  CHECK(ratio.series[1].bare);
  CHECK(ratio.series[1].marks[1].y == 10.0 / 20);
  CHECK(ratio.series[3].name == "lazy");
  CHECK(ratio.series[3].marks.front().x == 10);

  const Chart& samples = chart(charts, "frontier-samples-0");
  REQUIRE(samples.series.size() == 7);
  // The dimension is d = 2.
  CHECK(samples.series[0].name == "samples^-3");
  CHECK(samples.series[0].marks[0].y == Approx(8 * samples.series[0].marks[1].y));
  CHECK(samples.series[1].name == "within 1.1 times the least");
  CHECK(samples.series[2].name == "within 1.1 times the least, bound");
  CHECK(samples.series[5].name == "null-space radius times F*^2");
  CHECK(samples.series[5].marks[1].y == Approx(9 * 0.5 / 20));
  CHECK(samples.series[6].name == "flattest");

  // E f*^2 = 1/2. The loss found at the ratio 1.1 is 0.2 for 10 samples and 0.1 for 20; the bounds are 1 and 0.5.
  const Chart& least = chart(charts, "frontier-least-ratio-0");
  REQUIRE(least.series.size() == 2);
  CHECK(least.series[0].name == "found");
  REQUIRE(least.series[0].marks.size() == 2);
  CHECK(least.series[0].marks[1].x == 20);
  CHECK(least.series[0].marks[1].y == 1.1);
  CHECK(least.series[1].bare);
  CHECK(least.series[1].marks[1].y == 1);
}

TEST_CASE("the least ratio of an interpolator that does not generalize, against the samples",
          "[report]") {
  for (const bool bounded : {true, false}) {
    const test::MadeResults results(
        fmt::format("algorithm = flattest, worst(ratio=1.5|4)\nsamples = 10, 20, 40\nnoise = 0\n"
                    "width = 50\nseed = 0..8\n[flatness]\nworst-loss-bound = {}",
                    bounded),
        [&](const configuration::Axes&, const configuration::GridPoint& point) {
          // For the three numbers of samples the loss is 0.05 rho^2 / 4, 0.05 rho^2 / 9 and 0.05 rho^2 / 25, which
          // is 0.1 E f*^2 = 0.05 at the ratios 2, 3 and 5.
          const std::vector<double> ratios = {1, 1.5, 4}, at = {2, 3, 5};
          const double relative =
              configuration::at(ratios, point.algorithm) / configuration::at(at, point.samples);
          grid::PointResult result;
          result.record.status = grid::Status::done;
          result.record.population_loss = 0.05 * relative * relative;
          // If the least ratios of two of nine seeds are above the largest ratio, the upper end of the median's
          // interval is, too.
          if (point.samples == 1 && point.seed < 2) result.record.population_loss = 1e-9;
          result.record.flatness_orbit_min = result.record.flatness_trace =
              configuration::at(ratios, point.algorithm);
          if (point.algorithm > 0 && bounded) {
            result.record.worst_loss_bound =
                point.samples == 2 ? result.record.population_loss : 1e9;
          }
          return result;
        });
    const Charts charts = charts_in(results.reader());
    const Chart& least = chart(charts, "frontier-least-ratio-0");
    REQUIRE(least.series.size() == (bounded ? 2 : 1));
    const std::vector<Mark>& found = least.series[0].marks;
    REQUIRE(found.size() == 2);  // at 40 samples the least ratio is above 4
    CHECK(found[0].y == Approx(2).epsilon(1e-12));
    CHECK(found[0].high == Approx(2).epsilon(1e-12));
    CHECK(found[1].y == Approx(3).epsilon(1e-12));
    CHECK(std::isnan(found[1].high));
    if (!bounded) continue;
    const std::vector<Mark>& bounds = least.series[1].marks;
    REQUIRE(bounds.size() == 3);
    CHECK(bounds[0].y == 1);
    CHECK(bounds[2].y == 4);
  }
}

TEST_CASE("the page is one file, and no text in it can end its script", "[report]") {
  const test::MadeResults results = half_finished();
  const results::ResultsReader reader = results.reader();
  const Figures figures(reader);
  const Selection selection(figures.axes(), "");
  const ComparisonRequest request;
  const std::string page =
      report_page({&figures, 1}, verdicts(figures, selection), compare(figures, selection, request),
                  request, charts_of(figures, selection), {"</script><b>"});
  CHECK_THAT(page, !Contains("@REPORT@") && !Contains("src=") && !Contains("<link"));
  const std::string begin = "id=\"report\">";
  const std::size_t from = page.find(begin) + begin.size();
  const auto report = nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
  CHECK(report["notes"][0] == "</script><b>");
  CHECK(report["charts"].size() >= 6);
  CHECK(report["verdicts"].size() == 6);
  // There is a finding for each cell, here the loss of flattest at 80 samples and the least noise from six seeds.
  const auto& finding = report["verdicts"][1]["findings"][0];
  CHECK(finding["quantity"] == "flattest: population loss / E f*^2");
  CHECK(finding["cell"] == "samples 80, noise 0, width 50");
  CHECK(finding["high"] == Approx(2 / 6400.0));
  CHECK(finding["claimed"] == "below");
  CHECK(finding["null"] == 1);
  CHECK(finding["data_sets"] == 6);
  CHECK(finding["outcome"] == "agrees");
  CHECK(report["comparisons"].size() == 8);
  CHECK(report["points"]["rows"][1][0] == "lazy");
  CHECK(report["points"]["rows"][1][1] == "24");
  CHECK(page.size() < 400'000);
}

TEST_CASE("heat maps can have any variable over any two axes", "[report]") {
  const test::MadeResults results = half_finished();
  const results::ResultsReader reader = results.reader();
  const Figures figures(reader);
  const Selection everything(figures.axes(), "");
  const HeatMapRequest request = heat_map_request(figures, "population_loss,noise,samples");
  const std::vector<HeatMap> maps = heat_maps(figures, everything, request, "map");
  REQUIRE(maps.size() == 2);
  CHECK(maps[1].id == "map-lazy");
  CHECK(maps[1].title == "lazy: population loss");
  CHECK(maps[1].x == std::vector<std::string>{"0", "0.1"});
  CHECK(maps[1].values(2, 0) == Approx(10.0 / 1600));
  CHECK(maps[1].caption == "Medians over seed, of interpolating points.");

  const auto by_algorithm = heat_maps(
      figures, everything, heat_map_request(figures, "flatness_ratio,seed,algorithm"), "map");
  REQUIRE(by_algorithm.size() == 1);
  CHECK(by_algorithm[0].y == std::vector<std::string>{"flattest", "lazy"});
  CHECK(by_algorithm[0].values(1, 1) == 3);
  CHECK(by_algorithm[0].caption == "Medians over samples and noise, of interpolating points.");
  CHECK(std::isnan(by_algorithm[0].values(1, 0)));  // pending points have no value

  // The page's default heat maps are there, too.
  const Charts charts = charts_of(figures, everything, {.maps = {request}});
  CHECK(charts.heat_maps.front().id == "map-population-loss-noise-samples-flattest");
  CHECK(charts.heat_maps.size() > 2);

  for (const std::string wrong :
       {"population_loss", "population_loss,noise", "loss,noise,width", "steps,noise,noise",
        "steps,noise,with", "steps,noise,seed,width"}) {
    CHECK_THROWS_AS(heat_map_request(figures, wrong), Error);
  }
}

// SPDX-License-Identifier: MIT
#include "flatgrid/report/page.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/duration.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/configuration/counted_axes.hpp"
#include "flatgrid/report/axis_scale.hpp"
#include "flatgrid/report/series_style.hpp"
#include "flatgrid/report/table.hpp"
#include "flatgrid/report/wording.hpp"
#include "json.hpp"
#include "page_template.hpp"

namespace flatgrid::report {

namespace {

/// Rounds to six digits: enough for a pixel, and half the size of the page.
Json drawn_number(double value) {
  return std::isfinite(value) ? Json(std::stod(fmt::format("{:.6g}", value))) : Json();
}

Json json_of(const ChartAxis& axis, const AxisScale& scale) {
  Json ticks = Json::array();
  for (const Tick& tick : scale.ticks) ticks.push_back({tick.value, tick.label});
  return {{"label", axis.label},
          {"logarithmic", axis.logarithmic},
          {"low", scale.low},
          {"high", scale.high},
          {"ticks", std::move(ticks)}};
}

Json json_of(const Chart& chart) {
  Json all = Json::array();
  const std::vector<SeriesStyle> styles = styles_of(chart);
  for (std::size_t k = 0; k < styles.size(); ++k) {
    const Series& series = chart.series[k];
    const auto& [color, mark] = styles[k];
    Json marks = Json::array();
    for (const Mark& each : series.marks) {
      marks.push_back({drawn_number(each.x), drawn_number(each.y), drawn_number(each.low),
                       drawn_number(each.high), each.label});
    }
    all.push_back({{"name", series.name},
                   {"line", series.line},
                   {"bare", series.bare},
                   {"color", color},
                   {"mark", mark.point_style},
                   {"rotation", mark.rotation},
                   {"filled", mark.filled},
                   {"marks", std::move(marks)}});
  }
  return {{"id", chart.id},
          {"title", chart.title},
          {"caption", chart.caption},
          {"x", json_of(chart.x, x_scale(chart))},
          {"y", json_of(chart.y, y_scale(chart))},
          {"series", std::move(all)}};
}

Json json_of(const HeatMap& map) {
  Json values = Json::array();
  for (Index row = 0; row < map.values.rows(); ++row) {
    Json line = Json::array();
    for (const double value : map.values.row(row)) line.push_back(drawn_number(value));
    values.push_back(std::move(line));
  }
  return {{"id", map.id},
          {"title", map.title},
          {"caption", map.caption},
          {"x_label", map.x_label},
          {"y_label", map.y_label},
          {"x", map.x},
          {"y", map.y},
          {"values", std::move(values)}};
}

Json json_of(const Comparison& comparison, const ComparisonRequest& request) {
  const ComparisonLines lines = comparison_lines(comparison, request);
  return {{"title", lines.title},        {"instances", comparison.instances},
          {"common", comparison.common}, {"condition", comparison.condition},
          {"least", lines.least},        {"head", lines.header},
          {"rows", lines.rows},          {"remarks", lines.remarks}};
}

/// The number of points of every algorithm by status.
std::vector<std::vector<std::string>> point_counts(const Figures& figures,
                                                   std::string_view prefix) {
  const configuration::Axes& axes = figures.axes();
  std::vector<std::vector<std::string>> rows;
  for (std::int64_t a = 0; a < std::ssize(axes.algorithm); ++a) {
    std::array<std::int64_t, grid::k_status_count> counts{};
    for (std::int64_t i = 0; i < figures.instances(); ++i) {
      const std::int64_t flat = figures.flat_of(a, i);
      if (!figures.results().part().contains(axes, configuration::grid_point(axes, flat))) continue;
      ++counts[static_cast<std::size_t>(figures.status(flat))];
    }
    rows.push_back({fmt::format("{}{}", prefix, configuration::at(axes.algorithm, a).name())});
    for (const std::int64_t count : counts) rows.back().push_back(fmt::format("{}", count));
  }
  return rows;
}

/// The reasons why points do not interpolate, one line for each.
std::vector<std::string> reason_lines(const Figures& figures, std::string_view prefix) {
  std::vector<std::int64_t> others;
  for (std::int64_t flat = 0; flat < figures.axes().points(); ++flat) {
    const grid::Status status = figures.status(flat);
    if (status == grid::Status::done && figures.interpolates(flat)) continue;
    if (status != grid::Status::pending) others.push_back(flat);
  }
  constexpr std::size_t k_most = 20;
  std::vector<std::string> lines;
  for (const auto& [reason, count] : figures.reasons(others)) {
    lines.push_back(lines.size() == k_most
                        ? "and more reasons"
                        : fmt::format("{}{}: {}", prefix, counted(count, "point"), reason));
    if (lines.size() > k_most) break;
  }
  return lines;
}

/// The sum of the seconds of all points.
double seconds_of(const Figures& figures) {
  double seconds = 0;
  for (const double of_point : figures.variable("seconds")) {
    if (std::isfinite(of_point)) seconds += of_point;
  }
  return seconds;
}

/// Replaces the one occurrence of a mark in the template.
void fill_in(std::string& page, std::string_view mark, std::string_view text) {
  page.replace(page.find(mark), mark.size(), text);
}

}  // namespace

std::string report_page(std::span<const Figures> files, const std::vector<Verdict>& verdicts,
                        const std::vector<Comparison>& comparisons,
                        const ComparisonRequest& request, const Charts& charts,
                        const std::vector<std::string>& notes) {
  constexpr std::array k_statuses = {
      grid::Status::pending,  grid::Status::done,   grid::Status::not_interpolating,
      grid::Status::diverged, grid::Status::failed, grid::Status::cut_short};
  static_assert(k_statuses.size() == grid::k_status_count);
  Json report;
  std::vector<std::string> names, subtitles, provenance, configurations, reasons;
  std::vector<std::string> head = {"points"};
  std::vector<std::vector<std::string>> rows;
  double seconds = 0;
  for (const Figures& figures : files) {
    const results::ResultsReader& results = figures.results();
    const std::string name = results.path().filename().string();
    const std::string prefix = files.size() > 1 ? name + ": " : "";
    names.push_back(name);
    subtitles.push_back(
        fmt::format("{}: {}", name, fmt::join(configuration::counted_axes(figures.axes()), ", ")));
    provenance.push_back(fmt::format("{}Created {} by flatgrid {} ({}), {}.", prefix,
                                     results.attribute("created"),
                                     results.attribute("flatgrid_version"),
                                     results.attribute("git_commit"), results.attribute("build")));
    configurations.push_back(results.configuration_text());
    std::ranges::move(point_counts(figures, prefix), std::back_inserter(rows));
    std::ranges::move(reason_lines(figures, prefix), std::back_inserter(reasons));
    seconds += seconds_of(figures);
  }
  for (const grid::Status status : k_statuses) head.emplace_back(grid::name_of(status));
  report["file"] = fmt::format("{}", fmt::join(names, ", "));
  report["title"] = files.front().results().attribute("title");
  report["subtitle"] = fmt::format("{}", fmt::join(subtitles, "; "));
  report["notes"] = notes;
  report["provenance"] = fmt::format("{}", fmt::join(provenance, " "));
  report["config"] = fmt::format("{}", fmt::join(configurations, "\n"));
  for (const char* list : {"verdicts", "comparisons", "charts", "heat_maps"}) {
    report[list] = Json::array();
  }
  for (const Verdict& verdict : verdicts) report["verdicts"].push_back(json_of(verdict));
  for (const Comparison& comparison : comparisons) {
    report["comparisons"].push_back(json_of(comparison, request));
  }
  for (const Chart& chart : charts.charts) report["charts"].push_back(json_of(chart));
  for (const HeatMap& map : charts.heat_maps) report["heat_maps"].push_back(json_of(map));
  report["points"] = {{"head", head}, {"rows", rows}};
  report["reasons"] = reasons;
  report["cost"] =
      fmt::format("The points took {} in total, summed over the ranks.", duration_text(seconds));

  std::string json = report.dump(-1, ' ', false, Json::error_handler_t::replace);
  // "</script>" in a text would end the script of the page.
  for (std::size_t at = 0; (at = json.find("</", at)) != std::string::npos; at += 3) {
    json.replace(at, 2, "<\\/");
  }
  std::string page(k_page_template);
  fill_in(page, "@CHART_JS@", k_chart_js);
  fill_in(page, "@REPORT@", json);
  return page;
}

}  // namespace flatgrid::report

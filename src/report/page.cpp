// SPDX-License-Identifier: MIT
#include "flatgrid/report/page.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "flatgrid/base/duration.hpp"
#include "flatgrid/report/table.hpp"
#include "json.hpp"
#include "page_template.hpp"

namespace flatgrid {

namespace {

/// Six digits are more than a pixel shows, and half of the page's bytes.
Json drawn_number(double value) {
  return std::isfinite(value) ? Json(std::stod(fmt::format("{:.6g}", value))) : Json();
}

Json json_of(const Verdict& verdict) {
  Json evidence = Json::array();
  for (const Evidence& each : verdict.evidence) {
    Json entry = json_of(each.statistic);
    entry["what"] = each.what;
    entry["points"] = each.points;
    evidence.push_back(std::move(entry));
  }
  return {{"claim", verdict.claim},
          {"statement", verdict.statement},
          {"outcome", name_of(verdict.outcome)},
          {"words", verdict.words},
          {"evidence", std::move(evidence)}};
}

Json json_of(const ChartAxis& axis) {
  return {{"label", axis.label}, {"logarithmic", axis.logarithmic}};
}

Json json_of(const Chart& chart) {
  Json all = Json::array();
  for (const Series& series : chart.series) {
    Json marks = Json::array();
    for (const Mark& mark : series.marks) {
      marks.push_back({drawn_number(mark.x), drawn_number(mark.y), drawn_number(mark.low),
                       drawn_number(mark.high), mark.label});
    }
    all.push_back({{"name", series.name},
                   {"line", series.line},
                   {"bare", series.bare},
                   {"marks", std::move(marks)}});
  }
  return {{"id", chart.id},        {"title", chart.title},  {"caption", chart.caption},
          {"x", json_of(chart.x)}, {"y", json_of(chart.y)}, {"series", std::move(all)}};
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
          {"common", comparison.common}, {"least", lines.least},
          {"head", lines.head},          {"rows", lines.rows},
          {"remarks", lines.remarks}};
}

/// How many points of every algorithm came out how, and why others did not interpolate.
void add_points(Json& report, const Figures& figures) {
  const Axes& axes = figures.axes();
  constexpr std::array k_statuses = {Status::pending, Status::done, Status::not_interpolating,
                                     Status::diverged, Status::failed};
  Json rows = Json::array();
  std::vector<std::int64_t> others;
  double seconds = 0;
  const std::vector<double>& of_points = figures.variable("seconds");
  for (std::int64_t a = 0; a < std::ssize(axes.algorithm); ++a) {
    std::array<std::int64_t, k_status_count> counts{};
    for (std::int64_t i = 0; i < figures.instances(); ++i) {
      const std::int64_t flat = figures.flat_of(a, i);
      if (!figures.results().part().contains(axes, grid_point(axes, flat))) continue;
      const Status status = figures.status(flat);
      ++counts[static_cast<std::size_t>(status)];
      if (status != Status::pending && status != Status::done) others.push_back(flat);
      if (std::isfinite(at(of_points, flat))) seconds += at(of_points, flat);
    }
    std::vector<std::string> row = {std::string(at(axes.algorithm, a).name())};
    for (const std::int64_t count : counts) row.push_back(fmt::format("{}", count));
    rows.push_back(row);
  }
  std::vector<std::string> head = {"points"};
  for (const Status status : k_statuses) head.emplace_back(name_of(status));
  report["points"] = {{"head", head}, {"rows", std::move(rows)}};
  Json reasons = Json::array();
  for (const auto& [reason, count] : figures.reasons(others)) {
    constexpr std::size_t k_most = 20;
    if (reasons.size() == k_most) {
      reasons.push_back("and more reasons");
      break;
    }
    reasons.push_back(fmt::format("{} points: {}", count, reason));
  }
  report["reasons"] = std::move(reasons);
  report["cost"] =
      fmt::format("All points together took {} of one rank's time.", duration_text(seconds));
}

/// Replaces the one occurrence of a mark in the template.
void fill_in(std::string& page, std::string_view mark, std::string_view text) {
  page.replace(page.find(mark), mark.size(), text);
}

}  // namespace

std::string report_page(const Figures& figures, const std::vector<Verdict>& verdicts,
                        const std::vector<Comparison>& comparisons,
                        const ComparisonRequest& request, const Charts& charts,
                        const std::vector<std::string>& notes) {
  const ResultsReader& results = figures.results();
  const Axes& axes = figures.axes();
  Json report;
  report["file"] = results.path().filename().string();
  report["title"] = results.attribute("title");
  report["subtitle"] = fmt::format(
      "{}: {} algorithms, {} numbers of samples, {} levels of noise, {} widths, {} seeds",
      results.path().filename().string(), axes.algorithm.size(), axes.samples.size(),
      axes.noise.size(), axes.width.size(), axes.seed.size());
  report["notes"] = notes;
  report["provenance"] =
      fmt::format("Created {} by flatgrid {} ({}), {}.", results.attribute("created"),
                  results.attribute("flatgrid_version"), results.attribute("git_commit"),
                  results.attribute("build"));
  report["config"] = results.configuration_text();
  Json algorithms = Json::array();
  for (const Choice<Algorithm> algorithm : axes.algorithm) algorithms.push_back(algorithm.name());
  report["algorithms"] = std::move(algorithms);
  for (const char* list : {"verdicts", "comparisons", "charts", "heat_maps"}) {
    report[list] = Json::array();
  }
  for (const Verdict& verdict : verdicts) report["verdicts"].push_back(json_of(verdict));
  for (const Comparison& comparison : comparisons) {
    report["comparisons"].push_back(json_of(comparison, request));
  }
  for (const Chart& chart : charts.charts) report["charts"].push_back(json_of(chart));
  for (const HeatMap& map : charts.heat_maps) report["heat_maps"].push_back(json_of(map));
  add_points(report, figures);

  std::string json = report.dump(-1, ' ', false, Json::error_handler_t::replace);
  // "</script>" in a text would end the script that it is in.
  for (std::size_t at = 0; (at = json.find("</", at)) != std::string::npos; at += 3) {
    json.replace(at, 2, "<\\/");
  }
  std::string page(k_page_template);
  fill_in(page, "@CHART_JS@", k_chart_js);
  fill_in(page, "@REPORT@", json);
  return page;
}

}  // namespace flatgrid

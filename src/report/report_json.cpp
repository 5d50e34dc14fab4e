// SPDX-License-Identifier: MIT
#include "flatgrid/report/report_json.hpp"

#include <utility>

#include "flatgrid/report/wording.hpp"
#include "json.hpp"

namespace flatgrid::report {

namespace {

Json json_of(const Finding& finding) {
  Json entry = json_of(finding.statistic);
  entry["quantity"] = finding.quantity;
  entry["cell"] = finding.cell;
  entry["claimed"] = name_of(finding.claimed);
  entry["null"] = finding.null_value;
  entry["data_sets"] = finding.data_sets;
  entry["comparisons"] = finding.comparisons;
  entry["outcome"] = name_of(finding.outcome);
  entry["reason"] = finding.reason;
  return entry;
}

Json json_of(const Comparison& comparison, const ComparisonRequest& request) {
  Json group = Json::object();
  for (const auto& [axis, value] : comparison.group) {
    group[std::string(axis)] = Json::parse(value);
  }
  Json rows = Json::array();
  for (const AlgorithmRow& row : comparison.rows) {
    Json medians = Json::object();
    for (std::size_t k = 0; k < row.medians.size(); ++k) {
      medians[std::string(request.variables[k])] = json_of(row.medians[k]);
    }
    rows.push_back({{"algorithm", row.algorithm},
                    {"computed", row.computed},
                    {"interpolating", row.interpolating},
                    {"compared", row.compared},
                    {"reason", row.reason},
                    {"medians", std::move(medians)}});
  }
  return {{"group", std::move(group)},
          {"instances", comparison.instances},
          {"common", comparison.common},
          {"seeds", comparison.seeds},
          {"algorithms", std::move(rows)},
          {"kendall_tau",
           {{"flatness_orbit_min", json_of(comparison.tau_orbit_min)},
            {"flatness_trace", json_of(comparison.tau_trace)}}}};
}

Json json_of(const Figures& figures) {
  const results::ResultsReader& results = figures.results();
  Json file = {{"file", results.path().filename().string()}};
  for (const char* attribute : {"title", "created", "flatgrid_version", "git_commit", "build"}) {
    file[attribute] = results.attribute(attribute);
  }
  file["configuration"] = results.configuration_text();
  return file;
}

}  // namespace

Json json_of(const Verdict& verdict) {
  Json findings = Json::array();
  for (const Finding& finding : verdict.findings) findings.push_back(json_of(finding));
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
          {"words", words_of(verdict)},
          {"findings", std::move(findings)},
          {"evidence", std::move(evidence)}};
}

std::string report_json(std::span<const Figures> files, const std::vector<Verdict>& verdicts,
                        const std::vector<Comparison>& comparisons,
                        const ComparisonRequest& request) {
  Json report = {
      {"files", Json::array()}, {"comparisons", Json::array()}, {"verdicts", Json::array()}};
  for (const Figures& figures : files) report["files"].push_back(json_of(figures));
  for (const Comparison& comparison : comparisons) {
    report["comparisons"].push_back(json_of(comparison, request));
  }
  for (const Verdict& verdict : verdicts) report["verdicts"].push_back(json_of(verdict));
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace flatgrid::report

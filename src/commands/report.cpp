// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>

#include "command.hpp"
#include "flatgrid/base/aside.hpp"
#include "flatgrid/report/charts.hpp"
#include "flatgrid/report/claims.hpp"
#include "flatgrid/report/gnuplot.hpp"
#include "flatgrid/report/page.hpp"
#include "flatgrid/report/table.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid {
namespace {

namespace options = boost::program_options;

/// The words of a list "a,b,c"; views into `text`.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    words.push_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return words;
}

/// Does something that depends on the words of an option; what is wrong with them names the option.
template <class Function>
auto with_option(std::string_view option, Function&& function) {
  try {
    return function();
  } catch (const Error& error) {
    throw Error(fmt::format("report: --{} {}", option, printable(error.what())));
  }
}

/// The page and the figures, into a folder that is made if it is not there.
void write_report(const std::filesystem::path& folder, const Figures& figures,
                  const Selection& selection, const ComparisonRequest& request,
                  const std::vector<Comparison>& comparisons) {
  const std::filesystem::path paper = folder / "figures";
  std::error_code error;
  std::filesystem::create_directories(paper, error);
  if (error) {
    throw Error(fmt::format("report: --output {}: {}", folder.string(), error.message()));
  }
  const Charts charts = charts_of(figures, selection);
  std::vector<std::string> notes;
  std::int64_t pending = 0;
  for (std::int64_t flat = 0; flat < figures.axes().points(); ++flat) {
    pending += figures.status(flat) == Status::pending;
  }
  if (pending > 0) {
    notes.push_back(
        fmt::format("{} of {} points are not computed yet.", pending, figures.axes().points()));
  }
  const std::vector<Verdict> said = verdicts(figures, selection);
  replace_file(folder / "report.html", "report",
               report_page(figures, said, comparisons, request, charts, notes));
  for (const Verdict& verdict : said) {
    write_output(
        fmt::format("{}: {}. {}\n", verdict.claim, name_of(verdict.outcome), verdict.words));
  }
  const std::string missing = write_paper_figures(paper, charts);
  if (!missing.empty()) std::cerr << "flatgrid: report: " << missing << '\n';
  write_output(fmt::format("report: {}\n", (folder / "report.html").string()));
}

ExitCode execute(const Command& command, const std::vector<std::string>& arguments) {
  const ParsedOptions parsed = parse_options(command, arguments);
  const auto given = [&](const char* option) {
    return parsed.values.count(option) > 0 ? parsed.values[option].as<std::string>() : "";
  };
  const ResultsReader results(parsed.argument);
  const Figures figures(results);
  const std::string where = given("where"), by = given("by"), variables = given("variable");
  const Selection selection =
      with_option("where", [&] { return Selection(figures.axes(), where); });
  ComparisonRequest request(figures);
  if (parsed.values.count("by") > 0) request.by = words_of(by);
  if (parsed.values.count("variable") > 0) request.variables = words_of(variables);
  with_option("by", [&] { check_axes(request); });
  with_option("variable", [&] { check_variables(figures, request); });
  const std::vector<Comparison> comparisons = compare(figures, selection, request);

  const bool csv = parsed.values.count("csv") > 0;
  const bool json = parsed.values.count("json") > 0;
  if (csv && json) throw Error("report: --csv and --json at the same time");
  if (parsed.values.count("output") > 0) {
    if (csv || json) throw Error("report: --output writes a page, not CSV or JSON");
    write_report(given("output"), figures, selection, request, comparisons);
    return ExitCode::success;
  }
  write_output(csv    ? comparison_csv(comparisons, request)
               : json ? comparison_json(comparisons, request)
                      : comparison_text(comparisons, request));
  return ExitCode::success;
}

}  // namespace

Command report_command() {
  Command command{
      .name = "report",
      .argument = "RESULTS",
      .purpose = "Compare the algorithms: flatness against generalization, where all interpolate",
      .options = {},
      .remarks =
          "Medians are over the instances (samples, noise, width and seed) where all algorithms "
          "that "
          "are compared\ninterpolate; compared are those that interpolate at half of their points "
          "or more. Flatness is relative to\nthe least of the same data: a certified lower bound, "
          "or "
          "the orbit minimum of the flattest or, where the\ngrid has none, of the teacher. "
          "Intervals "
          "are 95 % bootstrap intervals over the seeds, from five seeds on.\nVariables are those "
          "of "
          "the file, as `flatgrid export` calls them, flatness_ratio and trace_ratio.\n",
      .execute = execute};
  command.options.add_options()(
      "output,o", options::value<std::string>()->value_name("DIR"),
      "write DIR/report.html, with charts and what they say of the claims, and DIR/figures for "
      "papers")("by", options::value<std::string>()->value_name("AXIS,..."),
                "a table for each value of these axes (noise; '' for one table)")(
      "where", options::value<std::string>()->value_name("AXIS=VALUE,..."), "of these points only")(
      "variable", options::value<std::string>()->value_name("NAME,..."),
      "medians of these variables")("csv", "as CSV, a row an algorithm")("json", "as JSON");
  return command;
}

}  // namespace flatgrid

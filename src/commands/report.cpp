// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>

#include "browser.hpp"
#include "command.hpp"
#include "flatgrid/base/aside.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/report/charts.hpp"
#include "flatgrid/report/claims.hpp"
#include "flatgrid/report/dimensions.hpp"
#include "flatgrid/report/gnuplot.hpp"
#include "flatgrid/report/network_charts.hpp"
#include "flatgrid/report/page.hpp"
#include "flatgrid/report/report_json.hpp"
#include "flatgrid/report/rescaling.hpp"
#include "flatgrid/report/table.hpp"
#include "flatgrid/report/wording.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid::commands {
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

/// Calls an action that depends on the value of an option; an Error then names the option.
template <class Function>
auto with_option(std::string_view option, Function&& function) {
  try {
    return function();
  } catch (const Error& error) {
    throw Error(fmt::format("report: --{} {}", option, printable(error.what())));
  }
}

/// The content of a report.
struct Content {
  report::ComparisonRequest request;
  std::vector<report::Comparison> comparisons;
  std::vector<report::Verdict> verdicts = {};
  report::Charts charts = {};
};

/// Writes the page and the charts for papers into a folder, which is created if it does not exist. Returns the
/// path of the page.
std::filesystem::path write_report(const std::filesystem::path& folder,
                                   std::span<const report::Figures> files, const Content& content) {
  const std::filesystem::path paper = folder / "figures";
  std::error_code error;
  std::filesystem::create_directories(paper, error);
  if (error) {
    throw Error(fmt::format("report: --output {}: {}", folder.string(), error.message()));
  }
  std::vector<std::string> notes;
  for (const report::Figures& figures : files) {
    if (const auto note = report::without_symmetry(figures); !note.empty())
      notes.emplace_back(note);
    std::int64_t pending = 0;
    for (std::int64_t flat = 0; flat < figures.axes().points(); ++flat) {
      pending += figures.status(flat) == grid::Status::pending;
    }
    if (pending == 0) continue;
    notes.push_back(fmt::format(
        "{}{} of {} {} not computed yet.",
        files.size() > 1 ? figures.results().path().filename().string() + ": " : "", pending,
        counted(figures.axes().points(), "point"), pending == 1 ? "is" : "are"));
  }
  const std::filesystem::path page = folder / "report.html";
  replace_file(page, "report",
               report::report_page(files, content.verdicts, content.comparisons, content.request,
                                   content.charts, notes));
  for (const report::Verdict& verdict : content.verdicts) {
    write_output(wrapped(fmt::format("{}: {}. {}\n", verdict.claim,
                                     report::name_of(verdict.outcome), report::words_of(verdict)),
                         output_columns()));
  }
  const std::string missing = report::write_paper_charts(paper, content.charts);
  if (!missing.empty()) say("report: " + missing);
  write_output(fmt::format("report: {}\n", page.string()));
  return page;
}

/// The folder of the page: --output; with --open alone, the name of the results file without its extension.
std::filesystem::path folder_of_page(const options::variables_map& values,
                                     const std::vector<std::string>& files) {
  if (values.count("output") > 0) return values["output"].as<std::string>();
  std::filesystem::path folder = files.front();
  if (files.size() > 1 || !folder.has_extension()) {
    throw Error("report: --open: give the folder of the page with --output");
  }
  return folder.replace_extension();
}

/// Opens the page, or prints its path.
void show_page(const std::filesystem::path& page) {
  const std::string obstacle = open_in_browser(page);
  if (!obstacle.empty()) {
    say(fmt::format("report: --open: {}; open {} in a browser", obstacle, page.string()));
  }
}

/// The charts that the options request.
report::ChartsRequest charts_request(const options::variables_map& values,
                                     const report::Figures& figures,
                                     const report::Selection& selection) {
  report::ChartsRequest request;
  if (values.count("point") > 0) {
    request.point = with_option("point", [&] {
      const auto text = values["point"].as<std::string>();
      const auto point =
          report::first_point(figures, selection, report::Selection(figures.axes(), text));
      if (!point) throw Error(fmt::format("'{}': no such point interpolates", text));
      if (!report::has_networks(figures)) {
        throw Error("the file has no networks or no data (output.networks, output.data)");
      }
      return point;
    });
  }
  if (values.count("heat-map") > 0) {
    for (const std::string& text : values["heat-map"].as<std::vector<std::string>>()) {
      request.maps.push_back(
          with_option("heat-map", [&] { return report::heat_map_request(figures, text); }));
    }
  }
  return request;
}

/// The content for several files; the dimension distinguishes their comparisons.
Content content_of(std::span<const report::Figures> files, report::ComparisonRequest request) {
  report::require_comparable(files);
  Content content{.request = request, .comparisons = {}};
  for (const report::Figures& figures : files) {
    for (report::Comparison& comparison :
         report::compare(figures, report::Selection(figures.axes(), ""), request)) {
      const std::int64_t dimension = figures.results().configuration().problem.dimension;
      comparison.group.emplace(comparison.group.begin(), "dimension", fmt::format("{}", dimension));
      content.comparisons.push_back(std::move(comparison));
    }
  }
  content.request.by.insert(content.request.by.begin(), "dimension");
  return content;
}

ExitCode execute_report(const Command& command, const std::vector<std::string>& arguments) {
  const ParsedOptions parsed = parse_options(command, arguments);
  const auto is_given = [&](const char* option) { return parsed.values.count(option) > 0; };
  const auto given = [&](const char* option) {
    return is_given(option) ? parsed.values[option].as<std::string>() : "";
  };
  const std::vector<results::ResultsReader> results(parsed.arguments.begin(),
                                                    parsed.arguments.end());
  const std::vector<report::Figures> files(results.begin(), results.end());
  const report::Figures& first = files.front();

  const bool csv = is_given("csv");
  const bool json = is_given("json");
  const bool open = is_given("open");
  const bool page = is_given("output") || open;
  if (csv && json) throw Error("report: --csv and --json exclude each other");
  if (page && (csv || json)) {
    throw Error(
        fmt::format("report: --{} writes a page, not CSV or JSON", open ? "open" : "output"));
  }
  const std::filesystem::path folder =
      page ? folder_of_page(parsed.values, parsed.arguments) : std::filesystem::path();
  for (const char* option : {"point", "heat-map"}) {
    if (is_given(option) && !page) {
      throw Error(fmt::format("report: --{} is for the page of --output", option));
    }
  }
  for (const char* option : {"where", "point", "heat-map"}) {
    if (is_given(option) && files.size() > 1) {
      throw Error(fmt::format("report: --{} is for one results file", option));
    }
  }

  const std::string where = given("where"), by = given("by"), variables = given("variable");
  const report::Selection selection =
      with_option("where", [&] { return report::Selection(first.axes(), where); });
  report::ComparisonRequest request(first);
  if (is_given("by")) request.by = words_of(by);
  if (is_given("variable")) request.variables = words_of(variables);
  with_option("by", [&] { report::check_axes(request); });
  with_option("variable", [&] { report::check_variables(first, request); });

  Content content =
      files.size() > 1
          ? content_of(files, request)
          : Content{.request = request, .comparisons = report::compare(first, selection, request)};
  if (page || json) {
    if (files.size() > 1) {
      content.verdicts = {report::dimension_verdict(files)};
    } else {
      content.verdicts = report::verdicts(first, selection);
    }
  }
  if (page) {
    content.charts =
        files.size() > 1
            ? report::Charts{.charts = report::dimension_charts(files), .heat_maps = {}}
            : report::charts_of(first, selection, charts_request(parsed.values, first, selection));
    const std::filesystem::path file = write_report(folder, files, content);
    if (open) show_page(file);
    return ExitCode::success;
  }
  if (!csv && !json && !report::has_rescaling_symmetry(first)) {
    write_output(wrapped(fmt::format("{}\n\n", report::without_symmetry(first)), output_columns()));
  }
  write_output(
      csv    ? report::comparison_csv(content.comparisons, content.request)
      : json ? report::report_json(files, content.verdicts, content.comparisons, content.request)
             : report::comparison_text(content.comparisons, content.request, output_columns()));
  return ExitCode::success;
}

}  // namespace

Command report_command() {
  Command command{
      .name = "report",
      .argument = "RESULTS...",
      .purpose = "Compare the algorithms: flatness against generalization, where all interpolate",
      .options = {},
      .remarks =
          "Medians are over the instances (samples, noise, width and seed) on which all compared "
          "algorithms interpolate. An algorithm is compared if it interpolates at half of its "
          "points "
          "or more. Points that are cut short, and networks kept as trained that do not "
          "interpolate, "
          "are omitted unless --where status=NAME selects them (cut_short, done). Flatness is "
          "relative "
          "to the least of the same data: a certified lower bound, else the orbit minimum of the "
          "flattest or, if the grid has no flattest, of the teacher. Brackets contain 95 % "
          "intervals "
          "over the seeds: for medians from six seeds on, for means from three. Medians over "
          "several "
          "cells (samples, noise, width) have no interval, nor do results of a data file, which is "
          "one data set. Variables are those of the file, with the names of `flatgrid export`, "
          "flatness_ratio, trace_ratio, path_norm_ratio (path norm relative to that of min-norm on "
          "the "
          "same data) and relative_loss, the population loss relative to that of "
          "predicting 0.\n"
          "With --output it judges the claims: agrees or disagrees if the interval excludes the "
          "opposite, undecided if it does not, not enough data if there is no interval.\n"
          "Results of several dimensions are compared at the same number of samples per dimension; "
          "then --output has charts of orbit minimum and population loss against the dimension.\n",
      .execute = execute_report};
  command.options.add_options()(
      "output,o", options::value<std::string>()->value_name("DIR"),
      "write DIR/report.html with charts and verdicts on the claims, and charts for papers into "
      "DIR/figures")(
      "open",
      "open the page in a browser ($BROWSER or xdg-open); without --output DIR is the name of "
      "RESULTS without its extension")(
      "by", options::value<std::string>()->value_name("AXIS,..."),
      "a table for each value of these axes (samples,noise,width; '' for one table)")(
      "where", options::value<std::string>()->value_name("AXIS=VALUE,..."),
      "use only these points")("variable", options::value<std::string>()->value_name("NAME,..."),
                               "show medians of these variables")(
      "point", options::value<std::string>()->value_name("AXIS=VALUE,..."),
      "draw the neurons of the first of these points that interpolates (default: "
      "algorithm=flattest)")(
      "heat-map",
      options::value<std::vector<std::string>>()->composing()->value_name("NAME,AXIS,AXIS"),
      "also draw a heat map of this variable over two axes; may be repeated")(
      "csv", "print CSV, one row per algorithm")(
      "json", "print the comparisons and the verdicts with all statistics as JSON");
  return command;
}

}  // namespace flatgrid::commands

// SPDX-License-Identifier: MIT
#include "flatgrid/report/gnuplot.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <iterator>
#include <string_view>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/aside.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/report/axis_scale.hpp"
#include "flatgrid/report/series_style.hpp"

namespace flatgrid::report {

namespace {

/// A text in single quotes, which gnuplot does not interpret; `noenhanced` disables its markup.
std::string gnuplot_text(std::string_view text) {
  std::string result = "'";
  for (const char character : text) {
    if (character == '\'') result += '\'';
    result += character;
  }
  return result + "'";
}

std::string csv_number(double value) {
  return std::isnan(value) ? std::string() : fmt::format("{}", value);
}

/// The range of an axis and its ticks, which replace gnuplot's own.
std::string axis_commands(std::string_view name, const AxisScale& scale) {
  std::vector<std::string> ticks;
  for (const Tick& tick : scale.ticks) {
    ticks.push_back(fmt::format("{} {}", gnuplot_text(tick.label), tick.value));
  }
  return fmt::format("set {0}range [{1}:{2}]\nset {0}tics ({3})\n", name, scale.low, scale.high,
                     fmt::join(ticks, ", "));
}

std::string head(std::string_view id, std::string_view title, std::string_view caption) {
  std::string text =
      fmt::format("# {}\n# {}\n# `gnuplot {}.gp` draws {}.pdf, {}.svg and {}.png from {}.csv.\n",
                  title, caption, id, id, id, id, id);
  return text +
         "reset\nset datafile separator ','\nset encoding utf8\nset grid lc rgb '#dddddd' lw 0.5\n"
         "set key outside bottom center horizontal Left reverse noenhanced samplen 1.5 height "
         "0.5 width -2\n";
}

/// The commands that draw `drawing` for each of the three file types.
std::string tail(std::string_view id, std::string_view drawing) {
  return fmt::format(
      "set terminal pdfcairo size 9cm,8cm font 'sans,8'\nset output '{0}.pdf'\n{1}"
      "set terminal svg size 600,530 dynamic font 'sans,12' background '#ffffff'\n"
      "set output '{0}.svg'\n{1}"
      "set terminal pngcairo size 1200,1060 font 'sans,20' pointscale 2.5 linewidth 2\nset output "
      "'{0}.png'\n{1}unset "
      "output\n",
      id, drawing);
}

/// The gnuplot style of a series with marks. A line of very many marks shows a dozen of them.
std::string line_or_points(const Series& series) {
  constexpr std::size_t k_many = 500;
  if (!series.line) return "points";
  const std::size_t size = series.marks.size();
  return size > k_many ? fmt::format("linespoints pi {}", size / 12) : "linespoints";
}

}  // namespace

std::string chart_csv(const Chart& chart) {
  std::string text = "series,x,y,low,high,label\n";
  for (const Series& series : chart.series) {
    for (const Mark& mark : series.marks) {
      fmt::format_to(std::back_inserter(text), "{},{},{},{},{},{}\n", csv_quoted(series.name),
                     mark.x, mark.y, csv_number(mark.low), csv_number(mark.high),
                     csv_quoted(mark.label));
    }
  }
  return text;
}

std::string chart_csv(const HeatMap& map) {
  std::string text = fmt::format("{},{},{}\n", csv_quoted(map.x_label), csv_quoted(map.y_label),
                                 csv_quoted(map.value_label));
  for (Index row = 0; row < map.values.rows(); ++row) {
    for (Index column = 0; column < map.values.cols(); ++column) {
      fmt::format_to(std::back_inserter(text), "{},{},{}\n",
                     csv_field(map.x[static_cast<std::size_t>(column)]),
                     csv_field(map.y[static_cast<std::size_t>(row)]),
                     csv_number(map.values(row, column)));
    }
  }
  return text;
}

std::string gnuplot_script(const Chart& chart) {
  std::string text = head(chart.id, chart.title, chart.caption);
  auto end = std::back_inserter(text);
  const AxisScale y = y_scale(chart);
  for (const auto& [name, axis, scale] :
       {std::tuple("x", &chart.x, x_scale(chart)), std::tuple("y", &chart.y, y)}) {
    fmt::format_to(end, "set {}label {} noenhanced\n", name, gnuplot_text(axis->label));
    if (axis->logarithmic) fmt::format_to(end, "set logscale {}\n", name);
    text += axis_commands(name, scale);
  }
  text += "set title " + gnuplot_text(chart.title) + " noenhanced\n";
  // The rows of a series are contiguous; the header is row 0.
  std::vector<std::string> plots;
  std::size_t first = 1;
  const std::vector<SeriesStyle> styles = styles_of(chart);
  for (std::size_t k = 0; k < styles.size(); ++k) {
    const Series& series = chart.series[k];
    const auto& [color, mark] = styles[k];
    const std::string rows =
        fmt::format("'{}.csv' every ::{}::{}", chart.id, first, first + series.marks.size() - 1);
    first += series.marks.size();
    if (series.marks.empty()) continue;
    if (series.bare) {
      plots.push_back(fmt::format("{} using 2:3 with lines dt 2 lw 1.5 lc rgb '{}' title {}", rows,
                                  color, gnuplot_text(series.name)));
      continue;
    }
    if (std::ranges::any_of(series.marks, [](const Mark& m) { return !std::isnan(m.low); })) {
      // On a logarithmic axis an interval that contains 0 starts at the edge.
      const std::string low =
          chart.y.logarithmic ? fmt::format("($4 > {0} ? $4 : {0})", y.low) : "4";
      plots.push_back(fmt::format("{} using 2:3:{}:5 with yerrorbars ps 0 lc rgb '{}' notitle",
                                  rows, low, color));
    }
    plots.push_back(fmt::format("{} using 2:3 with {} pt {} ps {} lc rgb '{}' title {}", rows,
                                line_or_points(series), mark.point_type,
                                series.line                  ? "0.8"
                                : series.marks.size() > 1000 ? "0.25"
                                                             : "0.6",
                                color, gnuplot_text(series.name)));
  }
  return text + tail(chart.id, fmt::format("plot {}\n", fmt::join(plots, ", \\\n     ")));
}

std::string gnuplot_script(const HeatMap& map) {
  std::string text = head(map.id, map.title, map.caption);
  auto end = std::back_inserter(text);
  fmt::format_to(end,
                 "unset key\nset title {} noenhanced\nset xlabel {}\nset ylabel {}\n"
                 "set logscale cb\nset palette defined (0 '#fde7b4', 1 '#2d145a')\n",
                 gnuplot_text(map.title), gnuplot_text(map.x_label), gnuplot_text(map.y_label));
  text += axis_commands("cb", color_scale(map));
  // The axes' values are labels of cells of the same size.
  const auto ticks = [&](std::string_view name, const std::vector<std::string>& values) {
    // Names of algorithms are too long for one line.
    const bool is_long =
        std::ranges::any_of(values, [](const std::string& value) { return value.size() > 8; });
    const std::size_t every = is_long ? 1 : (values.size() + 11) / 12;
    std::vector<std::string> words;
    for (std::size_t k = 0; k < values.size(); k += every) {
      words.push_back(fmt::format("'{}' {}", values[k], k));
    }
    fmt::format_to(end, "set {}tics ({}) out nomirror{}\n", name, fmt::join(words, ", "),
                   is_long && name == "x" ? " rotate by 45 right" : "");
  };
  ticks("x", map.x);
  ticks("y", map.y);
  fmt::format_to(end, "unset grid\nset xrange [-0.5:{}.5]\nset yrange [-0.5:{}.5]\n",
                 map.x.size() - 1, map.y.size() - 1);
  return text + tail(map.id, fmt::format("plot '{}.csv' every ::1 using (int($0) % {}):(int($0) / "
                                         "{}):(0.5):(0.5):($3 > 0 ? $3 : NaN) with boxxyerror "
                                         "fs solid noborder lc palette\n",
                                         map.id, map.x.size(), map.x.size()));
}

namespace {

void write_file(const std::filesystem::path& file, std::string_view text) {
  replace_file(file, "chart", text);
}

/// Runs gnuplot on scripts in a folder; returns its exit status, or -1 if it could not be started.
int run_gnuplot(const std::filesystem::path& folder, std::vector<std::string> scripts,
                const std::string& log) {
  scripts.insert(scripts.begin(), "gnuplot");
  std::vector<char*> arguments;
  for (std::string& word : scripts) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0666);
  pid_t process = 0;
  const int error = posix_spawnp(&process, "gnuplot", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return -1;
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

std::string write_paper_charts(const std::filesystem::path& folder, const Charts& charts) {
  std::vector<std::string> scripts;
  const auto write = [&](const auto& chart) {
    write_file(folder / (chart.id + ".csv"), chart_csv(chart));
    write_file(folder / (chart.id + ".gp"), gnuplot_script(chart));
    scripts.push_back(chart.id + ".gp");
  };
  for (const Chart& chart : charts.charts) write(chart);
  for (const HeatMap& map : charts.heat_maps) write(map);
  if (scripts.empty()) return {};
  const std::string log = "gnuplot.log";
  const int status = run_gnuplot(folder, scripts, log);
  if (status == 0) {
    std::filesystem::remove(folder / log);
    return {};
  }
  if (status < 0) {
    return "gnuplot is not installed (Debian: gnuplot-nox), so the charts for papers are only "
           "scripts "
           "(*.gp) and numbers (*.csv)";
  }
  return fmt::format("gnuplot could not draw all charts; see {}", (folder / log).string());
}

}  // namespace flatgrid::report

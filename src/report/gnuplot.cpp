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
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/aside.hpp"
#include "flatgrid/base/error.hpp"

namespace flatgrid {

namespace {

/// A text in single quotes, which gnuplot takes as it is; its markup is switched off by `noenhanced`.
std::string gnuplot_text(std::string_view text) {
  std::string result = "'";
  for (const char character : text) {
    if (character == '\'') result += '\'';
    result += character;
  }
  return result + "'";
}

std::string csv_text(std::string_view text) {
  std::string result = "\"";
  for (const char character : text) {
    if (character == '"') result += '"';
    result += character;
  }
  return result + '"';
}

std::string csv_number(double value) {
  return std::isnan(value) ? std::string() : fmt::format("{}", value);
}

/// Okabe and Ito's colours and marks that differ without colour, as on the page.
constexpr std::array<std::string_view, 8> k_colors = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                      "#E69F00", "#56B4E9", "#9A8F00", "#7F7F7F"};
constexpr std::array k_point_types = {7, 9, 5, 13, 6, 8, 4, 12, 11, 10, 1, 2};

struct Extent {
  double low = INFINITY;
  double high = -INFINITY;
};

/// What an axis spans, intervals included.
Extent extent(const Chart& chart, const ChartAxis& axis) {
  const bool of_x = &axis == &chart.x;
  Extent all;
  for (const Series& series : chart.series) {
    for (const Mark& mark : series.marks) {
      for (const double value :
           {of_x ? mark.x : mark.y, of_x ? mark.x : mark.low, of_x ? mark.x : mark.high}) {
        if (std::isnan(value) || (axis.logarithmic && value <= 0)) continue;
        all.low = std::min(all.low, value);
        all.high = std::max(all.high, value);
      }
    }
  }
  return all;
}

/// Its range where gnuplot's own would not do: a logarithmic one has room for marks at its ends and
/// a label at least, values that are equal to rounding are drawn as equal.
std::string range(std::string_view name, const ChartAxis& axis, Extent of) {
  if (of.low > of.high) return "";
  if (axis.logarithmic) {
    const double more = of.high / of.low < 1.001 ? 2 : std::pow(of.high / of.low, 0.04);
    const double low = of.low / more, high = of.high * more;
    std::string text = fmt::format("set {}range [{}:{}]\n", name, low, high);
    if (std::floor(std::log10(low)) == std::floor(std::log10(high))) {
      text += fmt::format("set {}tics add ({:.3g}, {:.3g})\n", name, of.low, of.high);
    }
    return text;
  }
  const double size = std::max(std::abs(of.low), std::abs(of.high));
  if (of.high - of.low > 1e-6 * size || size == 0) return "";
  return fmt::format("set {}range [{}:{}]\n", name, of.low - 0.05 * size, of.high + 0.05 * size);
}

/// Where on the x axis there are marks: values of an axis of the grid, say.
std::set<double> places(const Chart& chart) {
  std::set<double> values;
  for (const Series& series : chart.series) {
    if (series.bare) continue;
    for (const Mark& mark : series.marks) values.insert(mark.x);
  }
  return values;
}

std::string head(std::string_view id, std::string_view title, std::string_view caption) {
  std::string text =
      fmt::format("# {}\n# {}\n# `gnuplot {}.gp` draws {}.pdf, {}.svg and {}.png from {}.csv.\n",
                  title, caption, id, id, id, id, id);
  return text +
         "reset\nset datafile separator ','\nset encoding utf8\nset grid lc rgb '#dddddd' lw 0.5\n"
         "set key outside bottom center horizontal Left reverse noenhanced samplen 1.5 height "
         "0.5\n";
}

/// Draws what `drawing` plots thrice.
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

}  // namespace

std::string chart_csv(const Chart& chart) {
  std::string text = "series,x,y,low,high,label\n";
  for (const Series& series : chart.series) {
    for (const Mark& mark : series.marks) {
      fmt::format_to(std::back_inserter(text), "{},{},{},{},{},{}\n", csv_text(series.name), mark.x,
                     mark.y, csv_number(mark.low), csv_number(mark.high), csv_text(mark.label));
    }
  }
  return text;
}

std::string chart_csv(const HeatMap& map) {
  std::string text = fmt::format("{},{},{}\n", csv_text(map.x_label), csv_text(map.y_label),
                                 csv_text(map.value_label));
  for (Index row = 0; row < map.values.rows(); ++row) {
    for (Index column = 0; column < map.values.cols(); ++column) {
      fmt::format_to(std::back_inserter(text), "{},{},{}\n",
                     map.x[static_cast<std::size_t>(column)], map.y[static_cast<std::size_t>(row)],
                     csv_number(map.values(row, column)));
    }
  }
  return text;
}

std::string gnuplot_script(const Chart& chart) {
  std::string text = head(chart.id, chart.title, chart.caption);
  auto end = std::back_inserter(text);
  for (const auto& [name, axis] : {std::pair("x", &chart.x), std::pair("y", &chart.y)}) {
    fmt::format_to(end, "set {}label {} noenhanced\n", name, gnuplot_text(axis->label));
    text += range(name, *axis, extent(chart, *axis));
    if (axis->logarithmic) {
      fmt::format_to(end, "set logscale {0}\nset format {0} '%.4g'\n", name);
      const std::set<double> values = axis == &chart.x ? places(chart) : std::set<double>();
      constexpr std::size_t k_most_ticks = 8;
      if (values.size() > 1 && values.size() <= k_most_ticks) {
        fmt::format_to(end, "set {}tics ({})\n", name, fmt::join(values, ", "));
      }
    }
  }
  text += "set title " + gnuplot_text(chart.title) + " noenhanced\n";
  // The rows of a series follow each other; the header is row 0.
  std::vector<std::string> plots;
  std::size_t first = 1;
  std::size_t color = 0;
  for (const Series& series : chart.series) {
    const std::string rows =
        fmt::format("'{}.csv' every ::{}::{}", chart.id, first, first + series.marks.size() - 1);
    first += series.marks.size();
    if (series.marks.empty()) continue;
    // A reference is grey, a fit has the colour of the series before it.
    const std::string_view of = series.bare && series.name == "least"
                                    ? std::string_view("#555555")
                                    : k_colors[(color - (series.bare && color > 0)) % 8];
    if (series.bare) {
      plots.push_back(fmt::format("{} using 2:3 with lines dt 2 lw 1.5 lc rgb '{}' title {}", rows,
                                  of, gnuplot_text(series.name)));
      continue;
    }
    const int type = k_point_types[color % k_point_types.size()];
    const std::string_view size = series.marks.size() > 1000 ? "0.25" : "0.6";
    bool intervals = false;
    for (const Mark& mark : series.marks) intervals = intervals || !std::isnan(mark.low);
    if (intervals) {
      plots.push_back(fmt::format("{} using 2:3:4:5 with yerrorbars pt {} ps 0 lc rgb '{}' notitle",
                                  rows, type, of));
    }
    plots.push_back(fmt::format("{} using 2:3 with {} pt {} ps {} lc rgb '{}' title {}", rows,
                                series.line ? "linespoints" : "points", type, size, of,
                                gnuplot_text(series.name)));
    ++color;
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
  // Within a decade a logarithmic axis has no labels of its own.
  double low = INFINITY, high = 0;
  for (const double value : map.values.reshaped()) {
    if (!(value > 0)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  fmt::format_to(end, "set format cb '%.3g'\nset cbtics add ({}, {})\n", low, high);
  // The axes' values are labels of cells of the same size.
  const auto ticks = [&](std::string_view name, const std::vector<std::string>& values) {
    std::vector<std::string> words;
    const std::size_t every = (values.size() + 11) / 12;
    for (std::size_t k = 0; k < values.size(); k += every) {
      words.push_back(fmt::format("'{}' {}", values[k], k));
    }
    // Names of algorithms have no room beside each other.
    const bool is_long =
        std::ranges::any_of(values, [](const std::string& value) { return value.size() > 8; });
    fmt::format_to(end, "set {}tics ({}) out nomirror{}\n", name, fmt::join(words, ", "),
                   is_long && name == "x" ? " rotate by 20 right" : "");
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
  replace_file(file, "figure", text);
}

/// Runs gnuplot on scripts in a folder; its exit status, or -1 if there is none to be run.
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

std::string write_paper_figures(const std::filesystem::path& folder, const Charts& charts) {
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
    return "there is no gnuplot here (Debian: gnuplot-nox), so the figures are scripts (*.gp) and "
           "numbers (*.csv) only";
  }
  return fmt::format("gnuplot could not draw all figures; {} says why", (folder / log).string());
}

}  // namespace flatgrid

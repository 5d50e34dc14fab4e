// SPDX-License-Identifier: MIT
#include "flatgrid/report/charts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "chart_parts.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/grid/measurement.hpp"
#include "flatgrid/grid/point_task.hpp"
#include "flatgrid/grid/study.hpp"
#include "flatgrid/network/linear_layers.hpp"
#include "flatgrid/report/claims.hpp"
#include "flatgrid/report/frontier_charts.hpp"
#include "flatgrid/report/network_charts.hpp"
#include "flatgrid/report/rescaling.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid::report {

namespace {

/// A chart cannot be drawn without marks.
bool is_drawable(const Chart& chart) {
  return std::ranges::any_of(
      chart.series, [](const Series& series) { return !series.bare && !series.marks.empty(); });
}

/// A chart along an axis needs a series with at least two marks.
bool has_line(const Chart& chart) {
  return std::ranges::any_of(
      chart.series, [](const Series& series) { return !series.bare && series.marks.size() > 1; });
}

/// The largest number of marks of a scatter chart; more are thinned evenly, and the caption says so.
constexpr std::size_t k_most_marks = 6000;

/// The largest number of networks in the chart of random rescaling.
constexpr std::int64_t k_most_rescaled = 60;

/// The largest number of levels of noise, or numbers of samples, in a chart of the flattest.
constexpr std::size_t k_most_series = 6;

/// The sentence of a caption on values of an axis that are not drawn.
std::string left_out(const GridAxis& axis, std::size_t drawn) {
  if (axis.values.size() <= drawn) return {};
  return fmt::format(" Of {} values of {} the first {} are drawn.", axis.values.size(), axis.name,
                     drawn);
}

/// The number of mixtures of two interpolators along a line, and the largest number of pairs.
constexpr int k_mixtures = 16;
constexpr std::int64_t k_most_mixed = 10;

/// The axes of the charts along an axis.
std::array<GridAxis, 3> numeric_axes(const configuration::Axes& axes) {
  return {grid_axis(axes, "samples"), grid_axis(axes, "noise"), grid_axis(axes, "width")};
}

/// Builds the charts of one file.
class Builder {
 public:
  Builder(const Figures& figures, const Selection& selection,
          std::optional<configuration::GridPoint> chosen)
      : figures_(figures), selection_(selection), chosen_(chosen), relative_(figures.has_least()) {}

  Charts build(const std::vector<HeatMapRequest>& requests) {
    against_loss("orbit-minimum", orbit_min_name(), "Orbit minimum against population loss");
    against_loss("trace", trace_name(), "Raw trace against population loss");
    if (figures_.has_least_norm_and_flattest()) {
      against_loss("path-norm", "path_norm_ratio", "Path norm against population loss");
    }
    for (const GridAxis& axis : numeric_axes(axes())) {
      along_axis(axis, orbit_min_name(), "ratio", "Orbit minimum");
    }
    for (const GridAxis& axis : numeric_axes(axes())) {
      along_axis(axis, "population_loss", "loss", "Population loss");
    }
    flattest_loss();
    std::ranges::move(frontier_charts(figures_, selection_), std::back_inserter(charts_.charts));
    for (const GridAxis& axis : numeric_axes(axes())) {
      along_axis(axis, "index_recovery", "recovery", "Index subspace found");
    }
    maps(requests);
    course_of_training();
    networks();
    worst_function();
    rescaled();
    near_flattest();
    std::erase_if(charts_.charts, [](const Chart& chart) { return !is_drawable(chart); });
    return std::move(charts_);
  }

 private:
  [[nodiscard]] const configuration::Axes& axes() const { return figures_.axes(); }
  [[nodiscard]] std::string_view orbit_min_name() const {
    return relative_ ? "flatness_ratio" : "flatness_orbit_min";
  }
  [[nodiscard]] std::string_view trace_name() const {
    return relative_ ? "trace_ratio" : "flatness_trace";
  }
  [[nodiscard]] bool shown(std::int64_t flat) const { return is_shown(figures_, selection_, flat); }
  /// A scatter chart of every interpolating point.
  void against_loss(std::string id, std::string_view name, std::string title) {
    const std::vector<double>& x = figures_.variable(name);
    const std::vector<double>& y = figures_.variable("population_loss");
    Chart chart{.id = std::move(id),
                .title = std::move(title),
                .caption = "Every interpolating point.",
                .x = {label_of(name), true},
                .y = {"population loss", true}};
    std::size_t all = 0, zero = 0;
    for (std::int64_t flat = 0; flat < axes().points(); ++flat) all += shown(flat);
    const std::size_t every = (all + k_most_marks - 1) / k_most_marks;
    std::size_t count = 0;
    double lowest = INFINITY, highest = 0;
    for (std::int64_t a = 0; a < std::ssize(axes().algorithm); ++a) {
      Series series = series_of_algorithm(figures_, a);
      for (std::int64_t i = 0; i < figures_.instances(); ++i) {
        const std::int64_t flat = figures_.flat_of(a, i);
        if (!shown(flat) || count++ % every != 0) continue;
        if (!(configuration::at(x, flat) > 0 && configuration::at(y, flat) > 0)) {
          zero += configuration::at(y, flat) <= 0;
          continue;
        }
        lowest = std::min(lowest, configuration::at(y, flat));
        highest = std::max(highest, configuration::at(y, flat));
        series.marks.push_back(
            {.x = configuration::at(x, flat),
             .y = configuration::at(y, flat),
             .label = instance_text(axes(), configuration::grid_point(axes(), flat))});
      }
      if (!series.marks.empty()) chart.series.push_back(std::move(series));
    }
    if (every > 1) chart.caption += fmt::format(" Thinned: one of {} is drawn.", every);
    if (zero > 0) {
      chart.caption +=
          fmt::format(" A logarithmic axis cannot show {} with a population loss of 0.", zero);
    }
    if (relative_ && highest > 0) {
      chart.series.push_back({.name = std::string(k_least),
                              .marks = {{.x = 1, .y = lowest}, {.x = 1, .y = highest}},
                              .line = true,
                              .bare = true});
    }
    charts_.charts.push_back(std::move(chart));
  }

  /// Medians with their intervals along an axis: a series for each algorithm, a chart for each level of noise.
  void along_axis(const GridAxis& axis, std::string_view name, std::string_view id,
                  std::string_view title) {
    if (axis.values.size() < 2) return;
    const bool of_noise = axis.name == "noise";
    const std::int64_t levels = of_noise ? 1 : std::min(k_most_levels, std::ssize(axes().noise));
    const std::vector<double>& variable = figures_.variable(name);
    for (std::int64_t level = 0; level < levels; ++level) {
      const std::string noise = fmt::format("{}", configuration::at(axes().noise, level));
      Chart chart{
          .id = fmt::format("{}-{}{}", id, axis.name, of_noise ? "" : fmt::format("-{}", level)),
          .title = fmt::format("{} against {}{}", title, axis.name,
                               of_noise ? "" : fmt::format(", noise {}", noise)),
          .caption =
              "Medians over interpolating points; 95 % intervals over the seeds for marks of one "
              "cell.",
          .x = {std::string(axis.name), std::ranges::min(axis.values) > 0, axis.values},
          .y = {label_of(name), name != "index_recovery"}};
      std::vector<std::string> zero;
      for (std::int64_t a = 0; a < std::ssize(axes().algorithm); ++a) {
        std::vector<std::vector<SeedValue>> values(axis.values.size());
        for (std::int64_t i = 0; i < figures_.instances(); ++i) {
          const configuration::GridPoint point = figures_.instance(i);
          const std::int64_t flat = figures_.flat_of(a, i);
          if (!shown(flat) || (!of_noise && point.noise != level)) continue;
          values[static_cast<std::size_t>(point.*axis.position)].push_back(
              {figures_.data_set(i), configuration::at(variable, flat)});
        }
        Series series = series_of_algorithm(figures_, a, true);
        for (std::size_t k = 0; k < values.size(); ++k) {
          const std::size_t count = values[k].size();
          const Statistic statistic = median_of(std::move(values[k]));
          if (chart.y.logarithmic && statistic.value == 0) note_zero(zero, series.name);
          if (!(chart.y.logarithmic ? statistic.value > 0 : std::isfinite(statistic.value))) {
            continue;
          }
          series.marks.push_back(mark_of(axis.values[k], statistic,
                                         counted(static_cast<std::int64_t>(count), "point")));
        }
        if (!series.marks.empty()) chart.series.push_back(std::move(series));
      }
      chart.caption += zero_text(zero);
      if (!of_noise) {
        chart.caption +=
            left_out(grid_axis(axes(), "noise"), static_cast<std::size_t>(k_most_levels));
      }
      charts_.charts.push_back(std::move(chart));
    }
  }

  /// The flattest's population loss against samples, and against noise, with power laws.
  void flattest_loss() {
    const auto flattest = figures_.algorithm("flattest");
    if (!flattest) return;
    const std::vector<double>& loss = figures_.variable("population_loss");
    const std::array<GridAxis, 3> all = numeric_axes(axes());
    for (const auto& [axis, by] : {std::pair(0, 1), std::pair(1, 0)}) {
      const GridAxis& along = all[static_cast<std::size_t>(axis)];
      const GridAxis& level = all[static_cast<std::size_t>(by)];
      if (along.values.size() < 2) continue;
      Chart chart{
          .id = fmt::format("flattest-{}", along.name),
          .title = fmt::format("Population loss of the flattest against {}", along.name),
          .caption =
              "Medians with intervals; lines are power laws by least squares on logarithms, "
              "if four or more values show no curvature." +
              left_out(level, k_most_series),
          .x = {std::string(along.name), true, along.values},
          .y = {"population loss", true}};
      if (std::ranges::find(along.values, 0.0) != along.values.end()) {
        chart.caption += fmt::format(" A logarithmic axis cannot show a {} of 0.", along.name);
      }
      for (std::size_t l = 0; l < std::min(level.values.size(), k_most_series); ++l) {
        std::map<double, std::vector<SeedValue>> values;
        std::vector<SeedPoint> points;
        for (std::int64_t i = 0; i < figures_.instances(); ++i) {
          const configuration::GridPoint point = figures_.instance(i);
          const std::int64_t flat = figures_.flat_of(*flattest, i);
          const double x = configuration::at(along.values, point.*along.position);
          if (!shown(flat) || std::cmp_not_equal(point.*level.position, l)) continue;
          if (!(x > 0 && configuration::at(loss, flat) > 0)) continue;
          values[x].push_back({figures_.data_set(i), configuration::at(loss, flat)});
          points.push_back({figures_.data_set(i), x, configuration::at(loss, flat)});
        }
        const std::string name = fmt::format("{} {}", level.name, level.values[l]);
        Series series{.name = name};
        for (const auto& [x, of_seeds] : values) {
          series.marks.push_back(mark_of(x, median_of(of_seeds)));
        }
        if (series.marks.empty()) continue;
        if (const PowerLaw law = power_law(points); law.holds()) {
          const Statistic& exponent = law.exponent;
          double mean_x = 0, mean_y = 0;
          for (const SeedPoint& point : points) {
            mean_x += std::log(point.x) / static_cast<double>(points.size());
            mean_y += std::log(point.y) / static_cast<double>(points.size());
          }
          const auto fitted = [&](double x) {
            return Mark{.x = x, .y = std::exp(mean_y + exponent.value * (std::log(x) - mean_x))};
          };
          Series line{.name = fmt::format("{}^{:.2f} [{:.2f}, {:.2f}]", along.name, exponent.value,
                                          exponent.low, exponent.high),
                      .marks = {fitted(values.begin()->first), fitted(values.rbegin()->first)},
                      .line = true,
                      .bare = true};
          chart.series.push_back(std::move(series));
          chart.series.push_back(std::move(line));
        } else {
          chart.series.push_back(std::move(series));
        }
      }
      if (has_line(chart)) charts_.charts.push_back(std::move(chart));
    }
  }

  /// The requested heat maps, and maps of the median population loss and ratio of every algorithm over the two
  /// longest axes, except maps of a single value.
  void maps(const std::vector<HeatMapRequest>& requests) {
    std::vector<HeatMap>& maps = charts_.heat_maps;
    for (const HeatMapRequest& request : requests) {
      std::string id = fmt::format("map-{}-{}-{}", request.variable, request.x, request.y);
      std::ranges::replace(id, '_', '-');
      std::ranges::move(heat_maps(figures_, selection_, request, id), std::back_inserter(maps));
    }
    std::array<GridAxis, 3> all = numeric_axes(axes());
    std::ranges::stable_sort(all, std::ranges::greater(),
                             [](const GridAxis& axis) { return axis.values.size(); });
    if (all[1].values.size() < 2) return;
    for (const auto& [name, id] : {std::pair(orbit_min_name(), "map-ratio"),
                                   std::pair(std::string_view("population_loss"), "map-loss")}) {
      const HeatMapRequest request{std::string(name), std::string(all[0].name),
                                   std::string(all[1].name)};
      for (HeatMap& map : heat_maps(figures_, selection_, request, id)) {
        const auto positive = map.values.array() > 0;
        const double high = positive.select(map.values, 0).maxCoeff();
        const double low = positive.select(map.values, high).minCoeff();
        if (low < high) maps.push_back(std::move(map));
      }
    }
  }

  /// The point of an algorithm on the chosen instance, else its first point.
  [[nodiscard]] std::optional<configuration::GridPoint> point_of(std::int64_t algorithm) const {
    configuration::GridPoint point = chosen_.value_or(configuration::GridPoint{});
    point.algorithm = algorithm;
    if (chosen_ && shown(configuration::flat_index(axes(), point))) return point;
    for (std::int64_t i = 0; i < figures_.instances(); ++i) {
      const std::int64_t flat = figures_.flat_of(algorithm, i);
      if (shown(flat)) return configuration::grid_point(axes(), flat);
    }
    return std::nullopt;
  }

  void course_of_training() {
    const std::vector<std::int64_t> steps = figures_.results().history_steps();
    if (steps.empty()) return;
    const auto& variables = figures_.results().variables().history;
    for (const auto& [name, id] : {std::pair("flatness_orbit_min", "course-orbit-minimum"),
                                   std::pair("population_loss", "course-loss")}) {
      const auto variable =
          std::ranges::find(variables, std::string_view(name), &grid::Variable::name);
      if (variable == variables.end()) continue;
      Chart chart{
          .id = id,
          .title = fmt::format("{} during training", name == std::string_view("population_loss")
                                                         ? "Population loss"
                                                         : "Orbit minimum"),
          .x = {"step", true},
          .y = {label_of(name), true}};
      for (std::int64_t a = 0; a < std::ssize(axes().algorithm); ++a) {
        const std::optional<configuration::GridPoint> point = point_of(a);
        if (!point) continue;
        if (chart.caption.empty()) {
          chart.caption = fmt::format(
              "The first point of each algorithm ({}); the last mark is the "
              "end, after the polish.",
              instance_text(axes(), *point));
        }
        const MatrixD history = figures_.results().point(*point).history;
        Series series = series_of_algorithm(figures_, a, true);
        for (Index row = 0; row < history.rows(); ++row) {
          const double value = history(row, grid::history_column(*variable));
          const auto step = static_cast<double>(configuration::at(steps, row));
          if (value > 0 && step > 0) series.marks.push_back({.x = step, .y = value});
        }
        if (!series.marks.empty()) chart.series.push_back(std::move(series));
      }
      if (has_line(chart)) charts_.charts.push_back(std::move(chart));
    }
  }

  /// Charts of the chosen point, else of the first flattest point.
  void networks() {
    const auto flattest = figures_.algorithm("flattest");
    const std::optional<configuration::GridPoint> point = chosen_    ? chosen_
                                                          : flattest ? point_of(*flattest)
                                                                     : std::nullopt;
    if (!point) return;
    std::ranges::move(network_charts(figures_, selection_, *point),
                      std::back_inserter(charts_.charts));
  }

  /// The error of the worst at the chosen point, else at the first point of a worst.
  void worst_function() {
    for (const std::int64_t entry : figures_.entries_of(std::array{std::string_view("worst")})) {
      const std::optional<configuration::GridPoint> point = point_of(entry);
      if (!point) continue;
      if (auto chart = worst_function_chart(figures_, selection_, *point))
        charts_.charts.push_back(*std::move(chart));
      return;
    }
  }

  /// The trace before and after random rescaling of every neuron of the stored networks.
  void rescaled() {
    if (!has_networks(figures_) || !has_rescaling_symmetry(figures_)) return;
    const std::vector<double>& loss = figures_.variable("population_loss");
    Chart chart{.id = "rescaled",
                .title = "Effect of random rescaling",
                .x = {relative_ ? "flatness / least" : "flatness", true},
                .y = {"population loss", true},
                .series = {{.name = "trace as trained"},
                           {.name = "trace after rescaling"},
                           {.name = "orbit minimum after rescaling"}}};
    std::vector<std::int64_t> points;
    for (std::int64_t flat = 0; flat < axes().points(); ++flat) {
      if (shown(flat) && configuration::at(loss, flat) > 0) points.push_back(flat);
    }
    const std::int64_t every = std::max<std::int64_t>(1, std::ssize(points) / k_most_rescaled);
    RandomRescaling rescale(figures_);
    std::int64_t count = 0;
    double moved = 0;
    for (std::int64_t k = 0; k < std::ssize(points); k += every, ++count) {
      const std::int64_t flat = configuration::at(points, k);
      const RescaledFlatness flatness = rescale(flat);
      const auto least = figures_.least(flat % figures_.instances());
      const double unit = std::isnan(least) ? 1 : least;
      moved = std::max(moved, std::abs(flatness.rescaled_orbit_min / flatness.orbit_min - 1));
      const std::string label =
          configuration::describe(axes(), configuration::grid_point(axes(), flat));
      const std::array values = {flatness.trace, flatness.rescaled_trace,
                                 flatness.rescaled_orbit_min};
      for (std::size_t s = 0; s < values.size(); ++s) {
        chart.series[s].marks.push_back(
            {.x = values[s] / unit, .y = configuration::at(loss, flat), .label = label});
      }
    }
    chart.caption = fmt::format(
        "{} with rescaled neurons, which does not change the functions: each neuron has a factor "
        "exp(N(0, 1)), each network a factor exp(2 N(0, 1)), rounded to powers of 2. The largest "
        "relative change of an orbit minimum is {:.1g}.",
        counted(count, "network"), moved);
    charts_.charts.push_back(std::move(chart));
  }

  /// Interpolators of prescribed ratio: (1 - s) times the flattest plus s times a sharp interpolator of
  /// the same data, as one network. It interpolates. For degree 1 its orbit minimum is
  ///   F(s) = (1 - s) F_0 + s F_1,
  /// because each neuron's contribution is linear in |a_j|, and its population loss is
  ///   (1 - s)^2 L_0 + s^2 L_1 + 2 s (1 - s) C,   C = 2 L(1/2) - (L_0 + L_1) / 2.
  void near_flattest() {
    const results::ResultsReader& results = figures_.results();
    const configuration::Configuration& configuration = results.configuration();
    const auto flattest = figures_.algorithm("flattest");
    if (!flattest || !has_networks(figures_)) return;
    const grid::Study study(configuration);
    if (study.activation->degree() != 1 || configuration.problem.inputs->is_file()) return;
    const std::vector<double>& flatness = figures_.variable("flatness_orbit_min");
    const std::vector<double>& loss = figures_.variable("population_loss");
    for (std::int64_t level = 0; level < std::min(k_most_levels, std::ssize(axes().noise));
         ++level) {
      Chart chart{.id = fmt::format("near-flattest-{}", level),
                  .title = fmt::format("Nearly flattest interpolators, noise {}",
                                       configuration::at(axes().noise, level)),
                  .x = {"orbit minimum / flattest's - 1", true},
                  .y = {"population loss", true}};
      for (const std::int64_t family : figures_.entries_of(k_non_generalizing)) {
        struct Ends {
          std::int64_t data_set;
          double flat, sharp, loss_of_flat, loss_of_sharp, cross;
        };
        std::vector<Ends> ends;
        // The largest number of samples, and the first width of each seed.
        std::int64_t last_seed = -1;
        for (std::int64_t i = 0; i < figures_.instances() && std::ssize(ends) < k_most_mixed; ++i) {
          const configuration::GridPoint point = figures_.instance(i);
          const std::int64_t flat = figures_.flat_of(*flattest, i);
          const std::int64_t sharp = figures_.flat_of(family, i);
          if (point.noise != level || point.samples + 1 != std::ssize(axes().samples) ||
              point.seed <= last_seed || !shown(flat) || !shown(sharp)) {
            continue;
          }
          last_seed = point.seed;
          const results::StoredData data = results.data(point.seed);
          const grid::PointTask task(study, point, data.target, data.samples);
          const network::Network<double> first = network::two_layer_form(
              results.point(configuration::grid_point(axes(), flat)).network);
          const network::Network<double> second = network::two_layer_form(
              results.point(configuration::grid_point(axes(), sharp)).network);
          network::Network<double> both =
              network::Network<double>::zero(2 * first.width(), first.inner.cols());
          both.inner << first.inner, second.inner;
          both.outer << first.outer / 2, second.outer / 2;
          grid::Record half;
          grid::measure_network(task.task(), task.truth(), both, half);
          const double ends_mean =
              (configuration::at(loss, flat) + configuration::at(loss, sharp)) / 2;
          ends.push_back({figures_.data_set(i), configuration::at(flatness, flat),
                          configuration::at(flatness, sharp), configuration::at(loss, flat),
                          configuration::at(loss, sharp), 2 * half.population_loss - ends_mean});
        }
        Series series = series_of_algorithm(figures_, family, true);
        for (int step = 0; !ends.empty() && step <= k_mixtures; ++step) {
          const double s = std::pow(10.0, -4.0 + 4.0 * step / k_mixtures);
          std::vector<SeedValue> ratios, losses;
          for (const Ends& end : ends) {
            ratios.push_back({end.data_set, s * (end.sharp / end.flat - 1)});
            losses.push_back({end.data_set, (1 - s) * (1 - s) * end.loss_of_flat +
                                                s * s * end.loss_of_sharp +
                                                2 * s * (1 - s) * end.cross});
          }
          const Statistic mixed = median_of(losses);
          const double ratio = median_of(ratios).value;
          if (!(ratio > 0 && mixed.value > 0)) continue;
          series.marks.push_back(
              mark_of(ratio, mixed, fmt::format("share {:.3g} of {}", s, series.name)));
        }
        if (!series.marks.empty()) chart.series.push_back(std::move(series));
        chart.caption = fmt::format(
            "Mixtures of the flattest and a sharp interpolator of the same data, which also "
            "interpolate; medians over {} at {} samples.{}",
            counted(std::ssize(ends), "seed"), axes().samples.back(),
            left_out(grid_axis(axes(), "noise"), static_cast<std::size_t>(k_most_levels)));
      }
      charts_.charts.push_back(std::move(chart));
    }
  }

  const Figures& figures_;
  const Selection& selection_;
  std::optional<configuration::GridPoint> chosen_;
  bool relative_;
  Charts charts_;
};

}  // namespace

Charts charts_of(const Figures& figures, const Selection& selection, const ChartsRequest& request) {
  return Builder(figures, selection, request.point).build(request.maps);
}

}  // namespace flatgrid::report

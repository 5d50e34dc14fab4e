// SPDX-License-Identifier: MIT
#include "flatgrid/report/charts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "flatgrid/grid/measurement.hpp"
#include "flatgrid/grid/point_task.hpp"
#include "flatgrid/grid/study.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/neurons.hpp"
#include "flatgrid/report/claims.hpp"
#include "flatgrid/report/rescaling.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid {

namespace {

/// A chart cannot be drawn without marks.
bool is_drawable(const Chart& chart) {
  return std::ranges::any_of(
      chart.series, [](const Series& series) { return !series.bare && !series.marks.empty(); });
}

/// Marks of a scatter that a page can carry; more are thinned evenly, and the caption says so.
constexpr std::size_t k_most_marks = 6000;

/// Levels of noise that have a chart of their own.
constexpr std::int64_t k_most_levels = 4;

/// Networks that are rescaled for the chart of what that does.
constexpr std::int64_t k_most_rescaled = 60;

/// Mixtures of two interpolators along a line, and the pairs that they are of.
constexpr int k_mixtures = 16;
constexpr std::int64_t k_most_mixed = 10;

/// |w.x_i| below this share of ||w|| ||x_i|| is on the border of sample i: the search for the flattest
/// leaves its neurons 1e-13 from it.
constexpr double k_on_border = 1e-9;

struct GridAxis {
  std::string_view name;
  std::int64_t GridPoint::*position;
  std::vector<double> values;
};

template <class Number>
std::vector<double> as_doubles(const std::vector<Number>& values) {
  return {values.begin(), values.end()};
}

/// The axes that figures are drawn along.
std::array<GridAxis, 3> numeric_axes(const Axes& axes) {
  return {GridAxis{"samples", &GridPoint::samples, as_doubles(axes.samples)},
          GridAxis{"noise", &GridPoint::noise, axes.noise},
          GridAxis{"width", &GridPoint::width, as_doubles(axes.width)}};
}

/// Builds the charts of one file.
class Builder {
 public:
  Builder(const Figures& figures, const Selection& selection)
      : figures_(figures), selection_(selection), relative_(figures.has_least()) {}

  Charts build() {
    against_loss("orbit-minimum", orbit_min_name(), "Orbit minimum against population loss");
    against_loss("trace", trace_name(), "Raw trace against population loss");
    for (const GridAxis& axis : numeric_axes(axes())) {
      along_axis(axis, orbit_min_name(), "ratio", "Orbit minimum");
    }
    for (const GridAxis& axis : numeric_axes(axes())) {
      along_axis(axis, "population_loss", "loss", "Population loss");
    }
    flattest_loss();
    heat_maps();
    course_of_training();
    neurons_of_flattest();
    rescaled();
    near_flattest();
    std::erase_if(charts_.charts, [](const Chart& chart) { return !is_drawable(chart); });
    return std::move(charts_);
  }

 private:
  [[nodiscard]] const Axes& axes() const { return figures_.axes(); }
  [[nodiscard]] std::string_view orbit_min_name() const {
    return relative_ ? "flatness_ratio" : "flatness_orbit_min";
  }
  [[nodiscard]] std::string_view trace_name() const {
    return relative_ ? "trace_ratio" : "flatness_trace";
  }
  [[nodiscard]] static std::string label_of(std::string_view name) {
    if (name == "flatness_ratio") return "orbit minimum / least";
    if (name == "trace_ratio") return "trace / least orbit minimum";
    return words_of(name);
  }
  [[nodiscard]] std::string name_of_algorithm(std::int64_t algorithm) const {
    return std::string(at(axes().algorithm, algorithm).name());
  }
  [[nodiscard]] bool shown(std::int64_t flat) const { return is_shown(figures_, selection_, flat); }
  /// "samples 100, noise 0.1, width 300, seed 2"
  [[nodiscard]] std::string instance_text(const GridPoint& point) const {
    const std::string all = describe(axes(), point);
    return all.substr(all.find(", ") + 2);
  }

  /// A scatter of every interpolating point.
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
      Series series{.name = name_of_algorithm(a)};
      for (std::int64_t i = 0; i < figures_.instances(); ++i) {
        const std::int64_t flat = figures_.flat_of(a, i);
        if (!shown(flat) || count++ % every != 0) continue;
        if (!(at(x, flat) > 0 && at(y, flat) > 0)) {
          zero += at(y, flat) <= 0;
          continue;
        }
        lowest = std::min(lowest, at(y, flat));
        highest = std::max(highest, at(y, flat));
        series.marks.push_back(
            {.x = at(x, flat), .y = at(y, flat), .label = instance_text(grid_point(axes(), flat))});
      }
      if (!series.marks.empty()) chart.series.push_back(std::move(series));
    }
    if (every > 1) chart.caption += fmt::format(" Thinned: one of {} is drawn.", every);
    if (zero > 0) {
      chart.caption += fmt::format(" {} with a population loss of 0 have no place here.", zero);
    }
    if (relative_ && highest > 0) {
      chart.series.push_back({.name = "least",
                              .marks = {{.x = 1, .y = lowest}, {.x = 1, .y = highest}},
                              .line = true,
                              .bare = true});
    }
    charts_.charts.push_back(std::move(chart));
  }

  /// Medians with their intervals along an axis: a series an algorithm, a chart a level of noise.
  void along_axis(const GridAxis& axis, std::string_view name, std::string_view id,
                  std::string_view title) {
    if (axis.values.size() < 2) return;
    const bool of_noise = axis.name == "noise";
    const std::int64_t levels = of_noise ? 1 : std::min(k_most_levels, std::ssize(axes().noise));
    const std::vector<double>& variable = figures_.variable(name);
    for (std::int64_t level = 0; level < levels; ++level) {
      const std::string noise = fmt::format("{}", at(axes().noise, level));
      Chart chart{
          .id = fmt::format("{}-{}{}", id, axis.name, of_noise ? "" : fmt::format("-{}", level)),
          .title = fmt::format("{} against {}{}", title, axis.name,
                               of_noise ? "" : fmt::format(", noise {}", noise)),
          .caption = "Medians over interpolating points, 95 % bootstrap intervals over seeds.",
          .x = {std::string(axis.name), std::ranges::min(axis.values) > 0},
          .y = {label_of(name), true}};
      for (std::int64_t a = 0; a < std::ssize(axes().algorithm); ++a) {
        std::vector<std::vector<SeedValue>> values(axis.values.size());
        for (std::int64_t i = 0; i < figures_.instances(); ++i) {
          const GridPoint point = figures_.instance(i);
          const std::int64_t flat = figures_.flat_of(a, i);
          if (!shown(flat) || (!of_noise && point.noise != level)) continue;
          values[static_cast<std::size_t>(point.*axis.position)].push_back(
              {point.seed, at(variable, flat)});
        }
        Series series{.name = name_of_algorithm(a), .line = true};
        for (std::size_t k = 0; k < values.size(); ++k) {
          const std::size_t count = values[k].size();
          const Statistic statistic = median_of(std::move(values[k]));
          if (!(statistic.value > 0)) continue;
          series.marks.push_back({.x = axis.values[k],
                                  .y = statistic.value,
                                  .low = statistic.low,
                                  .high = statistic.high,
                                  .label = fmt::format("{} points", count)});
        }
        if (!series.marks.empty()) chart.series.push_back(std::move(series));
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
      Chart chart{.id = fmt::format("flattest-{}", along.name),
                  .title = fmt::format("Population loss of the flattest against {}", along.name),
                  .caption = "Medians with intervals; lines are least squares on logarithms.",
                  .x = {std::string(along.name), true},
                  .y = {"population loss", true}};
      for (std::size_t l = 0; l < std::min<std::size_t>(level.values.size(), 6); ++l) {
        std::map<double, std::vector<SeedValue>> values;
        std::vector<SeedPoint> points;
        for (std::int64_t i = 0; i < figures_.instances(); ++i) {
          const GridPoint point = figures_.instance(i);
          const std::int64_t flat = figures_.flat_of(*flattest, i);
          const double x = at(along.values, point.*along.position);
          if (!shown(flat) || std::cmp_not_equal(point.*level.position, l)) continue;
          if (!(x > 0 && at(loss, flat) > 0)) continue;
          values[x].push_back({point.seed, at(loss, flat)});
          points.push_back({point.seed, x, at(loss, flat)});
        }
        const std::string name = fmt::format("{} {}", level.name, level.values[l]);
        Series series{.name = name};
        for (const auto& [x, of_seeds] : values) {
          const Statistic statistic = median_of(of_seeds);
          series.marks.push_back(
              {.x = x, .y = statistic.value, .low = statistic.low, .high = statistic.high});
        }
        if (series.marks.size() < 2) continue;
        const Statistic exponent = exponent_of(points);
        if (!std::isnan(exponent.value)) {
          double mean_x = 0, mean_y = 0;
          for (const SeedPoint& point : points) {
            mean_x += std::log(point.x) / static_cast<double>(points.size());
            mean_y += std::log(point.y) / static_cast<double>(points.size());
          }
          const auto fitted = [&](double x) {
            return Mark{.x = x, .y = std::exp(mean_y + exponent.value * (std::log(x) - mean_x))};
          };
          Series line{.name = fmt::format("{}^{:.2f}", along.name, exponent.value),
                      .marks = {fitted(values.begin()->first), fitted(values.rbegin()->first)},
                      .line = true,
                      .bare = true};
          if (!std::isnan(exponent.low)) {
            line.name += fmt::format(" [{:.2f}, {:.2f}]", exponent.low, exponent.high);
          }
          chart.series.push_back(std::move(series));
          chart.series.push_back(std::move(line));
        } else {
          chart.series.push_back(std::move(series));
        }
      }
      charts_.charts.push_back(std::move(chart));
    }
  }

  /// Median population loss and ratio of every algorithm over the two longest axes.
  void heat_maps() {
    std::array<GridAxis, 3> all = numeric_axes(axes());
    std::ranges::stable_sort(all, std::ranges::greater(),
                             [](const GridAxis& axis) { return axis.values.size(); });
    const GridAxis& x = all[0];
    const GridAxis& y = all[1];
    if (y.values.size() < 2) return;
    const auto texts = [](const std::vector<double>& values) {
      std::vector<std::string> result;
      for (const double value : values) result.push_back(fmt::format("{}", value));
      return result;
    };
    for (const std::string_view name : {orbit_min_name(), std::string_view("population_loss")}) {
      const std::vector<double>& variable = figures_.variable(name);
      for (std::int64_t a = 0; a < std::ssize(axes().algorithm); ++a) {
        std::vector<std::vector<double>> values(x.values.size() * y.values.size());
        for (std::int64_t i = 0; i < figures_.instances(); ++i) {
          const GridPoint point = figures_.instance(i);
          const std::int64_t flat = figures_.flat_of(a, i);
          if (!shown(flat) || std::isnan(at(variable, flat))) continue;
          values[static_cast<std::size_t>(point.*y.position * std::ssize(x.values) +
                                          point.*x.position)]
              .push_back(at(variable, flat));
        }
        HeatMap map{.id = fmt::format("map-{}-{}", name == "population_loss" ? "loss" : "ratio",
                                      name_of_algorithm(a)),
                    .title = fmt::format("{}: {}", name_of_algorithm(a), label_of(name)),
                    .caption = "Medians over interpolating points.",
                    .x_label = std::string(x.name),
                    .y_label = std::string(y.name),
                    .value_label = label_of(name),
                    .x = texts(x.values),
                    .y = texts(y.values),
                    .values = MatrixD(std::ssize(y.values), std::ssize(x.values))};
        for (Index row = 0; row < map.values.rows(); ++row) {
          for (Index column = 0; column < map.values.cols(); ++column) {
            map.values(row, column) =
                median(values[static_cast<std::size_t>(row * map.values.cols() + column)]);
          }
        }
        // Nothing is seen in a map of one value.
        const auto positive = map.values.array() > 0;
        const double high = positive.select(map.values, 0).maxCoeff();
        const double low = positive.select(map.values, high).minCoeff();
        if (low < high) charts_.heat_maps.push_back(std::move(map));
      }
    }
  }

  /// The first selected instance on which an algorithm interpolates.
  [[nodiscard]] std::optional<GridPoint> first_point(std::int64_t algorithm) const {
    for (std::int64_t i = 0; i < figures_.instances(); ++i) {
      const std::int64_t flat = figures_.flat_of(algorithm, i);
      if (shown(flat)) return grid_point(axes(), flat);
    }
    return std::nullopt;
  }

  void course_of_training() {
    const std::vector<std::int64_t> steps = figures_.results().history_steps();
    if (steps.empty()) return;
    const auto& variables = figures_.results().variables().history;
    for (const auto& [name, id] : {std::pair("flatness_orbit_min", "course-orbit-minimum"),
                                   std::pair("population_loss", "course-loss")}) {
      const auto variable = std::ranges::find(variables, std::string_view(name), &Variable::name);
      if (variable == variables.end()) continue;
      Chart chart{
          .id = id,
          .title = fmt::format("{} during training", name == std::string_view("population_loss")
                                                         ? "Population loss"
                                                         : "Orbit minimum"),
          .x = {"step", true},
          .y = {label_of(name), true}};
      for (std::int64_t a = 0; a < std::ssize(axes().algorithm); ++a) {
        const std::optional<GridPoint> point = first_point(a);
        if (!point) continue;
        if (chart.caption.empty()) {
          chart.caption = fmt::format(
              "Of each algorithm the first point ({}); the last mark is the "
              "end, after the polish.",
              instance_text(*point));
        }
        const MatrixD history = figures_.results().point(*point).history;
        Series series{.name = name_of_algorithm(a), .line = true};
        for (Index row = 0; row < history.rows(); ++row) {
          const double value = history(row, history_column(*variable));
          const auto step = static_cast<double>(at(steps, row));
          if (value > 0 && step > 0) series.marks.push_back({.x = step, .y = value});
        }
        if (series.marks.size() > 1) chart.series.push_back(std::move(series));
      }
      charts_.charts.push_back(std::move(chart));
    }
  }

  /// Where the neurons of the first flattest point look, and what share of its flatness they carry.
  void neurons_of_flattest() {
    const ResultsReader& results = figures_.results();
    const auto flattest = figures_.algorithm("flattest");
    if (!flattest || !has_networks(figures_)) return;
    const std::optional<GridPoint> point = first_point(*flattest);
    if (!point) return;
    const StoredData data = results.data(point->seed);
    if (data.target.directions.rows() == 0 || data.target.directions.array().isNaN().any()) return;
    const Network<double> network = results.point(*point).network;
    const MatrixD inputs = data.samples.inputs.leftCols(at(axes().samples, point->samples));
    const auto activation = make_activation(results.configuration().network);
    const NeuronTraces traces = neuron_traces(*activation, network, inputs);
    const VectorD of_neurons = orbit_contributions(traces, activation->degree());
    const double all = of_neurons.sum();
    Chart chart{
        .id = "neurons",
        .title = "Neurons of the flattest",
        .caption = fmt::format(
            "{}. Length of a neuron's direction within the index subspace, against its share "
            "of the flatness; faces by the number of samples on whose border the neuron is.",
            instance_text(*point)),
        .x = {"length in the index subspace", false},
        .y = {"share of the flatness", true},
        .series = {{.name = "vertex"}, {.name = "between"}, {.name = "interior"}}};
    for (Index j = 0; j < network.width(); ++j) {
      const VectorD w = network.inner.row(j).transpose();
      if (!(of_neurons(j) > 0) || w.norm() == 0) continue;
      Index borders = 0;
      for (Index i = 0; i < inputs.cols(); ++i) {
        borders += std::abs(w.dot(inputs.col(i))) < k_on_border * w.norm() * inputs.col(i).norm();
      }
      const std::size_t kind = borders >= inputs.rows() - 1 ? 0 : borders > 0 ? 1 : 2;
      Index nearest = 0;
      (data.target.directions * w).cwiseAbs().maxCoeff(&nearest);
      chart.series[kind].marks.push_back(
          {.x = std::sqrt(index_alignment({network.inner.row(j), VectorD::Ones(1)},
                                          data.target.directions, activation->degree())),
           .y = of_neurons(j) / all,
           .label = fmt::format("neuron {}, on {} borders, a {} 0, nearest index direction {}", j,
                                borders, network.outer(j) > 0 ? ">" : "<", nearest + 1)});
    }
    charts_.charts.push_back(std::move(chart));
  }

  /// Trace before and after every neuron of the stored networks has been rescaled by exp(N(0, 1)).
  void rescaled() {
    if (!has_networks(figures_)) return;
    const std::vector<double>& loss = figures_.variable("population_loss");
    Chart chart{.id = "rescaled",
                .title = "What rescaling does",
                .x = {relative_ ? "flatness / least" : "flatness", true},
                .y = {"population loss", true},
                .series = {{.name = "trace as trained"},
                           {.name = "trace after rescaling"},
                           {.name = "orbit minimum after rescaling"}}};
    std::vector<std::int64_t> points;
    for (std::int64_t flat = 0; flat < axes().points(); ++flat) {
      if (shown(flat) && at(loss, flat) > 0) points.push_back(flat);
    }
    const std::int64_t every = std::max<std::int64_t>(1, std::ssize(points) / k_most_rescaled);
    RandomRescaling rescale(figures_);
    std::int64_t count = 0;
    double moved = 0;
    for (std::int64_t k = 0; k < std::ssize(points); k += every, ++count) {
      const std::int64_t flat = at(points, k);
      const RescaledFlatness flatness = rescale(flat);
      const auto least = figures_.least(flat % figures_.instances());
      const double unit = std::isnan(least) ? 1 : least;
      moved = std::max(moved, std::abs(flatness.rescaled_orbit_min / flatness.orbit_min - 1));
      const std::string label = describe(axes(), grid_point(axes(), flat));
      const std::array values = {flatness.trace, flatness.rescaled_trace,
                                 flatness.rescaled_orbit_min};
      for (std::size_t s = 0; s < values.size(); ++s) {
        chart.series[s].marks.push_back(
            {.x = values[s] / unit, .y = at(loss, flat), .label = label});
      }
    }
    chart.caption = fmt::format(
        "{} networks, every neuron rescaled by its own factor exp(N(0, 1)), all of a network by "
        "exp(2 N(0, 1)): the same functions. The orbit minimum moves by {:.1g} of it.",
        count, moved);
    charts_.charts.push_back(std::move(chart));
  }

  /// Interpolators of prescribed ratio: (1 - s) times the flattest and s times a sharp interpolator of
  /// the same data, as one network of both. It interpolates, for degree 1 its orbit minimum is
  ///   F(s) = (1 - s) F_0 + s F_1,
  /// each neuron's contribution being linear in |a_j|, and its population loss is
  ///   (1 - s)^2 L_0 + s^2 L_1 + 2 s (1 - s) C,   C = 2 L(1/2) - (L_0 + L_1) / 2.
  void near_flattest() {
    const ResultsReader& results = figures_.results();
    const Configuration& configuration = results.configuration();
    const auto flattest = figures_.algorithm("flattest");
    if (!flattest || !has_networks(figures_)) return;
    const Study study(configuration);
    if (study.activation->degree() != 1 || configuration.problem.inputs->is_file()) return;
    const std::vector<double>& flatness = figures_.variable("flatness_orbit_min");
    const std::vector<double>& loss = figures_.variable("population_loss");
    for (std::int64_t level = 0; level < std::min(k_most_levels, std::ssize(axes().noise));
         ++level) {
      Chart chart{
          .id = fmt::format("near-flattest-{}", level),
          .title = fmt::format("Nearly flattest interpolators, noise {}", at(axes().noise, level)),
          .x = {"orbit minimum / flattest's - 1", true},
          .y = {"population loss", true}};
      for (const std::string_view name : k_non_generalizing) {
        const auto family = figures_.algorithm(name);
        if (!family) continue;
        struct Ends {
          std::int64_t seed;
          double flat, sharp, loss_of_flat, loss_of_sharp, cross;
        };
        std::vector<Ends> ends;
        // At the largest number of samples, of each seed the first width.
        std::int64_t last_seed = -1;
        for (std::int64_t i = 0; i < figures_.instances() && std::ssize(ends) < k_most_mixed; ++i) {
          const GridPoint point = figures_.instance(i);
          const std::int64_t flat = figures_.flat_of(*flattest, i);
          const std::int64_t sharp = figures_.flat_of(*family, i);
          if (point.noise != level || point.samples + 1 != std::ssize(axes().samples) ||
              point.seed <= last_seed || !shown(flat) || !shown(sharp)) {
            continue;
          }
          last_seed = point.seed;
          const StoredData data = results.data(point.seed);
          const PointTask task(study, point, data.target, data.samples);
          const Network<double> first = results.point(grid_point(axes(), flat)).network;
          const Network<double> second = results.point(grid_point(axes(), sharp)).network;
          Network<double> both = Network<double>::zero(2 * first.width(), first.inner.cols());
          both.inner << first.inner, second.inner;
          both.outer << first.outer / 2, second.outer / 2;
          Record half;
          measure_network(task.task(), task.truth(), both, half);
          const double ends_mean = (at(loss, flat) + at(loss, sharp)) / 2;
          ends.push_back({point.seed, at(flatness, flat), at(flatness, sharp), at(loss, flat),
                          at(loss, sharp), 2 * half.population_loss - ends_mean});
        }
        Series series{.name = std::string(name), .line = true};
        for (int step = 0; !ends.empty() && step <= k_mixtures; ++step) {
          const double s = std::pow(10.0, -4.0 + 4.0 * step / k_mixtures);
          std::vector<SeedValue> ratios, losses;
          for (const Ends& end : ends) {
            ratios.push_back({end.seed, s * (end.sharp / end.flat - 1)});
            losses.push_back({end.seed, (1 - s) * (1 - s) * end.loss_of_flat +
                                            s * s * end.loss_of_sharp +
                                            2 * s * (1 - s) * end.cross});
          }
          const Statistic mixed = median_of(losses);
          const double ratio = median_of(ratios).value;
          if (!(ratio > 0 && mixed.value > 0)) continue;
          series.marks.push_back({.x = ratio,
                                  .y = mixed.value,
                                  .low = mixed.low,
                                  .high = mixed.high,
                                  .label = fmt::format("share {:.3g} of {}", s, name)});
        }
        if (!series.marks.empty()) chart.series.push_back(std::move(series));
        chart.caption = fmt::format(
            "Mixtures of the flattest and a sharp interpolator of the same data, which interpolate "
            "too; medians over {} seeds at {} samples.",
            ends.size(), axes().samples.back());
      }
      charts_.charts.push_back(std::move(chart));
    }
  }

  const Figures& figures_;
  const Selection& selection_;
  bool relative_;
  Charts charts_;
};

}  // namespace

Charts charts_of(const Figures& figures, const Selection& selection) {
  return Builder(figures, selection).build();
}

}  // namespace flatgrid

// SPDX-License-Identifier: MIT
#include "flatgrid/report/figures.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/algorithm/bound_kind.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/base/suggestion.hpp"
#include "flatgrid/grid/study.hpp"
#include "flatgrid/measure/population_loss.hpp"

namespace flatgrid::report {

namespace {

/// A variable relative to the least orbit minimum, or path norm, of the same data.
struct Ratio {
  std::string_view name;
  std::string_view of;
  bool to_least_norm = false;
};

constexpr std::array k_ratios = {Ratio{"flatness_ratio", "flatness_orbit_min"},
                                 Ratio{"trace_ratio", "flatness_trace"},
                                 Ratio{"path_norm_ratio", "path_norm", true}};

constexpr std::string_view k_relative_loss = "relative_loss";

std::vector<double> second_moments(const results::ResultsReader& results) {
  configuration::Configuration configuration = results.configuration();
  // The number of test inputs if there is no formula: an error of a few percent does not matter.
  configuration.problem.test_samples = std::min<Index>(configuration.problem.test_samples, 10'000);
  const grid::Study study(std::move(configuration));
  const bool of_file = study.configuration.problem.inputs->is_file();
  std::vector<double> moments;
  for (std::int64_t seed = 0; seed < std::ssize(study.configuration.grid.seed); ++seed) {
    const std::int64_t value = configuration::at(study.configuration.grid.seed, seed);
    if (!of_file) {
      const problem::IndexModel model = study.problem.index_model(value);
      const measure::PopulationLoss loss(study.problem, *study.activation, model, value);
      moments.push_back(loss.target_second_moment());
    } else if (study.configuration.output.data) {
      moments.push_back(results.data(seed).samples.target.squaredNorm() /
                        static_cast<double>(results.data(seed).samples.target.size()));
    } else {
      moments.push_back(grid::Record::k_nan);
    }
  }
  return moments;
}

}  // namespace

std::string words_of(std::string_view variable) {
  if (variable == "flatness_orbit_min") return "orbit minimum";
  if (variable == "flatness_trace") return "trace";
  if (variable == k_relative_loss) return "population loss/E f*^2";
  std::string words(variable);
  std::ranges::replace(words, '_', ' ');
  return words;
}

Figures::Figures(const results::ResultsReader& results)
    : results_(results),
      statuses_(results.statuses()),
      instances_(axes().points() / std::ssize(axes().algorithm)),
      one_data_set_(results.configuration().problem.seeds_share_data()),
      least_(static_cast<std::size_t>(instances_), grid::Record::k_nan),
      least_norm_(static_cast<std::size_t>(instances_), grid::Record::k_nan),
      kinds_(static_cast<std::size_t>(instances_), LeastKind::none) {
  if (const auto min_norm = algorithm("min-norm")) {
    for (std::int64_t i = 0; i < instances_; ++i) {
      const std::int64_t flat = flat_of(*min_norm, i);
      if (status(flat) != grid::Status::done) continue;
      const bool certified = configuration::at(variable("path_norm_lower_bound_kind"), flat) ==
                             static_cast<double>(algorithm::BoundKind::certified);
      least_norm_[static_cast<std::size_t>(i)] =
          configuration::at(variable(certified ? "path_norm_lower_bound" : "path_norm"), flat);
    }
  }
  const std::optional<std::int64_t> flattest = algorithm("flattest");
  const std::optional<std::int64_t> reference = flattest ? flattest : algorithm("teacher");
  if (!reference) return;
  const std::vector<double>& orbit_min = variable("flatness_orbit_min");
  const std::vector<double>& bound = variable("flatness_lower_bound");
  const std::vector<double>& kind = variable("flatness_lower_bound_kind");
  for (std::int64_t i = 0; i < instances_; ++i) {
    const std::int64_t flat = flat_of(*reference, i);
    const auto position = static_cast<std::size_t>(i);
    // With noisy labels the teacher does not interpolate but is still the reference; a `flattest` point that does
    // not interpolate is not.
    if (flattest && status(flat) == grid::Status::done) {
      const bool certified =
          configuration::at(kind, flat) == static_cast<double>(algorithm::BoundKind::certified);
      kinds_[position] = certified ? LeastKind::certified : LeastKind::flattest;
      least_[position] = configuration::at(certified ? bound : orbit_min, flat);
    } else if (!flattest && std::isfinite(configuration::at(orbit_min, flat))) {
      kinds_[position] = LeastKind::teacher;
      least_[position] = configuration::at(orbit_min, flat);
    }
  }
}

bool Figures::has_least() const {
  return std::ranges::any_of(kinds_, [](LeastKind kind) { return kind != LeastKind::none; });
}

bool Figures::interpolates(std::int64_t flat) const {
  const double figure = configuration::at(variable("interpolates"), flat);
  // A file of version 0.2 does not list the figure.
  return std::isnan(figure) ? status(flat) == grid::Status::done : figure == 1;
}

configuration::GridPoint Figures::instance(std::int64_t number) const {
  return configuration::grid_point(axes(), number);
}

bool Figures::in_part(std::int64_t instance) const {
  for (std::int64_t a = 0; a < std::ssize(axes().algorithm); ++a) {
    if (results_.part().contains(axes(), configuration::grid_point(axes(), flat_of(a, instance))))
      return true;
  }
  return false;
}

std::optional<std::int64_t> Figures::entry(std::string_view name) const {
  const auto found =
      std::ranges::find(axes().algorithm, name, &configuration::AlgorithmEntry::name);
  if (found == axes().algorithm.end()) return std::nullopt;
  return found - axes().algorithm.begin();
}

std::optional<std::int64_t> Figures::algorithm(std::string_view name) const {
  if (const auto plain = entry(name)) return plain;
  const std::vector<std::int64_t> variants = entries_of(std::array{name});
  return variants.empty() ? std::nullopt : std::optional(variants.front());
}

std::vector<std::int64_t> Figures::entries_of(std::span<const std::string_view> algorithms) const {
  std::vector<std::int64_t> entries;
  for (const std::string_view name : algorithms) {
    for (std::int64_t a = 0; a < std::ssize(axes().algorithm); ++a) {
      if (configuration::at(axes().algorithm, a)->name == name) entries.push_back(a);
    }
  }
  return entries;
}

std::vector<std::string_view> Figures::names() const {
  std::vector<std::string_view> names;
  for (const grid::Variable& variable : results_.variables().figures)
    names.push_back(variable.name);
  for (const Ratio& ratio : k_ratios) names.push_back(ratio.name);
  names.push_back(k_relative_loss);
  return names;
}

double Figures::target_second_moment(std::int64_t seed) const {
  if (second_moments_.empty()) second_moments_ = second_moments(results_);
  return configuration::at(second_moments_, seed);
}

const std::vector<double>& Figures::variable(std::string_view name) const {
  const auto known = variables_.find(name);
  if (known != variables_.end()) return known->second;
  const auto ratio = std::ranges::find(k_ratios, name, &Ratio::name);
  std::vector<double> values;
  if (name == k_relative_loss) {
    values = variable("population_loss");
    for (std::size_t flat = 0; flat < values.size(); ++flat) {
      const configuration::GridPoint point =
          configuration::grid_point(axes(), static_cast<std::int64_t>(flat));
      values[flat] /= target_second_moment(point.seed);
    }
  } else if (ratio == k_ratios.end()) {
    const auto& records = grid::result_variables();
    if (std::ranges::find(records, name, &grid::Variable::name) == records.end()) {
      const std::string suggestion = did_you_mean(name, names());
      throw Error(fmt::format("'{}': {}", name,
                              suggestion.empty()
                                  ? fmt::format("is none of {}", fmt::join(names(), ", "))
                                  : suggestion));
    }
    const auto& stored = results_.variables().figures;
    values =
        std::ranges::find(stored, name, &grid::Variable::name) == stored.end()
            ? std::vector<double>(static_cast<std::size_t>(axes().points()), grid::Record::k_nan)
            : results_.variable(name);
  } else {
    values = variable(ratio->of);
    for (std::size_t flat = 0; flat < values.size(); ++flat) {
      const double least = configuration::at(ratio->to_least_norm ? least_norm_ : least_,
                                             static_cast<std::int64_t>(flat) % instances_);
      values[flat] = least == 0 ? grid::Record::k_nan : values[flat] / least;
    }
  }
  return variables_.emplace(name, std::move(values)).first->second;
}

std::vector<Reason> Figures::reasons(const std::vector<std::int64_t>& points) const {
  if (messages_.empty()) messages_ = results_.messages();
  return reasons_of(points, messages_);
}

bool is_compared(const Figures& figures, const Selection& selection, std::int64_t flat) {
  const grid::Status status = figures.status(flat);
  if (selection.names_statuses()) return grid::is_measured(status) && selection.contains(status);
  return status == grid::Status::done && figures.interpolates(flat);
}

bool is_shown(const Figures& figures, const Selection& selection, std::int64_t flat) {
  return is_compared(figures, selection, flat) &&
         selection.contains(configuration::grid_point(figures.axes(), flat));
}

bool is_chosen_by_loss(std::string_view entry) {
  return configuration::algorithm_of(entry) == "worst";
}

double worst_ratio(const Figures& figures, std::int64_t entry) {
  return configuration::configuration_of(figures.results().configuration(),
                                         configuration::at(figures.axes().algorithm, entry))
      .training.worst.ratio;
}

std::vector<std::string_view> algorithms_of(std::span<const Figures> files) {
  std::vector<std::string_view> names;
  for (const Figures& figures : files) {
    for (const configuration::AlgorithmEntry& algorithm : figures.axes().algorithm) {
      if (std::ranges::find(names, algorithm.name()) == names.end()) {
        names.push_back(algorithm.name());
      }
    }
  }
  return names;
}

std::size_t variant_number(const std::vector<std::string_view>& names, std::size_t position) {
  std::size_t number = 0;
  for (std::size_t k = 0; k < position; ++k) {
    if (configuration::algorithm_of(names[k]) == configuration::algorithm_of(names[position]))
      ++number;
  }
  return number;
}

}  // namespace flatgrid::report

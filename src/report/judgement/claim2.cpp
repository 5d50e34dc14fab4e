// SPDX-License-Identifier: MIT
/// The verdict on claim 2: the flattest interpolators generalize when the noise is small.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/report/claims.hpp"
#include "flatgrid/report/wording.hpp"
#include "judgement.hpp"

namespace flatgrid::report {

namespace {

/// The population loss of an algorithm on an instance; NaN if the point is not shown.
double loss_of(const Points& points, std::int64_t algorithm, std::int64_t instance) {
  if (!points.shown(algorithm, instance)) return grid::Record::k_nan;
  return configuration::at(points.figures.variable("population_loss"),
                           points.figures.flat_of(algorithm, instance));
}

/// The number of the instance with the samples and noise at these positions that is otherwise equal.
std::int64_t paired(const Points& points, std::int64_t instance, std::int64_t samples,
                    std::int64_t noise) {
  configuration::GridPoint point = points.figures.instance(instance);
  point.samples = samples;
  point.noise = noise;
  // Instances are numbered like the points of algorithm 0.
  return configuration::flat_index(points.axes(), point);
}

/// The largest population loss of all interpolators within the ratio of an entry of `worst`: what is found, and an
/// upper bound, NaN if there is none.
struct LargestLoss {
  double found, bound;
};

LargestLoss largest_loss(const Points& points, std::int64_t entry, std::int64_t instance) {
  if (!points.shown(entry, instance)) return {grid::Record::k_nan, grid::Record::k_nan};
  const std::int64_t flat = points.figures.flat_of(entry, instance);
  return {configuration::at(points.figures.variable("population_loss"), flat),
          configuration::at(points.figures.variable("worst_loss_bound"), flat)};
}

/// Questions about every interpolator within the ratio of an entry of `worst`, in a cell: its population loss relative
/// to E f*^2, and to the largest at the fewest samples.
void ask_of_every_interpolator(const Points& points, const Cell& cell, std::int64_t entry,
                               std::int64_t fewest, std::vector<Question>& questions) {
  const Figures& figures = points.figures;
  const std::string every =
      fmt::format("every interpolator within {} times the least", worst_ratio(figures, entry));
  Bracket level, decrease;
  for (const std::int64_t i : cell.instances) {
    const std::int64_t data_set = figures.data_set(i);
    const auto [found, bound] = largest_loss(points, entry, i);
    const double unit = figures.target_second_moment(figures.instance(i).seed);
    level.value.push_back({data_set, found / unit});
    level.high.push_back({data_set, bound / unit});
    const LargestLoss before =
        largest_loss(points, entry, paired(points, i, fewest, cell.point.noise));
    decrease.value.push_back({data_set, found / before.found});
    decrease.low.push_back({data_set, found / before.bound});
    decrease.high.push_back({data_set, bound / before.found});
  }
  level.low = level.value;
  const auto ask = [&](std::string_view quantity, Bracket bracket) {
    questions.push_back(about_bracketed_median({.quantity = fmt::format("{}: {}", every, quantity),
                                                .cell = cell_text(points.axes(), cell.point),
                                                .claimed = Side::below,
                                                .null_value = 1},
                                               std::move(bracket)));
  };
  ask("largest population loss / E f*^2", std::move(level));
  if (fewest == cell.point.samples) return;
  ask(fmt::format("largest population loss / that at {} samples",
                  configuration::at(points.axes().samples, fewest)),
      std::move(decrease));
}

/// Adds the power laws of the flattest's loss in the samples for each noise, and in the noise for each number of
/// samples.
void add_power_laws(const Points& points, std::int64_t flattest, Verdict& verdict) {
  const configuration::Axes& axes = points.axes();
  std::map<std::int64_t, std::vector<SeedPoint>> against_samples, against_noise;
  for (std::int64_t i = 0; i < points.figures.instances(); ++i) {
    const configuration::GridPoint point = points.figures.instance(i);
    const double loss = loss_of(points, flattest, i);
    const auto samples = static_cast<double>(configuration::at(axes.samples, point.samples));
    const double noise = configuration::at(axes.noise, point.noise);
    if (!(loss > k_zero_loss)) continue;
    against_samples[point.noise].push_back({points.figures.data_set(i), samples, loss});
    if (noise > 0)
      against_noise[point.samples].push_back({points.figures.data_set(i), noise, loss});
  }
  const auto add = [&](std::string_view axis, const auto& by_level, const auto& text_of_level) {
    std::vector<std::string> texts;
    for (const auto& [level, of] : by_level) {
      const PowerLaw law = power_law(of);
      if (law.sizes.size() < 2) continue;
      const std::string at_level = text_of_level(level);
      add_power_law(verdict, fmt::format("flattest: population loss, {}", at_level), axis, law,
                    std::ssize(of));
      texts.push_back(fmt::format("{}: {}", at_level, text_of(law, axis)));
    }
    if (texts.empty()) return;
    verdict.remarks.push_back(fmt::format("Population loss of the flattest against {}: {}.", axis,
                                          fmt::join(texts, "; ")));
  };
  add("samples", against_samples, [&](std::int64_t noise) {
    return fmt::format("noise {}", configuration::at(axes.noise, noise));
  });
  add("noise", against_noise, [&](std::int64_t samples) {
    return fmt::format("{} samples", configuration::at(axes.samples, samples));
  });
}

}  // namespace

Verdict judge_claim2(const Points& points) {
  const Figures& figures = points.figures;
  const configuration::Axes& axes = points.axes();
  Verdict verdict{
      .claim = "Claim 2",
      .statement = fmt::format(
          "The flattest interpolator generalizes when the noise is small (at most {} of the root "
          "mean "
          "square of f*). At the least noise and the largest number of samples its population loss "
          "is "
          "below E f*(x)^2, the loss of predicting 0, and below that of the non-generalizing "
          "families; it decreases with the samples and increases with the noise. Where the grid "
          "has "
          "worst, the same holds for every interpolator within a ratio of at most {} of the least: "
          "what is found disproves it, an upper bound proves it. Medians of ratios on the same "
          "data.",
          k_small_noise, k_near)};
  const auto flattest = figures.algorithm("flattest");
  if (!flattest) {
    verdict.reason = "The grid has no flattest.";
    return verdict;
  }
  const std::vector<Cell> cells = cells_of(points);
  // Positions on the axes.
  const auto [least, noisiest] = ends_of_noise(axes, cells);
  const auto [fewest, most] = ends_of_samples(axes, cells);

  const std::vector<double>& relative = figures.variable("relative_loss");
  std::vector<double> scales;  // root mean squares of f*
  for (std::int64_t seed = 0; seed < std::ssize(axes.seed); ++seed) {
    scales.push_back(std::sqrt(figures.target_second_moment(seed)));
  }
  const double noise_share = configuration::at(axes.noise, least) / median(scales);
  const bool is_small = configuration::at(axes.noise, least) == 0 || noise_share <= k_small_noise;

  std::vector<Question> questions;
  BoundKinds bounds;
  for (const Cell& cell : cells) {
    if (cell.point.noise != least || cell.point.samples != most) continue;
    const std::string where = cell_text(axes, cell.point);
    const auto ask = [&](const std::string& quantity,
                         const std::function<double(std::int64_t)>& value) {
      questions.push_back(about_median(
          {.quantity = quantity, .cell = where, .claimed = Side::below, .null_value = 1},
          values_on(figures, cell.instances, value)));
    };
    ask("flattest: population loss / E f*^2", [&](std::int64_t i) {
      return points.shown(*flattest, i) ? configuration::at(relative, figures.flat_of(*flattest, i))
                                        : grid::Record::k_nan;
    });
    // A loss of 0 counts as a decrease from any value.
    const auto quotient = [](double loss, double other) {
      return loss < k_zero_loss && !std::isnan(other) ? 0 : loss / other;
    };
    const std::string with_samples = fmt::format("flattest: population loss / that at {} samples",
                                                 configuration::at(axes.samples, fewest));
    if (fewest == most) {
      verdict.findings.push_back(
          {.quantity = "flattest: decrease of the population loss with samples",
           .cell = where,
           .claimed = Side::below,
           .null_value = 1,
           .reason = "one number of samples, two are required"});
    } else {
      // clang 14 captures a structured binding only by a name of its own.
      ask(with_samples, [&, fewest = fewest, least = least](std::int64_t i) {
        return quotient(loss_of(points, *flattest, i),
                        loss_of(points, *flattest, paired(points, i, fewest, least)));
      });
    }
    if (noisiest != least) {
      ask(fmt::format("flattest: population loss / that at noise {}",
                      configuration::at(axes.noise, noisiest)),
          [&, most = most, noisiest = noisiest](std::int64_t i) {
            return quotient(loss_of(points, *flattest, i),
                            loss_of(points, *flattest, paired(points, i, most, noisiest)));
          });
    }
    for (const std::int64_t family : figures.entries_of(k_non_generalizing)) {
      if (!points.interpolates_in(cell, family)) continue;
      const std::string_view name = configuration::at(axes.algorithm, family).name();
      ask(fmt::format("flattest: population loss / {}'s", name), [&](std::int64_t i) {
        return loss_of(points, *flattest, i) / loss_of(points, family, i);
      });
    }
    for (const std::int64_t entry : figures.entries_of(std::array{std::string_view("worst")})) {
      if (worst_ratio(figures, entry) > k_near || !points.interpolates_in(cell, entry)) continue;
      ask_of_every_interpolator(points, cell, entry, fewest, questions);
      bounds.count(points, cell, entry);
    }
  }
  bounds.add_to(verdict);
  add_power_laws(points, *flattest, verdict);
  judge(verdict, questions);
  if (!is_small) {
    // The findings are shown, but the claim is not about them.
    verdict.outcome = Outcome::not_enough_data;
    verdict.reason = std::isnan(noise_share)
                         ? std::string(
                               "E f*(x)^2 is unknown, so it is unknown whether the noise is "
                               "small.")
                         : fmt::format(
                               "The noise is not small: the least noise, {}, is {:.2g} of the root "
                               "mean square of f*.",
                               configuration::at(axes.noise, least), noise_share);
  }
  return verdict;
}

}  // namespace flatgrid::report

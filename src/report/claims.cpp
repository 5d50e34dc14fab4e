// SPDX-License-Identifier: MIT
#include "flatgrid/report/claims.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/report/rescaling.hpp"

namespace flatgrid {

namespace {

/// Fewest interpolators of the same data whose order says something.
constexpr std::int64_t k_fewest_ordered = 3;

/// Instances whose networks are rescaled, the first ones.
constexpr std::int64_t k_instances_rescaled = 50;

/// A population loss that is none, to rounding: it obeys no power law.
constexpr double k_none = 1e-20;

/// The interval lies on one side of `bound`.
bool above(const Statistic& statistic, double bound) { return statistic.low > bound; }
bool below(const Statistic& statistic, double bound) { return statistic.high < bound; }

class Judge {
 public:
  Judge(const Figures& figures, const Selection& selection)
      : figures_(figures), selection_(selection) {}

  [[nodiscard]] Verdict claim1() const;
  [[nodiscard]] Verdict claim2() const;
  [[nodiscard]] Verdict index_subspace() const;
  [[nodiscard]] Verdict order() const;
  [[nodiscard]] Verdict rescaling() const;

 private:
  [[nodiscard]] const Axes& axes() const { return figures_.axes(); }
  [[nodiscard]] bool shown(std::int64_t algorithm, std::int64_t instance) const {
    return is_shown(figures_, selection_, figures_.flat_of(algorithm, instance));
  }
  /// The points of an instance that are shown, of all algorithms.
  [[nodiscard]] std::vector<std::int64_t> shown_on(std::int64_t instance) const {
    std::vector<std::int64_t> points;
    for (std::int64_t a = 0; a < std::ssize(axes().algorithm); ++a) {
      if (shown(a, instance)) points.push_back(figures_.flat_of(a, instance));
    }
    return points;
  }

  const Figures& figures_;
  const Selection& selection_;
};

Verdict Judge::claim1() const {
  Verdict verdict{
      .claim = "Claim 1",
      .statement = fmt::format(
          "Non-generalizing families ({}) stay away from the least flatness: at most one of twenty "
          "of their interpolators has orbit minimum / least below {}.",
          fmt::join(k_non_generalizing, ", "), k_away)};
  const auto flattest = figures_.algorithm("flattest");
  if (!flattest) {
    verdict.words = "The grid has no flattest: the least is not known.";
    return verdict;
  }
  const std::vector<double>& ratio = figures_.variable("flatness_ratio");
  const std::vector<double>& loss = figures_.variable("population_loss");
  std::vector<std::string> away, near, generalizing;
  for (const std::string_view name : k_non_generalizing) {
    const auto family = figures_.algorithm(name);
    if (!family) continue;
    std::vector<SeedValue> ratios, losses;
    std::vector<SeedPoint> against_samples;
    std::int64_t close = 0;
    double least = INFINITY;
    for (std::int64_t i = 0; i < figures_.instances(); ++i) {
      const double value = at(ratio, figures_.flat_of(*family, i));
      if (!shown(*family, i) || std::isnan(value)) continue;
      const GridPoint point = figures_.instance(i);
      ratios.push_back({point.seed, value});
      against_samples.push_back(
          {point.seed, static_cast<double>(at(axes().samples, point.samples)), value});
      close += value < k_away;
      least = std::min(least, value);
      const double of_family = at(loss, figures_.flat_of(*family, i));
      const double of_flattest = at(loss, figures_.flat_of(*flattest, i));
      if (of_flattest > 0) losses.push_back({point.seed, of_family / of_flattest});
    }
    const std::int64_t points = std::ssize(ratios);
    if (points < k_fewest_instances) continue;
    const Statistic median_ratio = median_of(ratios);
    const Statistic median_loss = median_of(losses);
    verdict.evidence.push_back(
        {fmt::format("{}: median of orbit minimum / least", name), median_ratio, points});
    verdict.evidence.push_back(
        {fmt::format("{}: least of orbit minimum / least", name), {.value = least}, points});
    verdict.evidence.push_back({fmt::format("{}: share of the ratios below {}", name, k_away),
                                {.value = static_cast<double>(close) / static_cast<double>(points)},
                                points});
    verdict.evidence.push_back({fmt::format("{}: median of population loss / flattest's", name),
                                median_loss, std::ssize(losses)});
    const Statistic exponent = exponent_of(against_samples);
    if (!std::isnan(exponent.value)) {
      verdict.evidence.push_back(
          {fmt::format("{}: exponent of the ratio in samples", name), exponent, points});
    }
    // A family that generalizes as well as the flattest here is no case of the claim.
    if (!(median_loss.value > 1)) {
      generalizing.emplace_back(name);
    } else if (20 * close <= points) {
      away.push_back(fmt::format("{} {}", name, text_of(median_ratio)));
      if (!std::isnan(exponent.value)) {
        away.back() += fmt::format(", as samples^{}", text_of(exponent));
      }
    } else {
      near.push_back(fmt::format("{} ({} of {} below {})", name, close, points, k_away));
    }
  }
  if (away.empty() && near.empty() && generalizing.empty()) {
    verdict.words = fmt::format(
        "No such family interpolates on {} instances or more where the "
        "least is known.",
        k_fewest_instances);
    return verdict;
  }
  if (!away.empty()) {
    verdict.words +=
        fmt::format("Away from the least, with median ratios: {}. ", fmt::join(away, "; "));
  }
  if (!near.empty()) {
    verdict.words += fmt::format("Near the least, against the claim: {}. ", fmt::join(near, ", "));
  }
  if (!generalizing.empty()) {
    verdict.words += fmt::format(
        "No case of it, since their population loss is not above the "
        "flattest's on these data: {}. ",
        fmt::join(generalizing, ", "));
  }
  verdict.words.pop_back();
  verdict.outcome = outcome_of(!away.empty(), !near.empty());
  return verdict;
}

Verdict Judge::claim2() const {
  Verdict verdict{.claim = "Claim 2",
                  .statement =
                      "The flattest interpolator generalizes when the noise is small: its "
                      "population loss falls with the number of samples at the least noise, rises "
                      "with the noise, and is below that of the non-generalizing families."};
  const auto flattest = figures_.algorithm("flattest");
  if (!flattest) {
    verdict.words = "The grid has no flattest.";
    return verdict;
  }
  const std::vector<double>& loss = figures_.variable("population_loss");
  const double least_noise = std::ranges::min(axes().noise);
  std::vector<SeedPoint> samples, noise;
  std::int64_t points = 0;
  std::int64_t at_least_noise = 0;
  std::int64_t exact = 0;  // of these, the target itself
  for (std::int64_t i = 0; i < figures_.instances(); ++i) {
    if (!shown(*flattest, i)) continue;
    const GridPoint point = figures_.instance(i);
    const double value = at(loss, figures_.flat_of(*flattest, i));
    ++points;
    noise.push_back({point.seed, at(axes().noise, point.noise), value});
    if (at(axes().noise, point.noise) != least_noise) continue;
    ++at_least_noise;
    if (value < k_none) {
      ++exact;
    } else {
      samples.push_back(
          {point.seed, static_cast<double>(at(axes().samples, point.samples)), value});
    }
  }
  if (points < k_fewest_instances) {
    verdict.words = fmt::format("The flattest interpolates on {} instances only.", points);
    return verdict;
  }
  std::vector<std::string> for_it, against, open, unsure;
  // `sign` is that of the exponent that the claim expects.
  const auto judge_exponent = [&](std::string_view axis, const std::vector<SeedPoint>& of,
                                  int sign) {
    const Statistic exponent = exponent_of(of);
    if (std::isnan(exponent.value)) return;
    verdict.evidence.push_back(
        {fmt::format("flattest: exponent of the population loss in {}", axis), exponent,
         std::ssize(of)});
    const std::string words = fmt::format("as {}^{}", axis, text_of(exponent));
    const bool expected = sign > 0 ? above(exponent, 0) : below(exponent, 0);
    const bool opposite = sign > 0 ? below(exponent, 0) : above(exponent, 0);
    (std::isnan(exponent.low) ? unsure
     : expected               ? for_it
     : opposite               ? against
                              : open)
        .push_back(words);
  };
  judge_exponent("samples", samples, -1);
  if (exact > 0) {
    for_it.push_back(fmt::format("none at all on {} of {} instances of noise {}", exact,
                                 at_least_noise, least_noise));
  }
  judge_exponent("noise", noise, 1);
  for (const std::string_view name : k_non_generalizing) {
    const auto family = figures_.algorithm(name);
    if (!family) continue;
    std::vector<SeedValue> ratios;
    for (std::int64_t i = 0; i < figures_.instances(); ++i) {
      if (!shown(*flattest, i) || !shown(*family, i)) continue;
      const GridPoint point = figures_.instance(i);
      if (at(axes().noise, point.noise) != least_noise) continue;
      ratios.push_back({point.seed, at(loss, figures_.flat_of(*flattest, i)) /
                                        at(loss, figures_.flat_of(*family, i))});
    }
    if (std::ssize(ratios) < k_fewest_instances / 2) continue;
    const Statistic ratio = median_of(ratios);
    verdict.evidence.push_back(
        {fmt::format("population loss of the flattest / {}'s, noise {}", name, least_noise), ratio,
         std::ssize(ratios)});
    const std::string words = fmt::format("{} of {}'s", text_of(ratio), name);
    (std::isnan(ratio.low) ? unsure
     : below(ratio, 1)     ? for_it
     : above(ratio, 1)     ? against
                           : open)
        .push_back(words);
  }
  if (for_it.empty() && against.empty() && open.empty() && unsure.empty()) {
    verdict.words =
        "The grid has no second number of samples, level of noise or family to compare.";
    return verdict;
  }
  verdict.words = "Population loss of the flattest";
  const auto list = [&](std::string_view head, const std::vector<std::string>& items) {
    if (!items.empty()) {
      verdict.words += fmt::format("{} {}: {}", verdict.words.back() == 't' ? "" : ";", head,
                                   fmt::join(items, ", "));
    }
  };
  list("as the claim has it", for_it);
  list("against it", against);
  list("neither", open);
  list(fmt::format("from fewer than {} seeds, too few to say", k_fewest_seeds), unsure);
  verdict.words += '.';
  verdict.outcome = outcome_of(!for_it.empty(), !against.empty() || !open.empty());
  return verdict;
}

Verdict Judge::index_subspace() const {
  Verdict verdict{
      .claim = "Index subspace",
      .statement = fmt::format(
          "The flattest interpolator uses the target's directions: at the least noise and the most "
          "samples the leading eigenvectors of E grad f(x) grad f(x)^T span the index subspace "
          "(median of the mean squared cosine above {}), and a share below {:.2g} of the spectrum "
          "is "
          "beyond them.",
          k_found, 1 - k_found)};
  const std::vector<double>& recovery = figures_.variable("index_recovery");
  const std::vector<double>& tail = figures_.variable("index_tail");
  if (std::ranges::all_of(recovery, [](double value) { return std::isnan(value); })) {
    verdict.words = "The file has no index spectra (flatness.index-spectrum).";
    return verdict;
  }
  const double least_noise = std::ranges::min(axes().noise);
  const std::int64_t most_samples = std::ranges::max(axes().samples);
  Statistic found, beyond;  // of the flattest
  std::vector<std::string> words;
  for (std::int64_t a = 0; a < std::ssize(axes().algorithm); ++a) {
    std::vector<SeedValue> recoveries, tails;
    for (std::int64_t i = 0; i < figures_.instances(); ++i) {
      const GridPoint point = figures_.instance(i);
      if (!shown(a, i) || at(axes().noise, point.noise) != least_noise ||
          at(axes().samples, point.samples) != most_samples) {
        continue;
      }
      recoveries.push_back({point.seed, at(recovery, figures_.flat_of(a, i))});
      tails.push_back({point.seed, at(tail, figures_.flat_of(a, i))});
    }
    if (recoveries.empty()) continue;
    const std::string_view name = at(axes().algorithm, a).name();
    const std::int64_t points = std::ssize(recoveries);
    const Statistic median_recovery = median_of(std::move(recoveries));
    const Statistic median_tail = median_of(std::move(tails));
    if (name == "flattest") {
      found = median_recovery;
      beyond = median_tail;
    }
    words.push_back(fmt::format("{} {}, {}", name, text_of(median_recovery), text_of(median_tail)));
    verdict.evidence.push_back(
        {fmt::format("{}: mean squared cosine with the index subspace", name), median_recovery,
         points});
    verdict.evidence.push_back(
        {fmt::format("{}: share of the spectrum beyond its dimension", name), median_tail, points});
  }
  verdict.words = fmt::format(
      "Mean squared cosine, and share beyond, at {} samples, noise {}: {}.", most_samples,
      least_noise, words.empty() ? "nothing interpolates" : fmt::to_string(fmt::join(words, "; ")));
  if (std::isnan(found.low)) return verdict;
  const double most_beyond = 1 - k_found;
  if (above(found, k_found) && below(beyond, most_beyond)) {
    verdict.outcome = Outcome::agrees;
  } else {
    const bool missed = below(found, k_found) || above(beyond, most_beyond);
    verdict.outcome = missed ? Outcome::disagrees : Outcome::mixed;
  }
  return verdict;
}

Verdict Judge::order() const {
  Verdict verdict{.claim = "Flatter means better",
                  .statement =
                      "Among the interpolators of the same data, a smaller orbit minimum goes with "
                      "a smaller population loss (Kendall's tau above 0), and more so than a "
                      "smaller raw trace."};
  const std::vector<double>& loss = figures_.variable("population_loss");
  const auto taus = [&](std::string_view name) {
    const std::vector<double>& flatness = figures_.variable(name);
    std::vector<SeedValue> values;
    for (std::int64_t i = 0; i < figures_.instances(); ++i) {
      const std::vector<std::int64_t> these = shown_on(i);
      const double tau =
          std::ssize(these) < k_fewest_ordered ? Record::k_nan : kendall_tau(flatness, loss, these);
      values.push_back({figures_.instance(i).seed, tau});
    }
    return values;
  };
  const std::vector<SeedValue> of_orbit_min = taus("flatness_orbit_min");
  const std::vector<SeedValue> of_trace = taus("flatness_trace");
  std::vector<SeedValue> difference;
  std::int64_t points = 0;
  for (std::size_t i = 0; i < of_trace.size(); ++i) {
    points += !std::isnan(of_orbit_min[i].value);
    difference.push_back({of_trace[i].seed, of_orbit_min[i].value - of_trace[i].value});
  }
  if (points < k_fewest_instances) {
    verdict.words =
        fmt::format("Three algorithms or more interpolate on {} instances only.", points);
    return verdict;
  }
  const Statistic orbit_min = mean_of(of_orbit_min);
  const Statistic trace = mean_of(of_trace);
  const Statistic gain = mean_of(difference);
  verdict.evidence = {{"Kendall's tau of orbit minimum and population loss", orbit_min, points},
                      {"Kendall's tau of raw trace and population loss", trace, points},
                      {"their difference", gain, points}};
  verdict.words = fmt::format(
      "Kendall's tau with the population loss: orbit minimum {}, trace {}; "
      "difference {}.",
      text_of(orbit_min), text_of(trace), text_of(gain));
  if (std::isnan(orbit_min.low)) {
    verdict.words += fmt::format(" Too few seeds for an interval (fewer than {}).", k_fewest_seeds);
  } else if (!above(orbit_min, 0)) {
    verdict.outcome = Outcome::disagrees;
  } else {
    verdict.outcome = above(gain, 0) ? Outcome::agrees : Outcome::mixed;
  }
  return verdict;
}

Verdict Judge::rescaling() const {
  Verdict verdict{
      .claim = "Rescaling",
      .statement =
          "Networks whose neurons are rescaled at random, each by the power of 2 next to exp(N(0, "
          "1)) and all by "
          "exp(2 N(0, 1)), are the same functions (Dinh et al. 2017): the raw trace then orders "
          "the interpolators of the same data by population loss less "
          "well than the orbit minimum, which does not move."};
  if (!has_networks(figures_)) {
    verdict.words = "The file holds no networks (output.networks, output.data).";
    return verdict;
  }
  const std::vector<double>& loss = figures_.variable("population_loss");
  const auto grid = static_cast<std::size_t>(axes().points());
  std::vector<double> trace(grid), rescaled_trace(grid), orbit_min(grid);
  std::vector<SeedValue> of_trace, of_rescaled, of_orbit_min, difference;
  RandomRescaling rescale(figures_);
  double moved = 0;
  for (std::int64_t i = 0; i < figures_.instances(); ++i) {
    const std::vector<std::int64_t> these = shown_on(i);
    if (std::ssize(these) < k_fewest_ordered) continue;
    if (std::ssize(difference) == k_instances_rescaled) break;
    for (const std::int64_t flat : these) {
      const RescaledFlatness flatness = rescale(flat);
      const auto position = static_cast<std::size_t>(flat);
      trace[position] = flatness.trace;
      rescaled_trace[position] = flatness.rescaled_trace;
      orbit_min[position] = flatness.orbit_min;
      moved = std::max(moved, std::abs(flatness.rescaled_orbit_min / flatness.orbit_min - 1));
    }
    const std::int64_t seed = figures_.instance(i).seed;
    of_trace.push_back({seed, kendall_tau(trace, loss, these)});
    of_rescaled.push_back({seed, kendall_tau(rescaled_trace, loss, these)});
    of_orbit_min.push_back({seed, kendall_tau(orbit_min, loss, these)});
    difference.push_back({seed, of_orbit_min.back().value - of_rescaled.back().value});
  }
  const std::int64_t points = std::ssize(difference);
  if (points < k_fewest_instances) {
    verdict.words =
        fmt::format("Three algorithms or more interpolate on {} instances only.", points);
    return verdict;
  }
  const Statistic gain = mean_of(difference);
  verdict.evidence = {
      {"Kendall's tau of the trace as trained and population loss", mean_of(of_trace), points},
      {"Kendall's tau of the trace after rescaling and population loss", mean_of(of_rescaled),
       points},
      {"Kendall's tau of the orbit minimum and population loss", mean_of(of_orbit_min), points},
      {"orbit minimum's less that of the trace after rescaling", gain, points},
      {"largest relative change of an orbit minimum", {.value = moved}, points}};
  verdict.words = fmt::format(
      "Kendall's tau with the population loss: trace as trained {}, after rescaling {}; orbit "
      "minimum "
      "{}, which moves by {:.1g} of itself.",
      text_of(verdict.evidence[0].statistic), text_of(verdict.evidence[1].statistic),
      text_of(verdict.evidence[2].statistic), moved);
  if (std::isnan(gain.low)) return verdict;
  verdict.outcome = above(gain, 0) ? Outcome::agrees : Outcome::disagrees;
  return verdict;
}

}  // namespace

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::agrees:
      return "agrees";
    case Outcome::disagrees:
      return "disagrees";
    case Outcome::mixed:
      return "mixed";
    default:
      return "not enough data";
  }
}

Outcome outcome_of(bool for_it, bool against_it) {
  if (for_it && against_it) return Outcome::mixed;
  return for_it ? Outcome::agrees : against_it ? Outcome::disagrees : Outcome::not_enough_data;
}

std::vector<Verdict> verdicts(const Figures& figures, const Selection& selection) {
  const Judge judge(figures, selection);
  return {judge.claim1(), judge.claim2(), judge.index_subspace(), judge.order(), judge.rescaling()};
}

}  // namespace flatgrid

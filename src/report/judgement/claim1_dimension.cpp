// SPDX-License-Identifier: MIT
/// The verdict on claim 1 across dimensions d: whether orbit minimum / least of non-generalizing families grows with d.
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "../across_dimensions.hpp"
#include "flatgrid/report/claims.hpp"
#include "flatgrid/report/dimensions.hpp"
#include "flatgrid/report/wording.hpp"
#include "judgement.hpp"

namespace flatgrid::report {

namespace {

/// The names of the non-generalizing families that some file has; each variant has its own name.
std::vector<std::string_view> families_of(std::span<const Figures> files) {
  std::vector<std::string_view> families;
  for (const std::string_view family : k_non_generalizing) {
    for (const std::string_view name : algorithms_of(files)) {
      if (configuration::algorithm_of(name) == family) families.push_back(name);
    }
  }
  return families;
}

}  // namespace

Verdict dimension_verdict(std::span<const Figures> files) {
  Verdict verdict{
      .claim = "Claim 1 with the dimension",
      .statement = fmt::format("At the same number of samples per dimension the non-generalizing "
                               "families ({}) do not come "
                               "nearer to the least flatness as the dimension grows: orbit minimum "
                               "/ least is a power law of d, over {} or more dimensions, with an "
                               "exponent above 0.",
                               fmt::join(k_non_generalizing, ", "), k_fewest_sizes)};
  std::vector<Question> questions;
  for (const std::string_view family : families_of(files)) {
    for (const double noise : shared_noise(files)) {
      for (const double per_dimension : shared_ratios(files)) {  // n / d
        std::vector<SeedPoint> points;
        std::vector<SeedValue> values;
        for (const auto& [dimension, of_dimension] :
             by_dimension(files, "flatness_ratio", family, per_dimension, noise)) {
          for (const SeedValue& value : of_dimension) {
            points.push_back({value.seed, dimension, value.value});
            values.push_back(value);
          }
        }
        const PowerLaw law = power_law(points);
        if (law.sizes.size() < 2) continue;
        Finding finding{
            .quantity = fmt::format("{}: exponent of orbit minimum / least in d", family),
            .cell = fmt::format("n = {} d, noise {}", per_dimension, noise),
            .claimed = Side::above,
            .null_value = 0,
            .data_sets = count_data_sets(values)};
        add_power_law(verdict, fmt::format("{}: orbit minimum / least, {}", family, finding.cell),
                      "d", law, std::ssize(points));
        if (law.holds()) {
          questions.push_back({std::move(finding),
                               [points](double error) { return power_law(points, error).exponent; },
                               [](double) { return k_fewest_for_mean; }});
          continue;
        }
        finding.reason = text_of(law, "d");
        finding.outcome = law.is_tested() ? Outcome::undecided : Outcome::not_enough_data;
        verdict.findings.push_back(std::move(finding));
      }
    }
  }
  if (questions.empty() && verdict.findings.empty()) {
    verdict.reason =
        "No non-generalizing family interpolates in two dimensions where the least flatness is "
        "known.";
  }
  judge(verdict, questions);
  return verdict;
}

}  // namespace flatgrid::report

// SPDX-License-Identifier: MIT
/// Claim 1 across dimensions: whether families come nearer to the least flatness as d grows.
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "../across_dimensions.hpp"
#include "flatgrid/report/claims.hpp"
#include "flatgrid/report/dimensions.hpp"
#include "flatgrid/report/wording.hpp"
#include "judgement.hpp"

namespace flatgrid::report {

Verdict dimension_verdict(std::span<const Figures> files) {
  Verdict verdict{
      .claim = "Claim 1 with the dimension",
      .statement = fmt::format("At the same number of samples per dimension the non-generalizing "
                               "families ({}) do not come "
                               "nearer to the least flatness as the dimension grows: orbit minimum "
                               "/ least is a power law "
                               "of d, told by {} dimensions or more, whose exponent is above 0.",
                               fmt::join(k_non_generalizing, ", "), k_fewest_sizes)};
  std::vector<Question> questions;
  for (const std::string_view family : k_non_generalizing) {
    for (const double noise : shared_noise(files)) {
      for (const double ratio : shared_ratios(files)) {
        std::vector<SeedPoint> points;
        std::vector<SeedValue> values;
        for (const auto& [dimension, of_dimension] :
             by_dimension(files, "flatness_ratio", family, ratio, noise)) {
          for (const SeedValue& value : of_dimension) {
            points.push_back({value.seed, dimension, value.value});
            values.push_back(value);
          }
        }
        const PowerLaw law = power_law(points);
        if (law.sizes.size() < 2) continue;
        Finding finding{
            .quantity = fmt::format("{}: exponent of orbit minimum / least in d", family),
            .cell = fmt::format("n = {} d, noise {}", ratio, noise),
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
    verdict.reason = "No such family interpolates in two dimensions where the least is known.";
  }
  judge(verdict, questions);
  return verdict;
}

}  // namespace flatgrid::report

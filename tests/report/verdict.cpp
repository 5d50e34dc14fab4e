// SPDX-License-Identifier: MIT
#include "flatgrid/report/verdict.hpp"

#include <cmath>
#include <utility>

#include <catch2/catch.hpp>

#include "flatgrid/random/stream.hpp"
#include "flatgrid/report/wording.hpp"

using namespace flatgrid;
using namespace flatgrid::report;
using Catch::Contains;

namespace {

Question with_interval(double low, double high, Side claimed = Side::above, double null_value = 0) {
  return {.finding = {.quantity = "gain",
                      .cell = "n = 8 d",
                      .claimed = claimed,
                      .null_value = null_value,
                      .data_sets = 9},
          .estimate =
              [=](double) {
                return Statistic{(low + high) / 2, low, high};
              },
          .fewest = fewest_for_median};
}

Verdict judged(const std::vector<Question>& questions) {
  Verdict verdict{.claim = "Made up", .statement = "The gain is above 0."};
  judge(verdict, questions);
  return verdict;
}

/// Cells with values of the median `centre`, from `seeds` seeds each.
std::vector<Question> cells_of_values(std::int64_t experiment, int cells, double centre,
                                      std::int64_t seeds) {
  random::Stream stream(experiment, random::Purpose::test_set, 0);
  std::vector<Question> questions;
  for (int cell = 0; cell < cells; ++cell) {
    std::vector<SeedValue> values;
    for (std::int64_t seed = 0; seed < seeds; ++seed) {
      values.push_back({seed, centre + stream.normal()});
    }
    questions.push_back(about_median({.quantity = "gain", .cell = "", .null_value = 0}, values));
  }
  return questions;
}

}  // namespace

TEST_CASE("a verdict follows from the values that its interval excludes", "[report]") {
  CHECK(judged({with_interval(0.1, 0.3)}).outcome == Outcome::agrees);
  CHECK(judged({with_interval(-0.3, -0.1)}).outcome == Outcome::disagrees);
  CHECK(judged({with_interval(-0.07, 0.11)}).outcome == Outcome::undecided);
  CHECK(judged({with_interval(0, 0.2)}).outcome == Outcome::undecided);
  CHECK(judged({with_interval(0.1, 0.3, Side::below)}).outcome == Outcome::disagrees);
  CHECK(judged({with_interval(0.1, 0.3, Side::below, 0.5)}).outcome == Outcome::agrees);
  CHECK(judged({with_interval(std::nan(""), std::nan(""))}).outcome == Outcome::not_enough_data);
  CHECK(judged({}).outcome == Outcome::not_enough_data);
}

TEST_CASE("a verdict on several cells needs all of them", "[report]") {
  const Question good = with_interval(0.1, 0.3), bad = with_interval(-0.3, -0.1);
  const Question open = with_interval(-0.1, 0.1);
  const Question lacking = with_interval(std::nan(""), std::nan(""));
  CHECK(judged({good, good}).outcome == Outcome::agrees);
  CHECK(judged({good, open}).outcome == Outcome::undecided);
  CHECK(judged({good, open, bad}).outcome == Outcome::disagrees);
  // A cell without an interval is ignored. A quantity without any interval prevents agreement.
  CHECK(judged({good, lacking}).outcome == Outcome::agrees);
  Question other = lacking;
  other.finding.quantity = "another gain";
  CHECK(judged({good, other}).outcome == Outcome::not_enough_data);
  CHECK(judged({open, other}).outcome == Outcome::undecided);
}

TEST_CASE("without an effect a verdict over 12 cells never agrees and rarely disagrees",
          "[report]") {
  // The median is the null value. An interval of 95 % excludes it in one cell of twenty, in half of these cases
  // against the claim. In a quarter of the experiments one of 12 cells would be against the claim.
  int disagrees = 0, agrees = 0, undecided = 0;
  constexpr int k_experiments = 400;
  for (std::int64_t k = 0; k < k_experiments; ++k) {
    const Outcome outcome = judged(cells_of_values(k, 12, 0, 30)).outcome;
    disagrees += outcome == Outcome::disagrees;
    agrees += outcome == Outcome::agrees;
    undecided += outcome == Outcome::undecided;
  }
  // The allowed share is 2.5 %, plus four standard errors.
  CHECK(disagrees <= 0.025 * k_experiments + 4 * std::sqrt(0.025 * k_experiments));
  CHECK(agrees == 0);
  CHECK(agrees + disagrees + undecided == k_experiments);

  CHECK(judged(cells_of_values(0, 12, 1.5, 30)).outcome == Outcome::agrees);
  CHECK(judged(cells_of_values(0, 12, -1.5, 30)).outcome == Outcome::disagrees);
  CHECK(judged(cells_of_values(0, 12, 1.5, 5)).outcome == Outcome::not_enough_data);
}

TEST_CASE("a counterexample is reported with the interval widened for all cells", "[report]") {
  Verdict told = judged({with_interval(-0.3, -0.1), with_interval(0.1, 0.3)});
  CHECK(told.findings[0].comparisons == 2);
  CHECK(told.findings[1].comparisons == 1);
  CHECK_THAT(words_of(told),
             Contains("-0.2 [-0.3, -0.1] (95 % for 2 comparisons at once) at n = 8 d is "
                      "below 0, as in 1 of 2 cells"));
  // Six seeds suffice to decide a single cell against a claim. For one of 6 cells it takes 8.
  Verdict verdict = judged(cells_of_values(0, 1, -9, 6));
  CHECK(verdict.outcome == Outcome::disagrees);
  verdict = judged(cells_of_values(0, 6, -9, 6));
  CHECK(verdict.outcome == Outcome::not_enough_data);
  CHECK_THAT(words_of(verdict), Contains("6 data sets, an interval requires 8"));
}

TEST_CASE("a bracketed median reaches from the least of what is found to the most of the bounds",
          "[report]") {
  std::vector<SeedValue> values, low, high;
  for (std::int64_t seed = 0; seed < 9; ++seed) {
    const auto value = static_cast<double>(seed + 1);
    values.push_back({seed, value});
    low.push_back({seed, value / 10});
    high.push_back({seed, value * 10});
  }
  const auto asked = [](Bracket bracket, double null_value) {
    return judged({about_bracketed_median({.quantity = "loss",
                                           .cell = "",
                                           .claimed = Side::below,
                                           .null_value = null_value},
                                          std::move(bracket))})
        .findings.front();
  };
  // The interval of the median of nine values is from the second to the eighth value.
  const Finding both = asked({values, low, high}, 81);
  CHECK(both.statistic.value == 5);
  CHECK(both.statistic.low == 0.2);
  CHECK(both.statistic.high == 80);
  CHECK(both.outcome == Outcome::agrees);
  CHECK(asked({values, low, high}, 10).outcome == Outcome::undecided);
  CHECK(asked({values, low, high}, 0.05).outcome == Outcome::disagrees);
  high.back().value = std::nan("");
  const Finding open = asked({values, low, high}, 81);
  CHECK(open.outcome == Outcome::undecided);
  CHECK(open.statistic.high == INFINITY);
  low.clear();
  CHECK(asked({values, low, high}, 0.05).statistic.low == 0);
  values.resize(3);
  CHECK(asked({values, values, values}, 1).outcome == Outcome::not_enough_data);
}

TEST_CASE("a sentence has the deciding interval, its null value and its cell", "[report]") {
  Verdict verdict = judged({with_interval(0.1, 0.3), with_interval(0.2, 0.4)});
  CHECK(words_of(verdict) == "gain 0.2 [0.1, 0.3] at n = 8 d is above 0, as in all 2 cells.");
  verdict = judged({with_interval(0.1, 0.3), with_interval(-0.07, 0.11)});
  CHECK(words_of(verdict) ==
        "gain 0.02 [-0.07, 0.11] at n = 8 d contains 0: undecided, as in 1 of 2 cells.");
  verdict = judged({with_interval(-0.3, -0.1)});
  verdict.remarks = {"Others are higher."};
  CHECK(words_of(verdict) == "gain -0.2 [-0.3, -0.1] at n = 8 d is below 0. Others are higher.");
  Question question = with_interval(1.2, INFINITY, Side::above, 1);  // its value is infinity
  question.finding.largest_value = 2;
  CHECK(words_of(judged({question})) == "gain above 2 [1.2, inf] at n = 8 d is above 1.");
  CHECK(words_of({.claim = "", .statement = "", .reason = "The grid has no flattest."}) ==
        "The grid has no flattest.");
}

// SPDX-License-Identifier: MIT
// The points of a variant are those of a grid with its settings.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/pipeline.hpp"
#include "flatgrid/grid/prices.hpp"

using namespace flatgrid;
using namespace flatgrid::grid;

namespace {

configuration::Configuration configuration_with(const std::vector<std::string>& values) {
  std::istringstream text(
      "[grid]\nalgorithm = sgd\nsamples = 12\nnoise = 0.1\nwidth = 14\nseed = 1\n"
      "[problem]\ndimension = 3\nindices = 2\n[training]\nsteps = 60\n[output]\nhistory = 4\n");
  return configuration::parse_configuration(text, "test", values);
}

PointResult compute(const Study& study, const configuration::GridPoint& point) {
  return compute_point(study, point, [](const PointUnderWay&) { return true; }).value();
}

/// Every algorithm with two settings that change its points and that a grid without variants can have, too.
const std::vector<std::string> k_settings = {
    "gradient-flow(flow-tolerance=0.1, initial-scale=0.2)",
    "gradient-descent(momentum=0.5, polish=no)",
    "sgd(learning-rate=0.01, batch=4)",
    "adam(polish=no, weight-decay=0.01)",
    "label-noise-sgd(label-noise=0.3, precision=float)",
    "sam(sam-radius=0.2, handover-loss=0.01)",
    "mean-field-langevin(temperature=0.01, weight-decay=0.1)",
    "lazy(lazy-scale=2, polish=no)",
    "corrupted(initial-scale=0.2, polish=no)",
    "flattest(rounds=1, tolerance=0.01)",
    "min-norm(rounds=1, tolerance=0.01)",
};

}  // namespace

TEST_CASE("a point of a variant has the bits and the price of a grid with its settings") {
  std::vector<std::string> entries;
  for (const std::string& variant : k_settings) {
    entries.emplace_back(configuration::algorithm_of(variant));
    entries.push_back(variant);
  }
  const Study study(
      configuration_with({fmt::format("grid.algorithm={}", fmt::join(entries, ", "))}));
  const StoredVariables variables = stored_variables(study.configuration);
  const PointPrices prices(study);
  int different = 0;
  for (std::int64_t a = 0; a < std::ssize(study.configuration.grid.algorithm); ++a) {
    const configuration::AlgorithmEntry& entry =
        configuration::at(study.configuration.grid.algorithm, a);
    CAPTURE(entry.name());
    std::vector<std::string> values = {fmt::format("grid.algorithm={}", entry->name)};
    for (const configuration::VariantSetting& setting : entry.settings()) {
      values.push_back(fmt::format("{}={}", setting.key, setting.value));
    }
    const Study alone(configuration_with(values));
    const configuration::GridPoint point{.algorithm = a};
    const PointResult variant = compute(study, point);
    REQUIRE(is_measured(variant.record.status));
    CHECK(checksum(variant, variables) == checksum(compute(alone, {}), variables));
    CHECK(prices(point).flops == PointPrices(alone)({}).flops);
    CHECK(prices(point).bytes == PointPrices(alone)({}).bytes);
    // The settings change the point. The algorithm without settings is the entry before its variant.
    if (entry.settings().empty()) continue;
    different +=
        checksum(variant, variables) != checksum(compute(study, {.algorithm = a - 1}), variables);
  }
  CHECK(different == std::ssize(k_settings));
}

TEST_CASE("the number of steps of a variant moves the steps of the history, not its figures") {
  const Study study(configuration_with({"grid.algorithm=sgd(steps=30|90)"}));
  for (std::int64_t a = 0; a < 2; ++a) {
    const Study alone(configuration_with({fmt::format("training.steps={}", 30 + 60 * a)}));
    PointResult variant = compute(study, {.algorithm = a});
    PointResult plain = compute(alone, {});
    CHECK(variant.history.rows() == plain.history.rows());
    StoredVariables variables = stored_variables(alone.configuration);
    variables.history.clear();
    CHECK(checksum(variant, variables) == checksum(plain, variables));
  }
}

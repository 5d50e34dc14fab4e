// SPDX-License-Identifier: MIT
// Which keys of the configuration a point's bits depend on: what `first_obstacle` and `why_ignored` say,
// against points that are computed with one key changed after the other.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/pipeline.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::grid;

namespace {

/// A key, another value than the one it has below, and what makes it count.
struct Change {
  std::string key;
  std::string value;
  std::vector<std::string> where = {};
};

const std::vector<std::string> k_data_file = {"problem.inputs=file", "problem.data-file=a.h5"};

const std::vector<std::string> k_single_index = {"grid.algorithm=single-index",
                                                 "network.bias=frozen", "problem.indices=1",
                                                 "single-index.outer-start=2"};

/// Every key at least once.
const std::vector<Change> k_changes = {
    {"grid.algorithm", "flattest, gradient-descent"},
    {"grid.samples", "8, 12, 16"},
    {"grid.samples", "12, 16", k_data_file},
    {"grid.samples", "8, 12", k_data_file},
    {"grid.noise", "0, 0.1"},
    {"grid.width", "8, 7"},
    {"grid.seed", "0, 1"},
    {"problem.dimension", "4"},
    {"problem.inputs", "sphere"},
    {"problem.powerlaw-exponent", "2", {"problem.inputs=gaussian-powerlaw"}},
    {"problem.input-scale", "2"},
    {"problem.effective-dimension", "2.5", {"problem.inputs=gaussian-spiked"}},
    {"problem.degrees-of-freedom", "20", {"problem.inputs=student-t"}},
    {"problem.components", "2", {"problem.inputs=mixture"}},
    {"problem.separation", "5", {"problem.inputs=mixture"}},
    {"problem.target", "product"},
    {"problem.link", "abs"},
    {"problem.leaky-slope", "0.3", {"problem.link=leaky-relu"}},
    {"problem.information-exponent", "2", {"problem.link=kinks"}},
    {"problem.indices", "1"},
    {"problem.directions", "random"},
    {"problem.directions", "axes"},
    {"problem.coefficients", "2, 1"},
    {"problem.noise-law", "uniform"},
    {"problem.data-file", "b.h5", k_data_file},
    {"problem.data-split", "resample", k_data_file},
    {"problem.standardize", "yes", k_data_file},
    {"problem.test-samples", "200", {"problem.target=product"}},
    {"network.activation", "abs"},
    {"network.leaky-slope", "0.3", {"network.activation=leaky-relu"}},
    {"network.bias", "trained"},
    {"network.outer",
     "signs",
     {"grid.algorithm=mean-field-langevin", "training.polish=no", "training.learning-rate=0.01"}},
    {"network.initialization", "sphere"},
    {"network.bias", "frozen"},
    {"network.bias-scale", "2", {"network.bias=frozen"}},
    {"network.layers", "3"},
    {"network.hidden", "2", {"network.layers=3"}},
    {"network.initialization", "uniform"},
    {"training.steps", "50"},
    {"training.learning-rate", "0.01"},
    {"training.stability-fraction", "0.3"},
    {"training.initial-scale", "0.1"},
    {"training.lazy-scale", "2", {"grid.algorithm=lazy"}},
    {"training.batch", "4", {"grid.algorithm=sgd"}},
    {"training.batches", "whole-epochs", {"grid.algorithm=sgd", "training.batch=5"}},
    {"training.batches", "draws", {"grid.algorithm=adam"}},
    {"training.momentum", "0.5"},
    {"training.label-noise", "0.2", {"grid.algorithm=label-noise-sgd"}},
    {"training.sam-radius", "0.1", {"grid.algorithm=sam"}},
    {"training.temperature", "0.01", {"grid.algorithm=mean-field-langevin"}},
    {"training.weight-decay", "0.01", {"grid.algorithm=mean-field-langevin"}},
    {"training.weight-decay", "0.01"},
    {"training.flow-tolerance", "0.1", {"grid.algorithm=gradient-flow"}},
    {"training.handover-loss", "0.1"},
    {"training.polish", "no"},
    {"training.precision", "float"},
    {"training.interpolation-tolerance", "1e-30"},
    {"training.ridge", "0.1", k_single_index},
    {"single-index.outer-start", "5", k_single_index},
    {"random-features.flattest", "yes", {"grid.algorithm=random-features", "grid.width=30"}},
    {"flattest.tolerance", "0.5", {"grid.algorithm=flattest"}},
    {"flattest.rounds", "1", {"grid.algorithm=flattest"}},
    // In fewer dimensions every face is visited instead.
    {"flattest.starts",
     "1",
     {"grid.algorithm=flattest", "problem.dimension=6", "grid.samples=20", "grid.width=20",
      "flattest.rounds=2"}},
    {"worst.ratio", "3", {"grid.algorithm=worst", "grid.width=13"}},
    {"flatness.top-eigenvalue", "true"},
    {"flatness.activation-rates", "true"},
    {"flatness.frobenius-norm", "true"},
    {"flatness.tangent-kernel", "true"},
    {"flatness.sharpness-radius", "0.01"},
    {"flatness.sharpness-radius", "0.02", {"flatness.sharpness-radius=0.01"}},
    {"flatness.sharpness-draws", "7", {"flatness.sharpness-radius=0.01"}},
    {"flatness.trace-probes", "6"},
    {"flatness.trace-probes", "9", {"flatness.trace-probes=6"}},
    {"flatness.index-spectrum", "true"},
    {"flatness.null-space-radius", "true", {"grid.algorithm=flattest"}},
    {"flatness.worst-loss-bound", "true", {"grid.algorithm=worst", "grid.width=13"}},
    {"output.networks", "false"},
    {"output.data", "false"},
    {"output.history", "0"},
    {"output.history", "2"},
    {"output.writer", "gather"},
};

/// The values with that of one key in place of what they say of it.
std::vector<std::string> with(std::vector<std::string> values, const std::string& key,
                              const std::string& value) {
  std::erase_if(values, [&](const std::string& text) { return text.starts_with(key + "="); });
  values.push_back(fmt::format("{}={}", key, value));
  return values;
}

const configuration::ConfigurationKey& key_named(const std::string& name) {
  return *std::ranges::find(configuration::configuration_keys(), name,
                            &configuration::ConfigurationKey::name);
}

configuration::Configuration configuration_with(const std::vector<std::string>& values) {
  std::istringstream text(
      "[grid]\nalgorithm = gradient-descent\nsamples = 12\nnoise = 0.1\nwidth = 8\nseed = 1\n"
      "[problem]\ndimension = 3\nindices = 2\ntest-samples = 100\n[training]\nsteps = 40\n"
      "[output]\nhistory = 3\n");
  return configuration::parse_configuration(text, "test", values);
}

/// 20 samples of a file that does not change with its name.
std::shared_ptr<const problem::ExternalData> external_data(
    const configuration::Configuration& configuration) {
  if (!configuration.problem.inputs->is_file()) return nullptr;
  const test::Example file(5, configuration.problem.dimension, 20, 1);
  return std::make_shared<const problem::ExternalData>(
      problem::ExternalData{.inputs = file.data.inputs,
                            .labels = file.labels,
                            .most_samples = std::ranges::max(configuration.grid.samples),
                            .model = file.target});
}

template <class Value>
std::optional<std::int64_t> position(const std::vector<Value>& values, const Value& value) {
  const auto found = std::ranges::find(values, value);
  return found == values.end() ? std::nullopt : std::optional(found - values.begin());
}

/// A point of grid `one` on grid `other`.
std::optional<configuration::GridPoint> on_other(const configuration::Axes& one,
                                                 const configuration::Axes& other,
                                                 const configuration::GridPoint& point) {
  const auto algorithm =
      position(other.algorithm, configuration::at(one.algorithm, point.algorithm));
  const auto samples = position(other.samples, configuration::at(one.samples, point.samples));
  const auto noise = position(other.noise, configuration::at(one.noise, point.noise));
  const auto width = position(other.width, configuration::at(one.width, point.width));
  const auto seed = position(other.seed, configuration::at(one.seed, point.seed));
  if (!algorithm || !samples || !noise || !width || !seed) return std::nullopt;
  return configuration::GridPoint{*algorithm, *samples, *noise, *width, *seed};
}

/// What a file of the study stores of the point. Each point of a configuration is computed once.
const PointResult& stored(const Study& study, const configuration::GridPoint& point) {
  static std::map<std::string, PointResult> computed;
  const std::string name =
      fmt::format("{} {} {} {} {}\n{}", point.algorithm, point.samples, point.noise, point.width,
                  point.seed, configuration::canonical_text(study.configuration));
  if (const auto found = computed.find(name); found != computed.end()) return found->second;
  PointResult result =
      compute_point(study, point, [](const PointUnderWay&) { return true; }).value();
  REQUIRE(result.record.status != Status::failed);
  if (!study.configuration.output.networks) result.network = {};
  return computed.emplace(name, std::move(result)).first->second;
}

/// Whether what is stored there of the points on both grids is, bit by bit, what is stored here.
bool same_bits(const configuration::Configuration& here,
               const configuration::Configuration& there) {
  const Study study(here, external_data(here));
  const Study other(there, external_data(there));
  const StoredVariables variables = stored_variables(here);
  int common = 0;
  bool same = true;
  for (std::int64_t flat = 0; flat < here.grid.points(); ++flat) {
    const configuration::GridPoint point = configuration::grid_point(here.grid, flat);
    const auto point_there = on_other(here.grid, there.grid, point);
    if (!point_there) continue;
    ++common;
    same = same && checksum(stored(study, point), variables) ==
                       checksum(stored(other, *point_there), variables);
  }
  REQUIRE(common > 0);
  return same;
}

}  // namespace

TEST_CASE("a key prevents the reuse of points if and only if it changes them") {
  for (const auto& [key, value, where] : k_changes) {
    const std::vector<std::string> changed = with(where, key, value);
    const configuration::Configuration one = configuration_with(where);
    const configuration::Configuration other = configuration_with(changed);
    for (const auto& [here, there] : {std::pair(one, other), std::pair(other, one)}) {
      const configuration::ConfigurationKey* obstacle = configuration::first_obstacle(here, there);
      CAPTURE(key, value, configuration::canonical_text(here));
      CHECK((obstacle == nullptr) == same_bits(here, there));
      if (obstacle != nullptr) CHECK(obstacle->name == key);
    }
  }
}

TEST_CASE(
    "a key of training has no effect on the points of an algorithm if and only if the table says "
    "so") {
  // Keys that some algorithms alone read, with values that matter to all of these.
  const std::vector<Change> changes = {
      {"training.steps", "3"},
      {"training.learning-rate", "0.02"},
      {"training.stability-fraction", "0.3"},
      {"training.stability-fraction", "0.3", {"training.learning-rate=0.01"}},
      {"network.initialization", "uniform"},
      {"training.initial-scale", "0.1"},
      {"training.lazy-scale", "2"},
      {"training.batch", "4"},
      {"training.batch", "1"},
      {"training.batches", "whole-epochs", {"training.batch=5"}},
      {"training.batches", "whole-epochs", {"training.batch=4"}},
      {"training.batches", "draws"},
      {"training.momentum", "0.5"},
      {"training.label-noise", "0.2"},
      {"training.sam-radius", "0.1"},
      {"training.temperature", "0.01"},
      {"training.weight-decay", "0.01"},
      {"training.flow-tolerance", "0.1"},
      {"training.flow-tolerance", "0.1", {"training.weight-decay=0.01"}},
      {"training.handover-loss", "0.9", {"training.steps=4000"}},
      {"training.polish", "no"},
      {"training.ridge", "0.1"},
      {"single-index.outer-start", "5"},
      {"training.precision", "float", {"training.steps=400"}},
      {"training.precision", "float", {"training.batch=1"}},
      {"flattest.tolerance", "0.5"},
      {"flattest.tolerance",
       "1e-6",
       {"problem.dimension=10", "grid.samples=20", "grid.width=20", "flattest.tolerance=1e-5"}},
      {"flattest.rounds", "1"},
      {"flattest.starts", "1"},
      {"flattest.starts",
       "1",
       {"problem.dimension=6", "grid.samples=20", "grid.width=20", "flattest.rounds=2"}},
      {"worst.ratio", "3"},
  };
  // Every point is measured by the interpolation tolerance.
  const auto is_of_algorithms = [](const configuration::ConfigurationKey& key) {
    return key.name == "network.initialization" || key.name.starts_with("flattest.") ||
           key.name.starts_with("worst.") || key.name.starts_with("single-index.") ||
           (key.name.starts_with("training.") && key.name != "training.interpolation-tolerance");
  };
  for (const configuration::ConfigurationKey& key : configuration::configuration_keys()) {
    CAPTURE(key.name);
    CHECK(is_of_algorithms(key) == std::ranges::any_of(changes, [&](const Change& change) {
            return change.key == key.name;
          }));
  }
  for (const std::string activation : {"relu", "relu2"}) {
    for (const algorithm::Algorithm& algorithm : algorithm::Algorithm::table()) {
      const bool of_degree_1 = algorithm.name == "min-norm" || algorithm.name == "worst";
      const bool is_single_index = algorithm.name == "single-index";
      if ((of_degree_1 || is_single_index) && activation == "relu2") continue;
      // For each base: it, and it with all keys that have no effect changed at once.
      std::map<std::vector<std::string>, std::vector<std::string>> without_effect;
      for (const auto& [key, value, where] : changes) {
        const bool sized = std::ranges::any_of(
            where, [](const std::string& text) { return text.starts_with("grid."); });
        // Larger problems, which take longer, are for the algorithms that read the key.
        if (sized && !algorithm.reads(key, activation == "relu" ? 1 : 2)) continue;
        std::vector<std::string> base = where;
        base.push_back(fmt::format("grid.algorithm={}", algorithm.name));
        base.push_back("network.activation=" + activation);
        base.push_back("problem.link=" + activation);
        if (is_single_index)
          base.insert(base.end(), k_single_index.begin() + 1, k_single_index.end());
        // The memorizer needs a neuron a sample; narrow networks end where training has led them.
        if (!sized)
          base.push_back(algorithm.name == "memorizer" ? "grid.width=12" : "grid.width=4");
        const configuration::Configuration other = configuration_with(with(base, key, value));
        CAPTURE(algorithm.name, activation, key, value, where);
        if (configuration::why_ignored(key_named(key), other).empty()) {
          CHECK_FALSE(same_bits(configuration_with(base), other));
        } else {
          std::vector<std::string>& changed = without_effect.try_emplace(base, base).first->second;
          changed = with(changed, key, value);
        }
      }
      for (const auto& [base, changed] : without_effect) {
        CAPTURE(algorithm.name, activation, base, changed);
        CHECK(same_bits(configuration_with(base), configuration_with(changed)));
      }
    }
  }
}

TEST_CASE(
    "a key of the problem, the network or the measures has no effect where the table says so") {
  struct Case {
    std::string key;
    std::string value;
    std::vector<std::string> where;
    bool ignored;
  };
  const std::vector<std::string> mixture = {"problem.inputs=mixture"};
  const std::vector<Case> cases = {
      {"problem.powerlaw-exponent", "2", {}, true},
      {"problem.powerlaw-exponent", "2", {"problem.inputs=gaussian-powerlaw"}, false},
      {"problem.input-scale", "2", {}, false},
      {"problem.input-scale", "2", k_data_file, true},
      {"problem.effective-dimension", "2.5", {}, true},
      {"problem.effective-dimension", "2.5", {"problem.inputs=gaussian-spiked"}, false},
      {"problem.degrees-of-freedom", "20", {}, true},
      {"problem.degrees-of-freedom", "20", {"problem.inputs=student-t"}, false},
      {"problem.components", "2", {}, true},
      {"problem.components", "2", mixture, false},
      {"problem.separation", "5", {}, true},
      {"problem.separation", "5", mixture, false},
      {"problem.separation", "5", {"problem.inputs=mixture", "problem.components=1"}, true},
      {"problem.target", "product", {}, false},
      {"problem.target", "product", k_data_file, true},
      {"problem.link", "abs", {}, false},
      {"problem.link", "abs", k_data_file, true},
      {"problem.directions", "random", {}, false},
      {"problem.directions", "random", k_data_file, true},
      {"problem.coefficients", "2, 1", {}, false},
      {"problem.coefficients", "2, 1", k_data_file, true},
      {"problem.leaky-slope", "0.3", {}, true},
      {"problem.leaky-slope", "0.3", {"problem.link=leaky-relu"}, false},
      {"problem.leaky-slope", "0.3", {"problem.target=product"}, true},
      {"problem.noise-law", "uniform", {}, false},
      {"problem.noise-law", "uniform", {"grid.noise=0"}, true},
      {"problem.test-samples", "200", {}, true},
      {"problem.test-samples", "200", {"flatness.index-spectrum=true"}, true},
      {"problem.test-samples", "200", {"problem.link=tanh"}, true},
      {"problem.test-samples", "200", k_data_file, true},
      {"problem.test-samples", "200", {"problem.target=product"}, false},
      {"problem.test-samples", "200", mixture, false},
      {"problem.information-exponent", "2", {}, true},
      {"problem.information-exponent", "2", {"problem.link=kinks"}, false},
      {"network.bias-scale", "2", {}, true},
      {"network.bias-scale", "2", {"network.bias=trained"}, true},
      {"network.bias-scale", "2", {"network.bias=frozen"}, false},
      {"network.leaky-slope", "0.3", {}, true},
      {"network.leaky-slope", "0.3", {"network.activation=leaky-relu"}, false},
      {"training.learning-rate",
       "0.01",
       {"training.learning-rate=0.02", "grid.algorithm=memorizer", "grid.width=12"},
       true},
      {"training.learning-rate",
       "0.01",
       {"training.learning-rate=0.02", "grid.algorithm=memorizer", "grid.width=12",
        "flatness.top-eigenvalue=true"},
       false},
      {"network.initialization", "sphere", {}, false},
      {"network.initialization", "sphere", {"grid.algorithm=lazy"}, true},
      {"network.initialization", "sphere", {"grid.algorithm=memorizer", "grid.width=12"}, true},
      {"network.hidden", "2", {}, true},
      {"network.hidden", "2", {"network.layers=3"}, false},
      {"flatness.sharpness-draws", "7", {}, true},
      {"flatness.null-space-radius", "true", {}, true},
      {"flatness.worst-loss-bound", "true", {}, true},
      {"flatness.sharpness-draws", "7", {"flatness.sharpness-radius=0.01"}, false},
  };
  for (const auto& [key, value, where, ignored] : cases) {
    const std::vector<std::string> changed = with(where, key, value);
    const configuration::Configuration one = configuration_with(where);
    const configuration::Configuration other = configuration_with(changed);
    CAPTURE(key, value, where);
    CHECK(configuration::why_ignored(key_named(key), other).empty() == !ignored);
    CHECK(same_bits(one, other) == ignored);
  }
}

TEST_CASE("the tests of this file change every key") {
  for (const configuration::ConfigurationKey& key : configuration::configuration_keys()) {
    CAPTURE(key.name);
    CHECK(std::ranges::any_of(k_changes, [&](const Change& c) { return c.key == key.name; }));
  }
}
